"""AssumeRoleWithWebIdentity, which gives a role to the bearer of an OpenID Connect token.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.web_identity import Issuer
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.sts.errors import expired_token, invalid_token
from labs_helpers.cloud.services.sts.sessions import packed, passed_context, role_session, session_tags, shown
from labs_helpers.engine.policy import Principal

BUILT_IN = {
    "https://cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com",
    "https://accounts.google.com": "accounts.google.com",
}
"""The principal names, in trust policies, of the issuers that don't require a provider in IAM.

The access tokens from Login with Amazon and Facebook aren't JWTs, so they aren't modeled.
"""
_KEY_TYPES = {
    "RS256": ("RSA", None), "RS384": ("RSA", None), "RS512": ("RSA", None),
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"),
}  # fmt: skip
"""Signing algorithms that IAM accepts, and the kind of key for each. It rejects HMAC algorithms and "none".

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""
_SKEW = 300
_TAGS = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
_NO_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
_NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)


@dataclass(frozen=True, slots=True)
class _Identity:
    """The content of a verified token. `provider` is its name in trust policies."""

    provider: str
    host: str
    subject: str
    audience: str
    claims: Mapping[str, Any]

    def keys(self) -> dict[str, Any]:
        """Return the condition keys with the issuer's name as prefix, for the trust policy and for the session.

        For Google and others, `aud` is the token's `azp` if it has one, and `oaud` is its `aud`.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        """
        claims = self.claims
        keys: dict[str, Any] = {f"{self.host}:aud": self.audience, f"{self.host}:sub": self.subject}
        if claims.get("azp"):
            keys[f"{self.host}:oaud"] = _texts(claims["aud"])
        if claims.get("amr"):
            keys[f"{self.host}:amr"] = _texts(claims["amr"])
        if isinstance(claims.get("email"), str):
            keys[f"{self.host}:email"] = claims["email"]
        return keys


def authenticate(call: Call) -> None:
    """Verify the call's token, make its bearer the call's principal, and add its claims to the request's context.

    If the token isn't valid, raises InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim, or
    IDPCommunicationError before the role or its trust policy is read.
    """
    identity = _verified(call)
    call.principal, call.credentials = Principal.web_identity(identity.provider), None
    context: dict[str, Any] = {**identity.keys(), "aws:FederatedProvider": identity.provider}
    passed = passed_context(*_tags_of(identity), _source_identity(identity))
    call.caller_context = {**call.caller_context, **context, **passed}


@operation("sts", "AssumeRoleWithWebIdentity")
def assume_role_with_web_identity(call: Call) -> Mapping[str, Any]:
    """Return credentials for the token's subject in a role. The gate has already evaluated the role's trust policy."""
    role = moto_iam.role(call.account, call.parameters["RoleArn"].rpartition("/")[2])
    assert role is not None, "the gate has found the role's trust policy"
    identity = _verified(call)
    tags, transitive = _tags_of(identity)
    session = role_session(
        call, role, via="AssumeRoleWithWebIdentity", tags=tags, transitive=transitive,
        source_identity=_source_identity(identity),
        context={**identity.keys(), "aws:FederatedProvider": identity.provider},
    )  # fmt: skip
    answer = {
        **shown(session),
        "SubjectFromWebIdentityToken": identity.subject,
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.principal.arn},
        **packed({**call.parameters, "Tags": _as_list(tags)}),
        "Provider": identity.provider,
        "Audience": identity.audience,
    }
    return answer | ({"SourceIdentity": session.source_identity} if session.source_identity else {})


# --- the token ------------------------------------------------------------------------------------------------


def _verified(call: Call) -> _Identity:
    if call.parameters.get("ProviderId"):
        raise NotModelled(
            "sts:AssumeRoleWithWebIdentity with a ProviderId: the access tokens of Login with Amazon and Facebook are "
            "not modelled; OpenID Connect tokens are"
        )
    token = str(call.parameters.get("WebIdentityToken") or "")
    header, claims = _parsed(token)
    for name in ("iss", "sub", "aud", "exp", "iat"):
        if claims.get(name) in (None, "", []):
            raise invalid_token(f"Missing a required claim: {name}")
    issuer_url, subject = claims["iss"], claims["sub"]
    if not isinstance(issuer_url, str) or not isinstance(subject, str) or len(subject) > 255:
        raise invalid_token(_NO_JWT)
    host = issuer_url.removeprefix("https://")
    provider, clients = _provider(call, issuer_url, host)
    issuer = call.state.issuers.find(issuer_url)
    if issuer is None:
        raise invalid_token(_NO_KEY)
    if not issuer.reachable:
        message = f"The identity provider {issuer_url} could not be reached to verify the token."
        raise ServiceError("IDPCommunicationError", message, 400)
    _check_signature(token, header, issuer)
    _check_times(claims, call.time)
    audience = _audience(claims, clients)
    if issuer.rejects is not None and issuer.rejects(claims):
        raise ServiceError(
            "IDPRejectedClaim", "The identity provider reported that authentication failed.", 403
        )
    return _Identity(provider, host, subject, audience, claims)


def _parsed(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of a JWT, which aren't verified yet."""
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        raise invalid_token(_NO_JWT)
    read = []
    for part in parts[:2]:
        try:
            raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
            value = json.loads(raw, parse_constant=_refuse_constant)
        except (binascii.Error, ValueError, RecursionError) as error:
            raise invalid_token(_NO_JWT) from error
        if not isinstance(value, dict):
            raise invalid_token(_NO_JWT)
        read.append(value)
    return read[0], read[1]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} isn't JSON")


def _provider(call: Call, issuer_url: str, host: str) -> tuple[str, list[str] | None]:
    """Return the issuer's name in trust policies, and the client IDs that it can issue tokens for (None: any)."""
    if issuer_url in BUILT_IN:
        return BUILT_IN[issuer_url], None
    if issuer_url.startswith("https://"):
        arn = f"arn:aws:iam::{call.account}:oidc-provider/{host}"
        clients = moto_iam.oidc_client_ids(call.account, arn)
        if clients is not None:
            return arn, clients
    raise invalid_token(f"No OpenIDConnect provider found in your account for {issuer_url}")


def _check_signature(token: str, header: Mapping[str, Any], issuer: Issuer) -> None:
    """Verify the token's signature with the issuer's key for the token's key ID and algorithm.

    The algorithm must be one that IAM accepts. Raises InvalidIdentityToken.
    """
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _KEY_TYPES or "crit" in header:
        raise invalid_token(
            "The token's signing algorithm is not supported; use RS256 or ES256, for instance."
        )
    kind, curve = _KEY_TYPES[algorithm]
    fitting = [
        key for key in issuer.jwks().get("keys", ())
        if key.get("kid") == header.get("kid") and key.get("kty") == kind and key.get("crv") == curve
        and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
    ]  # fmt: skip
    if len(fitting) != 1 or not header.get("kid"):
        raise invalid_token(_NO_KEY)
    try:
        key = (RSAKey if kind == "RSA" else ECKey).import_key(dict(fitting[0]))
        jws.deserialize_compact(token, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise invalid_token("The token's signature is not valid.") from error


def _check_times(claims: Mapping[str, Any], time: datetime) -> None:
    now = int(time.timestamp())
    expires, issued, begins = (_number(claims, name) for name in ("exp", "iat", "nbf"))
    if expires is not None and now >= expires:
        raise expired_token(
            f"Token expired: current date/time {now} must be before the expiration date/time {int(expires)}"
        )
    if issued is not None and issued > now + _SKEW:
        raise invalid_token(
            f"The token was issued in the future: its iat is {int(issued)}, the time is {now}."
        )
    if begins is not None and begins > now + _SKEW:
        raise invalid_token(f"The token is not valid yet: its nbf is {int(begins)}, the time is {now}.")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid_token(f"The claim {name} isn't a time in seconds.")
    return value


def _audience(claims: Mapping[str, Any], clients: list[str] | None) -> str:
    """Return the client that the token is for: `azp` if there is one, or else the only `aud`."""
    audiences, party = _texts(claims["aud"]), claims.get("azp")
    if party is None and len(audiences) > 1:
        raise invalid_token(
            "Missing a required claim: azp. It shows which of several audiences the token is for."
        )
    audience = party if party is not None else audiences[0]
    if not isinstance(audience, str) or (clients is not None and audience not in clients):
        raise invalid_token("Incorrect token audience")
    return audience


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(item, str) for item in values):
        raise invalid_token(_NO_JWT)
    return tuple(values)


# --- from the token to the session ------------------------------------------------------------------------------


def _tags_of(identity: _Identity) -> tuple[dict[str, str], frozenset[str]]:
    """Return the session tags in the token, and the keys of the transitive ones.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
    """
    claim = identity.claims.get(_TAGS)
    if claim is None:
        return {}, frozenset()
    given = claim.get("principal_tags") if isinstance(claim, dict) else None
    transitive = claim.get("transitive_tag_keys", []) if isinstance(claim, dict) else None
    if not isinstance(given, dict) or not isinstance(transitive, list):
        raise invalid_token(f"The claim {_TAGS} is malformed.")
    tags = {}
    for name, values in given.items():
        value = values[0] if isinstance(values, list) and len(values) == 1 else values
        if not isinstance(value, str) or not 1 <= len(name) <= 128 or len(value) > 256:
            raise invalid_token(f"The claim {_TAGS} is malformed: each tag has one value.")
        tags[name] = value
    return session_tags(
        {"Tags": _as_list(tags), "TransitiveTagKeys": [str(name) for name in transitive]}, None
    )


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def _source_identity(identity: _Identity) -> str | None:
    claim = identity.claims.get(_SOURCE_IDENTITY)
    if claim is not None and not (isinstance(claim, str) and 2 <= len(claim) <= 64):
        raise invalid_token(f"The claim {_SOURCE_IDENTITY} is malformed.")
    return claim
