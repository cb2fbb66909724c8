"""The signature on SNS's messages, and the certificate for verifying it.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CERTIFICATE = "SimpleNotificationService-6209c161c6221fdf56ec1eb5c821d112.pem"
"""The certificate's file name at the service's endpoint."""
_SIGNED = (
    "Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip
"""The signed members, sorted by name. Notifications don't have Token, and confirmations don't have Subject."""


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_url(region: str) -> str:
    """Return the certificate's URL."""
    return f"https://sns.{region}.amazonaws.com/{CERTIFICATE}"


def signature(message: Mapping[str, object], version: str) -> str:
    """Return a message's signature, which uses SHA-1 in version 1 and SHA-256 in version 2."""
    text = "".join(f"{name}\n{message[name]}\n" for name in _SIGNED if message.get(name) is not None)
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    signed = _key().sign(text.encode("utf-8", "surrogatepass"), padding.PKCS1v15(), algorithm)
    return base64.b64encode(signed).decode()


@cache
def certificate() -> str:
    """Return the certificate in PEM format."""
    named = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=36_500))
        .sign(_key(), hashes.SHA256())
    )
    written: bytes = made.public_bytes(serialization.Encoding.PEM)
    return written.decode()
