"""The key specs, with their usages, algorithms, and sizes.

https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from collections.abc import Mapping

SYMMETRIC = "SYMMETRIC_DEFAULT"
ENCRYPT, SIGN, MAC = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"
AGREE, ENCAPSULATE = "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"

RSA_BITS = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
CURVES = ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521")
KOBLITZ, EDWARDS = "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"
MAC_SPECS = ("HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512")
ML_DSA = ("ML_DSA_44", "ML_DSA_65", "ML_DSA_87")
ML_KEM = ("ML_KEM_512", "ML_KEM_768", "ML_KEM_1024")
SM2 = "SM2"

USAGES: Mapping[str, tuple[str, ...]] = {
    SYMMETRIC: (ENCRYPT,),
    **dict.fromkeys(RSA_BITS, (ENCRYPT, SIGN)),
    **dict.fromkeys(CURVES, (SIGN, AGREE)),
    **dict.fromkeys((KOBLITZ, EDWARDS, *ML_DSA), (SIGN,)),
    **dict.fromkeys(MAC_SPECS, (MAC,)),
    **dict.fromkeys(ML_KEM, (ENCAPSULATE,)),
}
"""The key usages for each spec, without SM2, which only China Regions support.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html#KMS-CreateKey-request-KeyUsage
"""

_RSA_ENCRYPTION = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_SIGNING = (
    "RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
)  # fmt: skip
_ALGORITHMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (SYMMETRIC, ENCRYPT): (SYMMETRIC,),
    **{(spec, ENCRYPT): _RSA_ENCRYPTION for spec in RSA_BITS},
    **{(spec, SIGN): _RSA_SIGNING for spec in RSA_BITS},
    ("ECC_NIST_P256", SIGN): ("ECDSA_SHA_256",),
    ("ECC_NIST_P384", SIGN): ("ECDSA_SHA_384",),
    ("ECC_NIST_P521", SIGN): ("ECDSA_SHA_512",),
    (KOBLITZ, SIGN): ("ECDSA_SHA_256",),
    (EDWARDS, SIGN): ("ED25519_SHA_512", "ED25519_PH_SHA_512"),
    **{(spec, SIGN): ("ML_DSA_SHAKE_256",) for spec in ML_DSA},
    **{(spec, AGREE): ("ECDH",) for spec in CURVES},
    **{(spec, MAC): (spec.replace("HMAC_", "HMAC_SHA_"),) for spec in MAC_SPECS},
    **{(spec, ENCAPSULATE): ("ML_KEM",) for spec in ML_KEM},
}
LISTED_AS = {
    ENCRYPT: "EncryptionAlgorithms", SIGN: "SigningAlgorithms", MAC: "MacAlgorithms", AGREE: "KeyAgreementAlgorithms",
    ENCAPSULATE: "EncapsulationAlgorithms",
}  # fmt: skip
"""The member of KeyMetadata and GetPublicKey that lists the algorithms, by key usage."""

MAX_MESSAGE = 4096
_OAEP_OVERHEAD = {"RSAES_OAEP_SHA_1": 42, "RSAES_OAEP_SHA_256": 66}
MAC_BYTES: Mapping[str, tuple[int, int]] = {
    "HMAC_224": (28, 64), "HMAC_256": (32, 64), "HMAC_384": (48, 128), "HMAC_512": (64, 128),
}  # fmt: skip
"""The minimum and maximum lengths of imported HMAC key material, in bytes.

https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
"""
_GRANTABLE = {
    SYMMETRIC: (
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
    ),
    ENCRYPT: ("Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"),
    SIGN: ("Sign", "Verify", "GetPublicKey"),
    MAC: ("GenerateMac", "VerifyMac"),
    AGREE: ("DeriveSharedSecret", "GetPublicKey"),
    ENCAPSULATE: ("Encapsulate", "Decapsulate", "GetPublicKey"),
}  # fmt: skip
_GRANTABLE_ALWAYS = ("CreateGrant", "DescribeKey", "RetireGrant")


def algorithms(spec: str, usage: str) -> tuple[str, ...]:
    """Return a key's algorithms, in the order in which AWS lists them."""
    return _ALGORITHMS[spec, usage]


def longest_plaintext(spec: str, algorithm: str) -> int:
    """Return the maximum plaintext size that Encrypt accepts, in bytes.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
    """
    return MAX_MESSAGE if spec == SYMMETRIC else RSA_BITS[spec] // 8 - _OAEP_OVERHEAD[algorithm]


def grantable(spec: str, usage: str) -> frozenset[str]:
    """Return the grant operations that a key supports.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
    """
    return frozenset((*_GRANTABLE[SYMMETRIC if spec == SYMMETRIC else usage], *_GRANTABLE_ALWAYS))


def kind(spec: str) -> str:
    """Return a key's kind: symmetric, HMAC, or asymmetric. An alias can be moved only to a key of the same kind."""
    return "symmetric" if spec == SYMMETRIC else "HMAC" if spec in MAC_SPECS else "asymmetric"
