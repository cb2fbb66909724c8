"""Code that the pages of all services share: WSGI applications, protections, and the browser's token.

Pages are part of Flask applications. The same application answers the library `requests` within the process, a browser
on loopback, and a proxy in front of a notebook. Flask is imported when the first page is requested.
"""

from __future__ import annotations

from labs_helpers.cloud.services.web.application import application
from labs_helpers.cloud.services.web.locations import located
from labs_helpers.cloud.services.web.protections import CSRF_COOKIE, CSRF_FIELD, csrf_token, protect
from labs_helpers.cloud.services.web.wsgi import answer

__all__ = ["CSRF_COOKIE", "CSRF_FIELD", "answer", "application", "csrf_token", "located", "protect"]
