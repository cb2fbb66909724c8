"""Rotation of key material: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest

from tests.clouds import error_of

HOME, REGION = "111122223333", "us-east-1"
UNSUPPORTED = "UnsupportedOperationException"
SECOND = timedelta(seconds=10)


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


def material_of(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]


def rotations(kms, key, **more):
    return kms.list_key_rotations(KeyId=key, **more)["Rotations"]


def test_rotation_is_off_until_it_is_switched_on(kms, key, cloud):
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert "NextRotationDate" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    assert abs(status["NextRotationDate"] - cloud.clock.now() - timedelta(days=365)) < SECOND
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    cloud.clock.advance(days=400)
    assert rotations(kms, key) == []


@pytest.mark.ledger("F-KMS-06")
def test_each_year_new_material_encrypts_and_the_old_still_decrypts(kms, key, cloud):
    kms.enable_key_rotation(KeyId=key)
    first = kms.encrypt(KeyId=key, Plaintext=b"first")["CiphertextBlob"]
    one = material_of(kms, key)
    cloud.clock.advance(days=364)
    assert material_of(kms, key) == one
    cloud.clock.advance(days=2)
    two = material_of(kms, key)
    assert two != one
    second = kms.encrypt(KeyId=key, Plaintext=b"second")["CiphertextBlob"]
    cloud.clock.advance(days=2 * 365)
    for sealed, plaintext, material in ((first, b"first", one), (second, b"second", two)):
        opened = kms.decrypt(CiphertextBlob=sealed)
        assert (opened["Plaintext"], opened["KeyMaterialId"]) == (plaintext, material)
    found = rotations(kms, key)
    assert [each["RotationType"] for each in found] == ["AUTOMATIC"] * 3
    assert [each["KeyMaterialState"] for each in found] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]
    assert found[0]["KeyMaterialId"] == two
    assert found[1]["RotationDate"] - found[0]["RotationDate"] == timedelta(days=365)
    everything = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert everything[0] == {"KeyId": key, "KeyMaterialId": one, "KeyMaterialState": "NON_CURRENT"}
    assert everything[1:] == found


def test_the_period_is_90_to_2560_days_and_can_be_changed(kms, key, cloud):
    refused = error_of(kms.enable_key_rotation, KeyId=key, RotationPeriodInDays=2561)
    assert refused[0] == "ValidationException"
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=2560)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 90
    cloud.clock.advance(days=91)
    assert len(rotations(kms, key)) == 1
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365


def test_a_disabled_key_rotates_when_it_is_enabled_again(kms, key, cloud):
    kms.enable_key_rotation(KeyId=key)
    kms.disable_key(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    cloud.clock.advance(days=800)
    assert rotations(kms, key) == []
    kms.enable_key(KeyId=key)
    (only,) = rotations(kms, key)
    assert abs(only["RotationDate"] - cloud.clock.now()) < SECOND
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    assert abs(due - cloud.clock.now() - timedelta(days=365)) < SECOND


def test_a_key_pending_deletion_does_not_rotate_and_says_so(kms, key, cloud):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    cloud.clock.advance(days=80)
    kms.schedule_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    cloud.clock.advance(days=20)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert rotations(kms, key) == []


@pytest.mark.ledger("F-KMS-06")
def test_rotation_on_demand_leaves_the_schedule_alone(kms, key, cloud):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    before = material_of(kms, key)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"].endswith(f":key/{key}")
    assert material_of(kms, key) != before
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    assert kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] == due
    assert [each["RotationType"] for each in rotations(kms, key)] == ["ON_DEMAND"]
    cloud.clock.advance(days=101)
    assert [each["RotationType"] for each in rotations(kms, key)] == ["ON_DEMAND", "AUTOMATIC"]


def test_a_key_is_rotated_25_times_on_demand(kms, key):
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    assert error_of(kms.rotate_key_on_demand, KeyId=key)[0] == "LimitExceededException"
    page = kms.list_key_rotations(KeyId=key, Limit=20)
    assert (len(page["Rotations"]), page["Truncated"]) == (20, True)
    assert len(rotations(kms, key, Marker=page["NextMarker"])) == 5
    assert error_of(kms.list_key_rotations, KeyId=key, Marker="x")[0] == "InvalidMarkerException"


def test_no_rotation_on_demand_shortly_before_a_scheduled_one(kms, key, cloud):
    kms.enable_key_rotation(KeyId=key)
    cloud.clock.advance(days=364, hours=23, minutes=45)
    assert error_of(kms.rotate_key_on_demand, KeyId=key)[0] == "ConflictException"


def test_a_disabled_key_is_not_rotated(kms, key):
    kms.disable_key(KeyId=key)
    assert error_of(kms.rotate_key_on_demand, KeyId=key)[0] == "DisabledException"
    assert error_of(kms.disable_key_rotation, KeyId=key)[0] == "DisabledException"
    kms.get_key_rotation_status(KeyId=key)
    kms.list_key_rotations(KeyId=key)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, ""),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, ""),
        ({"Origin": "EXTERNAL"}, "origin is EXTERNAL which is not valid for this operation."),
    ],
)
def test_what_cannot_be_rotated_by_schedule(kms, parameters, words):
    key = kms.create_key(**parameters)["KeyMetadata"]["KeyId"]
    for operation in (kms.enable_key_rotation, kms.disable_key_rotation):
        code, message = error_of(operation, KeyId=key)
        assert code == UNSUPPORTED
        assert message.endswith(words)
        assert bool(message) == bool(words)
    if words:
        assert error_of(kms.get_key_rotation_status, KeyId=key)[0] == UNSUPPORTED
    else:  # OBSERVED in 2020: https://github.com/ansible-collections/community.aws/pull/311
        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_the_state_of_a_key_is_looked_at_before_its_kind(kms):
    """OBSERVED in 2025, for RotateKeyOnDemand."""
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert error_of(kms.rotate_key_on_demand, KeyId=key) == (UNSUPPORTED, "")
    kms.disable_key(KeyId=key)
    for operation in (kms.rotate_key_on_demand, kms.enable_key_rotation, kms.disable_key_rotation):
        assert error_of(operation, KeyId=key)[0] == "DisabledException"
