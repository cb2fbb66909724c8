"""What a client may use and ask for: where an application of Identity Center limits it, no more than that has.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html, entitledApplicationArn
"""

from __future__ import annotations

from collections.abc import Iterable

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.sso_admin.state import Application, IdentityCenters
from labs_helpers.cloud.services.sso_oidc.state import Client


def application(state: State, region: str, arn: str) -> Application | None:
    """The enabled application of that ARN, in a Region."""
    instances = state.part(IdentityCenters).all()
    found = next((each.applications[arn] for each in instances if arn in each.applications), None)
    return found if found is not None and found.region == region and found.status == "ENABLED" else None


def grants(state: State, client: Client) -> frozenset[str]:
    """The grant types that the client may use."""
    limit = _limit(state, client)
    return client.grant_types if limit is None else client.grant_types & frozenset(limit.grants)


def scopes(state: State, client: Client) -> frozenset[str]:
    """The scopes that the client may ask for."""
    limit = _limit(state, client)
    return frozenset(client.scopes) & frozenset(client.scopes if limit is None else limit.scopes)


def redirect_uris(state: State, client: Client) -> Iterable[str]:
    """Where the limit lets authorization codes go; the client's own addresses if there is none."""
    limit = _limit(state, client)
    if limit is None:
        return client.redirect_uris
    code = limit.grants.get("authorization_code")
    return code["AuthorizationCode"]["RedirectUris"] if code is not None else ()


def _limit(state: State, client: Client) -> Application | None:
    """The application that limits the client: one that has nothing if it is gone or disabled."""
    if client.application is None:
        return None
    found = application(state, client.region, client.application)
    if found is not None:
        return found
    return Application(client.application, "", "", client.region, client.expires, "", "DISABLED", {})
