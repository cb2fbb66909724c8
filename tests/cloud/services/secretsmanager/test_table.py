"""Secrets Manager's authorization: the secret's full ARN, its policy and tags, and the request's condition keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.secretsmanager.secret import Content, Rotation, Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault
from tests.cloud.services import tables
from tests.cloud.services.tables import HOME, REGION, SECOND, pairs

TAGS = [{"Key": "team", "Value": "pay"}]
WHEN = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def state():
    return State(Ids(1))


@pytest.fixture
def make(state):
    def made(name="prod/db", account=HOME):
        content = Content(name, "AbCdEf", REGION, WHEN, WHEN, tags={"team": "pay"})
        return vault(state).add(Secret(content, account, REGION))

    return made


@pytest.fixture
def asks(state):
    return lambda operation, **parameters: tables.asks("secretsmanager", operation, state=state, **parameters)


@pytest.fixture
def call(state):
    return lambda operation, parameters: tables.call("secretsmanager", operation, parameters, state=state)


@pytest.mark.parametrize("form", ["name", "ARN", "partial ARN"])
def test_a_secret_is_asked_for_by_its_arn_with_the_random_end(form, make, asks):
    secret = make()
    given = {"name": "prod/db", "ARN": secret.arn, "partial ARN": secret.arn[:-7]}[form]
    (ask,) = asks("GetSecretValue", SecretId=given)
    assert (ask.action, ask.resource, ask.type) == ("secretsmanager:GetSecretValue", secret.arn, "Secret")
    assert ask.context == {
        "secretsmanager:ResourceTag/team": "pay", "secretsmanager:SecretId": secret.arn,
        "secretsmanager:VersionStage": "AWSCURRENT",
    }  # fmt: skip


def test_a_missing_secret_is_asked_for_as_it_was_named(asks):
    arn = f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:none"
    assert pairs(asks("DescribeSecret", SecretId="none")) == [("secretsmanager:DescribeSecret", arn)]


def test_creating_asks_for_a_name_with_an_end_that_is_not_known_yet_and_for_what_comes_with_it(asks):
    arn = f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:prod/db-??????"
    found = asks("CreateSecret", Name="prod/db", Tags=TAGS, AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert pairs(found) == [
        ("secretsmanager:CreateSecret", arn), ("secretsmanager:TagResource", arn),
        ("secretsmanager:ReplicateSecretToRegions", arn),
    ]  # fmt: skip
    assert found[0].context["secretsmanager:Name"] == "prod/db"
    assert found[0].context["secretsmanager:AddReplicaRegions"] == ["eu-west-1"]
    assert found[0].context["aws:RequestTag/team"] == "pay"


def test_a_secret_of_another_account_is_that_accounts_and_brings_its_policy(make, call):
    secret = make(account=SECOND)
    secret.content.policy = '{"Statement": []}'
    table = tables.table("secretsmanager")
    made = call("GetSecretValue", {"SecretId": secret.arn})
    assert table.owner(made) == SECOND
    (ask,) = table.asks(made)
    assert table.policy(made, ask) == (f"{secret.arn} (resource policy)", '{"Statement": []}')
    assert table.tags(made, ask) == {"team": "pay"}


def test_a_secret_without_a_policy_has_none(make, call):
    make()
    table = tables.table("secretsmanager")
    made = call("GetSecretValue", {"SecretId": "prod/db"})
    assert table.policy(made, table.asks(made)[0]) is None


@pytest.mark.parametrize(
    ("operation", "parameters", "key", "value"),
    [
        ("GetSecretValue", {"VersionId": "v1"}, "VersionId", "v1"),
        ("GetSecretValue", {"VersionStage": "AWSPREVIOUS"}, "VersionStage", "AWSPREVIOUS"),
        ("DeleteSecret", {}, "RecoveryWindowInDays", "30"),
        ("DeleteSecret", {"RecoveryWindowInDays": 7}, "RecoveryWindowInDays", "7"),
        ("DeleteSecret", {"ForceDeleteWithoutRecovery": True}, "ForceDeleteWithoutRecovery", "true"),
        (
            "PutResourcePolicy",
            {"ResourcePolicy": "{}", "BlockPublicPolicy": True},
            "BlockPublicPolicy",
            "true",
        ),
        ("UpdateSecret", {"KmsKeyId": "alias/k"}, "KmsKeyArn", f"arn:aws:kms:{REGION}:{HOME}:alias/k"),
        ("RotateSecret", {"RotationRules": {}}, "ModifyRotationRules", "true"),
        ("RotateSecret", {"RotateImmediately": False}, "RotateImmediately", "false"),
    ],
)
def test_request_conditions(operation, parameters, key, value, make, asks):
    make()
    found = asks(operation, SecretId="prod/db", **parameters)
    assert found[0].context[f"secretsmanager:{key}"] == value


def test_rotation_invokes_the_function_that_is_given_or_stored(make, asks):
    secret = make()
    function = f"arn:aws:lambda:{REGION}:{HOME}:function:rotate"
    assert pairs(asks("RotateSecret", SecretId="prod/db", RotationLambdaARN=function))[1] == (
        "lambda:InvokeFunction", function
    )  # fmt: skip
    secret.content.rotation = Rotation(function)
    found = asks("RotateSecret", SecretId="prod/db")
    assert pairs(found)[1] == ("lambda:InvokeFunction", function)
    assert found[0].context["secretsmanager:resource/AllowRotationLambdaArn"] == function


def test_a_batch_asks_for_each_secret(make, asks):
    one, two = make("a"), make("b")
    assert pairs(asks("BatchGetSecretValue", SecretIdList=["a", two.arn])) == [
        ("secretsmanager:BatchGetSecretValue", "*"), ("secretsmanager:GetSecretValue", one.arn),
        ("secretsmanager:GetSecretValue", two.arn),
    ]  # fmt: skip
    found = asks("BatchGetSecretValue", Filters=[{"Key": "name", "Values": ["b"]}])
    assert ("secretsmanager:ListSecrets", "*") in pairs(found)
    assert ("secretsmanager:GetSecretValue", two.arn) in pairs(found)
    assert ("secretsmanager:GetSecretValue", one.arn) not in pairs(found)


def test_validating_a_policy_needs_the_right_to_put_one(make, asks):
    make()
    found = asks("ValidateResourcePolicy", SecretId="prod/db", ResourcePolicy="{}")
    assert [ask.action for ask in found] == [
        "secretsmanager:ValidateResourcePolicy", "secretsmanager:PutResourcePolicy"
    ]  # fmt: skip
