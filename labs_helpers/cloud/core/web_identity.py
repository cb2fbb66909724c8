"""Web identity token issuers inside the cloud, with the keys that verify their tokens.

On AWS, STS fetches `<issuer>/.well-known/openid-configuration` and the key set that the document refers to. In this
cloud, issuers (Cognito user and identity pools, a course's own identity provider) put their key sets into this
registry.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

KeySet = Mapping[str, Any]
"""A JSON Web Key Set: `{"keys": [{"kty": …, "kid": …}, …]}`."""


@dataclass(slots=True)
class Issuer:
    """One issuer with its URL and keys.

    `jwks` returns the issuer's current public keys. `rejects` returns whether the issuer no longer accepts a token with
    these claims (because of a revoked user or an ended session). While `reachable` is False, its keys can't be fetched.
    """

    url: str
    jwks: Callable[[], KeySet]
    rejects: Callable[[Mapping[str, Any]], bool] | None = None
    reachable: bool = True


class Issuers:
    """Token issuers by URL, as in a token's `iss` claim. A trailing slash is ignored."""

    def __init__(self) -> None:
        """Start without issuers."""
        self._by_url: dict[str, Issuer] = {}

    def register(
        self,
        url: str,
        jwks: KeySet | Callable[[], KeySet],
        *,
        rejects: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Issuer:
        """Add an issuer, or replace the existing issuer with this URL. Raises `ValueError` if the URL isn't https."""
        if not url.startswith("https://"):
            raise ValueError(f"an issuer's URL begins with https://; got {url!r}")
        issuer = Issuer(url, jwks if callable(jwks) else lambda: jwks, rejects)
        self._by_url[url.rstrip("/")] = issuer
        return issuer

    def find(self, url: str) -> Issuer | None:
        """Return the issuer with this URL, or None if there isn't one."""
        return self._by_url.get(url.rstrip("/"))

    def forget(self, url: str) -> None:
        """Remove an issuer, for example when its user pool is deleted."""
        self._by_url.pop(url.rstrip("/"), None)


def claims_of(token: str) -> dict[str, Any] | None:
    """Return a token's claims without verifying them, or None if it isn't a JWT."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def is_signed(token: str, keys: KeySet) -> bool:
    """Return whether a token is signed with one of the given keys of an issuer."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet as Keys

    try:
        public = Keys.import_key_set({"keys": list(keys.get("keys", ()))})
        jws.deserialize_compact(token, public, algorithms=["RS256", "ES256"])
    except (JoseError, ValueError, TypeError):
        return False
    return True
