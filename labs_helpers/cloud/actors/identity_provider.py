"""A small OpenID Connect provider for lessons and tests: it signs ID tokens, and the cloud knows its public keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.cloud.actors.world import TrustsIssuers
    from labs_helpers.cloud.core.web_identity import Issuer

_KINDS = {"RS256": ("RSA", 2048), "ES256": ("EC", "P-256")}


class IdentityProvider:
    """An issuer at `url` (https://…). `algorithm` is RS256 or ES256; a `key` of joserfc's spares making one.

    It has no page to sign in at: `token(subject, audience)` is what one would end in.
    """

    def __init__(self, cloud: TrustsIssuers, url: str, algorithm: str = "ES256", key: Any = None):
        if algorithm not in _KINDS:
            raise ValueError(f"algorithm is one of {', '.join(_KINDS)}; got {algorithm!r}")
        self.url = url
        self.algorithm = algorithm
        self.revoked: set[str] = set()
        """Subjects that the provider disowns: AWS answers IDPRejectedClaim for their tokens."""
        self._clock = cloud.clock
        self._made = 0
        self._key = self._new_key(key)
        self.issuer: Issuer = cloud.trust_issuer(
            url, self.jwks, rejects=lambda claims: claims["sub"] in self.revoked
        )

    @property
    def host(self) -> str:
        """What condition keys and provider ARNs call it: the URL without https://."""
        return self.url.removeprefix("https://")

    @property
    def key_id(self) -> str:
        """The `kid` of the key that signs at present."""
        return f"key-{self._made}"

    def rotate(self) -> None:
        """Sign with a new key from now on; tokens of the old one are no longer taken."""
        self._key = self._new_key()

    def jwks(self) -> Mapping[str, Any]:
        """The public keys, as the provider's jwks_uri would give them."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": self.algorithm}]}

    def token(self, subject: str, audience: str | list[str], *, seconds: int = 3_600, **claims: Any) -> str:
        """A signed ID token. Further `claims` replace those that every token has; None leaves one out."""
        from joserfc import jwt

        now = int(self._clock.now().timestamp())
        every = {"iss": self.url, "sub": subject, "aud": audience, "iat": now, "exp": now + seconds, **claims}
        content = {name: value for name, value in every.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT"}
        return jwt.encode(header, content, self._key, algorithms=[self.algorithm])

    def _new_key(self, given: Any = None) -> Any:
        from joserfc.jwk import ECKey, RSAKey

        self._made += 1
        kind, size = _KINDS[self.algorithm]
        return given or (RSAKey.generate_key(size) if kind == "RSA" else ECKey.generate_key(size))
