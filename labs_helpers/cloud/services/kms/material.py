"""Key material and its cryptographic operations, implemented with `cryptography`.

Keys, states, and permissions aren't handled here. Secrets are bytes: the key itself for symmetric and HMAC
keys, and the private key in PKCS #8 (DER) for key pairs.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.kms import specs

try:  # the oldest `cryptography` that the package accepts doesn't have these modules
    from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
except ImportError:  # pragma: no cover - depends on the installed version
    mldsa = mlkem = None

_HASHES: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "SHA_1": hashes.SHA1, "SHA_256": hashes.SHA256, "SHA_384": hashes.SHA384, "SHA_512": hashes.SHA512,
}  # fmt: skip
_CURVES: Mapping[str, ec.EllipticCurve] = {
    "ECC_NIST_P256": ec.SECP256R1(), "ECC_NIST_P384": ec.SECP384R1(), "ECC_NIST_P521": ec.SECP521R1(),
    specs.KOBLITZ: ec.SECP256K1(),
}  # fmt: skip
_MU_BYTES = 64


class WrongMaterial(ValueError):
    """The error for bytes that aren't key material for the requested spec."""


class WrongLength(ValueError):
    """The error for a digest or message representative that doesn't have the length that its algorithm requires."""


# --- generating and reading key material ----------------------------------------------------------------------


def generate(spec: str) -> bytes:
    """Generate key material for a spec.

    Raises `NotModelled` if the installed `cryptography` doesn't support the spec.
    """
    if spec == specs.SYMMETRIC:
        return os.urandom(32)
    if spec in specs.MAC_SPECS:
        return os.urandom(specs.MAC_BYTES[spec][0])
    return _private_der(_generate_pair(spec))


def refuse_unknown(spec: str) -> None:
    """Raise `NotModelled` for a key spec that the installed `cryptography` doesn't support."""
    if spec in specs.ML_DSA or spec in specs.ML_KEM:
        _post_quantum(spec)


def _post_quantum(spec: str) -> Any:
    """Return the private key class in `cryptography` for an ML-DSA or ML-KEM spec."""
    module, name = (mldsa, spec.replace("_", "")) if spec in specs.ML_DSA else (mlkem, spec.replace("_", ""))
    kind = getattr(module, f"{name}PrivateKey", None)
    if kind is None:
        raise NotModelled(
            f"kms: the installed `cryptography` has no {spec}, and this cloud doesn't implement cryptography itself"
        )
    return kind


def _generate_pair(spec: str) -> Any:
    if spec in specs.RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=specs.RSA_BITS[spec])
    if spec in _CURVES:
        return ec.generate_private_key(_CURVES[spec])
    if spec == specs.EDWARDS:
        return ed25519.Ed25519PrivateKey.generate()
    try:
        return _post_quantum(spec).generate()
    except UnsupportedAlgorithm as error:
        raise NotModelled(f"kms: the installed OpenSSL has no {spec}") from error


def _private_der(key: Any) -> bytes:
    private: bytes = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private


def public_der(secret: bytes) -> bytes:
    """Return a key pair's public key as SubjectPublicKeyInfo (DER)."""
    key = _private_key(secret).public_key()
    public: bytes = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public


@lru_cache(maxsize=256)
def _private_key(secret: bytes) -> Any:
    return serialization.load_der_private_key(secret, None)


def check(spec: str, secret: bytes) -> bytes:
    """Return imported key material in the form of this module's secrets.

    Raises `WrongMaterial` if it doesn't match the spec.
    https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
    """
    if spec == specs.SYMMETRIC:
        if len(secret) != 32:
            raise WrongMaterial("a symmetric encryption key has 256 bits")
        return secret
    if spec in specs.MAC_SPECS:
        least, most = specs.MAC_BYTES[spec]
        if not least <= len(secret) <= most:
            raise WrongMaterial(f"{spec} has {least} to {most} bytes")
        return secret
    try:
        key = serialization.load_der_private_key(secret, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WrongMaterial("no private key in PKCS #8") from error
    if _spec_of(key) != spec:
        raise WrongMaterial(f"no private key of {spec}")
    return _private_der(key)


def _spec_of(key: Any) -> str | None:
    if isinstance(key, rsa.RSAPrivateKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return next((spec for spec, curve in _CURVES.items() if curve.name == key.curve.name), None)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return specs.EDWARDS
    for spec in (*specs.ML_DSA, *specs.ML_KEM):
        module = mldsa if spec in specs.ML_DSA else mlkem
        kind = getattr(module, f"{spec.replace('_', '')}PrivateKey", None)
        if kind is not None and isinstance(key, kind):
            return spec
    return None


def identifier(key_id: str, secret: bytes) -> str:
    """Return the ID of key material, which is 64 hexadecimal digits derived from the key ID and the material.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html#KMS-ImportKeyMaterial-request-KeyMaterialId
    """
    return hashlib.sha256(b"key material id\0" + key_id.encode() + b"\0" + secret).hexdigest()


# --- RSA encryption -------------------------------------------------------------------------------------------


def oaep(hash_name: str) -> padding.OAEP:
    """Return RSAES-OAEP with one hash, `SHA_1` or `SHA_256`, for both the label and the mask."""
    algorithm = _HASHES[hash_name]()
    return padding.OAEP(mgf=padding.MGF1(algorithm), algorithm=algorithm, label=None)


def rsa_encrypt(secret: bytes, algorithm: str, plaintext: bytes) -> bytes:
    """Encrypt with an RSA key pair's public key. `algorithm` is `RSAES_OAEP_SHA_1` or `RSAES_OAEP_SHA_256`."""
    key = _private_key(secret).public_key()
    ciphertext: bytes = key.encrypt(plaintext, oaep(algorithm.removeprefix("RSAES_OAEP_")))
    return ciphertext


def rsa_decrypt(secret: bytes, algorithm: str, ciphertext: bytes) -> bytes:
    """Decrypt with an RSA private key. Raises `ValueError` for a ciphertext from another key or algorithm."""
    key = _private_key(secret)
    plaintext: bytes = key.decrypt(ciphertext, oaep(algorithm.removeprefix("RSAES_OAEP_")))
    return plaintext


# --- signatures -----------------------------------------------------------------------------------------------


def sign(secret: bytes, algorithm: str, message: bytes, message_type: str) -> bytes:
    """Sign a message (RAW), its digest (DIGEST), or its ML-DSA message representative (EXTERNAL_MU).

    The PSS salt is as long as the digest. Raises `WrongLength` if the input has the wrong length.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    """
    key = _private_key(secret)
    signature: bytes
    if algorithm == "ML_DSA_SHAKE_256" and message_type == "EXTERNAL_MU":
        signature = key.sign_mu(_message_representative(message))
    elif algorithm in ("ML_DSA_SHAKE_256", "ED25519_SHA_512"):
        signature = key.sign(message)
    else:
        signature = key.sign(message, *_scheme(algorithm, message, message_type))
    return signature


def verify(secret: bytes, algorithm: str, message: bytes, message_type: str, signature: bytes) -> bool:
    """Return True if a signature is valid for this key, algorithm, and message.

    Raises `WrongLength` if the message has the wrong length.
    """
    key = _private_key(secret).public_key()
    try:
        if algorithm == "ML_DSA_SHAKE_256" and message_type == "EXTERNAL_MU":
            key.verify_mu(signature, _message_representative(message))
        elif algorithm in ("ML_DSA_SHAKE_256", "ED25519_SHA_512"):
            key.verify(signature, message)
        else:
            key.verify(signature, message, *_scheme(algorithm, message, message_type))
    except WrongLength:
        raise
    except (InvalidSignature, ValueError):
        # `cryptography` raises ValueError for some signatures of a wrong form.
        return False
    return True


def _scheme(algorithm: str, message: bytes, message_type: str) -> tuple[Any, ...]:
    """Return `cryptography`'s arguments for RSA or ECDSA. Raises `WrongLength` for a digest of a different length."""
    algorithm_hash = _HASHES["_".join(algorithm.rsplit("_", 2)[1:])]()
    if message_type != "RAW" and len(message) != algorithm_hash.digest_size:
        raise WrongLength("digest")
    message_hash = algorithm_hash if message_type == "RAW" else utils.Prehashed(algorithm_hash)
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(message_hash),)
    if algorithm.startswith("RSASSA_PSS"):
        salt = algorithm_hash.digest_size
        return padding.PSS(mgf=padding.MGF1(algorithm_hash), salt_length=salt), message_hash
    return padding.PKCS1v15(), message_hash


def _message_representative(message: bytes) -> bytes:
    if len(message) != _MU_BYTES:
        raise WrongLength("representative")
    return message


# --- MACs, shared secrets, encapsulation ----------------------------------------------------------------------


def mac(secret: bytes, algorithm: str, message: bytes) -> bytes:
    """Return the HMAC of a message.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
    """
    return hmac.digest(secret, message, algorithm.removeprefix("HMAC_").replace("_", "").lower())


def shared_secret(secret: bytes, peer_public_der: bytes) -> bytes:
    """Return the raw ECDH shared secret. Raises `WrongMaterial` unless the peer's public key is on the same curve."""
    key = _private_key(secret)
    try:
        peer = serialization.load_der_public_key(peer_public_der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WrongMaterial("no public key") from error
    if not isinstance(peer, ec.EllipticCurvePublicKey) or peer.curve.name != key.curve.name:
        raise WrongMaterial("another curve")
    shared: bytes = key.exchange(ec.ECDH(), peer)
    return shared


def encapsulate(secret: bytes) -> tuple[bytes, bytes]:
    """Return a new 32-byte shared secret, and its encapsulation for the key pair."""
    shared, encapsulated = _private_key(secret).public_key().encapsulate()
    return shared, encapsulated


def decapsulate(secret: bytes, encapsulated: bytes) -> bytes:
    """Return the shared secret in an encapsulation. Raises `ValueError` for an encapsulation of the wrong length."""
    shared: bytes = _private_key(secret).decapsulate(encapsulated)
    return shared


def modulus_bytes(secret: bytes) -> int:
    """Return the length in bytes of an RSA key's modulus, which is also the length of its ciphertexts."""
    return (int(_private_key(secret).key_size) + 7) // 8
