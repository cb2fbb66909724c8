"""A pool's public documents: its key set and its OpenID configuration.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.registry import page
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cognito_idp.calls import SERVICE
from labs_helpers.cloud.services.cognito_idp.pools import domains, pool_settings
from labs_helpers.cloud.services.cognito_idp.state import UserPool, UserPools

_JSON = {"Content-Type": "application/json;charset=UTF-8", "Cache-Control": "public, max-age=86400"}


@page(SERVICE)
def well_known(state: State, region: str, request: AWSPreparedRequest) -> Answer | None:
    """Handle `/<pool>/.well-known/jwks.json` and `/<pool>/.well-known/openid-configuration`."""
    if request.method != "GET":
        return None
    pool_id, _, document = urlsplit(request.url).path.lstrip("/").partition("/.well-known/")
    if document not in ("jwks.json", "openid-configuration"):
        return None
    pool = state.part(UserPools).find(region, pool_id)
    if pool is None:
        return Answer(404, _JSON, json.dumps({"message": f"User pool {pool_id} does not exist."}))
    content = pool.keys.jwks() if document == "jwks.json" else openid_configuration(pool)
    return Answer(200, _JSON, json.dumps(content))


def openid_configuration(pool: UserPool) -> dict[str, Any]:
    """Return the discovery document. For a pool without a domain, it contains no endpoints.

    As on AWS, PKCE isn't listed.
    """
    shown: dict[str, Any] = {
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": pool.issuer,
        "jwks_uri": f"{pool.issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
    name = next(
        iter(sorted(pool.domains, key=lambda each: not pool.domains[each].get("CustomDomainConfig"))), None
    )
    if name is not None:
        base = f"https://{domains.host(pool, name)}"
        shown |= {
            "authorization_endpoint": f"{base}/oauth2/authorize",
            "end_session_endpoint": f"{base}/logout",
            "revocation_endpoint": f"{base}/oauth2/revoke",
            "token_endpoint": f"{base}/oauth2/token",
            "userinfo_endpoint": f"{base}/oauth2/userInfo",
        }
        if pool_settings.registers_clients(pool.settings):
            shown["registration_endpoint"] = f"{base}/oauth2/register"
    return dict(sorted(shown.items()))
