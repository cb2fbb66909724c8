"""Key policies: their evaluation, invalid policies, and protection against accidental lockout."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import allow, deny, error_of, make_user

HOME, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
ROOT = {"AWS": f"arn:aws:iam::{HOME}:root"}
ADMIN = {"AWS": f"arn:aws:iam::{HOME}:user/admin"}
MALFORMED = "MalformedPolicyDocumentException"
LOCKED_OUT = (MALFORMED, "The new key policy will not allow you to update the key policy in the future.")
NO_PRINCIPAL = (MALFORMED, "Policy contains a statement with one or more invalid principals.")


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


def statement(principal, action="kms:*", effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def client(cloud, name, own=None, account=None):
    return make_user(cloud, name, own, account).client("kms", region_name=REGION)


# --- what decides ---------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-01")
def test_iam_counts_only_where_the_key_policy_lets_the_account_in(kms, key, cloud):
    alice = client(cloud, "alice", allow("kms:Encrypt"))
    alice.encrypt(KeyId=key, Plaintext=b"x")
    kms.put_key_policy(KeyId=key, Policy=policy(statement(ADMIN)))
    code, message = error_of(alice.encrypt, KeyId=key, Plaintext=b"x")
    assert code == "AccessDeniedException"
    assert "because no resource-based policy allows the kms:Encrypt action" in message
    assert (
        error_of(cloud.root().client("kms", region_name=REGION).describe_key, KeyId=key)[0]
        == "AccessDeniedException"
    )


@pytest.mark.ledger("F-KMS-01")
def test_the_key_policy_alone_is_enough_and_an_iam_deny_still_counts(kms, key, cloud):
    alice = client(cloud, "alice")
    bob = client(cloud, "bob", deny("kms:Encrypt"))
    users = {"AWS": [f"arn:aws:iam::{HOME}:user/alice", f"arn:aws:iam::{HOME}:user/bob"]}
    kms.put_key_policy(KeyId=key, Policy=policy(statement(ROOT), statement(users, "kms:Encrypt")))
    alice.encrypt(KeyId=key, Plaintext=b"x")
    assert error_of(bob.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


@pytest.mark.ledger("F-KMS-01")
def test_another_account_needs_both_sides(kms, cloud):
    granted, bare = client(cloud, "granted", allow("kms:Encrypt"), OTHER), client(cloud, "bare", None, OTHER)
    other = {"AWS": f"arn:aws:iam::{OTHER}:root"}
    arn = kms.create_key(Policy=policy(statement(ROOT), statement(other, "kms:Encrypt")))["KeyMetadata"][
        "Arn"
    ]
    granted.encrypt(KeyId=arn, Plaintext=b"x")
    assert error_of(bare.encrypt, KeyId=arn, Plaintext=b"x")[0] == "AccessDeniedException"
    kms.put_key_policy(KeyId=arn, Policy=policy(statement(ROOT)))
    assert error_of(granted.encrypt, KeyId=arn, Plaintext=b"x")[0] == "AccessDeniedException"


@pytest.mark.ledger("F-KMS-05")
def test_the_encryption_context_reaches_conditions(kms, key, cloud):
    condition = {"StringEquals": {"kms:EncryptionContext:AppName": "ExampleApp"}}
    alice = client(cloud, "alice", allow(["kms:Encrypt", "kms:Decrypt"], Condition=condition))
    good = {"EncryptionContext": {"AppName": "ExampleApp", "Stage": "Test"}}
    sealed = alice.encrypt(KeyId=key, Plaintext=b"x", **good)["CiphertextBlob"]
    alice.decrypt(CiphertextBlob=sealed, **good)
    alice.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"appname": "ExampleApp"})
    for context in ({}, {"AppName": "exampleapp"}, {"Stage": "ExampleApp"}):
        refused = error_of(alice.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context)
        assert refused[0] == "AccessDeniedException"


@pytest.mark.ledger("F-KMS-05")
def test_the_names_of_the_context_are_a_condition_too(kms, key, cloud):
    condition = {
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["AppName"]},
        "Null": {"kms:EncryptionContextKeys": "false"},
    }
    alice = client(cloud, "alice", allow("kms:Encrypt", Condition=condition))
    alice.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"AppName": "any"})
    for context in ({}, {"appname": "any"}, {"AppName": "any", "More": "x"}):
        refused = error_of(alice.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context)
        assert refused[0] == "AccessDeniedException"


def test_older_names_of_conditions_still_count(kms, key, cloud):
    condition = {"StringEquals": {"kms:CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}}
    alice = client(cloud, "alice", allow("kms:*", Condition=condition))
    alice.encrypt(KeyId=key, Plaintext=b"x")
    made = alice.create_key()["KeyMetadata"]
    assert made["KeySpec"] == "SYMMETRIC_DEFAULT"
    signing = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    assert error_of(alice.create_key, **signing)[0] == "AccessDeniedException"


# --- GetKeyPolicy, ListKeyPolicies ----------------------------------------------------------------------------


def test_the_default_policy_leaves_the_decision_to_iam(kms, key):
    answer = kms.get_key_policy(KeyId=key)
    assert answer["PolicyName"] == "default"
    (only,) = json.loads(answer["Policy"])["Statement"]
    assert only == {
        "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*",
    }  # fmt: skip
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    assert kms.list_key_policies(KeyId=key)["Truncated"] is False


def test_a_policy_is_given_back_as_it_came(kms, key):
    text = policy(statement(ROOT), statement(ADMIN, "kms:Encrypt")).replace(", ", ",\n   ")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=text)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == text


def test_the_only_policy_that_can_be_set_is_the_default_one(kms, key):
    text = policy(statement(ROOT))
    assert error_of(kms.put_key_policy, KeyId=key, PolicyName="AWS_RAM", Policy=text) == (
        "ValidationException", "The AWS_RAM policy can only be managed by the RAM service",
    )  # fmt: skip
    assert error_of(kms.put_key_policy, KeyId=key, PolicyName="mine", Policy=text)[0] == "ValidationException"
    for name in ("AWS_RAM", "mine"):
        assert error_of(kms.get_key_policy, KeyId=key, PolicyName=name)[0] == "NotFoundException"


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-KMS-08")
def test_a_policy_that_locks_the_caller_out_is_refused_unless_bypassed(kms, key, cloud):
    make_user(cloud, "alice")
    theirs = policy(statement({"AWS": f"arn:aws:iam::{HOME}:user/alice"}))
    assert error_of(kms.put_key_policy, KeyId=key, Policy=theirs) == LOCKED_OUT
    assert error_of(kms.create_key, Policy=theirs) == LOCKED_OUT
    kms.put_key_policy(KeyId=key, Policy=theirs, BypassPolicyLockoutSafetyCheck=True)
    assert error_of(kms.get_key_policy, KeyId=key)[0] == "AccessDeniedException"
    assert (
        kms.create_key(Policy=theirs, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyState"]
        == "Enabled"
    )


@pytest.mark.ledger("F-KMS-08")
@pytest.mark.parametrize(
    "statements",
    [
        [statement(ROOT), statement(ADMIN, "kms:PutKeyPolicy", "Deny")],
        [statement(ADMIN, ["kms:Encrypt", "kms:GetKeyPolicy"])],
        [statement(ADMIN, Condition={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}})],
        [statement(ADMIN, Condition={"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}})],
        [{"Effect": "Allow", "Principal": ADMIN, "Action": "kms:*"}],
        [{"Effect": "Allow", "Principal": ADMIN, "Resource": "*"}],
    ],
)
def test_the_caller_must_be_able_to_put_the_next_policy(kms, key, statements):
    assert error_of(kms.put_key_policy, KeyId=key, Policy=policy(*statements)) == LOCKED_OUT


@pytest.mark.parametrize(
    "statements", [[statement(ROOT)], [statement(ADMIN)], [statement(ADMIN, "kms:PutKeyPolicy")],
                   [statement("*", Condition={"StringEquals": {"kms:CallerAccount": HOME}})]],
)  # fmt: skip
def test_a_policy_that_keeps_the_caller_in_is_taken(kms, key, statements):
    """PutKeyPolicy succeeds; a policy that locks its writer out raises MalformedPolicyDocumentException."""
    kms.put_key_policy(KeyId=key, Policy=policy(*statements))


def test_a_bypass_can_be_forbidden(kms, key, cloud):
    condition = {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}
    own = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["kms:CreateKey", "kms:PutKeyPolicy"], "Resource": "*", "Condition": condition},
    ]})  # fmt: skip
    alice = client(cloud, "alice", own)
    text = policy(statement(ROOT))
    alice.put_key_policy(KeyId=key, Policy=text)
    refused = error_of(alice.put_key_policy, KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    assert refused[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{HOME}:user/nobody"},
        {"AWS": f"arn:aws:iam::{HOME}:role/nobody"},
        {"AWS": [f"arn:aws:iam::{HOME}:user/admin", f"arn:aws:iam::{OTHER}:user/nobody"]},
        {"AWS": f"arn:aws:sts::{HOME}:assumed-role/nobody/session"},
        {"AWS": "AIDA1234567890EXAMPLE"},
    ],
)
def test_principals_must_exist(kms, key, principal):
    assert (
        error_of(kms.put_key_policy, KeyId=key, Policy=policy(statement(ROOT), statement(principal)))
        == NO_PRINCIPAL
    )
    assert error_of(kms.create_key, Policy=policy(statement(ROOT), statement(principal))) == NO_PRINCIPAL


def test_principals_that_exist_are_taken(kms, key, cloud):
    """PutKeyPolicy succeeds for each; a principal that doesn't exist raises MalformedPolicyDocumentException."""
    make_user(cloud, "theirs", None, OTHER)
    for principal in (
        {"AWS": f"arn:aws:iam::{OTHER}:user/theirs"}, {"AWS": OTHER}, {"Service": "logs.amazonaws.com"},
    ):  # fmt: skip
        kms.put_key_policy(KeyId=key, Policy=policy(statement(ROOT), statement(principal, "kms:Encrypt")))


@pytest.mark.parametrize(
    "text",
    [
        "{}", "[]", '"text"', "not JSON", '{"Version": "2012-10-17"}', '{"Version": "2012-10-17", "Statement": [1]}',
        '{"Version": "2012-10-17", "Statement": []}', '{"Version": "2020-01-01", "Statement": [{}]}',
        policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
        policy(statement(ROOT, "kms:*", "Maybe")),
        policy(statement({"AWS": f"arn:aws:iam::{HOME}:group/team"})),
        policy(statement(ROOT, Condition={"StringSame": {"aws:username": "x"}})),
    ],
)  # fmt: skip
def test_what_is_no_key_policy(kms, key, text):
    assert error_of(kms.put_key_policy, KeyId=key, Policy=text)[0] == MALFORMED


def test_a_policy_has_32_kb_and_characters_of_latin_1_at_most(kms, key):
    long = policy(statement(ROOT), statement(ROOT, Sid="x" * 32768))
    assert error_of(kms.put_key_policy, KeyId=key, Policy=long)[0] == "LimitExceededException"
    snowman = policy(statement(ROOT, Sid="SNOW")).replace("SNOW", "\u2603")
    assert error_of(kms.put_key_policy, KeyId=key, Policy=snowman)[0] == "ValidationException"
    kms.put_key_policy(KeyId=key, Policy=policy(statement(ROOT, Sid="ÄÖÜ with spaces")))


def test_a_statement_without_action_or_resource_is_kept_and_has_no_effect(kms, key, cloud):
    alice = client(cloud, "alice")
    hers = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HOME}:user/alice"},
        "Action": "kms:Encrypt",
    }
    text = policy(statement(ROOT), hers)
    kms.put_key_policy(KeyId=key, Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == text
    assert error_of(alice.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


def test_for_all_values_with_one_value_is_overly_permissive(kms, key):
    condition = {"ForAllValues:StringEquals": {"kms:EncryptionContext:Department": "IT"}}
    code, message = error_of(
        kms.put_key_policy, KeyId=key, Policy=policy(statement(ROOT), statement(ADMIN, Condition=condition))
    )
    assert code == MALFORMED
    assert message.startswith("OverlyPermissiveCondition: Using the ForAllValues set operator")
