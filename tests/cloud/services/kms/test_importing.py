"""Imported key material: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html"""

from __future__ import annotations

import os
from datetime import timedelta

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.clouds import allow, error_of, make_user

HOME, REGION, WEST = "111122223333", "us-east-1", "eu-west-1"
NEVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
WRONG, UNSUPPORTED = "IncorrectKeyMaterialException", "UnsupportedOperationException"
SECRET = bytes(range(32))


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]


def about(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]


def wrapped(parameters, algorithm, secret):
    public = serialization.load_der_public_key(parameters["PublicKey"])
    hashed = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(hashed), hashed, None)
    if algorithm.startswith("RSAES"):
        return public.encrypt(secret, oaep)
    aes = os.urandom(32)
    return public.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, secret)


def request(kms, key, secret=SECRET, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048"):
    parameters = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    return {
        "KeyId": key, "ImportToken": parameters["ImportToken"],
        "EncryptedKeyMaterial": wrapped(parameters, algorithm, secret),
    }  # fmt: skip


def bring_in(kms, key, secret=SECRET, **more):
    more = more or NEVER
    return kms.import_key_material(
        **request(kms, key, secret), **(more if "ValidTo" in more else NEVER | more)
    )


def der(private):
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# --- the way in -----------------------------------------------------------------------------------------------


def test_a_key_without_material_waits_for_it(kms, key):
    made = about(kms, key)
    assert (made["KeyState"], made["Enabled"], made["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert not {"ExpirationModel", "ValidTo", "CurrentKeyMaterialId"} & made.keys()
    refused = ("KMSInvalidStateException", f"{made['Arn']} is pending import.")
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x") == refused
    assert error_of(kms.enable_key, KeyId=key) == refused
    assert error_of(kms.disable_key, KeyId=key) == refused
    grantee = {"GranteePrincipal": f"arn:aws:iam::{HOME}:root", "Operations": ["Decrypt"]}
    assert error_of(kms.create_grant, KeyId=key, **grantee) == refused
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": ""}])


@pytest.mark.ledger("F-KMS-10")
@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072"])
def test_material_is_imported_under_a_wrapping_key(kms, key, cloud, algorithm, spec):
    parameters = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    public = serialization.load_der_public_key(parameters["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    assert f"RSA_{public.key_size}" == spec
    left = parameters["ParametersValidTo"] - cloud.clock.now()
    assert abs(left - timedelta(hours=24)) < timedelta(seconds=30)
    answer = kms.import_key_material(
        KeyId=key, ImportToken=parameters["ImportToken"], **NEVER,
        EncryptedKeyMaterial=wrapped(parameters, algorithm, SECRET),
    )  # fmt: skip
    made = about(kms, key)
    assert answer["KeyId"] == parameters["KeyId"] == made["Arn"]
    assert answer["KeyMaterialId"] == made["CurrentKeyMaterialId"]
    assert (made["KeyState"], made["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


@pytest.mark.parametrize(
    ("spec", "usage", "make"),
    [
        ("RSA_2048", "SIGN_VERIFY", lambda: rsa.generate_private_key(65537, 2048)),
        ("ECC_NIST_P256", "SIGN_VERIFY", lambda: ec.generate_private_key(ec.SECP256R1())),
        ("ECC_NIST_P521", "KEY_AGREEMENT", lambda: ec.generate_private_key(ec.SECP521R1())),
    ],
)
def test_private_keys_are_imported_in_two_steps(kms, spec, usage, make):
    key, private = (
        kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"],
        make(),
    )
    for algorithm in ("RSA_AES_KEY_WRAP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1"):
        answer = kms.import_key_material(**request(kms, key, der(private), algorithm), **NEVER)
        assert "KeyMaterialId" not in answer
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert kms.get_public_key(KeyId=key)["PublicKey"] == public
    other = request(kms, key, der(make()), "RSA_AES_KEY_WRAP_SHA_256")
    assert error_of(kms.import_key_material, **other, **NEVER)[0] == WRONG


def test_mac_keys_are_imported_and_have_their_length(kms):
    key = kms.create_key(Origin="EXTERNAL", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")[
        "KeyMetadata"
    ]["KeyId"]
    assert error_of(kms.import_key_material, **request(kms, key, b"x" * 31), **NEVER)[0] == WRONG
    assert "KeyMaterialId" not in bring_in(kms, key, b"x" * 40)
    kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
    assert error_of(kms.import_key_material, **request(kms, key, b"y" * 40), **NEVER)[0] == WRONG
    kind = {"ImportType": "NEW_KEY_MATERIAL", **NEVER}
    assert error_of(kms.import_key_material, **request(kms, key, b"y" * 40), **kind)[0] == UNSUPPORTED


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm", "wrapping"),
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_PKCS1_V1_5", "RSA_2048"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "SM2PKE", "SM2"),
        ("RSA_2048", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_4096"),
        ("ECC_NIST_P521", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_2048"),
    ],
)
def test_what_wraps_which_material(kms, spec, usage, algorithm, wrapping):
    key = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    refused = error_of(
        kms.get_parameters_for_import, KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping
    )
    assert refused[0] == UNSUPPORTED


def test_only_keys_of_external_origin_take_material(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    given = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    code, message = error_of(kms.get_parameters_for_import, KeyId=key, **given)
    assert (code, message.endswith("origin is AWS_KMS which is not valid for this operation.")) == (
        UNSUPPORTED,
        True,
    )
    assert error_of(kms.delete_imported_key_material, KeyId=key)[0] == UNSUPPORTED
    assert error_of(kms.import_key_material, KeyId=key, ImportToken=b"t", EncryptedKeyMaterial=b"m", **NEVER)[
        0
    ] == (UNSUPPORTED)


# --- what is refused ------------------------------------------------------------------------------------------


def test_a_token_is_for_its_key_and_its_day(kms, key, cloud):
    other = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    given = request(kms, key)
    for wrong in ({"KeyId": other}, {"ImportToken": b"made up"}):
        assert error_of(kms.import_key_material, **given | wrong, **NEVER)[0] == "InvalidImportTokenException"
    cloud.clock.advance(hours=24, seconds=1)
    assert error_of(kms.import_key_material, **given, **NEVER)[0] == "ExpiredImportTokenException"


def test_what_does_not_unwrap_or_is_no_key(kms, key):
    given = request(kms, key)
    for material in (
        b"x" * 256,
        given["EncryptedKeyMaterial"][:-1],
        request(kms, key)["EncryptedKeyMaterial"],
    ):
        refused = error_of(kms.import_key_material, **given | {"EncryptedKeyMaterial": material}, **NEVER)
        assert refused[0] == "InvalidCiphertextException"
    for secret in (b"short", SECRET + b"!"):
        assert error_of(kms.import_key_material, **request(kms, key, secret), **NEVER)[0] == WRONG
    assert about(kms, key)["KeyState"] == "PendingImport"


def test_expiration_must_make_sense(kms, key, cloud):
    given, now = request(kms, key), cloud.clock.now()
    for wrong in (
        {}, {"ExpirationModel": "KEY_MATERIAL_EXPIRES"}, {"ValidTo": now - timedelta(days=1)},
        {"ValidTo": now + timedelta(days=366)}, {"ValidTo": now + timedelta(days=1), **NEVER},
    ):  # fmt: skip
        assert error_of(kms.import_key_material, **given, **wrong)[0] == "ValidationException"


@pytest.mark.parametrize("form", ["NumericLessThanEquals", "DateLessThanEquals"])
def test_a_policy_limits_the_expiration_in_seconds_or_as_a_date(kms, key, cloud, form):
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-valid-to"""
    now = cloud.clock.now()
    latest = now + timedelta(days=10)
    value = (
        f"{latest.timestamp():.1f}" if form.startswith("Numeric") else latest.strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    own = allow("kms:ImportKeyMaterial", Condition={form: {"kms:ValidTo": value}})
    alice = make_user(cloud, "alice", own).client("kms", region_name=REGION)
    given = request(kms, key)
    for model in (NEVER, {"ValidTo": now + timedelta(days=11)}):
        assert error_of(alice.import_key_material, **given, **model)[0] == "AccessDeniedException"
    alice.import_key_material(**given, ValidTo=now + timedelta(days=9))
    assert about(kms, key)["KeyState"] == "Enabled"


# --- the end of material --------------------------------------------------------------------------------------


def test_material_expires_at_its_time_and_can_be_imported_again(kms, key, cloud):
    ends = cloud.clock.now() + timedelta(days=10)
    first = bring_in(kms, key, ValidTo=ends)["KeyMaterialId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    made = about(kms, key)
    assert made["ExpirationModel"] == "KEY_MATERIAL_EXPIRES"
    assert abs(made["ValidTo"] - ends) < timedelta(seconds=1)
    cloud.clock.advance(days=10, seconds=1)
    assert about(kms, key)["KeyState"] == "PendingImport"
    assert error_of(kms.decrypt, CiphertextBlob=sealed)[0] == "KMSInvalidStateException"
    assert error_of(kms.import_key_material, **request(kms, key, os.urandom(32)), **NEVER)[0] == WRONG
    assert bring_in(kms, key)["KeyMaterialId"] == first
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_material_is_deleted_at_once_and_imported_again(kms, key):
    arn = about(kms, key)["Arn"]
    assert kms.delete_imported_key_material(KeyId=key)["KeyId"] == arn
    material = bring_in(kms, key)["KeyMaterialId"]
    answer = kms.delete_imported_key_material(KeyId=key)
    assert (answer["KeyId"], answer["KeyMaterialId"]) == (arn, material)
    assert about(kms, key)["KeyState"] == "PendingImport"
    assert (
        error_of(kms.delete_imported_key_material, KeyId=key, KeyMaterialId="0" * 64)[0]
        == "NotFoundException"
    )
    bring_in(kms, key)
    assert about(kms, key)["KeyState"] == "Enabled"
    kms.schedule_key_deletion(KeyId=key)
    kms.delete_imported_key_material(KeyId=key)
    assert about(kms, key)["KeyState"] == "PendingDeletion"


def test_the_same_material_in_two_keys_makes_them_no_relatives(kms, key):
    other = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    one, two = bring_in(kms, key), bring_in(kms, other)
    assert one["KeyMaterialId"] != two["KeyMaterialId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert error_of(kms.decrypt, CiphertextBlob=sealed, KeyId=other)[0] == "IncorrectKeyException"


# --- several materials ----------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-06")
def test_new_material_waits_for_a_rotation_on_demand(kms, key):
    first = bring_in(kms, key, KeyMaterialDescription="first")["KeyMaterialId"]
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    assert error_of(kms.rotate_key_on_demand, KeyId=key)[0] == "KMSInvalidStateException"
    second = bring_in(kms, key, b"2" * 32, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert listed == [
        {"KeyId": key, "KeyMaterialId": first, "KeyMaterialState": "CURRENT", "ImportState": "IMPORTED",
         "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "KeyMaterialDescription": "first"},
        {"KeyId": key, "KeyMaterialId": second, "KeyMaterialState": "PENDING_ROTATION", "ImportState": "IMPORTED",
         "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"},
    ]  # fmt: skip
    assert about(kms, key)["CurrentKeyMaterialId"] == first
    kms.rotate_key_on_demand(KeyId=key)
    assert about(kms, key)["CurrentKeyMaterialId"] == second
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert (rotation["KeyMaterialId"], rotation["RotationType"]) == (second, "ON_DEMAND")
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=first)
    assert about(kms, key)["KeyState"] == "PendingImport"
    states = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [each["ImportState"] for each in states] == ["PENDING_IMPORT", "IMPORTED"]
    bring_in(kms, key, KeyMaterialId=first)
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"


def test_what_is_new_and_what_exists_must_be_said_truly(kms, key):
    first = bring_in(kms, key)["KeyMaterialId"]
    new = {"ImportType": "NEW_KEY_MATERIAL", **NEVER}
    assert error_of(kms.import_key_material, **request(kms, key), **new)[0] == WRONG
    other = request(kms, key, b"2" * 32)
    assert error_of(kms.import_key_material, **other, **NEVER)[0] == WRONG
    assert error_of(kms.import_key_material, **other, **NEVER, KeyMaterialId=first)[0] == WRONG
    assert error_of(kms.import_key_material, **other, **new, KeyMaterialId=first)[0] == "ValidationException"
    second = kms.import_key_material(**other, **new)["KeyMaterialId"]
    third = request(kms, key, b"3" * 32)
    code, message = error_of(kms.import_key_material, **third, **new)
    assert code == "KMSInvalidStateException"  # OBSERVED in 2025
    assert message.endswith(f"because another key material (id: {second}) is pending rotation.")
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=second)
    assert about(kms, key)["KeyState"] == "Enabled"
    kms.import_key_material(**third, **new)


@pytest.mark.ledger("F-KMS-07")
def test_a_replica_gets_the_primary_keys_material_by_import(kms, cloud):
    west = boto3.client("kms", region_name=WEST)
    key = kms.create_key(Origin="EXTERNAL", MultiRegion=True)["KeyMetadata"]["KeyId"]
    bring_in(kms, key)
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert about(west, key)["KeyState"] == "PendingImport"
    assert error_of(west.import_key_material, **request(west, key, b"2" * 32), **NEVER)[0] == WRONG
    bring_in(west, key)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert west.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    new = {"ImportType": "NEW_KEY_MATERIAL", **NEVER}
    assert error_of(west.import_key_material, **request(west, key, b"2" * 32), **new)[0] == UNSUPPORTED
    kms.import_key_material(**request(kms, key, b"2" * 32), **new)
    assert error_of(kms.rotate_key_on_demand, KeyId=key)[0] == "KMSInvalidStateException"
    waiting = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"][1]
    assert waiting["KeyMaterialState"] == "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    bring_in(west, key, b"2" * 32)
    kms.rotate_key_on_demand(KeyId=key)
    sealed = west.encrypt(KeyId=key, Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"y"
    kms.delete_imported_key_material(KeyId=key)
    assert (about(kms, key)["KeyState"], about(west, key)["KeyState"]) == ("PendingImport", "Enabled")
