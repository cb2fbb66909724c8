"""Keys: CreateKey's results and errors, states and waiting periods, key IDs, descriptions, tags, and lists."""

from __future__ import annotations

import re
from datetime import timedelta

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import allow, error_of, make_user

HOME, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
SIGN = "SIGN_VERIFY"
UNKNOWN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


def state_of(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


# --- CreateKey ------------------------------------------------------------------------------------------------


def test_a_key_has_all_defaults(kms, cloud):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html"""
    made = kms.create_key()["KeyMetadata"]
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["KeyId"])
    assert abs(made.pop("CreationDate") - cloud.clock.now()) < timedelta(seconds=10)
    assert re.fullmatch("[0-9a-f]{64}", made.pop("CurrentKeyMaterialId"))
    assert made == {
        "AWSAccountId": HOME, "KeyId": made["KeyId"], "Arn": f"arn:aws:kms:{REGION}:{HOME}:key/{made['KeyId']}",
        "Enabled": True, "Description": "", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False,
    }  # fmt: skip
    described = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert {name: described[name] for name in made} == made


@pytest.mark.parametrize(
    ("spec", "usage", "listed", "algorithms"),
    [
        ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", 2),
        ("RSA_2048", "SIGN_VERIFY", "SigningAlgorithms", 6),
        ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
        ("ECC_NIST_P384", "KEY_AGREEMENT", "KeyAgreementAlgorithms", ["ECDH"]),
        ("ECC_NIST_P521", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_512"]),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
        (
            "ECC_NIST_EDWARDS25519",
            "SIGN_VERIFY",
            "SigningAlgorithms",
            ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
        ),
        ("ML_DSA_65", "SIGN_VERIFY", "SigningAlgorithms", ["ML_DSA_SHAKE_256"]),
        ("HMAC_384", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_384"]),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", ["ML_KEM"]),
    ],
)
def test_each_kind_of_key_lists_its_algorithms_and_no_others(kms, spec, usage, listed, algorithms):
    made = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    assert (made["KeySpec"], made["KeyUsage"]) == (spec, usage)
    assert algorithms in (made[listed], len(made[listed]))
    assert {name for name in made if name.endswith("Algorithms")} == {listed}
    assert "CurrentKeyMaterialId" not in made


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"KeySpec": "RSA_2048"}, "ValidationException"),
        ({"KeySpec": "HMAC_256"}, "ValidationException"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "ENCRYPT_DECRYPT"}, "ValidationException"),
        ({"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException"),
        ({"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException"),
        ({"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException"),
        ({"KeyUsage": "SIGN_VERIFY"}, "ValidationException"),
        ({"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_2048", "KeyUsage": SIGN}, "ValidationException"),
        ({"KeySpec": "RSA_1024", "KeyUsage": "SIGN_VERIFY"}, "ValidationException"),
        ({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}, "UnsupportedOperationException"),
        ({"Origin": "AWS_CLOUDHSM"}, "ValidationException"),
        ({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1"}, "CustomKeyStoreNotFoundException"),
        ({"CustomKeyStoreId": "cks-1"}, "ValidationException"),
        ({"XksKeyId": "abc"}, "ValidationException"),
        ({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1", "MultiRegion": True}, "UnsupportedOperationException"),
        ({"Description": "x" * 8193}, "ValidationException"),
        ({"Policy": "x" * 40_000}, "LimitExceededException"),
        ({"Policy": "{}"}, "MalformedPolicyDocumentException"),
        ({"Policy": "no JSON"}, "MalformedPolicyDocumentException"),
        ({"Tags": [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]}, "TagException"),
        ({"Tags": [{"TagKey": "aws:a", "TagValue": "1"}]}, "TagException"),
        ({"Tags": [{"TagKey": "a*", "TagValue": "1"}]}, "TagException"),
        ({"Tags": [{"TagKey": f"k{i}", "TagValue": ""} for i in range(51)]}, "TagException"),
        ({"Tags": [{"TagKey": "k" * 129, "TagValue": ""}]}, "ValidationException"),
    ],
)  # fmt: skip
def test_what_create_key_refuses(kms, parameters, code):
    assert error_of(kms.create_key, **parameters)[0] == code
    assert kms.list_keys()["Keys"] == []


def test_a_wrong_value_is_named_in_the_words_of_the_api(kms):
    _, message = error_of(kms.create_key, KeySpec="RSA_1024", KeyUsage="SIGN_VERIFY")
    assert message.startswith(
        "1 validation error detected: Value 'RSA_1024' at 'keySpec' failed to satisfy constraint: Member must satisfy "
        "enum value set: ["
    )


def test_a_multi_region_key_is_known_by_its_id(kms):
    made = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert re.fullmatch("mrk-[0-9a-f]{32}", made["KeyId"])
    own = {"Arn": made["Arn"], "Region": REGION}
    assert made["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY", "PrimaryKey": own, "ReplicaKeys": [],
    }  # fmt: skip


def test_what_cryptography_lacks_is_not_modelled_by_name(kms):
    with pytest.raises(NotModelled, match="ML_KEM_512"):
        kms.create_key(KeySpec="ML_KEM_512", KeyUsage="ENCAPSULATE_DECAPSULATE")


# --- key ids --------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-12")
def test_a_key_is_named_by_id_arn_alias_and_alias_arn(kms, key):
    kms.create_alias(AliasName="alias/pay", TargetKeyId=key)
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    for name in (key, arn, "alias/pay", f"arn:aws:kms:{REGION}:{HOME}:alias/pay"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == arn
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == arn
    kms.delete_alias(AliasName="alias/pay")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == arn


@pytest.mark.parametrize(
    ("identifier", "code", "message"),
    [
        (UNKNOWN, "NotFoundException", f"Key 'arn:aws:kms:{REGION}:{HOME}:key/{UNKNOWN}' does not exist"),
        ("no-key", "NotFoundException", "Invalid keyId 'no-key'"),
        ("alias/none", "NotFoundException", f"Alias arn:aws:kms:{REGION}:{HOME}:alias/none is not found."),
        (f"arn:aws:kms:eu-west-1:{HOME}:key/{UNKNOWN}", "NotFoundException", "Invalid arn eu-west-1"),
        ("arn:aws:s3:::bucket", "InvalidArnException", "Invalid arn arn:aws:s3:::bucket"),
        ("x" * 2049, "ValidationException", "less than or equal to 2048"),
    ],
)
def test_what_names_no_key(kms, identifier, code, message):
    found, text = error_of(kms.describe_key, KeyId=identifier)
    assert found == code
    assert message in text


def test_managing_a_key_takes_no_alias(kms, key):
    kms.create_alias(AliasName="alias/pay", TargetKeyId=key)
    arn = f"arn:aws:kms:{REGION}:{HOME}:alias/pay"
    for operation in (kms.disable_key, kms.enable_key, kms.schedule_key_deletion, kms.list_resource_tags):
        assert error_of(operation, KeyId="alias/pay")[0] == "NotFoundException"
        assert error_of(operation, KeyId=arn)[0] == "InvalidArnException"


def test_keys_of_other_accounts_are_used_and_not_managed(kms, cloud):
    other = cloud.account(OTHER).client("kms", region_name=REGION)
    policy = allow("kms:*", Principal={"AWS": [f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{HOME}:root"]})
    arn = other.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["AWSAccountId"] == OTHER
    assert kms.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    for operation in (kms.disable_key, kms.get_key_policy, kms.list_resource_tags, kms.schedule_key_deletion):
        assert error_of(operation, KeyId=arn)[0] == "AccessDeniedException"


# --- states ---------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-03")
def test_a_disabled_key_does_nothing_and_can_be_managed(kms, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is False
    assert state_of(kms, key) == "Disabled"
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x") == ("DisabledException", f"{arn} is disabled.")
    assert error_of(kms.decrypt, CiphertextBlob=sealed)[0] == "DisabledException"
    assert error_of(kms.generate_data_key, KeyId=key, KeySpec="AES_256")[0] == "DisabledException"
    grant = {"GranteePrincipal": f"arn:aws:iam::{HOME}:root", "Operations": ["Decrypt"]}
    assert error_of(kms.create_grant, KeyId=key, **grant)[0] == "DisabledException"
    assert error_of(kms.enable_key_rotation, KeyId=key)[0] == "DisabledException"
    kms.update_key_description(KeyId=key, Description="d")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": ""}])
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.disable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


@pytest.mark.ledger("F-KMS-03")
def test_a_key_pending_deletion_is_in_no_state_for_nearly_everything(kms, key, cloud):
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    ends = cloud.clock.now() + timedelta(days=7)
    assert abs(answer["DeletionDate"] - ends) < timedelta(seconds=10)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (arn, "PendingDeletion", 7)
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert described["DeletionDate"] == answer["DeletionDate"]
    assert described["Enabled"] is False
    refused = ("KMSInvalidStateException", f"{arn} is pending deletion.")
    tags = [{"TagKey": "a", "TagValue": ""}]
    assert error_of(kms.encrypt, KeyId=key, Plaintext=b"x") == refused
    assert error_of(kms.enable_key, KeyId=key) == refused
    assert error_of(kms.disable_key, KeyId=key) == refused
    assert error_of(kms.schedule_key_deletion, KeyId=key) == refused
    assert error_of(kms.tag_resource, KeyId=key, Tags=tags) == refused
    assert error_of(kms.untag_resource, KeyId=key, TagKeys=["a"]) == refused
    assert error_of(kms.update_key_description, KeyId=key, Description="d") == refused
    assert error_of(kms.create_alias, AliasName="alias/b", TargetKeyId=key) == refused
    assert error_of(kms.enable_key_rotation, KeyId=key) == refused
    kms.get_key_policy(KeyId=key)
    kms.put_key_policy(KeyId=key, Policy=kms.get_key_policy(KeyId=key)["Policy"])
    kms.delete_alias(AliasName="alias/a")
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_cancelled_deletion_leaves_the_key_disabled(kms, key):
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    assert error_of(kms.cancel_key_deletion, KeyId=key) == (
        "KMSInvalidStateException", f"{arn} is not pending deletion.",
    )  # fmt: skip
    kms.schedule_key_deletion(KeyId=key)
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == arn
    assert state_of(kms, key) == "Disabled"
    assert "DeletionDate" not in kms.describe_key(KeyId=key)["KeyMetadata"]
    kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_the_window_is_30_days_unless_7_to_30_are_given(kms, key, cloud):
    for days in (1, 6, 31, 365):
        assert (
            error_of(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)[0]
            == "ValidationException"
        )
    answer = kms.schedule_key_deletion(KeyId=key)
    assert answer["PendingWindowInDays"] == 30
    assert abs(answer["DeletionDate"] - cloud.clock.now() - timedelta(days=30)) < timedelta(seconds=10)


def test_at_the_end_of_the_window_the_key_is_gone_with_all_that_was_its_own(kms, key, cloud):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    cloud.clock.advance(days=6, hours=23)
    assert state_of(kms, key) == "PendingDeletion"
    cloud.clock.advance(hours=1, seconds=1)
    assert error_of(kms.describe_key, KeyId=key)[0] == "NotFoundException"
    assert error_of(kms.cancel_key_deletion, KeyId=key)[0] == "NotFoundException"
    assert error_of(kms.encrypt, KeyId="alias/a", Plaintext=b"x")[0] == "NotFoundException"
    assert kms.list_keys()["Keys"] == kms.list_aliases()["Aliases"] == []
    assert error_of(kms.decrypt, CiphertextBlob=sealed)[0] == "AccessDeniedException"


# --- descriptions, tags, lists --------------------------------------------------------------------------------


def test_a_description_can_be_changed_and_emptied(kms):
    key = kms.create_key(Description="one")["KeyMetadata"]["KeyId"]
    kms.update_key_description(KeyId=key, Description="two")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "two"
    kms.update_key_description(KeyId=key, Description="")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == ""
    assert error_of(kms.update_key_description, KeyId=key, Description="x" * 8193)[0] == "ValidationException"


def test_tags_are_added_replaced_and_taken_away(kms):
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "2"}, {"TagKey": "b", "TagValue": ""}])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [
        {"TagKey": "a", "TagValue": "2"}, {"TagKey": "b", "TagValue": ""},
    ]  # fmt: skip
    kms.untag_resource(KeyId=key, TagKeys=["a", "unknown"])
    answer = kms.list_resource_tags(KeyId=key)
    assert answer["Tags"] == [{"TagKey": "b", "TagValue": ""}]
    assert answer["Truncated"] is False


def test_a_key_has_fifty_tags_at_most(kms):
    key = kms.create_key(Tags=[{"TagKey": f"k{i}", "TagValue": ""} for i in range(50)])["KeyMetadata"][
        "KeyId"
    ]
    one_more = [{"TagKey": "more", "TagValue": ""}]
    assert error_of(kms.tag_resource, KeyId=key, Tags=one_more) == ("TagException", "Too many tags")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "k0", "TagValue": "changed"}])
    page = kms.list_resource_tags(KeyId=key, Limit=30)
    assert (len(page["Tags"]), page["Truncated"]) == (30, True)
    assert len(kms.list_resource_tags(KeyId=key, Marker=page["NextMarker"])["Tags"]) == 20
    assert error_of(kms.list_resource_tags, KeyId=key, Limit=51)[0] == "ValidationException"


def test_tags_decide_who_may_use_a_key(kms, cloud):
    policy = allow(["kms:Encrypt"], Condition={"StringEquals": {"aws:ResourceTag/team": "pay"}})
    alice = make_user(cloud, "alice", policy).client("kms", region_name=REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert error_of(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "pay"}])
    alice.encrypt(KeyId=key, Plaintext=b"x")


def test_keys_are_listed_page_by_page(kms):
    made = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)]
    first = kms.list_keys(Limit=2)
    assert [each["KeyId"] for each in first["Keys"]] == made[:2]
    assert first["Truncated"] is True
    assert first["Keys"][0]["KeyArn"] == f"arn:aws:kms:{REGION}:{HOME}:key/{made[0]}"
    rest = kms.list_keys(Marker=first["NextMarker"])
    assert [each["KeyId"] for each in rest["Keys"]] == made[2:]
    assert rest["Truncated"] is False
    assert "NextMarker" not in rest
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert [each["KeyId"] for page in pages for each in page["Keys"]] == made


def test_a_marker_is_good_for_its_own_list_only(kms):
    for _ in range(3):
        kms.create_key()
    marker = kms.list_keys(Limit=1)["NextMarker"]
    assert error_of(kms.list_keys, Marker="made up")[0] == "InvalidMarkerException"
    assert error_of(kms.list_aliases, Marker=marker)[0] == "InvalidMarkerException"
    assert error_of(kms.list_keys, Limit=1001)[0] == "ValidationException"


def test_no_account_shares_keys_by_ram(kms, key):
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    assert len(kms.list_keys(ResourceOwners=["SELF", "OTHER_ACCOUNTS_VIA_RAM"])["Keys"]) == 1
    assert error_of(kms.list_keys, ResourceOwners=["ALL"])[0] == "ValidationException"


def test_each_region_and_account_has_keys_of_its_own(kms, key, cloud):
    assert boto3.client("kms", region_name="eu-west-1").list_keys()["Keys"] == []
    assert cloud.account(OTHER).client("kms", region_name=REGION).list_keys()["Keys"] == []


def test_the_last_use_of_a_key_is_told(kms, key, cloud):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html"""
    answer = kms.get_key_last_usage(KeyId=key)
    assert answer["KeyLastUsage"] == {}
    assert answer["TrackingStartDate"] == answer["KeyCreationDate"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.describe_key(KeyId=key)
    use = kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]
    assert use["Operation"] == "Encrypt"
    events = boto3.client("cloudtrail", region_name=REGION).lookup_events()["Events"]
    assert use["CloudTrailEventId"] in {each["EventId"] for each in events if each["EventName"] == "Encrypt"}


def test_an_unused_key_can_be_told_apart_by_a_condition(kms, key, cloud):
    policy = allow("kms:*", Condition={"NumericGreaterThan": {"kms:TrailingDaysWithoutKeyUsage": "30"}})
    bob = make_user(cloud, "bob", policy).client("kms", region_name=REGION)
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert error_of(bob.schedule_key_deletion, KeyId=key)[0] == "AccessDeniedException"
    cloud.clock.advance(days=40)
    bob.schedule_key_deletion(KeyId=key)


# --- aliases --------------------------------------------------------------------------------------------------


def test_an_alias_is_made_moved_and_deleted_with_its_dates(kms, key, cloud):
    kms.create_alias(AliasName="alias/pay", TargetKeyId=key)
    (made,) = kms.list_aliases()["Aliases"]
    assert (made["AliasName"], made["TargetKeyId"]) == ("alias/pay", key)
    assert made["AliasArn"] == f"arn:aws:kms:{REGION}:{HOME}:alias/pay"
    assert made["CreationDate"] == made["LastUpdatedDate"]
    cloud.clock.advance(hours=1)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName="alias/pay", TargetKeyId=other)
    (moved,) = kms.list_aliases()["Aliases"]
    assert moved["TargetKeyId"] == other
    assert moved["CreationDate"] == made["CreationDate"] < moved["LastUpdatedDate"]
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    assert kms.list_aliases(KeyId=other)["Aliases"] == [moved]
    kms.delete_alias(AliasName="alias/pay")
    assert kms.list_aliases()["Aliases"] == []
    assert error_of(kms.delete_alias, AliasName="alias/pay")[0] == "NotFoundException"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pay", "ValidationException"),
        ("alias/aws/pay", "InvalidAliasNameException"),
        ("alias/", "InvalidAliasNameException"),
        ("alias/a:b", "InvalidAliasNameException"),
        ("alias/ä", "ValidationException"),
        ("alias/with space", "ValidationException"),
        ("alias/" + "x" * 251, "ValidationException"),
    ],
)
def test_what_no_alias_can_be_called(kms, key, name, code):
    assert error_of(kms.create_alias, AliasName=name, TargetKeyId=key)[0] == code


def test_an_alias_is_one_of_a_kind_in_account_and_region(kms, key):
    kms.create_alias(AliasName="alias/pay", TargetKeyId=key)
    code, message = error_of(kms.create_alias, AliasName="alias/pay", TargetKeyId=key)
    assert code == "AlreadyExistsException"
    assert message == f"An alias with the name arn:aws:kms:{REGION}:{HOME}:alias/pay already exists"
    kms.create_alias(AliasName="alias/Pay", TargetKeyId=key)
    elsewhere = boto3.client("kms", region_name="eu-west-1")
    elsewhere.create_alias(AliasName="alias/pay", TargetKeyId=elsewhere.create_key()["KeyMetadata"]["KeyId"])


def test_an_alias_stays_with_one_kind_of_key(kms, key):
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    agreeing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.create_alias(AliasName="alias/s", TargetKeyId=signing)
    assert error_of(kms.update_alias, AliasName="alias/a", TargetKeyId=mac)[0] == "ValidationException"
    assert error_of(kms.update_alias, AliasName="alias/s", TargetKeyId=agreeing)[0] == "ValidationException"
    other = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName="alias/s", TargetKeyId=other)
    assert error_of(kms.update_alias, AliasName="alias/none", TargetKeyId=key)[0] == "NotFoundException"


def test_an_alias_moves_away_from_a_key_pending_deletion_and_not_to_it(kms, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    kms.update_alias(AliasName="alias/a", TargetKeyId=other)
    assert error_of(kms.update_alias, AliasName="alias/a", TargetKeyId=key)[0] == "KMSInvalidStateException"


def test_an_alias_names_keys_not_other_aliases(kms, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    assert error_of(kms.create_alias, AliasName="alias/b", TargetKeyId="alias/a")[0] == "NotFoundException"


def test_a_key_has_fifty_aliases_at_most(kms, key):
    for i in range(50):
        kms.create_alias(AliasName=f"alias/a{i:02}", TargetKeyId=key)
    assert error_of(kms.create_alias, AliasName="alias/more", TargetKeyId=key)[0] == "LimitExceededException"
    page = kms.list_aliases(Limit=40)
    assert [each["AliasName"] for each in page["Aliases"]] == [f"alias/a{i:02}" for i in range(40)]
    assert len(kms.list_aliases(Marker=page["NextMarker"])["Aliases"]) == 10
    assert error_of(kms.list_aliases, Limit=101)[0] == "ValidationException"


@pytest.mark.ledger("F-KMS-12")
def test_conditions_can_ask_for_the_alias_in_the_request_and_for_those_of_the_key(kms, key, cloud):
    kms.create_alias(AliasName="alias/pay", TargetKeyId=key)
    by_request = allow("kms:Encrypt", Condition={"StringEquals": {"kms:RequestAlias": "alias/pay"}})
    alice = make_user(cloud, "alice", by_request).client("kms", region_name=REGION)
    alice.encrypt(KeyId="alias/pay", Plaintext=b"x")
    assert error_of(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    by_resource = allow(
        "kms:Encrypt", Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/pay"}}
    )
    bob = make_user(cloud, "bob", by_resource).client("kms", region_name=REGION)
    bob.encrypt(KeyId=key, Plaintext=b"x")
    kms.delete_alias(AliasName="alias/pay")
    assert error_of(bob.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


# --- AWS managed keys -----------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-11")
def test_an_aws_managed_key_is_seen_and_not_touched(kms, cloud):
    assert kms.list_keys()["Keys"] == []
    made = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (made["KeyManager"], made["KeyState"]) == ("AWS", "Enabled")
    assert kms.list_aliases()["Aliases"][0]["AliasName"] == "alias/aws/s3"
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"] == made["KeyId"]
    status = kms.get_key_rotation_status(KeyId=made["KeyId"])
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    assert f"s3.{REGION}.amazonaws.com" in kms.get_key_policy(KeyId=made["KeyId"])["Policy"]
    key = made["KeyId"]
    for client in (kms, cloud.root().client("kms", region_name=REGION)):
        for operation, more in (
            (client.disable_key, {}), (client.schedule_key_deletion, {}), (client.enable_key_rotation, {}),
            (client.disable_key_rotation, {}), (client.rotate_key_on_demand, {}),
            (client.put_key_policy, {"Policy": "{}"}), (client.update_key_description, {"Description": "mine"}),
            (client.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": ""}]}),
            (client.encrypt, {"Plaintext": b"x"}),
            (client.create_grant, {"GranteePrincipal": f"arn:aws:iam::{HOME}:root", "Operations": ["Decrypt"]}),
        ):  # fmt: skip
            assert error_of(operation, KeyId=key, **more)[0] == "AccessDeniedException", operation
    assert error_of(kms.create_alias, AliasName="alias/mine", TargetKeyId=key)[0] == "AccessDeniedException"
    assert error_of(kms.delete_alias, AliasName="alias/aws/s3")[0] == "AccessDeniedException"


@pytest.mark.ledger("F-KMS-11")
def test_an_aws_managed_key_rotates_every_year(kms, cloud):
    key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
    cloud.clock.advance(days=366)
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert rotation["RotationType"] == "AUTOMATIC"


def test_no_service_of_that_name_has_a_managed_key(kms):
    assert error_of(kms.describe_key, KeyId="alias/aws/nothing")[0] == "NotFoundException"


# --- custom key stores ----------------------------------------------------------------------------------------


def test_there_are_no_custom_key_stores_and_none_can_be_made(kms):
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []
    for operation in (
        kms.connect_custom_key_store, kms.delete_custom_key_store, kms.disconnect_custom_key_store,
        kms.update_custom_key_store, kms.describe_custom_key_stores,
    ):  # fmt: skip
        assert (
            error_of(operation, CustomKeyStoreId="cks-1234567890abcdef0")[0]
            == "CustomKeyStoreNotFoundException"
        )
    with pytest.raises(NotModelled, match="CloudHSM"):
        kms.create_custom_key_store(CustomKeyStoreName="mine")
