"""Behavior that all operations on a key share: unknown and malformed names, grant tokens, dry runs, states, uses."""

from __future__ import annotations

import os

import boto3
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cloud.services.kms.test_trail import WEST
from tests.clouds import error_of

HOME, REGION = "111122223333", "us-east-1"
NOBODY = "12345678-1234-1234-1234-123456789012"
_POINT = ec.generate_private_key(ec.SECP256R1()).public_key()
POINT = _POINT.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
KINDS = {
    "symmetric": {}, "mac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "sign": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    "agree": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    "kem": {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}, "external": {"Origin": "EXTERNAL"},
    "multi": {"MultiRegion": True},
}  # fmt: skip
SIGNED = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
CRYPTO = {
    "encrypt": ("symmetric", {"Plaintext": b"p"}),
    "decrypt": ("symmetric", {"CiphertextBlob": "of encrypt"}),
    "generate_data_key": ("symmetric", {"KeySpec": "AES_256"}),
    "generate_data_key_without_plaintext": ("symmetric", {"KeySpec": "AES_256"}),
    "generate_data_key_pair": ("symmetric", {"KeyPairSpec": "ECC_NIST_P256"}),
    "generate_data_key_pair_without_plaintext": ("symmetric", {"KeyPairSpec": "ECC_NIST_P256"}),
    "generate_mac": ("mac", {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}),
    "verify_mac": ("mac", {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256", "Mac": "of generate_mac"}),
    "sign": ("sign", SIGNED),
    "verify": ("sign", {**SIGNED, "Signature": "of sign"}),
    "derive_shared_secret": ("agree", {"KeyAgreementAlgorithm": "ECDH", "PublicKey": POINT}),
    "encapsulate": ("kem", {"EncapsulationAlgorithm": "ML_KEM"}),
    "decapsulate": (
        "kem",
        {"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": "of encapsulate"},
    ),
}
MANAGING = {
    "cancel_key_deletion": {}, "create_alias": {"AliasName": "alias/a"},
    "create_grant": {"GranteePrincipal": HOME, "Operations": ["Decrypt"]}, "delete_imported_key_material": {},
    "describe_key": {}, "disable_key": {}, "disable_key_rotation": {}, "enable_key": {}, "enable_key_rotation": {},
    "get_key_last_usage": {}, "get_key_policy": {}, "get_key_rotation_status": {}, "get_public_key": {},
    "get_parameters_for_import": {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
    "import_key_material": {
        "ImportToken": b"t", "EncryptedKeyMaterial": b"m", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    },
    "list_aliases": {}, "list_grants": {}, "list_key_policies": {}, "list_key_rotations": {}, "list_resource_tags": {},
    "put_key_policy": {"Policy": "{}"}, "replicate_key": {"ReplicaRegion": WEST},
    "retire_grant": {"GrantId": "0" * 64}, "revoke_grant": {"GrantId": "0" * 64}, "rotate_key_on_demand": {},
    "schedule_key_deletion": {}, "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "untag_resource": {"TagKeys": ["a"]}, "update_key_description": {"Description": "d"},
    "update_primary_region": {"PrimaryRegion": WEST},
}  # fmt: skip
EVERY = {name: given for name, (_, given) in CRYPTO.items()} | MANAGING


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def make(kms):
    return lambda kind: kms.create_key(**KINDS[kind])["KeyMetadata"]["KeyId"]


def ready(kms, name, key):
    """Return an operation's parameters, filled in with results of other operations."""
    if "decapsulate" in name:
        pytest.importorskip("cryptography.hazmat.primitives.asymmetric.mlkem")
    given = {"KeyId": key, **CRYPTO[name][1]}
    for parameter, value in given.items():
        if isinstance(value, str) and value.startswith("of "):
            other = value.removeprefix("of ")
            answer = getattr(kms, other)(KeyId=key, **CRYPTO[other][1])
            given[parameter] = answer[_made(answer)]
    return given


def _made(answer):
    return next(
        each
        for each in ("CiphertextBlob", "Mac", "Signature", "SharedSecretCiphertextBlob")
        if each in answer
    )


def filled(given):
    return {
        name: os.urandom(64) if isinstance(value, str) and value.startswith("of ") else value
        for name, value in given.items()
    }


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_key_that_nobody_has_is_not_found(kms, name):
    given = filled(EVERY[name])
    id_of = "TargetKeyId" if name == "create_alias" else "KeyId"
    for key in (NOBODY, f"arn:aws:kms:{REGION}:{HOME}:key/{NOBODY}"):
        assert error_of(getattr(kms, name), **given, **{id_of: key})[0] == "NotFoundException", key


@pytest.mark.parametrize("name", sorted(EVERY))
def test_what_only_looks_like_an_arn_is_invalid(kms, name):
    given = filled(EVERY[name])
    id_of = "TargetKeyId" if name == "create_alias" else "KeyId"
    code, _ = error_of(getattr(kms, name), **given, **{id_of: f"arn:aws:kms:{REGION}:{HOME}:nonsense"})
    assert code in ("InvalidArnException", "NotFoundException")
    documented = {each.name for each in kms.meta.service_model.operation_model(_api(name)).error_shapes}
    if "InvalidArnException" in documented:
        assert code == "InvalidArnException"


def _api(name):
    return next(api for api in kms_operations() if _snake(api) == name)


def kms_operations():
    return boto3.client("kms", region_name=REGION).meta.service_model.operation_names


def _snake(api):
    from botocore import xform_name

    return xform_name(api)


@pytest.mark.parametrize("name", sorted(CRYPTO))
def test_cryptography_needs_a_key_that_is_enabled(kms, make, name):
    key = make(CRYPTO[name][0])
    given = ready(kms, name, key)
    assert error_of(getattr(kms, name), **given, GrantTokens=["no token"])[0] == "InvalidGrantTokenException"
    assert error_of(getattr(kms, name), **given, DryRun=True)[0] == "DryRunOperationException"
    getattr(kms, name)(**given)
    kms.disable_key(KeyId=key)
    assert error_of(getattr(kms, name), **given)[0] == "DisabledException"
    assert error_of(getattr(kms, name), **given, DryRun=True)[0] == "DisabledException"
    kms.schedule_key_deletion(KeyId=key)
    assert error_of(getattr(kms, name), **given)[0] == "KMSInvalidStateException"


@pytest.mark.parametrize("name", sorted(set(CRYPTO) - {"decrypt"}))
def test_cryptography_needs_a_key_of_its_kind(kms, make, name):
    other = make("sign" if CRYPTO[name][0] != "sign" else "symmetric")
    given = {"KeyId": other, **filled(CRYPTO[name][1])}
    assert error_of(getattr(kms, name), **given)[0] == "InvalidKeyUsageException"


def test_re_encrypting_needs_both_keys(kms, make):
    source, destination = make("symmetric"), make("symmetric")
    sealed = kms.encrypt(KeyId=source, Plaintext=b"p")["CiphertextBlob"]
    given = {"CiphertextBlob": sealed, "DestinationKeyId": destination}
    assert error_of(kms.re_encrypt, **given, GrantTokens=["no token"])[0] == "InvalidGrantTokenException"
    assert error_of(kms.re_encrypt, **{**given, "DestinationKeyId": NOBODY})[0] == "NotFoundException"
    for key in (source, destination):
        kms.disable_key(KeyId=key)
        assert error_of(kms.re_encrypt, **given)[0] == "DisabledException"
        kms.enable_key(KeyId=key)
        kms.schedule_key_deletion(KeyId=key)
        assert error_of(kms.re_encrypt, **given)[0] == "KMSInvalidStateException"
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)
    kms.re_encrypt(**given)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("list_keys", {}), ("list_aliases", {}), ("list_grants", {"KeyId": True}),
        ("list_key_policies", {"KeyId": True}), ("list_key_rotations", {"KeyId": True}),
        ("list_resource_tags", {"KeyId": True}),
        ("list_retirable_grants", {"RetiringPrincipal": f"arn:aws:iam::{HOME}:root"}),
        ("describe_custom_key_stores", {}),
    ],
)  # fmt: skip
def test_a_marker_is_one_that_was_given_out(kms, make, name, given):
    given = {each: make("symmetric") if value is True else value for each, value in given.items()}
    assert error_of(getattr(kms, name), **given, Marker="no marker")[0] == "InvalidMarkerException"


def test_tags_that_aws_keeps_for_itself(kms, make):
    key = make("symmetric")
    assert (
        error_of(kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:a", "TagValue": ""}])[0] == "TagException"
    )
    assert error_of(kms.untag_resource, KeyId=key, TagKeys=["aws:a"])[0] == "TagException"
    many = [{"TagKey": str(number), "TagValue": ""} for number in range(51)]
    assert error_of(kms.tag_resource, KeyId=key, Tags=many) == ("TagException", "Too many tags")


def test_a_grant_id_has_its_form(kms, make):
    key = make("symmetric")
    for name in ("list_grants", "revoke_grant", "retire_grant"):
        code = error_of(getattr(kms, name), KeyId=key, GrantId="#")[0]
        assert code == "InvalidGrantIdException", name


def test_a_key_pending_deletion_is_left_alone(kms, make):
    keys = {kind: make(kind) for kind in ("symmetric", "multi", "external", "sign")}
    for key in keys.values():
        kms.schedule_key_deletion(KeyId=key)
    for name, kind in {
        "create_grant": "symmetric", "disable_key": "symmetric", "enable_key": "symmetric",
        "disable_key_rotation": "symmetric", "enable_key_rotation": "symmetric", "get_public_key": "sign",
        "get_parameters_for_import": "external", "import_key_material": "external",
        "replicate_key": "multi", "rotate_key_on_demand": "symmetric",
        "schedule_key_deletion": "symmetric", "tag_resource": "symmetric", "untag_resource": "symmetric",
        "update_key_description": "symmetric", "update_primary_region": "multi",
    }.items():  # fmt: skip
        code, _ = error_of(getattr(kms, name), KeyId=keys[kind], **MANAGING[name])
        assert code == "KMSInvalidStateException", name
