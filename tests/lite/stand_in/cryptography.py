"""A stand-in that provides no real cryptography (see tests/lite/stand_in). Never ship it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
from types import ModuleType
from typing import Any, ClassVar

__path__: list[str] = []
__version__ = "0+stand.in"


class NotInStandIn(NotImplementedError):
    """A test asked for what the stand-in doesn't have."""


class InvalidTag(Exception):
    pass


class InvalidSignature(Exception):
    pass


class UnsupportedAlgorithm(Exception):
    pass


def _mixed(length: int, *parts: bytes) -> bytes:
    """Return bytes that depend on other byte strings, and on where each of them ends."""
    return hashlib.shake_256(b"".join(len(part).to_bytes(8) + part for part in parts)).digest(length)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


# --- names that only have to exist ----------------------------------------------------------------------------


class _Named(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(f"{cls.__name__}.{name}")


def _placeholder(name: str) -> Any:
    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        self.arguments, self.named = arguments, named

    def __getattr__(self: Any, wanted: str) -> Any:
        if wanted.startswith("__"):
            raise AttributeError(wanted)
        raise NotInStandIn(f"{name}.{wanted}: the tests' stand-in for cryptography has no such thing")

    return _Named(name.rpartition(".")[2], (), {"__init__": __init__, "__getattr__": __getattr__})


class _Module(ModuleType):
    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inside = f"{self.__name__}.{name}"
        if any(there == inside or there.startswith(f"{inside}.") for there in _THERE):
            return importlib.import_module(inside)
        made = _placeholder(inside)
        setattr(self, name, made)
        return made


# --- hashes, and what is derived from a secret -----------------------------------------------------------------


class HashAlgorithm:
    name = ""
    digest_size = 0


def _hash(name: str) -> type[HashAlgorithm]:
    size = hashlib.new(name.lower()).digest_size
    return type(name, (HashAlgorithm,), {"name": name.lower(), "digest_size": size})


_HASHES = {name: _hash(name) for name in ("MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512")}


class Hash:
    def __init__(self, algorithm: HashAlgorithm, backend: Any = None):
        self._hash = hashlib.new(algorithm.name)

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def finalize(self) -> bytes:
        return self._hash.digest()


class _Derived:
    """HKDF, PBKDF2HMAC, Scrypt: the same input results in the same key, and a different input in a different key."""

    def __init__(self, *given: Any, **named: Any):
        length = named.get("length", next((each for each in given if isinstance(each, int)), 32))
        values = [each for each in (*given, *named.values()) if isinstance(each, bytes)]
        self._length, self._given = length, values

    def derive(self, material: bytes) -> bytes:
        return _mixed(self._length, bytes(material), *self._given)


# --- ciphers ---------------------------------------------------------------------------------------------------


class AESGCM:
    """What is sealed opens with the same key, nonce and associated data, and with no others."""

    def __init__(self, key: bytes):
        if len(key) not in (16, 24, 32):
            raise ValueError("AESGCM key must be 128, 192, or 256 bits.")
        self._key = bytes(key)

    @staticmethod
    def generate_key(bit_length: int) -> bytes:
        return os.urandom(bit_length // 8)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        hidden = self._hidden(bytes(nonce), bytes(data))
        return hidden + self._tag(nonce, hidden, associated_data)

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        hidden, tag = bytes(data[:-16]), bytes(data[-16:])
        if len(data) < 16 or not hmac.compare_digest(tag, self._tag(nonce, hidden, associated_data)):
            raise InvalidTag
        return self._hidden(bytes(nonce), hidden)

    def _hidden(self, nonce: bytes, data: bytes) -> bytes:
        return _xor(data, _mixed(len(data), self._key, nonce))

    def _tag(self, nonce: bytes, hidden: bytes, associated_data: bytes | None) -> bytes:
        return _mixed(16, self._key, bytes(nonce), hidden, bytes(associated_data or b""))


class AES:
    block_size = 128

    def __init__(self, key: bytes):
        self.key = bytes(key)


class ECB:
    pass


class Cipher:
    """ECB, one way: equal blocks come out equal."""

    def __init__(self, algorithm: AES, mode: Any, backend: Any = None):
        if not isinstance(mode, ECB):
            raise NotInStandIn("of the modes, the tests' stand-in for cryptography has ECB")
        self._key = algorithm.key

    def encryptor(self) -> Cipher:
        return self

    def update(self, data: bytes) -> bytes:
        return b"".join(_mixed(16, self._key, data[at : at + 16]) for at in range(0, len(data), 16))

    def finalize(self) -> bytes:
        return b""


# --- key pairs: who knows the public key can sign, so they protect nothing ---------------------------------------


class PKCS1v15:
    pass


class MGF1:
    def __init__(self, algorithm: HashAlgorithm):
        self.algorithm = algorithm


class PSS:
    MAX_LENGTH = DIGEST_LENGTH = AUTO = None

    def __init__(self, mgf: MGF1, salt_length: Any):
        self.algorithm = mgf.algorithm


class OAEP:
    def __init__(self, mgf: MGF1, algorithm: HashAlgorithm, label: bytes | None):
        self.algorithm = algorithm


def _how(padding: OAEP) -> bytes:
    """What is encrypted with one hash opens with that one."""
    return padding.algorithm.name.encode()


class Prehashed:
    def __init__(self, algorithm: HashAlgorithm):
        self.algorithm = algorithm
        self.name = algorithm.name


class ECDSA(Prehashed):
    pass


def _digest(message: bytes, given: tuple[Any, ...]) -> bytes:
    last = given[-1] if given else None
    last = last.algorithm if isinstance(last, ECDSA) else last
    if isinstance(last, Prehashed):
        return message
    return hashlib.new(last.name, message).digest() if isinstance(last, HashAlgorithm) else message


class _Public:
    kind = ""

    def __init__(self, **numbers: Any):
        self._numbers = numbers

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Public) and self._numbers == other._numbers

    __hash__ = None  # type: ignore[assignment]

    @property
    def _identity(self) -> bytes:
        return json.dumps(self._numbers, sort_keys=True).encode()

    def _signed(self, message: bytes, given: tuple[Any, ...]) -> bytes:
        raise NotImplementedError

    def verify(self, signature: bytes, message: bytes, *given: Any) -> None:
        if not hmac.compare_digest(bytes(signature), self._signed(bytes(message), given)):
            raise InvalidSignature

    def public_bytes(self, encoding: Any, format: Any) -> bytes:
        return _packed("PUBLIC", encoding, {"kind": self.kind, **self._numbers})


class RSAPublicKey(_Public):
    kind = "RSA"

    @property
    def key_size(self) -> int:
        return int(self._numbers["n"]).bit_length()

    def public_numbers(self) -> RSAPublicNumbers:
        return RSAPublicNumbers(self._numbers["e"], self._numbers["n"])

    def _signed(self, message: bytes, given: tuple[Any, ...]) -> bytes:
        given = (
            type(given[0]),
            given[1].algorithm if isinstance(given[1], Prehashed) else given[1],
            *given[1:],
        )
        how = f"{given[0].__name__}/{given[1].name}".encode()
        return _mixed(self.key_size // 8, self._identity, how, _digest(message, given))

    def encrypt(self, plaintext: bytes, padding: Any) -> bytes:
        seed = os.urandom(16)
        room = self.key_size // 8 - 32
        if len(plaintext) > room - 2:
            raise ValueError("Encryption failed")
        padded = len(plaintext).to_bytes(2) + bytes(plaintext).ljust(room - 2, b"\0")
        hidden = _xor(padded, _mixed(room, self._identity, seed, _how(padding)))
        return seed + hidden + _mixed(16, self._identity, seed, hidden, _how(padding))


class EllipticCurvePublicKey(_Public):
    kind = "EC"

    @property
    def curve(self) -> Any:
        return _CURVES[self._numbers["curve"]]()

    @property
    def key_size(self) -> int:
        return int(self.curve.key_size)

    @property
    def _bytes(self) -> int:
        return (self.key_size + 7) // 8

    def _signed(self, message: bytes, given: tuple[Any, ...]) -> bytes:
        mixed = _mixed(2 * self._bytes - 2, self._identity, given[0].name.encode(), _digest(message, given))
        half = len(mixed) // 2
        return encode_dss_signature(int.from_bytes(mixed[:half]), int.from_bytes(mixed[half:]))

    def public_numbers(self) -> EllipticCurvePublicNumbers:
        x = bytes.fromhex(self._numbers["x"])
        return EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(_mixed(len(x), x)), self.curve)

    def public_bytes(self, encoding: Any, format: Any) -> bytes:
        if "Point" not in getattr(format, "__name__", ""):
            return super().public_bytes(encoding, format)
        return b"\2" + bytes.fromhex(self._numbers["x"])

    @staticmethod
    def from_encoded_point(curve: Any, data: bytes) -> EllipticCurvePublicKey:
        if len(data) != 1 + (curve.key_size + 7) // 8 or data[0] not in (2, 3):
            raise ValueError("no point in its compressed form")
        return EllipticCurvePublicKey(curve=curve.name, x=data[1:].hex())


class Ed25519PublicKey(_Public):
    kind = "Ed25519"

    def _signed(self, message: bytes, given: tuple[Any, ...]) -> bytes:
        return _mixed(64, self._identity, message)

    def public_bytes_raw(self) -> bytes:
        return bytes.fromhex(self._numbers["x"])


class _Private:
    """A public key, and the numbers that would be secret."""

    def __init__(self, public: Any, **secret: Any):
        self._public, self._secret = public, secret

    def public_key(self) -> Any:
        return self._public

    def sign(self, message: bytes, *given: Any) -> bytes:
        return bytes(self._public._signed(bytes(message), given))

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes:
        numbers = {"kind": self._public.kind, **self._public._numbers, "secret": self._secret}
        return _packed("PRIVATE", encoding, numbers)

    @property
    def key_size(self) -> int:
        return int(self._public.key_size)

    @property
    def curve(self) -> Any:
        return self._public.curve


class RSAPrivateKey(_Private):
    def decrypt(self, ciphertext: bytes, padding: Any) -> bytes:
        public, sent = self._public, bytes(ciphertext)
        seed, hidden, tag = sent[:16], sent[16:-16], sent[-16:]
        if tag != _mixed(16, public._identity, seed, hidden, _how(padding)):
            raise ValueError("Decryption failed")
        padded = _xor(hidden, _mixed(len(hidden), public._identity, seed, _how(padding)))
        return padded[2 : 2 + int.from_bytes(padded[:2])]

    def private_numbers(self) -> RSAPrivateNumbers:
        return RSAPrivateNumbers(**self._secret, public_numbers=self._public.public_numbers())


class EllipticCurvePrivateKey(_Private):
    def exchange(self, algorithm: Any, peer: EllipticCurvePublicKey) -> bytes:
        both = sorted((self._public._identity, peer._identity))
        return _mixed(self._public._bytes, *both)

    def private_numbers(self) -> EllipticCurvePrivateNumbers:
        return EllipticCurvePrivateNumbers(self._secret["d"], self._public.public_numbers())


class Ed25519PrivateKey(_Private):
    @classmethod
    def generate(cls) -> Ed25519PrivateKey:
        return cls(Ed25519PublicKey(x=os.urandom(32).hex()), d=1)


class RSAPublicNumbers:
    def __init__(self, e: int, n: int):
        self.e, self.n = e, n

    def public_key(self, backend: Any = None) -> RSAPublicKey:
        return RSAPublicKey(e=self.e, n=self.n)


class RSAPrivateNumbers:
    def __init__(self, p: int, q: int, d: int, dmp1: int, dmq1: int, iqmp: int, public_numbers: Any):
        self.p, self.q, self.d, self.dmp1, self.dmq1, self.iqmp = p, q, d, dmp1, dmq1, iqmp
        self.public_numbers = public_numbers

    def private_key(self, backend: Any = None) -> RSAPrivateKey:
        secret = {name: getattr(self, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp")}
        return RSAPrivateKey(self.public_numbers.public_key(), **secret)


def _generate_rsa(public_exponent: int, key_size: int, backend: Any = None) -> RSAPrivateKey:
    number = int.from_bytes(os.urandom(key_size // 8)) | 1 << (key_size - 1) | 1
    secret = dict.fromkeys(("p", "q", "d", "dmp1", "dmq1", "iqmp"), 1)
    return RSAPrivateKey(RSAPublicKey(e=public_exponent, n=number), **secret)


class EllipticCurvePublicNumbers:
    def __init__(self, x: int, y: int, curve: Any):
        self.x, self.y, self.curve = x, y, curve

    def public_key(self, backend: Any = None) -> EllipticCurvePublicKey:
        size = (self.curve.key_size + 7) // 8
        return EllipticCurvePublicKey(curve=self.curve.name, x=self.x.to_bytes(size).hex())


class EllipticCurvePrivateNumbers:
    def __init__(self, private_value: int, public_numbers: EllipticCurvePublicNumbers):
        self.private_value, self.public_numbers = private_value, public_numbers

    def private_key(self, backend: Any = None) -> EllipticCurvePrivateKey:
        return EllipticCurvePrivateKey(self.public_numbers.public_key(), d=self.private_value)


class EllipticCurve:
    name = ""
    key_size = 0


def _curve(kind: str, bits: int) -> type[EllipticCurve]:
    return type(kind, (EllipticCurve,), {"name": kind.lower(), "key_size": bits})


_CURVE_KINDS = {
    kind: _curve(kind, bits)
    for kind, bits in {"SECP256R1": 256, "SECP384R1": 384, "SECP521R1": 521, "SECP256K1": 256}.items()
}
_CURVES = {kind.name: kind for kind in _CURVE_KINDS.values()}


def _generate_ec(curve: Any, backend: Any = None) -> EllipticCurvePrivateKey:
    size = (curve.key_size + 7) // 8
    return EllipticCurvePrivateKey(EllipticCurvePublicKey(curve=curve.name, x=os.urandom(size).hex()), d=1)


def encode_dss_signature(r: int, s: int) -> bytes:
    """Two integers in DER, as it really is."""
    body = b"".join(_integer(number) for number in (r, s))
    return b"\x30" + (bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])) + body


def _integer(number: int) -> bytes:
    raw = number.to_bytes(number.bit_length() // 8 + 1)
    return bytes([2, len(raw)]) + raw


def decode_dss_signature(signature: bytes) -> tuple[int, int]:
    at = 3 if signature[1] == 0x81 else 2
    middle = at + 2 + signature[at + 1]
    return int.from_bytes(signature[at + 2 : middle]), int.from_bytes(signature[middle + 2 :])


# --- keys in files: JSON where DER would be ----------------------------------------------------------------------

_KINDS = {
    "RSA": (RSAPublicKey, RSAPrivateKey),
    "EC": (EllipticCurvePublicKey, EllipticCurvePrivateKey),
    "Ed25519": (Ed25519PublicKey, Ed25519PrivateKey),
}


def _packed(what: str, encoding: Any, numbers: dict[str, Any]) -> bytes:
    raw = json.dumps(numbers, sort_keys=True).encode()
    if "PEM" not in getattr(encoding, "__name__", str(encoding)):
        return raw
    return b"-----BEGIN %b KEY-----\n%b-----END %b KEY-----\n" % (
        what.encode(), base64.encodebytes(raw), what.encode(),
    )  # fmt: skip


def _unpacked(data: bytes) -> dict[str, Any]:
    raw = bytes(data)
    if raw.startswith(b"-----"):
        raw = base64.b64decode(b"".join(raw.splitlines()[1:-1]))
    try:
        numbers: dict[str, Any] = json.loads(raw)
        return {**numbers, "kind": numbers["kind"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError("Could not deserialize key data.") from error


def _load_public(data: bytes, backend: Any = None) -> Any:
    numbers = _unpacked(data)
    numbers.pop("secret", None)
    return _KINDS[numbers.pop("kind")][0](**numbers)


def _load_private(data: bytes, password: Any, backend: Any = None) -> Any:
    numbers = _unpacked(data)
    if "secret" not in numbers:
        raise ValueError("Could not deserialize key data.")
    return _KINDS[numbers["kind"]][1](_load_public(data), **numbers["secret"])


# --- where each of them is found ------------------------------------------------------------------------------

_PRIMITIVES = "cryptography.hazmat.primitives"
_THERE: dict[str, dict[str, Any]] = {
    "cryptography.exceptions": {
        "InvalidTag": InvalidTag, "InvalidSignature": InvalidSignature, "UnsupportedAlgorithm": UnsupportedAlgorithm,
    },
    "cryptography.hazmat.backends": {"default_backend": lambda: None},
    f"{_PRIMITIVES}.hashes": {"HashAlgorithm": HashAlgorithm, "Hash": Hash, **_HASHES},
    f"{_PRIMITIVES}.kdf.hkdf": {"HKDF": _Derived},
    f"{_PRIMITIVES}.kdf.pbkdf2": {"PBKDF2HMAC": _Derived},
    f"{_PRIMITIVES}.kdf.scrypt": {"Scrypt": _Derived},
    f"{_PRIMITIVES}.ciphers": {"Cipher": Cipher},
    f"{_PRIMITIVES}.ciphers.aead": {"AESGCM": AESGCM},
    f"{_PRIMITIVES}.ciphers.algorithms": {"AES": AES},
    f"{_PRIMITIVES}.ciphers.modes": {"ECB": ECB},
    f"{_PRIMITIVES}.asymmetric.rsa": {
        "RSAPublicKey": RSAPublicKey, "RSAPrivateKey": RSAPrivateKey, "RSAPublicNumbers": RSAPublicNumbers,
        "RSAPrivateNumbers": RSAPrivateNumbers, "generate_private_key": _generate_rsa,
    },
    f"{_PRIMITIVES}.asymmetric.ec": {
        "EllipticCurve": EllipticCurve, "EllipticCurvePublicKey": EllipticCurvePublicKey, "ECDSA": ECDSA,
        "EllipticCurvePrivateKey": EllipticCurvePrivateKey, "generate_private_key": _generate_ec,
        "EllipticCurvePublicNumbers": EllipticCurvePublicNumbers,
        "EllipticCurvePrivateNumbers": EllipticCurvePrivateNumbers, **_CURVE_KINDS,
    },
    f"{_PRIMITIVES}.asymmetric.ed25519": {
        "Ed25519PublicKey": Ed25519PublicKey, "Ed25519PrivateKey": Ed25519PrivateKey,
    },
    f"{_PRIMITIVES}.asymmetric.padding": {"PKCS1v15": PKCS1v15, "PSS": PSS, "OAEP": OAEP, "MGF1": MGF1},
    f"{_PRIMITIVES}.asymmetric.utils": {
        "Prehashed": Prehashed, "encode_dss_signature": encode_dss_signature,
        "decode_dss_signature": decode_dss_signature,
    },
    f"{_PRIMITIVES}.serialization": {
        "load_der_public_key": _load_public, "load_pem_public_key": _load_public,
        "load_der_private_key": _load_private, "load_pem_private_key": _load_private,
    },
}  # fmt: skip


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith("cryptography."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(_THERE.get(module.__name__, {}))


sys.meta_path.insert(0, _Finder())
x509 = importlib.import_module("cryptography.x509")
exceptions = importlib.import_module("cryptography.exceptions")
