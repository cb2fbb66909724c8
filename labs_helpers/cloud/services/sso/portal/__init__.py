"""The AWS access portal: the pages where an organization's users sign in, as one application for all instances.

The gate calls `of_portal` for hosts that aren't AWS endpoints. The application (`app.create_app`) is created once; the
request's environment identifies the instance.
https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.registry import Site, site
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services import web
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters

if TYPE_CHECKING:
    from flask import Flask


@site("sso")
def of_portal(state: State, host: str) -> Site | None:
    """Return the site that answers requests to an instance's access portal, or None for any other host."""
    instance = next((each for each in state.part(IdentityCenters).all() if host in each.portal_hosts), None)
    if instance is None:
        return None

    def answer(request: AWSPreparedRequest, source_ip: str) -> Answer:
        """Return the application's response to a request."""
        data: dict[str, Any] = {
            "labs.state": state, "labs.instance": instance, "labs.source_ip": source_ip,
        }  # fmt: skip
        return web.answer(_app(), request, data)

    return answer


@cache
def _app() -> Flask:
    from labs_helpers.cloud.services.sso.portal.app import create_app

    return create_app()
