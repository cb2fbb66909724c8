"""Proof Key for Code Exchange: only the client that started a sign-in can redeem its code.

https://www.rfc-editor.org/rfc/rfc7636
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def proves(verifier: str, challenge: str) -> bool:
    """Return whether an S256 challenge was derived from `verifier`, with a comparison that takes constant time."""
    expected = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(expected, challenge.encode())
