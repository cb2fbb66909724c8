"""Validation of a client's authorization request: it must come from the client and use a registered redirect URI.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
https://www.rfc-editor.org/rfc/rfc7636#section-4.3, rfc9700
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services import web
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.cloud.services.sso_oidc.operations import code_client
from labs_helpers.cloud.services.sso_oidc.state import Client

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST = 2_048
"""The maximum number of characters in a parameter."""


class BadPage(Exception):
    """An error that is displayed on a page instead of being sent to the redirect URI.

    The redirect URI might not belong to the client.
    """


@dataclass(frozen=True, slots=True)
class BadRequest(Exception):
    """An error that is sent to the client's registered redirect URI."""

    location: str


@dataclass(frozen=True, slots=True)
class Request:
    """A registered client's request for authorization by a user."""

    client: Client
    redirect_uri: str
    state: str | None
    challenge: str

    def answer_location(self, **parameters: str) -> str:
        """Return the client's redirect URI with the response's parameters and the request's state."""
        return web.located(self.redirect_uri, {**parameters, "state": self.state})


def check_request(state: State, instance: Instance, parameters: Mapping[str, str]) -> Request:
    """Return the client's validated request.

    Raises `BadPage` if the redirect URI can't be trusted, or `BadRequest` for any other error.
    """
    if any(len(value) > _LONGEST for value in parameters.values()):
        raise BadPage("The request is too long.")
    redirect_uri = parameters.get("redirect_uri", "")
    try:
        client = code_client(state, parameters.get("client_id", ""), instance.arn, redirect_uri)
    except LookupError as error:
        raise BadPage("No program that is registered with this portal sends such a request.") from error
    request = Request(client, redirect_uri, parameters.get("state"), parameters.get("code_challenge", ""))
    if parameters.get("response_type") != "code":
        raise BadRequest(request.answer_location(error="unsupported_response_type"))
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(request.challenge):
        raise BadRequest(
            request.answer_location(error="invalid_request", error_description="PKCE with S256 is needed")
        )
    scopes = parameters.get("scopes", parameters.get("scope", "")).split()
    if not set(scopes) <= set(client.scopes):
        raise BadRequest(request.answer_location(error="invalid_scope"))
    return request
