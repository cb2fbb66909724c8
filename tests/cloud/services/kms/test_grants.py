"""Grants: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"""

from __future__ import annotations

import re

import boto3
import pytest

from tests.clouds import allow, deny, error_of, make_user, trust

HOME, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
ALICE, BOB = (f"arn:aws:iam::{HOME}:user/{name}" for name in ("alice", "bob"))
ADMIN, ROOT = f"arn:aws:iam::{HOME}:user/admin", f"arn:aws:iam::{HOME}:root"
DENIED = "AccessDeniedException"


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


@pytest.fixture
def user(cloud):
    return lambda name, own=None, account=None: make_user(cloud, name, own, account).client(
        "kms", region_name=REGION
    )


@pytest.fixture
def grant(kms, key):
    def make(grantee, *operations, **more):
        given = {"KeyId": key, "GranteePrincipal": grantee, "Operations": list(operations)}
        return kms.create_grant(**given | more)

    return make


# --- what a grant gives ---------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-02")
def test_a_grant_allows_its_operations_to_its_grantee_until_it_is_revoked(kms, key, user, grant):
    alice, bob = user("alice"), user("bob")
    answer = grant(ALICE, "Encrypt")
    assert re.fullmatch("[0-9a-f]{64}", answer["GrantId"])
    assert len(answer["GrantToken"]) > 100
    alice.encrypt(KeyId=key, Plaintext=b"x")
    alice.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[answer["GrantToken"]])
    assert error_of(alice.generate_data_key, KeyId=key, KeySpec="AES_256")[0] == DENIED
    assert error_of(bob.encrypt, KeyId=key, Plaintext=b"x")[0] == DENIED
    assert error_of(bob.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=[answer["GrantToken"]])[0] == DENIED
    kms.revoke_grant(KeyId=key, GrantId=answer["GrantId"])
    assert error_of(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == DENIED


def test_a_grant_does_not_overrule_a_deny(key, user, grant):
    alice = user("alice", deny("kms:Encrypt"))
    grant(ALICE, "Encrypt")
    assert error_of(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == DENIED


def test_a_grant_to_a_role_is_its_sessions(cloud, key, grant):
    """A session of the role encrypts; without the grant this raises AccessDeniedException."""
    iam = boto3.client("iam")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": ROOT}))
    grant(f"arn:aws:iam::{HOME}:role/app", "Encrypt")
    app = cloud.role_profile("app", f"arn:aws:iam::{HOME}:role/app", "default")
    app.client("kms", region_name=REGION).encrypt(KeyId=key, Plaintext=b"x")


def test_a_new_role_with_the_name_of_a_deleted_role_is_not_the_grantee(cloud, kms, key, grant):
    iam, arn = boto3.client("iam"), kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    made = {"RoleName": "app", "AssumeRolePolicyDocument": trust({"AWS": ROOT})}
    role = iam.create_role(**made)["Role"]
    grant(role["Arn"], "Encrypt", RetiringPrincipal=role["Arn"])
    assert cloud.would(role["Arn"], "kms:Encrypt", arn).allowed
    iam.delete_role(RoleName="app")
    [shown] = kms.list_grants(KeyId=key)["Grants"]
    assert {shown["GranteePrincipal"], shown["RetiringPrincipal"]} == {role["RoleId"]}
    iam.create_role(**made)
    assert not cloud.would(role["Arn"], "kms:Encrypt", arn).allowed


def test_a_grant_stays_with_a_renamed_user(kms, key, user, grant):
    alice = user("alice")
    grant(ALICE, "Encrypt")
    boto3.client("iam").update_user(UserName="alice", NewUserName="eve")
    alice.encrypt(KeyId=key, Plaintext=b"x")
    assert kms.list_grants(KeyId=key)["Grants"][0]["GranteePrincipal"] == f"arn:aws:iam::{HOME}:user/eve"


def test_a_grant_reaches_another_account(kms, key, user, grant):
    """The other account's user encrypts; without the grant this raises AccessDeniedException."""
    theirs = user("theirs", allow("kms:Encrypt"), OTHER)
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    grant(f"arn:aws:iam::{OTHER}:user/theirs", "Encrypt")
    theirs.encrypt(KeyId=arn, Plaintext=b"x")


@pytest.mark.ledger("F-KMS-02")
@pytest.mark.ledger("F-KMS-05")
@pytest.mark.parametrize(
    ("constraint", "context", "allowed"),
    [
        ("EncryptionContextEquals", {"Dept": "IT"}, True),
        ("EncryptionContextEquals", {"Dept": "IT", "More": "x"}, False),
        ("EncryptionContextEquals", {"dept": "IT"}, False),
        ("EncryptionContextEquals", {"Dept": "it"}, False),
        ("EncryptionContextEquals", {}, False),
        ("EncryptionContextSubset", {"Dept": "IT"}, True),
        ("EncryptionContextSubset", {"Dept": "IT", "More": "x"}, True),
        ("EncryptionContextSubset", {"DEPT": "IT"}, False),
        ("EncryptionContextSubset", {"More": "x"}, False),
    ],
)
def test_constraints_hold_in_their_own_case(key, user, grant, constraint, context, allowed):
    alice = user("alice")
    grant(ALICE, "Encrypt", "DescribeKey", Constraints={constraint: {"Dept": "IT"}})
    given = {"KeyId": key, "Plaintext": b"x", "EncryptionContext": context}
    if allowed:
        alice.encrypt(**given)
    else:
        assert error_of(alice.encrypt, **given)[0] == DENIED
    alice.describe_key(KeyId=key)


def test_a_source_arn_lets_only_that_resources_service_use_the_key(key, user, grant):
    alice = user("alice")
    grant(ALICE, "Encrypt", Constraints={"SourceArn": f"arn:aws:sns:{REGION}:{HOME}:topic"})
    assert error_of(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == DENIED


def test_re_encrypt_needs_a_grant_for_each_side(kms, key, user, grant):
    alice = user("alice")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    grant(ALICE, "ReEncryptFrom")
    assert error_of(alice.re_encrypt, CiphertextBlob=sealed, DestinationKeyId=key)[0] == DENIED
    grant(ALICE, "ReEncryptTo")
    alice.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=key)


# --- CreateGrant ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"GranteePrincipal": f"arn:aws:iam::{HOME}:user/nobody"}, "InvalidArnException"),
        ({"GranteePrincipal": "nobody"}, "InvalidArnException"),
        ({"GranteePrincipal": "s3.amazonaws.com"}, "InvalidArnException"),
        ({"GranteePrincipal": f"arn:aws:iam::{HOME}:group/team"}, "InvalidArnException"),
        ({"RetiringPrincipal": f"arn:aws:iam::{HOME}:role/nobody"}, "InvalidArnException"),
        ({"GranteePrincipal": None}, "ValidationException"),
        ({"GranteeServicePrincipal": "sns.amazonaws.com"}, "ValidationException"),
        ({"GranteePrincipal": None, "GranteeServicePrincipal": "sns.amazonaws.com"}, "ValidationException"),
        ({"RetiringPrincipal": ADMIN, "RetiringServicePrincipal": "sns.amazonaws.com"}, "ValidationException"),
        ({"Operations": []}, "ValidationException"),
        ({"Operations": ["PutKeyPolicy"]}, "ValidationException"),
        ({"Operations": ["Sign"]}, "ValidationException"),
        ({"Operations": ["GenerateMac"]}, "ValidationException"),
        ({"Operations": ["GetPublicKey"]}, "ValidationException"),
        ({"Name": "with space"}, "ValidationException"),
        ({"Name": "n" * 257}, "ValidationException"),
        ({"Constraints": {"EncryptionContextSubset": {f"k{i}": "v" for i in range(9)}}}, "ValidationException"),
        ({"Constraints": {"EncryptionContextSubset": {"k": "v" * 384}}}, "ValidationException"),
        ({"Constraints": {"SourceArn": "no arn, but long enough"}}, "ValidationException"),
        ({"GrantTokens": ["made up"]}, "InvalidGrantTokenException"),
        ({"GrantTokens": ["x"] * 11}, "ValidationException"),
        ({"KeyId": "alias/a"}, "NotFoundException"),
    ],
)  # fmt: skip
def test_what_create_grant_refuses(kms, key, more, code):
    given = {"KeyId": key, "GranteePrincipal": ADMIN, "Operations": ["Decrypt"], **more}
    given = {name: value for name, value in given.items() if value is not None}
    assert error_of(kms.create_grant, **given)[0] == code
    assert kms.list_grants(KeyId=key)["Grants"] == []


@pytest.mark.parametrize(
    ("spec", "usage", "supported", "unsupported"),
    [
        (
            "RSA_2048",
            "ENCRYPT_DECRYPT",
            ["Encrypt", "ReEncryptTo", "GetPublicKey"],
            ["GenerateDataKey", "Sign"],
        ),
        ("RSA_2048", "SIGN_VERIFY", ["Sign", "Verify", "GetPublicKey", "DescribeKey"], ["Encrypt"]),
        ("ECC_NIST_P256", "KEY_AGREEMENT", ["DeriveSharedSecret", "CreateGrant", "RetireGrant"], ["Sign"]),
        ("HMAC_256", "GENERATE_VERIFY_MAC", ["GenerateMac", "VerifyMac"], ["GetPublicKey", "Encrypt"]),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", ["Encapsulate", "Decapsulate"], ["Encrypt"]),
    ],
)
def test_a_grant_holds_what_its_kind_of_key_supports(kms, spec, usage, supported, unsupported):
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=supported)
    for operation in unsupported:
        refused = error_of(kms.create_grant, KeyId=key, GranteePrincipal=ADMIN, Operations=[operation])
        assert refused[0] == "ValidationException"
    context = {"EncryptionContextSubset": {"a": "b"}}
    refused = error_of(
        kms.create_grant, KeyId=key, GranteePrincipal=ADMIN, Operations=supported, Constraints=context
    )
    assert refused[0] == "ValidationException"


@pytest.mark.ledger("F-KMS-02")
def test_a_named_grant_is_made_once(kms, key, grant):
    one, again = (grant(ADMIN, "Decrypt", Name="retry") for _ in range(2))
    assert one["GrantId"] == again["GrantId"]
    assert one["GrantToken"] != again["GrantToken"]
    other = grant(ADMIN, "Encrypt", Name="retry")
    unnamed = [grant(ADMIN, "Decrypt")["GrantId"] for _ in range(2)]
    assert len({one["GrantId"], other["GrantId"], *unnamed}) == 4
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 4
    kms.retire_grant(GrantToken=one["GrantToken"])
    assert error_of(kms.retire_grant, GrantToken=again["GrantToken"])[0] == "InvalidGrantTokenException"


def test_conditions_limit_which_grants_may_be_made(kms, key, user):
    condition = {
        "ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]},
        "StringEquals": {"kms:GranteePrincipal": ADMIN, "kms:GrantConstraintType": "EncryptionContextSubset"},
    }
    alice = user("alice", allow("kms:CreateGrant", Condition=condition))
    good = {"KeyId": key, "GranteePrincipal": ADMIN, "Operations": ["Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "b"}}}  # fmt: skip
    alice.create_grant(**good)
    for more in (
        {"Operations": ["Decrypt", "DescribeKey"]}, {"GranteePrincipal": ROOT}, {"Constraints": {}},
        {"Constraints": {"EncryptionContextEquals": {"a": "b"}}},
    ):  # fmt: skip
        assert error_of(alice.create_grant, **good | more)[0] == DENIED


def test_grants_for_resources_of_aws_are_made_through_services_only(key, user):
    alice = user("alice", allow("kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}))
    given = {"KeyId": key, "GranteePrincipal": ADMIN, "Operations": ["Decrypt"]}
    assert error_of(alice.create_grant, **given)[0] == DENIED


# --- parents and children -------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-02")
@pytest.mark.parametrize(
    ("operations", "constraints", "allowed"),
    [
        (["Decrypt"], {"EncryptionContextSubset": {"Dept": "IT"}}, True),
        (["Decrypt", "CreateGrant"], {"EncryptionContextEquals": {"Dept": "IT"}}, True),
        (["GenerateDataKey"], {"EncryptionContextSubset": {"Dept": "IT", "More": "x"}}, True),
        (["Encrypt"], {"EncryptionContextSubset": {"Dept": "IT"}}, False),
        (["Decrypt"], {}, False),
        (["Decrypt"], {"EncryptionContextSubset": {"More": "x"}}, False),
        (["Decrypt"], {"EncryptionContextEquals": {"dept": "IT"}}, False),
    ],
)
def test_a_child_grant_stays_within_its_parent(key, user, grant, operations, constraints, allowed):
    alice, _ = user("alice"), user("bob")
    grant(
        ALICE,
        "GenerateDataKey",
        "Decrypt",
        "CreateGrant",
        Constraints={"EncryptionContextSubset": {"Dept": "IT"}},
    )
    given = {"KeyId": key, "GranteePrincipal": BOB, "Operations": operations, "Constraints": constraints}
    if allowed:
        alice.create_grant(**given)
    else:
        assert error_of(alice.create_grant, **given)[0] == DENIED


def test_an_exact_constraint_is_not_widened_to_a_subset(key, user, grant):
    alice = user("alice")
    grant(ALICE, "Decrypt", "CreateGrant", Constraints={"EncryptionContextEquals": {"Dept": "IT"}})
    given = {"KeyId": key, "GranteePrincipal": ADMIN, "Operations": ["Decrypt"]}
    wider = {"EncryptionContextSubset": {"Dept": "IT"}}
    assert error_of(alice.create_grant, **given, Constraints=wider)[0] == DENIED
    alice.create_grant(**given, Constraints={"EncryptionContextEquals": {"Dept": "IT"}})


def test_grandchildren_stay_within_their_parents_too(key, user, grant):
    alice, bob = user("alice"), user("bob")
    grant(ALICE, "Encrypt", "Decrypt", "CreateGrant")
    alice.create_grant(KeyId=key, GranteePrincipal=BOB, Operations=["Decrypt", "CreateGrant"])
    bob.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Decrypt"])
    assert error_of(bob.create_grant, KeyId=key, GranteePrincipal=ADMIN, Operations=["Encrypt"])[0] == DENIED


def test_a_policy_lets_one_grant_more_than_one_has(key, user, grant):
    """CreateGrant succeeds for an operation that Alice herself isn't allowed to call."""
    alice = user("alice", allow("kms:CreateGrant"))
    grant(ALICE, "CreateGrant")
    alice.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Encrypt"])


# --- retire and revoke ----------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-02")
def test_the_grant_says_who_retires_it(kms, key, user, grant):
    alice, bob = user("alice"), user("bob", allow("kms:RetireGrant"))
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    one = grant(ALICE, "Decrypt")
    assert error_of(alice.retire_grant, GrantToken=one["GrantToken"])[0] == DENIED
    assert error_of(alice.retire_grant, KeyId=arn, GrantId=one["GrantId"])[0] == DENIED
    bob.retire_grant(GrantToken=one["GrantToken"])
    two = grant(ADMIN, "Decrypt", RetiringPrincipal=ALICE)
    alice.retire_grant(KeyId=arn, GrantId=two["GrantId"])
    three = grant(ALICE, "Decrypt", "RetireGrant")
    alice.retire_grant(GrantToken=three["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_retiring_is_not_a_matter_of_the_key_policy(kms, key, user, grant):
    import json

    alice = user("alice")
    text = json.loads(allow("kms:*", Principal={"AWS": ROOT}))
    text["Statement"].append({
        "Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:RetireGrant", "Resource": "*",
    })  # fmt: skip
    kms.put_key_policy(KeyId=key, Policy=json.dumps(text))
    token = grant(ADMIN, "Decrypt")["GrantToken"]
    assert error_of(alice.retire_grant, GrantToken=token)[0] == DENIED


def test_a_deny_keeps_the_retiring_principal_from_it(key, user, grant):
    alice = user("alice", deny("kms:RetireGrant"))
    token = grant(ADMIN, "Decrypt", RetiringPrincipal=ALICE)["GrantToken"]
    assert error_of(alice.retire_grant, GrantToken=token)[0] == DENIED


def test_what_retire_and_revoke_refuse(kms, key, grant):
    made = grant(ADMIN, "Decrypt")
    unknown = "0" * 64
    both = {"GrantToken": made["GrantToken"], "KeyId": key, "GrantId": made["GrantId"]}
    assert error_of(kms.retire_grant, **both)[0] == "ValidationException"
    assert error_of(kms.retire_grant)[0] == "ValidationException"
    assert error_of(kms.retire_grant, KeyId=key)[0] == "ValidationException"
    assert error_of(kms.retire_grant, GrantToken="made up")[0] == "InvalidGrantTokenException"
    assert error_of(kms.retire_grant, KeyId=key, GrantId=unknown)[0] == "NotFoundException"
    assert error_of(kms.revoke_grant, KeyId=key, GrantId=unknown)[0] == "NotFoundException"
    assert (
        error_of(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"], DryRun=True)[0]
        == "DryRunOperationException"
    )
    assert (
        error_of(kms.retire_grant, GrantToken=made["GrantToken"], DryRun=True)[0]
        == "DryRunOperationException"
    )
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 1
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert error_of(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"])[0] == "NotFoundException"


def test_grants_are_revoked_and_retired_whatever_the_state_of_the_key(kms, key, grant):
    """Both calls succeed on a key that is pending deletion; most others raise KMSInvalidStateException."""
    one, two = grant(ADMIN, "Decrypt"), grant(ADMIN, "Decrypt")
    kms.schedule_key_deletion(KeyId=key)
    kms.revoke_grant(KeyId=key, GrantId=one["GrantId"])
    kms.retire_grant(GrantToken=two["GrantToken"])


# --- lists ----------------------------------------------------------------------------------------------------


def test_a_grant_is_listed_with_all_that_it_says(kms, key, grant):
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    constraints = {"EncryptionContextSubset": {"Dept": "IT"}}
    made = grant(ADMIN, "Decrypt", RetiringPrincipal=ROOT, Name="named", Constraints=constraints)
    (shown,) = kms.list_grants(KeyId=key)["Grants"]
    assert shown.pop("CreationDate") is not None
    assert shown == {
        "KeyId": arn, "GrantId": made["GrantId"], "Name": "named", "GranteePrincipal": ADMIN,
        "RetiringPrincipal": ROOT, "IssuingAccount": ROOT, "Operations": ["Decrypt"], "Constraints": constraints,
    }  # fmt: skip


def test_grants_are_filtered_and_paged(kms, key, user, grant):
    user("alice")
    made = [grant(ADMIN, "Decrypt")["GrantId"] for _ in range(3)]
    hers = grant(ALICE, "Decrypt")["GrantId"]

    def ids(**more):
        return [each["GrantId"] for each in kms.list_grants(KeyId=key, **more)["Grants"]]

    assert ids() == [*made, hers]
    assert ids(GranteePrincipal=ALICE) == [hers]
    assert ids(GrantId=made[1]) == [made[1]]
    assert ids(GrantId="0" * 64) == []
    page = kms.list_grants(KeyId=key, Limit=3)
    assert page["Truncated"] is True
    assert ids(Marker=page["NextMarker"]) == [hers]
    assert error_of(kms.list_grants, KeyId=key, Limit=101)[0] == "ValidationException"
    assert error_of(kms.list_grants, KeyId=key, Marker="x")[0] == "InvalidMarkerException"
    service = {"GranteeServicePrincipal": "sns.amazonaws.com"}
    assert error_of(kms.list_grants, KeyId=key, **service)[0] == "ValidationException"


def test_retirable_grants_are_listed_by_their_retiring_principal_across_keys_and_accounts(
    kms, key, grant, cloud
):
    grant(ADMIN, "Decrypt")
    mine = grant(ADMIN, "Decrypt", RetiringPrincipal=ADMIN)["GrantId"]
    other = cloud.account(OTHER).client("kms", region_name=REGION)
    theirs = other.create_grant(
        KeyId=other.create_key()["KeyMetadata"]["KeyId"], GranteePrincipal=ADMIN, Operations=["Decrypt"],
        RetiringPrincipal=ADMIN,
    )["GrantId"]  # fmt: skip
    answer = kms.list_retirable_grants(RetiringPrincipal=ADMIN)
    assert {each["GrantId"] for each in answer["Grants"]} == {mine, theirs}
    assert answer["Truncated"] is False
    assert error_of(kms.list_retirable_grants)[0] == "ValidationException"
    foreign = f"arn:aws:iam::{OTHER}:user/theirs"
    assert error_of(kms.list_retirable_grants, RetiringPrincipal=foreign)[0] == DENIED
    assert error_of(kms.list_retirable_grants, RetiringPrincipal="admin")[0] == "InvalidArnException"
