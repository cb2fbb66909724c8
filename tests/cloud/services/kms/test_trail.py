"""KMS in the trail: https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html"""

from __future__ import annotations

import json
from datetime import timedelta

import boto3
import pytest

from tests.clouds import allow, error_of, make_user

HOME, OTHER, REGION, WEST = "111122223333", "444455556666", "us-east-1", "eu-west-1"
NEVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


def events(name=None, region=REGION, session=None):
    """KMS's events of a Region, oldest first."""
    client = (session or boto3.Session()).client("cloudtrail", region_name=region)
    pages = client.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}]
    )
    found = [json.loads(each["CloudTrailEvent"]) for page in pages for each in page["Events"]]
    return [each for each in reversed(found) if name in (None, each["eventName"])]


def last(name, **more):
    return events(name, **more)[-1]


def arns(event):
    return [each["ARN"] for each in event["resources"]]


@pytest.mark.ledger("F-KMS-05")
def test_a_cryptographic_operation_shows_its_context_and_key_and_no_data(kms, key):
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext={"Dept": "IT"})[
        "CiphertextBlob"
    ]
    kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"Dept": "IT"})
    for name in ("Encrypt", "Decrypt"):
        event = last(name)
        expected = {"encryptionContext": {"Dept": "IT"}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
        if name == "Encrypt":
            expected["keyId"] = key["KeyId"]
        assert event["requestParameters"] == expected
        assert event["responseElements"] is None
        assert (event["readOnly"], event["eventType"], event["managementEvent"]) == (True, "AwsApiCall", True)
        assert event["resources"] == [{"accountId": HOME, "type": "AWS::KMS::Key", "ARN": key["Arn"]}]
        assert event["additionalEventData"] == {"keyMaterialId": key["CurrentKeyMaterialId"]}
        assert "c2VjcmV0" not in json.dumps(event)


def test_no_cryptographic_operation_shows_its_answer(kms, key):
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec="ECC_NIST_P256")
    kms.sign(KeyId=signing, Message=b"message", SigningAlgorithm="ECDSA_SHA_256")
    kms.generate_mac(KeyId=mac, Message=b"message", MacAlgorithm="HMAC_SHA_256")
    kms.generate_random(NumberOfBytes=8)
    kms.get_public_key(KeyId=signing)
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=key["KeyId"])
    shown = {
        "GenerateDataKey": {"keyId": key["KeyId"], "keySpec": "AES_256"},
        "GenerateDataKeyPair": {"keyId": key["KeyId"], "keyPairSpec": "ECC_NIST_P256"},
        "Sign": {"keyId": signing, "messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256"},
        "GenerateMac": {"keyId": mac, "macAlgorithm": "HMAC_SHA_256"},
        "GenerateRandom": None,
        "GetPublicKey": {"keyId": signing},
        "ReEncrypt": {"destinationKeyId": key["KeyId"], "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                      "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    }  # fmt: skip
    for name, parameters in shown.items():
        event = last(name)
        assert event["requestParameters"] == parameters
        assert event["responseElements"] is None
        assert event["readOnly"] is True


def test_creating_a_key_shows_its_defaults_its_metadata_and_the_key(kms, key):
    event = last("CreateKey")
    assert event["requestParameters"] == {
        "description": "", "origin": "AWS_KMS", "bypassPolicyLockoutSafetyCheck": False, "keySpec": "SYMMETRIC_DEFAULT",
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "multiRegion": False,
    }  # fmt: skip
    metadata = event["responseElements"]["keyMetadata"]
    assert (metadata["keyId"], metadata["arn"], metadata["keyState"]) == (key["KeyId"], key["Arn"], "Enabled")
    assert arns(event) == [key["Arn"]]
    assert event["readOnly"] is False


def test_an_aliass_events_name_alias_and_key(kms, key):
    alias = f"arn:aws:kms:{REGION}:{HOME}:alias/a"
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    kms.delete_alias(AliasName="alias/a")
    for name in ("CreateAlias", "DeleteAlias"):
        assert set(arns(last(name))) == {alias, key["Arn"]}
        assert {each["type"] for each in last(name)["resources"]} == {"AWS::KMS::Key"}


def test_a_grants_events_tell_its_id_and_never_its_token(kms, key):
    admin = f"arn:aws:iam::{HOME}:user/admin"
    one = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=admin, Operations=["Decrypt"])
    two = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=admin, Operations=["Decrypt"])
    kms.retire_grant(GrantToken=one["GrantToken"])
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=two["GrantId"])
    assert last("CreateGrant")["responseElements"] == {"grantId": two["GrantId"], "keyId": key["Arn"]}
    retired = last("RetireGrant")
    assert retired["requestParameters"] is None
    assert retired["additionalEventData"] == {"grantId": one["GrantId"]}
    assert arns(retired) == [key["Arn"]]
    assert last("RevokeGrant")["requestParameters"] == {"keyId": key["KeyId"], "grantId": two["GrantId"]}
    assert one["GrantToken"] not in json.dumps(events())


def test_a_failed_call_is_recorded_with_its_error_and_its_key(kms, key):
    other = kms.create_key()["KeyMetadata"]
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    error_of(kms.decrypt, CiphertextBlob=sealed, KeyId=other["KeyId"])
    event = last("Decrypt")
    assert event["errorCode"] == "IncorrectKeyException"
    assert event["errorMessage"].startswith("The key ID in the request does not identify a CMK")
    assert arns(event) == [other["Arn"]]
    kms.disable_key(KeyId=key["KeyId"])
    error_of(kms.decrypt, CiphertextBlob=sealed)
    assert last("Decrypt")["errorCode"] == "DisabledException"
    error_of(kms.describe_key, KeyId="alias/none")
    assert last("DescribeKey")["errorCode"] == "NotFoundException"


def test_use_across_accounts_is_told_to_both_and_a_refusal_to_the_caller_alone(kms, cloud):
    policy = allow("kms:*", Principal={"AWS": [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{OTHER}:root"]})
    arn = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    theirs = make_user(cloud, "theirs", allow("kms:Encrypt"), OTHER).client("kms", region_name=REGION)
    other = cloud.account(OTHER)
    theirs.encrypt(KeyId=arn, Plaintext=b"x")
    here, there = last("Encrypt"), last("Encrypt", session=other)
    assert here["sharedEventID"] == there["sharedEventID"]
    assert (here["userIdentity"]["type"], here["userIdentity"]["accountId"]) == ("AWSAccount", OTHER)
    error_of(theirs.decrypt, CiphertextBlob=b"x" * 100, KeyId=arn)
    assert events("Decrypt") == []
    refused = last("Decrypt", session=other)
    assert refused["errorCode"] == "AccessDenied"
    assert "sharedEventID" not in refused


def test_the_end_of_a_key_is_an_event_of_the_service(kms, key, cloud):
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"])
    scheduled = last("ScheduleKeyDeletion")
    assert scheduled["requestParameters"] == {"keyId": key["KeyId"], "pendingWindowInDays": 30}
    assert scheduled["responseElements"]["keyState"] == "PendingDeletion"
    cloud.clock.advance(days=30, hours=1)
    event = last("DeleteKey")
    assert (event["eventType"], event["readOnly"]) == ("AwsServiceEvent", False)
    assert event["userIdentity"] == {"accountId": HOME, "invokedBy": "AWS Internal"}
    assert (event["sourceIPAddress"], event["userAgent"]) == ("AWS Internal", "AWS Internal")
    assert event["eventTime"] == answer["DeletionDate"].strftime("%Y-%m-%dT%H:%M:%SZ")
    assert event["requestParameters"] is None
    assert event["responseElements"] == {"keyId": key["Arn"]}
    assert arns(event) == [key["Arn"]]
    assert not {"requestID", "tlsDetails", "serviceEventDetails"} & event.keys()


def test_a_rotation_is_an_event_of_the_service(kms, key, cloud):
    kms.enable_key_rotation(KeyId=key["KeyId"])
    cloud.clock.advance(days=366)
    automatic = last("RotateKey")
    current = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"]
    assert automatic["serviceEventDetails"] == {
        "rotationType": "AUTOMATIC", "keyOrigin": "AWS_KMS", "previousKeyMaterialId": key["CurrentKeyMaterialId"],
        "currentKeyMaterialId": current, "keyId": key["KeyId"],
    }  # fmt: skip
    assert automatic["eventType"] == "AwsServiceEvent"
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert last("RotateKey")["serviceEventDetails"]["rotationType"] == "ON_DEMAND"
    assert last("RotateKeyOnDemand")["responseElements"] == {"keyId": key["Arn"]}


def test_expired_material_is_deleted_by_the_service(cloud, kms):
    from tests.cloud.services.kms.test_importing import bring_in

    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    material = bring_in(kms, key, ValidTo=cloud.clock.now() + timedelta(days=1))["KeyMaterialId"]
    shown = last("ImportKeyMaterial")["requestParameters"]
    assert not {"importToken", "encryptedKeyMaterial"} & shown.keys()
    cloud.clock.advance(days=2)
    event = last("DeleteExpiredKeyMaterial")
    assert event["serviceEventDetails"] == {"keyId": key, "keyMaterialId": material}


def test_replicating_is_told_in_both_regions(kms):
    made = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion=WEST)
    replica = made["Arn"].replace(REGION, WEST)
    here = last("ReplicateKey")
    assert arns(here) == [made["Arn"]]
    assert here["responseElements"]["replicaKeyMetadata"]["keyState"] == "Creating"
    there = last("CreateKey", region=WEST)
    assert arns(there) == [replica]
    assert there["userIdentity"]["invokedBy"] == "kms.amazonaws.com"
    assert arns(last("SynchronizeMultiRegionKey", region=WEST)) == [made["Arn"]]
    kms.update_primary_region(KeyId=made["KeyId"], PrimaryRegion=WEST)
    assert last("UpdatePrimaryRegion")["requestParameters"] == {"keyId": made["KeyId"], "primaryRegion": WEST}
    assert last("UpdatePrimaryRegion", region=WEST)["requestParameters"] == {
        "keyId": replica,
        "primaryRegion": WEST,
    }


def test_a_policys_event_shows_the_policy(kms, key):
    text = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{HOME}:root"})
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text)
    assert last("PutKeyPolicy")["requestParameters"] == {
        "keyId": key["KeyId"], "policyName": "default", "policy": text, "bypassPolicyLockoutSafetyCheck": False,
    }  # fmt: skip
    kms.get_key_policy(KeyId=key["KeyId"])
    assert last("GetKeyPolicy")["responseElements"] is None


def test_events_are_found_by_the_key(kms, key, cloud):
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    cloud.clock.advance(days=31)
    trail = boto3.client("cloudtrail", region_name=REGION)
    found = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key["Arn"]}]
    )
    assert [each["EventName"] for each in found["Events"]] == [
        "DeleteKey",
        "ScheduleKeyDeletion",
        "CreateKey",
    ]
