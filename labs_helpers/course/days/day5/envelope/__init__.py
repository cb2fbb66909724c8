"""Envelope encryption with `cryptography`: a data key encrypts the data, and a key holder encrypts the data key.

    message = encrypt(b"…", [KmsKey(kms, key_arn)], {"patient": "4711"})
    decrypt(message, [KmsKey(kms, key_arn)], {"patient": "4711"}).plaintext

Read the modules in this order: `suites` (which algorithms), `encryption_context` (data that is authenticated but not
secret), `key_holders` (who wraps data keys), `header` (the fields before the data), `body` (the data, frame by frame),
`message` (whole messages). The format is the AWS Encryption SDK's, message version 2:
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

from __future__ import annotations

from labs_helpers.course.days.day5.envelope.cache import CachingHolder
from labs_helpers.course.days.day5.envelope.errors import EnvelopeError, Forged, Malformed, NoKey
from labs_helpers.course.days.day5.envelope.key_holders import KeyHolder, KmsKey, RawAesKey, RawRsaKey
from labs_helpers.course.days.day5.envelope.message import (
    Decrypted,
    decrypt,
    decrypt_file,
    encrypt,
    encrypt_file,
)
from labs_helpers.course.days.day5.envelope.suites import COMMITTING, COMMITTING_AND_SIGNED

__all__ = [
    "COMMITTING", "COMMITTING_AND_SIGNED", "CachingHolder", "Decrypted", "EnvelopeError", "Forged", "KeyHolder",
    "KmsKey", "Malformed", "NoKey", "RawAesKey", "RawRsaKey", "decrypt", "decrypt_file", "encrypt", "encrypt_file",
]  # fmt: skip
