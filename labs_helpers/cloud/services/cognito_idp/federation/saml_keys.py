"""The keys that a pool uses with SAML providers: one key signs requests, and one key per provider decrypts responses.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-signing-encryption.html
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.services.cognito_idp.state import KeyPair, UserPool

_YEARS = timedelta(days=3650)
_SIGNING = ""


def signing_key(pool: UserPool) -> KeyPair:
    """Return the key that signs the pool's requests. GetSigningCertificate returns the key's certificate."""
    return _pair(pool, _SIGNING)


def decryption_key(pool: UserPool, provider: str) -> KeyPair:
    """Return the key that decrypts a provider's assertions. ActiveEncryptionCertificate is the key's certificate."""
    return _pair(pool, provider)


def forget(pool: UserPool, provider: str) -> None:
    """Delete a provider's key."""
    pool.saml_keys.pop(provider, None)


def _pair(pool: UserPool, of: str) -> KeyPair:
    if of not in pool.saml_keys:
        pool.saml_keys[of] = _new(pool)
    return pool.saml_keys[of]


def _new(pool: UserPool) -> KeyPair:
    """Generate a key, with a certificate for ten years."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, pool.id)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(pool.created)
        .not_valid_after(pool.created + _YEARS)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(key, base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode())
