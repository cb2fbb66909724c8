"""KMS's authorization: the key, its owner, its policy, tags, and grants, and the condition keys."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud.core.errors import AccessDenied, ServiceError
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms import ciphertext, timeline
from labs_helpers.cloud.services.kms.key_policies import default_policy
from labs_helpers.cloud.services.kms.keyring import new_id
from labs_helpers.cloud.services.kms.keys import Family, Grant, Key
from tests.cloud.services import tables
from tests.cloud.services.tables import HOME, OUTSIDER, REGION, SECOND, pairs

MISSING = "11111111-2222-3333-4444-555555555555"
APP = f"arn:aws:iam::{HOME}:role/app"


@pytest.fixture(autouse=True)
def state(monkeypatch):
    """One cloud's state for all calls of a test."""
    shared, make = State(Ids(7)), tables.call

    def call(*arguments, **more):
        made = make(*arguments, **more)
        made.state, made.time = shared, shared.clock.now()
        return made

    monkeypatch.setattr(tables, "call", call)
    return shared


def asks(operation, **parameters):
    return tables.asks("kms", operation, **parameters)


@pytest.fixture
def make_key(state):
    def make(account=HOME, region=REGION, multi_region=False):
        family = Family(
            new_id(state.ids, multi_region),
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            "AWS_KMS",
            region,
            multi_region,
        )
        family.renew()
        made = Key(family, account, region, state.clock.now(), default_policy(account))
        return timeline.ring(state).add(made)

    return make


@pytest.fixture
def replicate(state):
    def make(primary, region):
        made = Key(
            primary.family, primary.account, region, state.clock.now(), default_policy(primary.account)
        )
        return timeline.ring(state).add(made)

    return make


@pytest.fixture
def grant(state):
    def make(key, operations, constraints=None, **more):
        given = {"GranteePrincipal": APP, "Operations": operations, **more}
        if constraints:
            given["Constraints"] = constraints
        made = Grant("0" * 64, key.arn, key.account, state.clock.now(), given)
        key.grants[made.id] = made
        timeline.ring(state).tokens["token"] = (key.arn, made.id)
        return made

    return make


def encrypted(key) -> bytes:
    return ciphertext.encrypt(key.id, *key.current(), b"secret", {})


@pytest.fixture
def key(make_key, state):
    made = make_key()
    made.tags = {"team": "pay"}
    timeline.ring(state).point("alias/payroll", made, state.clock.now())
    return made


@pytest.mark.parametrize("form", ["id", "ARN", "alias", "alias ARN"])
def test_every_form_of_a_key_identifier_asks_for_the_key_by_its_arn(key, form):
    alias = f"arn:aws:kms:{REGION}:{HOME}:alias/payroll"
    identifier = {"id": key.id, "ARN": key.arn, "alias": "alias/payroll", "alias ARN": alias}[form]
    (ask,) = asks("Encrypt", KeyId=identifier, Plaintext=b"x")
    assert (ask.action, ask.resource, ask.type) == ("kms:Encrypt", key.arn, "key")
    assert ask.context.get("kms:RequestAlias") == ("alias/payroll" if "alias" in form else None)


def test_conditions_see_the_caller_the_key_and_the_encryption_context(key):
    (ask,) = asks(
        "Encrypt", KeyId="alias/payroll", Plaintext=b"x", EncryptionContext={"Purpose": "pay", "id": "7"}
    )
    assert ask.context == {
        "kms:CallerAccount": HOME, "kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT",
        "kms:CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "kms:CustomerMasterKeyUsage": "ENCRYPT_DECRYPT",
        "kms:KeyOrigin": "AWS_KMS", "kms:MultiRegion": "false", "kms:ResourceAliases": ["alias/payroll"],
        "kms:RequestAlias": "alias/payroll", "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "kms:EncryptionContext:Purpose": "pay", "kms:EncryptionContext:id": "7",
        "kms:EncryptionContextKeys": ["Purpose", "id"],
    }  # fmt: skip


def test_via_service_names_the_service_with_its_region_and_is_missing_without_one(key):
    (ask,) = asks("Decrypt", KeyId=key.id, via="s3.amazonaws.com")
    assert ask.context["kms:ViaService"] == f"s3.{REGION}.amazonaws.com"
    assert "kms:ViaService" not in asks("Decrypt", KeyId=key.id)[0].context


def test_decrypt_without_a_key_id_asks_for_the_key_that_made_the_ciphertext(key, make_key):
    make_key()
    assert pairs(asks("Decrypt", CiphertextBlob=encrypted(key))) == [("kms:Decrypt", key.arn)]


def test_the_ciphertext_of_another_account_is_decrypted_with_that_accounts_key(make_key):
    foreign = make_key(SECOND)
    (ask,) = asks("Decrypt", CiphertextBlob=encrypted(foreign))
    assert (ask.resource, ask.account) == (foreign.arn, SECOND)
    assert ask.context["kms:CallerAccount"] == HOME


def test_a_ciphertext_of_no_known_key_is_refused_without_saying_more():
    with pytest.raises(
        ServiceError, match="on the resource associated with this ciphertext because the resource"
    ):
        asks("Decrypt", CiphertextBlob=ciphertext.encrypt(MISSING, "0" * 64, b"0" * 32, b"x", {}))


def test_re_encrypt_asks_one_permission_on_each_key_and_each_is_its_owners(key, make_key):
    foreign = make_key(SECOND)
    source, destination = asks(
        "ReEncrypt", CiphertextBlob=encrypted(foreign), DestinationKeyId="alias/payroll",
        SourceEncryptionContext={"a": "1"}, DestinationEncryptionContext={"b": "2"},
    )  # fmt: skip
    assert (source.action, source.resource, source.account) == ("kms:ReEncryptFrom", foreign.arn, SECOND)
    assert (destination.action, destination.resource, destination.account) == (
        "kms:ReEncryptTo",
        key.arn,
        HOME,
    )
    assert source.context["kms:EncryptionContext:a"] == "1"
    assert "kms:RequestAlias" not in source.context
    assert destination.context["kms:RequestAlias"] == "alias/payroll"
    assert {ask.context["kms:ReEncryptOnSameKey"] for ask in (source, destination)} == {"false"}


def test_re_encrypt_on_one_key_says_so(key):
    found = asks("ReEncrypt", CiphertextBlob=encrypted(key), DestinationKeyId=key.arn)
    assert [ask.context["kms:ReEncryptOnSameKey"] for ask in found] == ["true", "true"]


def test_aliases_ask_on_the_alias_and_on_every_key_they_touch(key, make_key):
    other = make_key()
    alias = f"arn:aws:kms:{REGION}:{HOME}:alias/payroll"
    created = f"arn:aws:kms:{REGION}:{HOME}:alias/new"
    assert pairs(asks("CreateAlias", AliasName="alias/new", TargetKeyId=key.id)) == [
        ("kms:CreateAlias", created), ("kms:CreateAlias", key.arn)
    ]  # fmt: skip
    assert pairs(asks("UpdateAlias", AliasName="alias/payroll", TargetKeyId=other.id)) == [
        ("kms:UpdateAlias", alias), ("kms:UpdateAlias", other.arn), ("kms:UpdateAlias", key.arn)
    ]  # fmt: skip
    assert pairs(asks("DeleteAlias", AliasName="alias/payroll")) == [
        ("kms:DeleteAlias", alias), ("kms:DeleteAlias", key.arn)
    ]  # fmt: skip


def test_keys_of_other_accounts_are_used_in_their_account(make_key):
    foreign = make_key(SECOND)
    call = tables.call("kms", "Encrypt", {"KeyId": foreign.arn})
    assert tables.table("kms").owner(call) == SECOND


def test_operations_that_work_in_ones_own_account_only_are_refused_elsewhere(make_key):
    foreign = make_key(SECOND)
    with pytest.raises(AccessDenied, match=f"kms:PutKeyPolicy on resource: {foreign.arn}"):
        asks("PutKeyPolicy", KeyId=foreign.arn, Policy="{}")


def test_a_missing_key_is_told_in_ones_own_account_and_not_in_another():
    missing = "11111111-2222-3333-4444-555555555555"
    with pytest.raises(
        ServiceError, match=f"Key 'arn:aws:kms:{REGION}:{HOME}:key/{missing}' does not exist"
    ) as caught:
        asks("DescribeKey", KeyId=missing)
    assert caught.value.code == "NotFoundException"
    with pytest.raises(ServiceError, match="alias/none is not found"):
        asks("DescribeKey", KeyId="alias/none")
    foreign = f"arn:aws:kms:{REGION}:{OUTSIDER}:key/{missing}"
    assert pairs(asks("DescribeKey", KeyId=foreign)) == [("kms:DescribeKey", foreign)]


def test_a_key_of_another_region_is_not_found(key):
    with pytest.raises(ServiceError, match="Invalid arn eu-west-1"):
        asks("DescribeKey", KeyId=key.arn.replace(REGION, "eu-west-1"))


def test_an_aws_managed_key_exists_once_its_alias_is_used():
    (ask,) = asks("DescribeKey", KeyId="alias/aws/s3")
    assert ask.context["kms:ResourceAliases"] == ["alias/aws/s3"]


def test_policy_tags_and_grants_are_found_by_the_key_that_is_asked_about(key, grant):
    table = tables.table("kms")
    call = tables.call("kms", "CreateAlias", {"AliasName": "alias/new", "TargetKeyId": key.id})
    alias, on_key = table.asks(call)
    name, text = table.policy(call, on_key)
    assert name == f"{key.arn} (key policy)"
    assert json.loads(text)["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{HOME}:root"}
    assert table.tags(call, on_key) == {"team": "pay"}
    assert table.policy(call, alias) is None
    assert table.tags(call, alias) == {}
    grant(key, ["Decrypt"])
    (found,) = table.grants(call, on_key)
    assert found["KeyId"] == key.arn
    assert found["Operations"] == ["Decrypt"]
    assert "RetiringPrincipal" not in found


def test_a_grant_counts_where_its_constraint_holds_in_its_own_case(key, grant):
    grant(key, ["Decrypt"], {"EncryptionContextSubset": {"Dept": "IT"}})
    table, blob = tables.table("kms"), encrypted(key)

    def counting(context):
        call = tables.call("kms", "Decrypt", {"CiphertextBlob": blob, "EncryptionContext": context})
        return len(table.grants(call, *table.asks(call)))

    assert counting({"Dept": "IT", "x": "y"}) == 1
    assert counting({"dept": "IT"}) == counting({"Dept": "it"}) == counting({}) == 0


def test_grants_are_read_by_the_engine(make_key, grant):
    from labs_helpers.engine.policy.grants import parse_grants

    key = make_key()
    grant(key, ["Decrypt"], RetiringPrincipal=f"arn:aws:iam::{HOME}:user/x")
    table, call = tables.table("kms"), tables.call("kms", "Decrypt", {"KeyId": key.id})
    (ask,) = table.asks(call)
    assert len(parse_grants(table.grants(call, ask), "grants")) == 1


def test_creating_a_key_asks_in_iam_alone_and_for_its_tags_too():
    tagged = [{"TagKey": "team", "TagValue": "pay"}]
    create, tag = asks("CreateKey", Tags=tagged, MultiRegion=True, KeySpec="SYMMETRIC_DEFAULT")
    assert (create.action, create.resource) == ("kms:CreateKey", "*")
    assert create.context["kms:MultiRegionKeyType"] == "PRIMARY"
    assert create.context["kms:BypassPolicyLockoutSafetyCheck"] == "false"
    assert create.context["aws:RequestTag/team"] == "pay"
    assert (tag.action, tag.resource) == ("kms:TagResource", f"arn:aws:kms:{REGION}:{HOME}:key/*")
    call = tables.call("kms", "CreateKey", {"Tags": tagged})
    assert HOME in tables.table("kms").policy(call, tag)[1]


def test_a_grant_shows_its_operations_constraint_and_grantee(key):
    (ask,) = asks(
        "CreateGrant", KeyId=key.id, GranteePrincipal=APP, Operations=["Decrypt", "Encrypt"],
        Constraints={"EncryptionContextEquals": {"a": "1"}}, via="ebs.amazonaws.com",
    )  # fmt: skip
    assert ask.context["kms:GrantOperations"] == ["Decrypt", "Encrypt"]
    assert ask.context["kms:GranteePrincipal"] == APP
    assert ask.context["kms:GrantConstraintType"] == "EncryptionContextEquals"
    assert ask.context["kms:EncryptionContext:a"] == "1"
    assert ask.context["kms:GrantIsForAWSResource"] == "true"
    assert asks("ListGrants", KeyId=key.id)[0].context["kms:GrantIsForAWSResource"] == "false"


def test_retiring_a_grant_by_token_asks_on_its_key(key, grant):
    grant(key, ["Decrypt"], {"EncryptionContextSubset": {"a": "1"}})
    (ask,) = asks("RetireGrant", GrantToken="token")
    assert (ask.action, ask.resource) == ("kms:RetireGrant", key.arn)
    assert ask.context["kms:GrantConstraintType"] == "EncryptionContextSubset"


@pytest.mark.parametrize(
    ("operation", "parameters", "key_name", "value"),
    [
        ("ScheduleKeyDeletion", {}, "kms:ScheduleKeyDeletionPendingWindowInDays", "30"),
        (
            "ScheduleKeyDeletion",
            {"PendingWindowInDays": 7},
            "kms:ScheduleKeyDeletionPendingWindowInDays",
            "7",
        ),
        ("EnableKeyRotation", {"RotationPeriodInDays": 90}, "kms:RotationPeriodInDays", "90"),
        ("Sign", {"SigningAlgorithm": "ECDSA_SHA_256"}, "kms:SigningAlgorithm", "ECDSA_SHA_256"),
        ("Sign", {}, "kms:MessageType", "RAW"),
        (
            "PutKeyPolicy",
            {"BypassPolicyLockoutSafetyCheck": True},
            "kms:BypassPolicyLockoutSafetyCheck",
            "true",
        ),
        ("GetKeyPolicy", {}, "kms:PolicyName", "default"),
        ("GenerateMac", {"MacAlgorithm": "HMAC_SHA_256"}, "kms:MacAlgorithm", "HMAC_SHA_256"),
        ("GenerateDataKeyPair", {"KeyPairSpec": "RSA_2048"}, "kms:DataKeyPairSpec", "RSA_2048"),
        ("ReplicateKey", {"ReplicaRegion": "eu-west-1"}, "kms:ReplicaRegion", "eu-west-1"),
        ("UntagResource", {"TagKeys": ["a"]}, "aws:TagKeys", ["a"]),
    ],
)
def test_request_conditions(key, operation, parameters, key_name, value):
    assert asks(operation, KeyId=key.id, **parameters)[0].context[key_name] == value


def test_moving_the_primary_asks_on_both_related_keys(make_key, replicate):
    primary = make_key(multi_region=True)
    replicate(primary, "eu-west-1")
    replica = primary.arn.replace(REGION, "eu-west-1")
    found = asks("UpdatePrimaryRegion", KeyId=primary.id, PrimaryRegion="eu-west-1")
    assert [ask.resource for ask in found] == [primary.arn, replica]
    call = tables.call("kms", "UpdatePrimaryRegion", {})
    assert tables.table("kms").policy(call, found[1])[0] == f"{replica} (key policy)"
    assert found[0].context["kms:MultiRegionKeyType"] == "PRIMARY"


def test_replicating_creates_a_key_in_the_other_region(make_key):
    primary = make_key(multi_region=True)
    found = asks(
        "ReplicateKey", KeyId=primary.id, ReplicaRegion="eu-west-1", Tags=[{"TagKey": "a", "TagValue": "b"}]
    )
    assert [ask.action for ask in found] == ["kms:ReplicateKey", "kms:CreateKey", "kms:TagResource"]
    assert [ask.context.get("aws:RequestedRegion") for ask in found] == [None, "eu-west-1", "eu-west-1"]


def test_list_retirable_grants_is_asked_on_the_retiring_principal():
    role = APP
    assert pairs(asks("ListRetirableGrants", RetiringPrincipal=role)) == [("kms:ListRetirableGrants", role)]
