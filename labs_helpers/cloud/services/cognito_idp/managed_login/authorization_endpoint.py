"""The validation of requests to /oauth2/authorize, and of the URLs to which they redirect.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1, rfc7636, rfc9700
https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from labs_helpers.cloud.services import web
from labs_helpers.cloud.services.cognito_idp.managed_login.state import Request
from labs_helpers.cloud.services.cognito_idp.sign_in import authentication_levels
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)
_FLOWS = {"code": "code", "token": "implicit"}
_NEEDS_OPENID = frozenset(("email", "phone", "profile"))
MOST = 2_048
"""The maximum length of a parameter, in characters."""


@dataclass(frozen=True, slots=True)
class ErrorPage(Exception):
    """An error that is displayed on a page of the pool instead of being sent to the request's redirect URI.

    The redirect URI might not belong to the application. If the endpoint redirected to unregistered URLs, it would be
    an open redirector.
    """

    error: str
    description: str


@dataclass(frozen=True, slots=True)
class ErrorRedirect(Exception):
    """An error that is sent to the application, at its registered redirect URI."""

    redirect_uri: str
    error: str
    state: str | None
    fragment: bool = False
    description: str | None = None

    @property
    def location(self) -> str:
        """The application's redirect URI, with the error in its parameters."""
        parameters = {"error": self.error, "error_description": self.description, "state": self.state}
        return web.located(self.redirect_uri, parameters, fragment=self.fragment)


def check_request(pool: UserPool, given: Mapping[str, str]) -> tuple[Client, Request]:
    """Return the client and the validated request.

    Raises `ErrorPage` if the redirect URI can't be trusted, or `ErrorRedirect` for any other error in the request.
    """
    client = pool.clients.get(given.get("client_id", ""))
    if client is None:
        raise ErrorPage("invalid_request", "The client does not exist.")
    # URIs are compared character by character: attackers have used every looser rule to steal codes.
    redirect_uri = given.get("redirect_uri") or _default_redirect_uri(client)
    if redirect_uri not in (client.settings.get("CallbackURLs") or ()):
        raise ErrorPage("redirect_mismatch", "The redirect URI is not registered for the client.")
    state = given.get("state")
    kind = given.get("response_type", "")

    def refused(error: str, description: str | None = None) -> ErrorRedirect:
        return ErrorRedirect(redirect_uri, error, state, kind == "token", description)

    if kind not in _FLOWS or any(len(value) > MOST for value in given.values()):
        raise refused("invalid_request")
    settings = client.settings
    if not settings.get("AllowedOAuthFlowsUserPoolClient") or _FLOWS[kind] not in (
        settings.get("AllowedOAuthFlows") or ()
    ):
        raise refused("unauthorized_client")
    challenge, method = given.get("code_challenge"), given.get("code_challenge_method")
    if (challenge is None) != (method is None) or (
        challenge is not None and (method != "S256" or not _CHALLENGE.fullmatch(challenge))
    ):
        raise refused("invalid_request", "code_challenge requires code_challenge_method S256, and vice versa")
    scopes = _scopes(client, given.get("scope", ""))
    if scopes is None:
        raise refused("invalid_scope")
    resource = given.get("resource")
    if resource is not None and not is_resource(resource):
        raise refused("invalid_request", "resource isn't a URL")
    age = given.get("max_age")
    if age is not None and not re.fullmatch(r"\d{1,9}", age, re.ASCII):
        raise refused("invalid_request", "max_age isn't a number of seconds")
    return client, Request(
        client.id, redirect_uri, kind, scopes, state, given.get("nonce"), challenge, resource,
        timedelta(seconds=int(age)) if age is not None else None,
        authentication_levels.levels_named(pool, given.get("acr_values", "")) if pool.tier != "LITE" else (),
    )  # fmt: skip


def _default_redirect_uri(client: Client) -> str:
    """Return the client's default redirect URI if the client has only one identity provider, or "" otherwise.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    """
    settings = client.settings
    alone = len(settings.get("SupportedIdentityProviders") or ("COGNITO",)) == 1
    return str(settings.get("DefaultRedirectURI") or "") if alone else ""


def is_resource(text: str) -> bool:
    """Return True if a string can be an access token's resource: an https URL, a localhost URL, or a custom scheme.

    https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
    """
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or "#" in text or not _SCHEME.fullmatch(scheme):
        return False
    return scheme != "http" or re.fullmatch(r"localhost(?:[:/?].*)?", rest) is not None


def _scopes(client: Client, asked: str) -> tuple[str, ...] | None:
    """Return a request's scopes. The default is all of the client's scopes.

    Returns None if the client doesn't have one of the scopes, or if one of them requires the scope openid,
    which the request doesn't contain.
    """
    allowed = list(client.settings.get("AllowedOAuthScopes") or ())
    names = list(dict.fromkeys(asked.split())) or allowed
    if not set(names) <= set(allowed) or (_NEEDS_OPENID & set(names) and "openid" not in names):
        return None
    return tuple(names)
