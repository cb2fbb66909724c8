"""A small OpenID Connect provider for lessons and tests.

It signs ID tokens with keys that are registered in the cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.cloud.actors.cloud_parts import TrustsIssuers
    from labs_helpers.cloud.core.web_identity import Issuer

_KINDS = {"RS256": ("RSA", 2048), "ES256": ("EC", "P-256")}


class IdentityProvider:
    """An issuer at `url` (https://…).

    `algorithm` is RS256 or ES256; `key` is an existing joserfc key. The provider has no sign-in page: `token(subject,
    audience)` returns the token that a sign-in would return.
    """

    def __init__(self, cloud: TrustsIssuers, url: str, algorithm: str = "ES256", key: Any = None):
        """Create the provider and register it as an issuer with the cloud. Raises `ValueError` for other algorithms."""
        if algorithm not in _KINDS:
            raise ValueError(f"algorithm is one of {', '.join(_KINDS)}; got {algorithm!r}")
        self.url = url
        self.algorithm = algorithm
        self.revoked: set[str] = set()
        """Subjects whose tokens the provider rejects: AWS returns IDPRejectedClaim for them."""
        self._clock = cloud.clock
        self._key_number = 0
        self._key = self._new_key(key)
        self.issuer: Issuer = cloud.trust_issuer(
            url, self.jwks, rejects=lambda claims: claims["sub"] in self.revoked
        )

    @property
    def host(self) -> str:
        """The provider's name in condition keys and provider ARNs, which is the URL without https://."""
        return self.url.removeprefix("https://")

    @property
    def key_id(self) -> str:
        """The `kid` of the current signing key."""
        return f"key-{self._key_number}"

    def rotate(self) -> None:
        """Switch to a new signing key. Tokens signed with the old key are no longer accepted."""
        self._key = self._new_key()

    def jwks(self) -> Mapping[str, Any]:
        """Return the public keys that the provider's jwks_uri would return."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": self.algorithm}]}

    def token(self, subject: str, audience: str | list[str], *, seconds: int = 3_600, **claims: Any) -> str:
        """Return a signed ID token. `claims` adds or overrides claims; a claim whose value is None is omitted."""
        from joserfc import jwt

        now = int(self._clock.now().timestamp())
        every = {"iss": self.url, "sub": subject, "aud": audience, "iat": now, "exp": now + seconds, **claims}
        content = {name: value for name, value in every.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT"}
        token: str = jwt.encode(header, content, self._key, algorithms=[self.algorithm])
        return token

    def _new_key(self, given: Any = None) -> Any:
        from joserfc.jwk import ECKey, RSAKey

        self._key_number += 1
        kind, size = _KINDS[self.algorithm]
        return given or (RSAKey.generate_key(size) if kind == "RSA" else ECKey.generate_key(size))
