"""Encrypted assertions: decrypted with the recipient's key, then verified like unencrypted ones.

Only the algorithms that current identity providers use are supported: AES with a key that is encrypted with
RSA-OAEP. RSA 1.5 is rejected, because its padding leaks information about the key. Detailed errors would leak
information as well, so all failures have the same error.
https://www.w3.org/TR/xmlenc-core1/
https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf (6)
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from labs_helpers.cloud.core.saml_documents import (
    PROTOCOL,
    SAML,
    SIGNATURE,
    Metadata,
    SamlError,
    check_shape,
    parse,
    signed_around,
    signed_assertion,
    text_of,
)

_XENC, _XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
_OAEP = (f"{_XENC}rsa-oaep-mgf1p", f"{_XENC11}rsa-oaep")
_CBC = {f"{_XENC}aes{bits}-cbc": bits // 8 for bits in (128, 192, 256)}
_GCM = {f"{_XENC11}aes{bits}-gcm": bits // 8 for bits in (128, 192, 256)}
_DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1": "SHA1", f"{_XENC}sha256": "SHA256", f"{_XENC}sha512": "SHA512",
    f"{_XENC11}mgf1sha1": "SHA1", f"{_XENC11}mgf1sha256": "SHA256", f"{_XENC11}mgf1sha512": "SHA512",
}  # fmt: skip


def opened_assertion(root: Any, metadata: Metadata, key: Any) -> Any:
    """Decrypt a response's encrypted assertion with the private `key` and return the assertion.

    Either the assertion or the response around it must be signed. Raises `SamlError` if the assertion can't be
    decrypted or isn't signed.
    """
    check_shape(root, "EncryptedAssertion")
    around = signed_around(root, metadata)
    response = root if around is None else around
    assertion = parse(_decrypted(response.find(f"{SAML}EncryptedAssertion"), key))
    if assertion.tag != f"{SAML}Assertion":
        raise SamlError("the encrypted element isn't an assertion")
    if around is None or assertion.find(f"{SIGNATURE}Signature") is not None:
        return signed_assertion(_wrapped(assertion), metadata)
    check_shape(_wrapped(assertion), "Assertion")
    return assertion


def _wrapped(assertion: Any) -> Any:
    """Return a response that contains only this assertion."""
    from lxml import etree

    response = etree.Element(f"{PROTOCOL}Response", ID="_opened")
    response.append(assertion)
    return response


def _decrypted(encrypted: Any, key: Any) -> bytes:
    try:
        data = _one(encrypted, f"{{{_XENC}}}EncryptedData")
        keys = list(encrypted.iter(f"{{{_XENC}}}EncryptedKey"))
        if len(keys) != 1:
            raise SamlError("not one encrypted key")
        return _content(data, _content_key(keys[0], key))
    except Exception as error:
        raise SamlError("it cannot be decrypted with the user pool's key") from error


def _one(parent: Any, path: str) -> Any:
    elements = parent.findall(path)
    if len(elements) != 1:
        raise SamlError(f"not one {path}")
    return elements[0]


def _algorithm(element: Any, path: str) -> str:
    return str(_one(element, path).get("Algorithm"))


def _cipher(element: Any) -> bytes:
    value = text_of(_one(element, f"{{{_XENC}}}CipherData/{{{_XENC}}}CipherValue"))
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SamlError("not base64") from error


def _content_key(element: Any, key: Any) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    method = f"{{{_XENC}}}EncryptionMethod"
    if _algorithm(element, method) not in _OAEP:
        raise SamlError("a key that is not wrapped by RSA-OAEP")
    digest, mask = (
        getattr(hashes, _DIGESTS[methods[0].get("Algorithm")] if methods else "SHA1")
        for methods in (
            element.findall(f"{method}/{SIGNATURE}DigestMethod"), element.findall(f"{method}/{{{_XENC11}}}MGF"),
        )
    )  # fmt: skip
    return bytes(key.decrypt(_cipher(element), padding.OAEP(padding.MGF1(mask()), digest(), None)))


def _content(data: Any, key: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    algorithm, cipher = _algorithm(data, f"{{{_XENC}}}EncryptionMethod"), _cipher(data)
    if len(key) != {**_CBC, **_GCM}[algorithm]:
        raise SamlError("a key with the wrong length")
    if algorithm in _GCM:
        return bytes(AESGCM(key).decrypt(cipher[:12], cipher[12:], None))
    reader = Cipher(algorithms.AES(key), modes.CBC(cipher[:16])).decryptor()
    padded = bytes(reader.update(cipher[16:]) + reader.finalize())
    if not 1 <= padded[-1] <= 16:
        raise SamlError("odd padding")
    return padded[: -padded[-1]]
