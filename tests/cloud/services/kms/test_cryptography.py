"""Cryptographic operations: round trips with the right key and context, and the documented errors otherwise."""

from __future__ import annotations

import hashlib
import hmac

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.kms import ciphertext
from tests.clouds import allow, error_of, make_user

HOME, REGION = "111122223333", "us-east-1"
INVALID = "InvalidCiphertextException"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def make(kms):
    return lambda **more: kms.create_key(**more)["KeyMetadata"]["KeyId"]


@pytest.fixture
def key(make):
    return make()


def arn_of(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]


# --- symmetric encryption -------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-10")
def test_up_to_4096_bytes_are_encrypted_and_come_back(kms, key):
    for size in (1, 4096):
        sealed = kms.encrypt(KeyId=key, Plaintext=b"x" * size)
        assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (arn_of(kms, key), "SYMMETRIC_DEFAULT")
        opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])
        assert opened["Plaintext"] == b"x" * size
        current = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
        assert (opened["KeyId"], opened["KeyMaterialId"]) == (arn_of(kms, key), current)
    code, message = error_of(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)
    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less "
        "than or equal to 4096"
    )
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"")[0] == "ValidationException"


@pytest.mark.ledger("F-KMS-04")
@pytest.mark.parametrize(
    "other",
    [
        {},
        {"ab": "c"},
        {"a": "BC"},
        {"A": "bc"},
        {"a": "bc", "": ""},
        {"a": "b", "c": ""},
        {"a": "bc "},
        {"bc": "a"},
    ],
)
def test_only_the_very_same_context_decrypts(kms, key, other):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "bc"})["CiphertextBlob"]
    assert error_of(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=other) == (INVALID, "")
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "bc"})["Plaintext"] == b"x"


def test_the_order_of_a_context_does_not_matter(kms, key):
    """Decrypt succeeds with the pairs in another order; a context that differs raises InvalidCiphertextException."""
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1", "b": "2"})["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"b": "2", "a": "1"})


@pytest.mark.parametrize("spoil", ["cut", "longer", "first", "middle", "last", "swapped", "foreign"])
def test_a_spoiled_ciphertext_is_invalid(kms, key, make, spoil):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    other = kms.encrypt(KeyId=key, Plaintext=b"others")["CiphertextBlob"]

    def flipped(at):
        return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]

    spoiled = {
        "cut": sealed[:-1], "longer": sealed + b"\0", "first": flipped(0), "middle": flipped(90),
        "last": flipped(len(sealed) - 1), "swapped": sealed[:-20] + other[-20:], "foreign": b"not of KMS",
    }[spoil]  # fmt: skip
    assert error_of(kms.decrypt, CiphertextBlob=spoiled)[0] == INVALID
    assert error_of(kms.decrypt, CiphertextBlob=spoiled, KeyId=key)[0] == INVALID


def test_a_ciphertext_of_one_key_is_not_taken_for_anothers(kms, key, make):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert error_of(kms.decrypt, CiphertextBlob=sealed, KeyId=make()) == (
        "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.",
    )  # fmt: skip
    renamed = sealed.replace(key.encode(), make().encode())
    assert error_of(kms.decrypt, CiphertextBlob=renamed)[0] == INVALID


def test_a_key_of_another_region_is_not_found_by_its_ciphertext(kms, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    code, message = error_of(boto3.client("kms", region_name="eu-west-1").decrypt, CiphertextBlob=sealed)
    assert code == "AccessDeniedException"
    assert "the resource does not exist in this Region" in message


def test_contexts_have_one_encoding_each():
    """No two encryption contexts are authenticated as the same bytes."""
    contexts = [
        {"a": "bc"},
        {"ab": "c"},
        {"a": "b", "c": ""},
        {"a": ""},
        {"": "a"},
        {},
        {"a": "b\0c"},
        {"a\0b": "c"},
    ]
    encoded = {ciphertext._additional_data(b"", context) for context in contexts}
    assert len(encoded) == len(contexts)


def test_decrypt_takes_the_short_id_of_another_accounts_key(kms, cloud):
    other = cloud.account("444455556666").client("kms", region_name=REGION)
    policy = allow(
        "kms:*", Principal={"AWS": ["arn:aws:iam::444455556666:root", f"arn:aws:iam::{HOME}:root"]}
    )
    made = other.create_key(Policy=policy)["KeyMetadata"]
    sealed = kms.encrypt(KeyId=made["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed, KeyId=made["KeyId"])["KeyId"] == made["Arn"]
    assert kms.decrypt(CiphertextBlob=sealed)["KeyId"] == made["Arn"]


# --- RSA encryption -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("algorithm", "most"), [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)])
def test_an_rsa_key_encrypts_what_fits(kms, make, algorithm, most):
    key = make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x" * most, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == b"x" * most
    assert "KeyMaterialId" not in opened
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm) == (
        "ValidationException",
        f"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {most} bytes.",
    )  # fmt: skip
    other = {"RSAES_OAEP_SHA_1": "RSAES_OAEP_SHA_256"}.get(algorithm, "RSAES_OAEP_SHA_1")
    assert error_of(kms.decrypt, KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=other)[0] == INVALID
    assert error_of(kms.decrypt, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)[0] == INVALID
    assert error_of(kms.decrypt, KeyId=key, CiphertextBlob=sealed)[0] == "InvalidKeyUsageException"
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x")[0] == "InvalidKeyUsageException"
    context = {"EncryptionContext": {"a": "b"}, "EncryptionAlgorithm": algorithm}
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x", **context)[0] == "ValidationException"


def test_what_the_public_key_encrypted_elsewhere_is_decrypted(kms, make):
    key = make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    answer = kms.get_public_key(KeyId=key)
    assert answer["EncryptionAlgorithms"] == ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    public = serialization.load_der_public_key(answer["PublicKey"])
    sealed = public.encrypt(b"x", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert opened["Plaintext"] == b"x"


# --- ReEncrypt ------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-10")
def test_re_encrypt_changes_key_and_context(kms, key, make):
    new = make()
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    answer = kms.re_encrypt(
        CiphertextBlob=sealed, SourceEncryptionContext={"a": "1"}, DestinationKeyId=new,
        DestinationEncryptionContext={"b": "2"},
    )  # fmt: skip
    material = {
        name: kms.describe_key(KeyId=name)["KeyMetadata"]["CurrentKeyMaterialId"] for name in (key, new)
    }
    sealed = answer.pop("CiphertextBlob")
    answer.pop("ResponseMetadata")
    assert answer == {
        "SourceKeyId": arn_of(kms, key), "KeyId": arn_of(kms, new), "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT", "SourceKeyMaterialId": material[key],
        "DestinationKeyMaterialId": material[new],
    }  # fmt: skip
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"b": "2"}, KeyId=new)
    assert opened["Plaintext"] == b"x"


def test_what_re_encrypt_refuses(kms, key, make):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    given = {"CiphertextBlob": sealed, "SourceEncryptionContext": {"a": "1"}}
    assert error_of(kms.re_encrypt, CiphertextBlob=sealed, DestinationKeyId=key)[0] == INVALID
    assert (
        error_of(kms.re_encrypt, **given, SourceKeyId=make(), DestinationKeyId=key)[0]
        == "IncorrectKeyException"
    )
    mac = make(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    assert error_of(kms.re_encrypt, **given, DestinationKeyId=mac)[0] == "InvalidKeyUsageException"
    other = make()
    kms.disable_key(KeyId=other)
    assert error_of(kms.re_encrypt, **given, DestinationKeyId=other)[0] == "DisabledException"
    assert error_of(kms.re_encrypt, DestinationKeyId=key)[0] == "ValidationException"


def test_re_encrypt_to_an_rsa_key(kms, key, make):
    rsa_key = make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    answer = kms.re_encrypt(
        CiphertextBlob=sealed, DestinationKeyId=rsa_key, DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256"
    )
    assert "DestinationKeyMaterialId" not in answer
    opened = kms.decrypt(
        KeyId=rsa_key, CiphertextBlob=answer["CiphertextBlob"], EncryptionAlgorithm="RSAES_OAEP_SHA_256"
    )
    assert opened["Plaintext"] == b"x"


# --- data keys ------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-10")
@pytest.mark.parametrize(
    ("size", "length"),
    [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)],
)
def test_a_data_key_comes_plain_and_wrapped_or_wrapped_alone(kms, key, size, length):
    answer = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **size)
    assert len(answer["Plaintext"]) == length
    opened = kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == answer["Plaintext"]
    assert opened["KeyMaterialId"] == answer["KeyMaterialId"]
    alone = kms.generate_data_key_without_plaintext(KeyId=key, **size)
    assert "Plaintext" not in alone
    assert len(kms.decrypt(CiphertextBlob=alone["CiphertextBlob"])["Plaintext"]) == length


def test_what_generate_data_key_refuses(kms, key, make):
    for size in ({}, {"KeySpec": "AES_256", "NumberOfBytes": 32}):
        assert error_of(kms.generate_data_key, KeyId=key, **size)[0] == "ValidationException"
    assert error_of(kms.generate_data_key, KeyId=key, NumberOfBytes=1025)[0] == "ValidationException"
    assert error_of(kms.generate_data_key, KeyId=key, KeySpec="AES_512")[0] == "ValidationException"
    for spec, usage in (("RSA_2048", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        other = make(KeySpec=spec, KeyUsage=usage)
        assert (
            error_of(kms.generate_data_key, KeyId=other, KeySpec="AES_256")[0] == "InvalidKeyUsageException"
        )


@pytest.mark.parametrize(
    "spec",
    ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519",
     "ML_KEM_768"],
)  # fmt: skip
def test_a_data_key_pair_is_a_pair_of_its_spec(kms, key, spec):
    answer = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext={"a": "b"})
    private = serialization.load_der_private_key(answer["PrivateKeyPlaintext"], None)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert (public, answer["KeyPairSpec"]) == (answer["PublicKey"], spec)
    opened = kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == answer["PrivateKeyPlaintext"]
    alone = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in alone
    assert {"PublicKey", "PrivateKeyCiphertextBlob", "KeyMaterialId"} <= alone.keys()


def test_data_key_pairs_of_china_are_unsupported(kms, key):
    code, _ = error_of(kms.generate_data_key_pair, KeyId=key, KeyPairSpec="SM2")
    assert code == "UnsupportedOperationException"


def test_random_bytes_are_as_many_as_were_asked_for(kms):
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
    assert (
        kms.generate_random(NumberOfBytes=16)["Plaintext"]
        != kms.generate_random(NumberOfBytes=16)["Plaintext"]
    )
    assert error_of(kms.generate_random)[0] == "ValidationException"
    assert error_of(kms.generate_random, NumberOfBytes=1025)[0] == "ValidationException"
    store = {"NumberOfBytes": 1, "CustomKeyStoreId": "cks-1"}
    assert error_of(kms.generate_random, **store)[0] == "CustomKeyStoreNotFoundException"


def test_attested_environments_are_not_modelled(kms, key):
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
    with pytest.raises(NotModelled, match="Nitro"):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=recipient)


# --- MACs -----------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-10")
@pytest.mark.parametrize(
    ("spec", "length"), [("HMAC_224", 28), ("HMAC_256", 32), ("HMAC_384", 48), ("HMAC_512", 64)]
)
def test_a_mac_is_verified(kms, make, spec, length):
    key, algorithm = make(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC"), spec.replace("HMAC_", "HMAC_SHA_")
    answer = kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=algorithm)
    assert (len(answer["Mac"]), answer["MacAlgorithm"], answer["KeyId"]) == (
        length,
        algorithm,
        arn_of(kms, key),
    )
    given = {"KeyId": key, "MacAlgorithm": algorithm}
    verified = kms.verify_mac(**given, Message=b"m", Mac=answer["Mac"])
    assert (verified["MacValid"], verified["KeyId"]) == (True, arn_of(kms, key))
    assert error_of(kms.verify_mac, **given, Message=b"M", Mac=answer["Mac"])[0] == "KMSInvalidMacException"
    assert error_of(kms.verify_mac, **given, Message=b"m", Mac=b"short")[0] == "KMSInvalidMacException"
    wrong = "HMAC_SHA_512" if spec != "HMAC_512" else "HMAC_SHA_256"
    assert (
        error_of(kms.generate_mac, KeyId=key, Message=b"m", MacAlgorithm=wrong)[0]
        == "InvalidKeyUsageException"
    )
    assert error_of(kms.generate_mac, **given, Message=b"m" * 4097)[0] == "ValidationException"


def test_other_keys_make_no_macs_and_mac_keys_nothing_else(kms, key, make):
    mac = make(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    given = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    code, message = error_of(kms.generate_mac, KeyId=key, **given)
    assert code == "InvalidKeyUsageException"
    assert message == f"{arn_of(kms, key)} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac."
    assert error_of(kms.encrypt, KeyId=mac, Plaintext=b"x")[0] == "InvalidKeyUsageException"
    assert error_of(kms.get_public_key, KeyId=mac)[0] == "UnsupportedOperationException"
    assert error_of(kms.get_public_key, KeyId=key)[0] == "UnsupportedOperationException"


# --- signatures -----------------------------------------------------------------------------------------------

SIGNED = {
    "RSA_2048": ["RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512", "RSASSA_PKCS1_V1_5_SHA_256",
                 "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512"],
    "ECC_NIST_P256": ["ECDSA_SHA_256"], "ECC_NIST_P384": ["ECDSA_SHA_384"], "ECC_NIST_P521": ["ECDSA_SHA_512"],
    "ECC_SECG_P256K1": ["ECDSA_SHA_256"],
}  # fmt: skip


@pytest.mark.ledger("F-KMS-10")
@pytest.mark.parametrize("spec", SIGNED)
def test_a_message_and_its_digest_have_one_signature(kms, make, spec):
    key = make(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    for algorithm in SIGNED[spec]:
        given = {"KeyId": key, "SigningAlgorithm": algorithm}
        digest = hashlib.new(f"sha{algorithm[-3:]}", b"message").digest()
        answer = kms.sign(**given, Message=b"message")
        assert (answer["KeyId"], answer["SigningAlgorithm"]) == (arn_of(kms, key), algorithm)
        by_digest = kms.verify(**given, Message=digest, MessageType="DIGEST", Signature=answer["Signature"])
        assert by_digest["SignatureValid"] is True
        signature = kms.sign(**given, Message=digest, MessageType="DIGEST")["Signature"]
        assert kms.verify(**given, Message=b"message", MessageType="RAW", Signature=signature)[
            "SignatureValid"
        ]
        refused = error_of(kms.verify, **given, Message=b"massage", Signature=signature)
        assert refused[0] == "KMSInvalidSignatureException"
        twice = kms.sign(**given, Message=digest, MessageType="RAW")["Signature"]
        assert (
            error_of(kms.verify, **given, Message=b"message", Signature=twice)[0]
            == "KMSInvalidSignatureException"
        )
        short = error_of(kms.sign, **given, Message=b"message", MessageType="DIGEST")
        assert short == ("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")
        mu = error_of(kms.sign, **given, Message=b"m" * 64, MessageType="EXTERNAL_MU")
        assert mu[0] == "ValidationException"


def test_signatures_are_verified_outside_of_kms(kms, make):
    key = make(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_384")["Signature"]
    salt = padding.PSS(padding.MGF1(hashes.SHA384()), salt_length=48)
    public.verify(signature, b"m", salt, hashes.SHA384())
    key = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    public.verify(signature, b"m", ec.ECDSA(hashes.SHA256()))


def test_ed25519_takes_messages_and_its_prehashed_form_is_refused_by_name(kms, make):
    key = make(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ed25519.Ed25519PublicKey)
    plain = {"KeyId": key, "SigningAlgorithm": "ED25519_SHA_512"}
    signature = kms.sign(**plain, Message=b"m")["Signature"]
    public.verify(signature, b"m")
    assert kms.verify(**plain, Message=b"m", Signature=signature)["SignatureValid"]
    assert error_of(kms.sign, **plain, Message=b"m" * 64, MessageType="DIGEST")[0] == "ValidationException"
    prehashed = {"KeyId": key, "SigningAlgorithm": "ED25519_PH_SHA_512", "MessageType": "DIGEST"}
    digest = hashlib.sha512(b"m").digest()
    with pytest.raises(NotModelled, match=r"kms:Sign .*ED25519_PH_SHA_512.*material\.py"):
        kms.sign(**prehashed, Message=digest)
    with pytest.raises(NotModelled, match=r"kms:Verify .*ED25519_PH_SHA_512"):
        kms.verify(**prehashed, Message=digest, Signature=signature)
    assert (
        error_of(kms.sign, **prehashed | {"MessageType": "RAW"}, Message=digest)[0] == "ValidationException"
    )


@pytest.mark.parametrize(("spec", "length"), [("ML_DSA_44", 2420), ("ML_DSA_65", 3309), ("ML_DSA_87", 4627)])
def test_ml_dsa_signs_messages_and_their_representatives(kms, make, spec, length):
    given = {"KeyId": make(KeySpec=spec, KeyUsage="SIGN_VERIFY"), "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    signature = kms.sign(**given, Message=b"m")["Signature"]
    assert len(signature) == length
    assert kms.verify(**given, Message=b"m", Signature=signature)["SignatureValid"]
    public_key = serialization.load_der_public_key(kms.get_public_key(KeyId=given["KeyId"])["PublicKey"])
    mu = hashlib.shake_256(
        hashlib.shake_256(public_key.public_bytes_raw()).digest(64) + b"\0\0" + b"m"
    ).digest(64)
    assert kms.verify(**given, Message=mu, MessageType="EXTERNAL_MU", Signature=signature)["SignatureValid"]
    signature = kms.sign(**given, Message=mu, MessageType="EXTERNAL_MU")["Signature"]
    assert kms.verify(**given, Message=b"m", Signature=signature)["SignatureValid"]
    assert error_of(kms.sign, **given, Message=mu, MessageType="DIGEST") == (
        "ValidationException", f"Message type DIGEST is incompatible with key spec {spec}.",
    )  # fmt: skip
    assert error_of(kms.sign, **given, Message=b"m", MessageType="EXTERNAL_MU")[0] == "ValidationException"


def test_a_key_signs_with_its_own_algorithms_only(kms, key, make):
    signing = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    code, message = error_of(kms.sign, KeyId=signing, Message=b"m", SigningAlgorithm="ECDSA_SHA_384")
    assert code == "InvalidKeyUsageException"
    assert message == "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256."
    assert (
        error_of(kms.sign, KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")[0]
        == "InvalidKeyUsageException"
    )
    assert (
        error_of(kms.sign, KeyId=signing, Message=b"m", SigningAlgorithm="SM2DSA")[0]
        == "InvalidKeyUsageException"
    )
    rsa_key = make(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    given = {"KeyId": rsa_key, "Message": b"m", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    assert error_of(kms.sign, **given)[0] == "InvalidKeyUsageException"


# --- key agreement and encapsulation --------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-10")
@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_two_parties_derive_one_secret(kms, make, spec):
    alice, bob = (make(KeySpec=spec, KeyUsage="KEY_AGREEMENT") for _ in range(2))
    keys = {name: kms.get_public_key(KeyId=name) for name in (alice, bob)}
    assert keys[alice]["KeyAgreementAlgorithms"] == ["ECDH"]
    given = {"KeyAgreementAlgorithm": "ECDH"}
    hers = kms.derive_shared_secret(KeyId=alice, PublicKey=keys[bob]["PublicKey"], **given)
    his = kms.derive_shared_secret(KeyId=bob, PublicKey=keys[alice]["PublicKey"], **given)
    assert hers["SharedSecret"] == his["SharedSecret"]
    assert (hers["KeyOrigin"], hers["KeyAgreementAlgorithm"]) == ("AWS_KMS", "ECDH")
    for public in (b"no key", ec.generate_private_key(ec.SECP256K1()).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )):  # fmt: skip
        assert (
            error_of(kms.derive_shared_secret, KeyId=alice, PublicKey=public, **given)[0]
            == "ValidationException"
        )
    signing = make(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    refused = error_of(kms.derive_shared_secret, KeyId=signing, PublicKey=keys[bob]["PublicKey"], **given)
    assert refused[0] == "InvalidKeyUsageException"


def test_a_secret_is_encapsulated_and_recovered(kms, make, key):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html, API_Decapsulate.html"""
    pair = make(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")
    given = {"KeyId": pair, "EncapsulationAlgorithm": "ML_KEM"}
    answer = kms.encapsulate(**given)
    sealed = answer["SharedSecretCiphertextBlob"]
    assert (len(answer["SharedSecret"]), len(sealed)) == (32, 1088)
    assert (
        kms.decapsulate(**given, SharedSecretCiphertextBlob=sealed)["SharedSecret"] == answer["SharedSecret"]
    )
    altered = bytes([sealed[0] ^ 1]) + sealed[1:]
    rejected = kms.decapsulate(**given, SharedSecretCiphertextBlob=altered)["SharedSecret"]
    assert len(rejected) == 32
    assert not hmac.compare_digest(rejected, answer["SharedSecret"])
    assert error_of(kms.decapsulate, **given, SharedSecretCiphertextBlob=sealed[:-1])[0] == INVALID
    assert error_of(kms.encapsulate, **given | {"KeyId": key})[0] == "InvalidKeyUsageException"


# --- dry runs -------------------------------------------------------------------------------------------------


def test_a_dry_run_looks_at_everything_and_does_nothing(kms, key, make, cloud):
    """https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html"""
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    signing = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    mac = make(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    would = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    grantee = f"arn:aws:iam::{HOME}:root"
    for operation, given in (
        (kms.encrypt, {"Plaintext": b"x"}), (kms.decrypt, {"CiphertextBlob": sealed}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
        (kms.sign, {"KeyId": signing, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}),
        (kms.generate_mac, {"KeyId": mac, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}),
        (kms.create_grant, {"GranteePrincipal": grantee, "Operations": ["Decrypt"]}),
    ):  # fmt: skip
        assert error_of(operation, **{"KeyId": key, **given, "DryRun": True}) == would
    assert error_of(kms.re_encrypt, CiphertextBlob=sealed, DestinationKeyId=key, DryRun=True) == would
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert error_of(kms.decrypt, CiphertextBlob=sealed[:-1], DryRun=True)[0] == INVALID
    kms.disable_key(KeyId=key)
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)[0] == "DisabledException"
    nobody = make_user(cloud, "nobody").client("kms", region_name=REGION)
    assert error_of(nobody.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)[0] == "AccessDeniedException"


def test_a_dry_run_may_leave_the_ciphertext_out(kms, key):
    ignored = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    assert error_of(kms.decrypt, KeyId=key, **ignored)[0] == "DryRunOperationException"
    assert (
        error_of(kms.re_encrypt, SourceKeyId=key, DestinationKeyId=key, **ignored)[0]
        == "DryRunOperationException"
    )
    assert error_of(kms.decrypt, **ignored)[0] == "ValidationException"
    assert error_of(kms.decrypt, KeyId=key, DryRun=True)[0] == "ValidationException"
    assert error_of(kms.decrypt, KeyId=key, DryRunModifiers=["IGNORE_CIPHERTEXT"])[0] == "ValidationException"
