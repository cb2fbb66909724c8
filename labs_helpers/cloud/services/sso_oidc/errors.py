"""Errors in OAuth's form: an error code and a description.

https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.sso_admin import allowed_networks
from labs_helpers.cloud.services.sso_admin.state import Instance


def error(code: str, word: str, text: str, status: int = 400) -> ServiceError:
    """Return an error with AWS's code, OAuth's code, and a description."""
    return ServiceError(code, text, status, error=word, error_description=text)


def invalid_request(text: str) -> ServiceError:
    """Return InvalidRequestException."""
    return error("InvalidRequestException", "invalid_request", text)


def invalid_grant(text: str = "Invalid grant provided") -> ServiceError:
    """Return InvalidGrantException. The default message doesn't contain the reason."""
    return error("InvalidGrantException", "invalid_grant", text)


def check_network(call: Call, instance: Instance) -> None:
    """Raise AccessDeniedException for a call from a network that the instance rejects."""
    if allowed_networks.refuses(instance, call.source_ip):
        raise error("AccessDeniedException", "access_denied", "Access from this network isn't allowed.")
