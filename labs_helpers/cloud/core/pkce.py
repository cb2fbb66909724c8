"""Proof Key for Code Exchange: whoever redeems a code is whoever began. https://www.rfc-editor.org/rfc/rfc7636"""

from __future__ import annotations

import base64
import hashlib
import hmac


def proves(verifier: str, challenge: str) -> bool:
    """Whether `verifier` is what the S256 challenge was made of; compared in constant time."""
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode())
