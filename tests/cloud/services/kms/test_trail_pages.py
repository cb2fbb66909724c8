"""Every KMS event that the developer guide shows as an example: the fields that it has, and the null fields.

https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html names the pages; `trail_pages.json`
says what each shows: the names in requestParameters and responseElements, how many resources, what else.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.cloud.services.kms.test_importing import request
from tests.cloud.services.kms.test_trail import HOME, REGION, WEST, events
from tests.clouds import error_of

PAGES = json.loads(Path(__file__).with_name("trail_pages.json").read_text(encoding="utf-8"))
CONTEXT = {"EncryptionContext": {"Project": "Alpha"}}
SIGNED = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
ALIAS = {"AliasName": "alias/my_alias"}


@pytest.fixture(scope="module")
def recorded(one_cloud: Cloud):
    """All of KMS's events of two Regions by name, after every operation of the pages was called."""
    one_cloud.reset()
    kms = boto3.client("kms", region_name=REGION)
    _use(kms)
    _manage(kms)
    _import(kms, one_cloud)
    _replicate(kms)
    one_cloud.clock.advance(days=31)
    return {each["eventName"]: each for each in events(region=WEST) + events()}


def _made(kms, **more):
    return kms.create_key(**more)["KeyMetadata"]["KeyId"]


def _use(kms):
    key, other = _made(kms), _made(kms)
    signing = _made(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    mac = {"KeyId": _made(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"), "Message": b"m"}
    sealed = kms.encrypt(KeyId=key, Plaintext=b"p", **CONTEXT)["CiphertextBlob"]
    kms.decrypt(KeyId=key, CiphertextBlob=sealed, **CONTEXT)
    kms.re_encrypt(
        CiphertextBlob=sealed, SourceEncryptionContext={"Project": "Alpha"}, DestinationKeyId=other,
        DestinationEncryptionContext={"Level": "3A"},
    )  # fmt: skip
    kms.generate_data_key(KeyId=key, KeySpec="AES_256", **CONTEXT)
    error_of(kms.generate_data_key_without_plaintext, KeyId=signing, KeySpec="AES_256", **CONTEXT)
    kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", **CONTEXT)
    kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256", **CONTEXT)
    kms.generate_random(NumberOfBytes=8)
    signature = kms.sign(KeyId=signing, **SIGNED)["Signature"]
    kms.verify(KeyId=signing, Signature=signature, **SIGNED)
    made = kms.generate_mac(MacAlgorithm="HMAC_SHA_256", **mac)["Mac"]
    kms.verify_mac(MacAlgorithm="HMAC_SHA_256", Mac=made, **mac)


def _manage(kms):
    key, other = _made(kms), _made(kms)
    kms.create_alias(TargetKeyId=key, **ALIAS)
    kms.update_alias(TargetKeyId=other, **ALIAS)
    kms.delete_alias(**ALIAS)
    kms.list_aliases(Limit=5)
    given = {
        "KeyId": key, "GranteePrincipal": f"arn:aws:iam::{HOME}:root", "Operations": ["Encrypt", "RetireGrant"],
        "Constraints": {"EncryptionContextSubset": {"ContextKey1": "Value1"}},
    }  # fmt: skip
    kms.retire_grant(GrantToken=kms.create_grant(**given)["GrantToken"])
    kms.revoke_grant(KeyId=key, GrantId=kms.create_grant(**given)["GrantId"])
    kms.list_grants(KeyId=key, Limit=10)
    kms.describe_key(KeyId=key)
    kms.update_key_description(KeyId=key, Description="New key description")
    kms.put_key_policy(KeyId=key, Policy=kms.get_key_policy(KeyId=key)["Policy"])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "Dept", "TagValue": "IT"}])
    kms.untag_resource(KeyId=key, TagKeys=["Dept"])
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    kms.get_key_rotation_status(KeyId=key)
    kms.disable_key_rotation(KeyId=key)
    kms.rotate_key_on_demand(KeyId=key)
    kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    kms.disable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=other)
    error_of(kms.describe_custom_key_stores, CustomKeyStoreId="cks-1234567890abcdef0")


def _import(kms, cloud):
    expires = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": cloud.clock.now() + timedelta(days=1)}
    described = {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "ExampleKeyMaterialA"}
    for deleted in (True, False):
        key = _made(kms, Origin="EXTERNAL")
        material = kms.import_key_material(**request(kms, key), **expires, **described)["KeyMaterialId"]
        if deleted:
            kms.delete_imported_key_material(KeyId=key, KeyMaterialId=material)


def _replicate(kms):
    key = _made(kms, MultiRegion=True)
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    kms.update_primary_region(KeyId=key, PrimaryRegion=WEST)
    _made(kms)  # the last CreateKey in the record is of a request


def names(shown):
    return None if shown is None else sorted(shown)


@pytest.mark.ledger("F-TRL-01")
@pytest.mark.parametrize("page", PAGES)
def test_an_event_has_the_fields_that_its_page_shows(recorded, page):
    told = PAGES[page]
    event = recorded[told["event"]]
    assert names(event["requestParameters"]) == told["request"]
    assert names(event["responseElements"]) == told["response"]
    assert event["readOnly"] is told.get("readOnly", False)
    assert event["eventType"] == told.get("type", "AwsApiCall")
    assert (event["eventCategory"], event["managementEvent"]) == ("Management", True)
    assert event["recipientAccountId"] == HOME
    resources = event.get("resources", [])
    assert len(resources) == told.get("resources", 1)
    assert "resources" in event or "error" in told
    assert {(each["accountId"], each["type"]) for each in resources} <= {(HOME, "AWS::KMS::Key")}
    assert names(event.get("serviceEventDetails")) == told.get("service")
    if "additional" in told:
        assert names(event["additionalEventData"]) == told["additional"]
    if "error" in told:
        assert event["errorCode"] == told["error"]


def test_the_key_that_an_operation_affected_is_told_by_its_arn(recorded):
    """This applies since December 2022, although the operations don't return it."""
    for event in recorded.values():
        if event["responseElements"] and event["eventName"] in (
            "CreateAlias", "DeleteAlias", "DisableKey", "EnableKey", "EnableKeyRotation", "UntagResource",
        ):  # fmt: skip
            keys = [each["ARN"] for each in event["resources"] if ":key/" in each["ARN"]]
            assert event["responseElements"] == {"keyId": keys[0]}


def test_a_synchronisation_is_a_call_that_kms_makes_and_names_the_primary_key(recorded):
    event = recorded["SynchronizeMultiRegionKey"]
    assert event["userIdentity"] == {"accountId": HOME, "invokedBy": "AWS Internal"}
    assert (event["sourceIPAddress"], event["userAgent"]) == ("AWS Internal", "AWS Internal")
    assert "requestID" in event
    assert "tlsDetails" not in event
    assert f":{event['awsRegion']}:" in event["responseElements"]["keyId"]
    assert f":{REGION}:" in event["resources"][0]["ARN"]
