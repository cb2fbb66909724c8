"""External OIDC providers: the pool is the relying party and performs all checks that OpenID Connect requires.

The pool exchanges the provider's code with client_secret_post, verifies the ID token, and reads userInfo.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-idp.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-flow.html
https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.managed_login.federated_identity import (
    FederatedIdentity,
    FederationFailed,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.state import PendingSignIn, random_value
from labs_helpers.cloud.services.cognito_idp.pools import domains
from labs_helpers.cloud.services.cognito_idp.state import UserPool

Provider = Mapping[str, Any]
_WITH_KEYS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
FORWARDED = ("login_hint", "prompt")
"""The parameters of the application's request that the pool forwards to the provider.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""
_WITH_SECRET = ["HS256", "HS384", "HS512"]


def begin(call: Call, pool: UserPool, provider: Provider, flow: PendingSignIn, state: str) -> str:
    """Return the URL of the provider's authorization endpoint, with the state and nonce that the response must contain.

    The AWS documentation doesn't mention a nonce from the pool, but OpenID Connect lets any relying party send one.
    """
    details = provider["ProviderDetails"]
    flow.parameters["nonce"] = random_value()
    query = {
        "client_id": details["client_id"], "redirect_uri": _callback(pool), "response_type": "code",
        "scope": details["authorize_scopes"], "state": state, "nonce": flow.parameters["nonce"],
        **{name: flow.parameters[name] for name in FORWARDED if name in flow.parameters},
        **_acr_values(provider, flow.request.wanted),
    }  # fmt: skip
    return f"{_endpoint(provider, 'authorize_url', 'authorization_endpoint')}?{urlencode(query)}"


def _acr_values(provider: Provider, wanted: Collection[int]) -> dict[str, str]:
    """Return the provider's names for the requested levels of authentication.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
    """
    words = provider.get("AcrMapping") or {}
    named = [words[f"Level{level}"] for level in wanted if f"Level{level}" in words]
    return {"acr_values": " ".join(named)} if named else {}


def _callback(pool: UserPool) -> str:
    return f"https://{domains.host(pool, next(iter(pool.domains)))}/oauth2/idpresponse"


def _endpoint(provider: Provider, own: str, discovered: str) -> str:
    """Return one of the provider's URLs, from its details or its discovery document.

    Raises `FederationFailed` if there is no https URL.
    """
    url = provider["ProviderDetails"].get(own) or _discovered(provider).get(discovered)
    if not isinstance(url, str) or not url.startswith("https://"):
        raise _failed(provider, f"no {discovered} with https")
    return url


def _discovered(provider: Provider) -> dict[str, Any]:
    """Return the discovery document, which must contain the configured issuer (OpenID Discovery, 4.3)."""
    issuer = provider["ProviderDetails"]["oidc_issuer"]
    found = _json(provider, "get", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise _failed(provider, "the discovery document belongs to another issuer")
    return found


def receive(
    call: Call, pool: UserPool, provider: Provider, flow: PendingSignIn, given: Mapping[str, str]
) -> FederatedIdentity:
    """Return the identity of a user who returns from the provider.

    Raises `FederationFailed` if the response isn't valid.
    """
    if "code" not in given:
        raise _failed(provider, given.get("error_description") or given.get("error") or "no code")
    answer = _exchanged(pool, provider, given["code"])
    if not isinstance(answer.get("id_token"), str):
        raise _failed(provider, "no ID token")
    claims = _verified_claims(call, provider, flow, answer["id_token"])
    info = _user_info(provider, claims["sub"], answer.get("access_token"))
    statements = {
        "tokenResponse": _as_strings(answer),
        "idToken": _as_strings(claims),
        "userInfo": _as_strings(info),
    }
    acr, amr = claims.get("acr"), claims.get("amr")
    return FederatedIdentity(
        claims["sub"], {**statements["idToken"], **statements["userInfo"]}, None, acr if isinstance(acr, str) else None,
        tuple(each for each in amr if isinstance(each, str)) if isinstance(amr, list) else (), statements,
    )  # fmt: skip


def _as_strings(claims: Mapping[str, Any]) -> dict[str, str]:
    return {name: _as_string(value) for name, value in claims.items() if value is not None}


def _as_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _exchanged(pool: UserPool, provider: Provider, code: str) -> dict[str, Any]:
    details = provider["ProviderDetails"]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": _callback(pool),
        "client_id": details["client_id"],
    }  # fmt: skip
    if details.get("client_secret"):
        form["client_secret"] = details["client_secret"]
    url = _endpoint(provider, "token_url", "token_endpoint")
    status, answer = _request(provider, "post", url, data=form)
    if status != 200:
        # The text of the error:
        # https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
        raise _failed(provider, f"{status} {answer.get('error', 'error')} getting token")
    return answer


def _verified_claims(call: Call, provider: Provider, flow: PendingSignIn, token: str) -> dict[str, Any]:
    """Return the claims of an unexpired ID token that the provider signed for this pool and this sign-in."""
    details = provider["ProviderDetails"]
    claims = _signed(provider, token)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    now, client = call.time.timestamp(), details["client_id"]
    if claims.get("iss") != details["oidc_issuer"]:
        raise _failed(provider, "Bad id_token issuer")
    if (
        client not in audiences
        or claims.get("azp", client) != client
        or (len(audiences) > 1 and "azp" not in claims)
    ):
        raise _failed(provider, "Bad id_token audience")
    if not _is_time(claims.get("exp")) or claims["exp"] <= now:
        raise _failed(provider, "id_token has expired")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _failed(provider, "id_token without a subject")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(), flow.parameters["nonce"].encode()
    ):
        raise _failed(provider, "Bad id_token nonce")
    return claims


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _signed(provider: Provider, token: str) -> dict[str, Any]:
    """Return a token's claims if its signature is valid.

    The token is signed with the client secret, or with a key in the provider's key set, which the token names.
    The algorithm determines which of them is used, so that a public key is never used as a secret.
    """
    details = provider["ProviderDetails"]
    try:
        header = jws.extract_compact(token.encode()).headers()
        if header.get("alg") in _WITH_SECRET and details.get("client_secret"):
            key: Any = OctKey.import_key(details["client_secret"])
            claims = json.loads(jws.deserialize_compact(token, key, algorithms=_WITH_SECRET).payload)
        else:
            keys = _json(provider, "get", _endpoint(provider, "jwks_uri", "jwks_uri"))
            fitting = [
                each for each in keys.get("keys", ()) if each.get("kid") == header.get("kid") is not None
            ]
            key = KeySet.import_key_set({"keys": fitting})
            claims = json.loads(jws.deserialize_compact(token, key, algorithms=_WITH_KEYS).payload)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _failed(provider, "Bad id_token signature") from error
    if not isinstance(claims, dict):
        raise _failed(provider, "Bad id_token")
    return claims


def _user_info(provider: Provider, subject: str, token: Any) -> dict[str, Any]:
    """Return the provider's userInfo, which must have the same subject (OpenID Connect, 5.3.2)."""
    if not isinstance(token, str):
        return {}
    method = provider["ProviderDetails"]["attributes_request_method"].lower()
    url = _endpoint(provider, "attributes_url", "userinfo_endpoint")
    headers = {"Authorization": f"Bearer {token}"}
    info = _json(provider, "post" if method == "post" else "get", url, headers=headers)
    if "error" in info or info.get("sub") != subject:
        raise _failed(provider, "Bad userInfo response")
    return info


def _json(provider: Provider, method: str, url: str, **more: Any) -> dict[str, Any]:
    """Return the JSON object that the provider returns. Raises `FederationFailed` if there is no response."""
    return _request(provider, method, url, **more)[1]


def _request(provider: Provider, method: str, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Send a request within this cloud, and return the status and JSON content of the response.

    Raises `FederationFailed` if there is no response, or if the response isn't JSON.
    """
    import requests

    try:
        answer = requests.request(method, url, timeout=10, allow_redirects=False, **more)
        content = answer.json()
    except (ValueError, OSError) as error:
        raise _failed(provider, "the provider's response can't be read") from error
    return answer.status_code, content if isinstance(content, dict) else {}


def _failed(provider: Provider, why: str) -> FederationFailed:
    return FederationFailed(f"{provider['ProviderName']} Error - {why}"[:300])
