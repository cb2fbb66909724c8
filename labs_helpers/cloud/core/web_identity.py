"""Issuers of web identity tokens that live inside the cloud: where a token's verification keys come from.

On AWS, STS fetches `<issuer>/.well-known/openid-configuration` and the key set that it names. Here an issuer puts
its key set into this registry: Cognito's user and identity pools, a course's own identity provider.
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
    """One issuer. `jwks` gives its public keys as they are now; `rejects` says whether it disowns a token's claims
    (a revoked user, a session that was ended); while `reachable` is False, nobody gets its keys.
    """

    url: str
    jwks: Callable[[], KeySet]
    rejects: Callable[[Mapping[str, Any]], bool] | None = None
    reachable: bool = True


class Issuers:
    """Token issuers by their URL, which is what a token's `iss` says; a final slash makes no other issuer of it."""

    def __init__(self) -> None:
        self._by_url: dict[str, Issuer] = {}

    def register(
        self,
        url: str,
        jwks: KeySet | Callable[[], KeySet],
        *,
        rejects: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Issuer:
        """Make an issuer known, or replace the one of that URL. Raises `ValueError` for a URL without https."""
        if not url.startswith("https://"):
            raise ValueError(f"an issuer's URL begins with https://; got {url!r}")
        issuer = Issuer(url, jwks if callable(jwks) else lambda: jwks, rejects)
        self._by_url[url.rstrip("/")] = issuer
        return issuer

    def find(self, url: str) -> Issuer | None:
        """The issuer of that URL, None if there is none in the cloud."""
        return self._by_url.get(url.rstrip("/"))

    def forget(self, url: str) -> None:
        """Take an issuer away, as when its user pool is deleted."""
        self._by_url.pop(url.rstrip("/"), None)


def claims_of(token: str) -> dict[str, Any] | None:
    """What a token claims, not yet verified; None for what is no JWT."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def is_signed(token: str, keys: KeySet) -> bool:
    """Whether one of an issuer's keys signed a token."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet as Keys

    try:
        public = Keys.import_key_set({"keys": list(keys.get("keys", ()))})
        jws.deserialize_compact(token, public, algorithms=["RS256", "ES256"])
    except (JoseError, ValueError, TypeError):
        return False
    return True
