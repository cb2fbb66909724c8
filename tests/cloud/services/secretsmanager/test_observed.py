"""Observed answers of Secrets Manager on AWS, 2022 to 2024."""

from __future__ import annotations

import boto3
import pytest
from botocore.handlers import generate_idempotent_uuid

from tests.clouds import allow, error_of, make_user

REGION, OTHER = "us-east-1", "444455556666"
NAME = (
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
)
TOKEN = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
FOREIGN = (
    "You can't access a secret from a different AWS account "
    "if you encrypt the secret with the default KMS service key."
)
FUNCTION = f"arn:aws:lambda:{REGION}:111122223333:function:rotate"
ON_A_SECRET = {
    "cancel_rotate_secret": {}, "delete_resource_policy": {}, "delete_secret": {"ForceDeleteWithoutRecovery": True},
    "describe_secret": {}, "get_resource_policy": {}, "get_secret_value": {}, "list_secret_version_ids": {},
    "put_resource_policy": {"ResourcePolicy": "{}"}, "put_secret_value": {"SecretString": "x"},
    "replicate_secret_to_regions": {"AddReplicaRegions": [{"Region": "eu-west-1"}]}, "restore_secret": {},
    "rotate_secret": {}, "stop_replication_to_replica": {}, "tag_resource": {"Tags": [{"Key": "a", "Value": "b"}]},
    "untag_resource": {"TagKeys": ["a"]}, "update_secret": {}, "validate_resource_policy": {"ResourcePolicy": "{}"},
    "update_secret_version_stage": {"VersionStage": "a"},
    "remove_regions_from_replication": {"RemoveReplicaRegions": ["eu-west-1"]},
}  # fmt: skip


@pytest.fixture
def secrets(cloud):
    client = boto3.client("secretsmanager", region_name=REGION)
    client.create_secret(Name="db", Description="an secret", SecretString="one")
    return client


@pytest.mark.parametrize("operation", sorted(ON_A_SECRET))
def test_a_name_that_no_secret_can_have_is_refused_as_such(secrets, operation):
    for name in ("Inv Name", "Inv*Name"):
        assert error_of(getattr(secrets, operation), SecretId=name, **ON_A_SECRET[operation]) == NAME


def test_a_request_without_a_token_is_refused_before_the_secret_is_looked_for(secrets):
    secrets.meta.events.unregister("before-parameter-build", generate_idempotent_uuid)
    for call, given, code in (
        (secrets.create_secret, {"Name": "new", "SecretString": "x"}, "InvalidRequestException"),
        (secrets.put_secret_value, {"SecretId": "none", "SecretString": "x"}, "InvalidRequestException"),
        (secrets.update_secret, {"SecretId": "none", "Description": "x"}, "InvalidRequestException"),
        (secrets.rotate_secret, {"SecretId": "none"}, "InvalidParameterException"),
    ):
        assert error_of(call, **given) == (code, TOKEN)


def test_a_label_that_the_named_version_does_not_have_is_refused_whether_or_not_another_has_it(secrets):
    current = secrets.get_secret_value(SecretId="db")["VersionId"]
    old, new = current, secrets.put_secret_value(SecretId="db", SecretString="two")["VersionId"]
    for version, stage in ((new, "nobody's"), (old, "AWSCURRENT")):
        assert error_of(secrets.get_secret_value, SecretId="db", VersionId=version, VersionStage=stage) == (
            "InvalidRequestException",
            "You provided a VersionStage that is not associated to the provided VersionId.",
        )


def test_only_the_sentence_about_the_secret_ends_with_a_full_stop(secrets):
    cannot = "Secrets Manager can't find the specified secret"
    assert error_of(secrets.get_secret_value, SecretId="none")[1] == f"{cannot}."
    secrets.create_secret(Name="empty")
    assert error_of(secrets.get_secret_value, SecretId="empty")[1] == (
        f"{cannot} value for staging label: AWSCURRENT"
    )
    version = "0" * 32
    assert error_of(secrets.get_secret_value, SecretId="db", VersionId=version)[1] == (
        f"{cannot} value for VersionId: {version}"
    )


def test_a_version_that_was_current_and_pending_is_only_the_previous_one_afterwards(secrets):
    first = secrets.get_secret_value(SecretId="db")["VersionId"]
    given = {"SecretId": "db", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": first}
    second = secrets.put_secret_value(SecretId="db", SecretString="two", VersionStages=["AWSPENDING"])[
        "VersionId"
    ]
    secrets.update_secret_version_stage(**given, MoveToVersionId=second)
    third = secrets.put_secret_value(SecretId="db", SecretString="three")["VersionId"]
    assert secrets.describe_secret(SecretId="db")["VersionIdsToStages"] == {
        second: ["AWSPREVIOUS"], third: ["AWSCURRENT"],
    }  # fmt: skip


def test_a_secret_that_had_a_tag_shows_an_empty_list(secrets):
    assert "Tags" not in secrets.describe_secret(SecretId="db")
    secrets.tag_resource(SecretId="db", Tags=[{"Key": "a", "Value": "b"}])
    secrets.untag_resource(SecretId="db", TagKeys=["a"])
    assert secrets.describe_secret(SecretId="db")["Tags"] == []
    (listed,) = secrets.list_secrets()["SecretList"]
    assert listed["Tags"] == []


@pytest.mark.parametrize(
    ("value", "found"), [("a secret", 1), ("AN SEC", 1), ("secret an", 1), ("an secrets", 0), ("ecret", 0)]
)
def test_each_word_of_a_filter_begins_a_word_of_the_description(secrets, value, found):
    filters = [{"Key": "description", "Values": [value]}]
    assert len(secrets.list_secrets(Filters=filters)["SecretList"]) == found


def test_another_account_neither_reads_nor_writes_a_secret_under_the_default_key(secrets, cloud):
    arn = secrets.describe_secret(SecretId="db")["ARN"]
    policy = allow("secretsmanager:*", Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})
    secrets.put_resource_policy(SecretId="db", ResourcePolicy=policy)
    user = make_user(cloud, "other", allow(["secretsmanager:*", "kms:*"]), OTHER)
    client = user.client("secretsmanager", region_name=REGION)
    for call, given in (
        (client.get_secret_value, {}), (client.put_secret_value, {"SecretString": "x"}),
        (client.update_secret, {"SecretString": "x"}),
    ):  # fmt: skip
        assert error_of(call, SecretId=arn, **given) == ("InvalidRequestException", FOREIGN)
