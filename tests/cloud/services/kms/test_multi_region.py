"""Multi-Region keys: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html"""

from __future__ import annotations

import json
from datetime import timedelta

import boto3
import pytest

from labs_helpers.cloud.services.kms.keyring import Keyring
from tests.clouds import allow, error_of, make_user

HOME, REGION, WEST, ASIA = "111122223333", "us-east-1", "eu-west-1", "ap-southeast-2"
UNSUPPORTED, STATE = "UnsupportedOperationException", "KMSInvalidStateException"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def west(cloud):
    return boto3.client("kms", region_name=WEST)


@pytest.fixture
def key(kms):
    return kms.create_key(MultiRegion=True, Description="one")["KeyMetadata"]["KeyId"]


def about(client, key):
    return client.describe_key(KeyId=key)["KeyMetadata"]


def arn(region, key):
    return f"arn:aws:kms:{region}:{HOME}:key/{key}"


@pytest.mark.ledger("F-KMS-07")
def test_a_replica_shares_id_and_material_and_decrypts(kms, west, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    assert error_of(west.decrypt, CiphertextBlob=sealed)[0] == "AccessDeniedException"
    answer = kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    made = answer["ReplicaKeyMetadata"]
    assert (made["KeyId"], made["Arn"], made["KeyState"], made["Enabled"]) == (
        key,
        arn(WEST, key),
        "Creating",
        False,
    )
    assert made["Description"] == ""
    assert "ReplicaTags" not in answer
    assert "CurrentKeyMaterialId" not in made  # OBSERVED in 2025: while the replica is Creating
    assert west.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert json.loads(answer["ReplicaPolicy"])["Statement"][0]["Principal"] == {
        "AWS": f"arn:aws:iam::{HOME}:root"
    }
    assert made["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "REPLICA", "PrimaryKey": {"Arn": arn(REGION, key), "Region": REGION},
        "ReplicaKeys": [{"Arn": arn(WEST, key), "Region": WEST}],
    }  # fmt: skip
    replica, primary = about(west, key), about(kms, key)
    assert replica["KeyState"] == "Enabled"
    assert replica["CurrentKeyMaterialId"] == primary["CurrentKeyMaterialId"]
    assert primary["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
    assert primary["MultiRegionConfiguration"]["ReplicaKeys"] == [{"Arn": arn(WEST, key), "Region": WEST}]
    opened = west.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "b"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", arn(WEST, key))
    back = west.encrypt(KeyId=key, Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=back, KeyId=key)["Plaintext"] == b"y"


@pytest.mark.ledger("F-KMS-07")
def test_policy_tags_aliases_grants_description_and_state_are_each_keys_own(kms, west, key, cloud):
    tags = [{"TagKey": "a", "TagValue": "west"}]
    text = allow("kms:*", Principal={"AWS": [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{HOME}:user/admin"]})
    answer = kms.replicate_key(KeyId=key, ReplicaRegion=WEST, Tags=tags, Policy=text, Description="two")
    assert (answer["ReplicaPolicy"], answer["ReplicaTags"]) == (text, tags)
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []
    assert kms.get_key_policy(KeyId=key)["Policy"] != west.get_key_policy(KeyId=key)["Policy"] == text
    west.create_alias(AliasName="alias/west", TargetKeyId=key)
    assert kms.list_aliases()["Aliases"] == []
    west.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{HOME}:user/admin", Operations=["Decrypt"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    west.update_key_description(KeyId=key, Description="three")
    assert about(kms, key)["Description"] == "one"
    west.disable_key(KeyId=key)
    assert (about(west, key)["KeyState"], about(kms, key)["KeyState"]) == ("Disabled", "Enabled")


def test_asymmetric_and_mac_keys_are_replicated_too(kms, west):
    for spec, usage in (("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        key = kms.create_key(MultiRegion=True, KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
        kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
        if usage == "SIGN_VERIFY":
            given = {"KeyId": key, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
            assert west.verify(**given, Signature=kms.sign(**given)["Signature"])["SignatureValid"]
            assert kms.get_public_key(KeyId=key)["PublicKey"] == west.get_public_key(KeyId=key)["PublicKey"]
        else:
            given = {"KeyId": key, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
            assert west.verify_mac(**given, Mac=kms.generate_mac(**given)["Mac"])["MacValid"]


def test_what_replicate_key_refuses(kms, west, key, cloud):
    single = kms.create_key()["KeyMetadata"]["KeyId"]
    assert error_of(kms.replicate_key, KeyId=single, ReplicaRegion=WEST)[0] == UNSUPPORTED
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion=WEST)[0] == "AlreadyExistsException"
    assert error_of(west.replicate_key, KeyId=key, ReplicaRegion=ASIA)[0] == UNSUPPORTED
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion=REGION)[0] == "ValidationException"
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion="xx-nowhere-1")[0] == "ValidationException"
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion="nowhere")[0] == "ValidationException"
    make_user(cloud, "alice")
    theirs = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{HOME}:user/alice"})
    refused = error_of(kms.replicate_key, KeyId=key, ReplicaRegion=ASIA, Policy=theirs)
    assert refused[0] == "MalformedPolicyDocumentException"
    wrong = [{"TagKey": "aws:a", "TagValue": ""}]
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion=ASIA, Tags=wrong)[0] == "TagException"
    kms.disable_key(KeyId=key)
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion=ASIA)[0] == "DisabledException"
    assert boto3.client("kms", region_name=ASIA).list_keys()["Keys"] == []


def test_while_a_replica_is_being_made_it_can_be_managed_and_not_used(kms, west, key, cloud):
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html: Creating"""
    cloud._state.part(Keyring).transient = timedelta(seconds=30)
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    refused = (STATE, f"{arn(WEST, key)} is creating.")
    assert about(west, key)["KeyState"] == "Creating"
    assert error_of(west.encrypt, KeyId=key, Plaintext=b"x") == refused
    assert error_of(west.disable_key, KeyId=key) == refused
    west.create_alias(AliasName="alias/a", TargetKeyId=key)
    west.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": ""}])
    cloud.clock.advance(seconds=31)
    west.encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.ledger("F-KMS-07")
def test_the_primary_region_moves_to_a_replica(kms, west, key):
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    kms.replicate_key(KeyId=key, ReplicaRegion=ASIA)
    kms.update_primary_region(KeyId=key, PrimaryRegion=WEST)
    for client, kind in ((kms, "REPLICA"), (west, "PRIMARY")):
        related = about(client, key)["MultiRegionConfiguration"]
        assert (related["MultiRegionKeyType"], related["PrimaryKey"]["Region"]) == (kind, WEST)
        assert {each["Region"] for each in related["ReplicaKeys"]} == {REGION, ASIA}
        assert about(client, key)["KeyState"] == "Enabled"
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion="us-west-2")[0] == UNSUPPORTED
    west.replicate_key(KeyId=key, ReplicaRegion="us-west-2")
    assert error_of(kms.update_primary_region, KeyId=key, PrimaryRegion=ASIA)[0] == UNSUPPORTED


def test_what_update_primary_region_refuses(kms, west, key):
    single = kms.create_key()["KeyMetadata"]["KeyId"]
    assert error_of(kms.update_primary_region, KeyId=single, PrimaryRegion=WEST)[0] == UNSUPPORTED
    assert error_of(kms.update_primary_region, KeyId=key, PrimaryRegion=WEST)[0] == "NotFoundException"
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert error_of(kms.update_primary_region, KeyId=key, PrimaryRegion=REGION)[0] == UNSUPPORTED
    west.disable_key(KeyId=key)
    assert error_of(kms.update_primary_region, KeyId=key, PrimaryRegion=WEST)[0] == "DisabledException"
    west.schedule_key_deletion(KeyId=key)
    assert error_of(kms.update_primary_region, KeyId=key, PrimaryRegion=WEST)[0] == STATE


def test_while_the_primary_region_moves_both_keys_work_and_few_things_wait(kms, west, key, cloud):
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html: Updating"""
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    cloud._state.part(Keyring).transient = timedelta(seconds=30)
    kms.update_primary_region(KeyId=key, PrimaryRegion=WEST)
    for client in (kms, west):
        assert about(client, key)["KeyState"] == "Updating"
        client.encrypt(KeyId=key, Plaintext=b"x")
        for operation in (client.disable_key, client.schedule_key_deletion):
            code, message = error_of(operation, KeyId=key)
            assert (code, message.endswith("is updating.")) == (STATE, True)
    assert error_of(west.replicate_key, KeyId=key, ReplicaRegion=ASIA)[0] == STATE
    cloud.clock.advance(seconds=31)
    west.replicate_key(KeyId=key, ReplicaRegion=ASIA)


@pytest.mark.ledger("F-KMS-07")
def test_a_primary_key_waits_for_the_end_of_its_replicas(kms, west, key, cloud):
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingReplicaDeletion", 7)
    assert "DeletionDate" not in answer
    primary = about(kms, key)
    assert (primary["KeyState"], primary["PendingDeletionWindowInDays"]) == ("PendingReplicaDeletion", 7)
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x") == (
        STATE, f"{arn(REGION, key)} is pending replica deletion.",
    )  # fmt: skip
    west.encrypt(KeyId=key, Plaintext=b"x")
    cloud.clock.advance(days=100)
    assert about(kms, key)["KeyState"] == "PendingReplicaDeletion"
    assert west.schedule_key_deletion(KeyId=key, PendingWindowInDays=10)["KeyState"] == "PendingDeletion"
    cloud.clock.advance(days=10, hours=1)
    assert error_of(west.describe_key, KeyId=key)[0] == "NotFoundException"
    primary = about(kms, key)
    assert primary["KeyState"] == "PendingDeletion"
    assert timedelta(days=6, hours=22) < primary["DeletionDate"] - cloud.clock.now() < timedelta(days=7)
    assert "PendingDeletionWindowInDays" not in primary
    cloud.clock.advance(days=7)
    assert error_of(kms.describe_key, KeyId=key)[0] == "NotFoundException"


def test_a_waiting_primary_key_can_be_kept(kms, west, key):
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert about(kms, key)["KeyState"] == "Disabled"


def test_a_deleted_replica_can_be_made_again_and_decrypts(kms, west, key, cloud):
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    sealed = west.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    west.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert error_of(kms.replicate_key, KeyId=key, ReplicaRegion=WEST)[0] == "AlreadyExistsException"
    cloud.clock.advance(days=8)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    assert west.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


@pytest.mark.ledger("F-KMS-06")
def test_rotation_is_set_on_the_primary_key_and_shared(kms, west, key, cloud):
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    for operation in (west.enable_key_rotation, west.disable_key_rotation, west.rotate_key_on_demand):
        assert error_of(operation, KeyId=key)[0] == UNSUPPORTED
    kms.enable_key_rotation(KeyId=key)
    assert west.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    cloud.clock.advance(days=366)
    assert west.list_key_rotations(KeyId=key)["Rotations"] == kms.list_key_rotations(KeyId=key)["Rotations"]
    assert about(west, key)["CurrentKeyMaterialId"] == about(kms, key)["CurrentKeyMaterialId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert west.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_replicating_needs_rights_in_both_regions(kms, key, cloud):
    own = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:ReplicateKey", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*",
         "Condition": {"StringEquals": {"aws:RequestedRegion": ASIA}}},
    ]})  # fmt: skip
    alice = make_user(cloud, "alice", own).client("kms", region_name=REGION)
    assert error_of(alice.replicate_key, KeyId=key, ReplicaRegion=WEST)[0] == "AccessDeniedException"
    alice.replicate_key(KeyId=key, ReplicaRegion=ASIA)
