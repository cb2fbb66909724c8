"""A pool's two signing keys, generated on first use: one for ID tokens and one for access tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from joserfc.jwk import RSAKey

_BITS = 2048
USES = ("id", "access")
_PUBLIC = ("alg", "e", "kid", "kty", "n", "use")


class Keys:
    """A pool's signing keys, by use: `id` for ID tokens and `access` for access tokens."""

    def __init__(self) -> None:
        self._keys: dict[str, RSAKey] = {}

    def of(self, use: str) -> RSAKey:
        """Return the key that signs ID tokens (`id`) or access tokens (`access`)."""
        if use not in self._keys:
            kid = base64.b64encode(secrets.token_bytes(32)).decode()
            self._keys[use] = RSAKey.generate_key(_BITS, {"kid": kid, "use": "sig", "alg": "RS256"})
        return self._keys[use]

    def find(self, kid: object) -> tuple[str, RSAKey] | None:
        """Return the use and the key for a key ID, or None if the pool has no key with this ID."""
        return next(((use, key) for use, key in self._keys.items() if key.kid == kid), None)

    def jwks(self) -> dict[str, Any]:
        """Return the public key set that `jwks.json` publishes."""
        public = [self.of(use).as_dict(private=False) for use in USES]
        return {"keys": [{name: key[name] for name in _PUBLIC} for key in public]}
