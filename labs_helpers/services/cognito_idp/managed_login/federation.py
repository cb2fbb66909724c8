"""Signing in with an outside OIDC provider: the pool is the relying party, with all that one must check.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-flow.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from labs_helpers.core.call import Call
from labs_helpers.core.errors import NotModelled
from labs_helpers.services.cognito_idp import domains, identity_providers, users
from labs_helpers.services.cognito_idp.managed_login.state import Flow
from labs_helpers.services.cognito_idp.state import Client, User, UserPool

_ALGORITHMS = ["RS256", "ES256"]


class Failed(Exception):
    """Why the outside sign-in came to nothing, as the application is told."""


def begin(call: Call, pool: UserPool, flow: Flow, state: str) -> str:
    """Where the browser goes: the provider's own page. What comes back must carry `state`."""
    provider = pool.providers[flow.username]
    if provider["ProviderType"] != "OIDC":
        raise NotModelled(f"managed login with a provider of type {provider['ProviderType']} is not modelled")
    details = provider["ProviderDetails"]
    query = {
        "client_id": details["client_id"], "redirect_uri": _callback(pool), "response_type": "code",
        "scope": details["authorize_scopes"], "state": state,
    }  # fmt: skip
    return f"{_endpoint(details, 'authorize_url', 'authorization_endpoint')}?{urlencode(query)}"


def _callback(pool: UserPool) -> str:
    name = next(iter(pool.domains))
    return f"https://{domains.host(pool, name)}/oauth2/idpresponse"


def _endpoint(details: Mapping[str, str], own: str, discovered: str) -> str:
    return details.get(own) or str(
        _json(_get(f"{details['oidc_issuer']}/.well-known/openid-configuration"))[discovered]
    )


def finish(call: Call, pool: UserPool, client: Client, flow: Flow, given: Mapping[str, str]) -> User:
    """The user whom the provider vouches for, new or known. Raises `Failed`."""
    provider = pool.providers.get(flow.username)
    if provider is None or "code" not in given:
        raise Failed(f"{flow.username} Error - {given.get('error', 'no code')}")
    claims = _claims(call, provider, _exchanged(pool, provider, given["code"]))
    subject, mapped = str(claims["sub"]), _mapped(provider, claims)
    user = identity_providers.linked_user(
        pool, flow.username, subject, {k: str(v) for k, v in claims.items()}
    )
    if user is None:
        user = users.find(pool, identity_providers.federated_name(flow.username, subject))
    if user is None:
        user = _new(call, pool, provider, subject, mapped)
    if not user.enabled:
        raise Failed("User is disabled.")
    user.attributes |= mapped
    user.modified = call.time
    return user


def _new(
    call: Call, pool: UserPool, provider: Mapping[str, Any], subject: str, mapped: dict[str, str]
) -> User:
    """A profile for who signs in for the first time. It is nobody else's, whatever e-mail address it carries."""
    name = identity_providers.federated_name(provider["ProviderName"], subject)
    user = User(
        username=name, sub=call.state.ids.uuid(), created=call.time, modified=call.time, status="EXTERNAL_PROVIDER",
    )  # fmt: skip
    user.attributes = {"sub": user.sub, **mapped}
    user.identities.append(identity_providers.identity(provider, subject, call.time, primary=True))
    users.add(pool, user)
    return user


def _mapped(provider: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, str]:
    """The pool's attributes from the provider's claims. An address is verified only if that is mapped, too."""
    mapping = provider["AttributeMapping"]
    return {
        own: str(claims[theirs]).lower() if isinstance(claims[theirs], bool) else str(claims[theirs])
        for own, theirs in mapping.items()
        if own != "username" and theirs in claims
    }


def _exchanged(pool: UserPool, provider: Mapping[str, Any], code: str) -> str:
    details = provider["ProviderDetails"]
    basic = base64.b64encode(
        f"{quote(details['client_id'])}:{quote(details.get('client_secret', ''))}".encode()
    )
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _callback(pool)}
    headers = {"Authorization": f"Basic {basic.decode()}"} if details.get("client_secret") else {}
    if not headers:
        form["client_id"] = details["client_id"]
    answer = _json(_post(_endpoint(details, "token_url", "token_endpoint"), form, headers))
    if "id_token" not in answer:
        raise Failed(f"{provider['ProviderName']} Error - {answer.get('error', 'no ID token')}")
    return str(answer["id_token"])


def _claims(call: Call, provider: Mapping[str, Any], token: str) -> dict[str, Any]:
    """The claims of the provider's ID token: signed by its keys, by this issuer, for this client, not expired."""
    details = provider["ProviderDetails"]
    try:
        keys = KeySet.import_key_set(_json(_get(_endpoint(details, "jwks_uri", "jwks_uri"))))
        claims = json.loads(jws.deserialize_compact(token, keys, algorithms=_ALGORITHMS).payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise Failed(f"{provider['ProviderName']} Error - the ID token is not valid") from error
    audience = claims.get("aud")
    fits = (
        claims.get("iss") == details["oidc_issuer"]
        and (audience == details["client_id"] or audience == [details["client_id"]])
        and isinstance(claims.get("exp"), int)
        and claims["exp"] > call.time.timestamp()
        and claims.get("sub")
    )
    if not fits:
        raise Failed(f"{provider['ProviderName']} Error - the ID token is not for this user pool, or expired")
    return dict(claims)


def _get(url: str) -> Any:
    import requests  # answered within the cloud, like everything else in this process

    return requests.get(url, timeout=10)


def _post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Any:
    import requests

    return requests.post(url, data=dict(form), headers=dict(headers), timeout=10)


def _json(response: Any) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError as error:
        raise Failed("the identity provider's answer is no JSON") from error
    return content if isinstance(content, dict) else {}
