"""Rotation by a function, its schedules, and replicas.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest

from labs_helpers.cloud import NotModelled
from labs_helpers.cloud.gate.service_calls import ServiceCalls
from labs_helpers.cloud.services.secretsmanager import rotation, schedules
from tests.clouds import error_of

HOME, REGION, WEST = "111122223333", "us-east-1", "eu-west-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{HOME}:function:rotate"
MONTHLY = {"AutomaticallyAfterDays": 30}
_OWN = {
    "RotateSecret": 1, "RotationStarted": 1, "UpdateSecretVersionStage": 1, "RotationSucceeded": 1, "DeleteSecret": 1,
    "StartSecretVersionDelete": 2,
}  # fmt: skip


@pytest.fixture
def secrets(cloud):
    client = boto3.client("secretsmanager", region_name=REGION)
    client.create_secret(Name="db", SecretString="one")
    return client


@pytest.fixture
def west(cloud):
    return boto3.client("secretsmanager", region_name=WEST)


@pytest.fixture
def steps(cloud, secrets):
    """The steps that a rotation function was called for; it works as AWS's templates do."""
    seen: list[str] = []

    def handler(event, _):
        seen.append(event["Step"])
        given = {"SecretId": event["SecretId"]}
        token = event["ClientRequestToken"]
        if event["Step"] == "createSecret":
            secrets.put_secret_value(
                **given, ClientRequestToken=token, SecretString=token, VersionStages=["AWSPENDING"]
            )
        if event["Step"] == "finishSecret":
            stages = secrets.describe_secret(**given)["VersionIdsToStages"]
            current = next(version for version, each in stages.items() if "AWSCURRENT" in each)
            secrets.update_secret_version_stage(
                **given, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )

    cloud.lambda_function(FUNCTION, handler)
    return seen


def code(call, **given) -> str:
    return error_of(call, **given)[0]


def named(event):
    found = boto3.client("cloudtrail", region_name=REGION).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": event}]
    )
    return len(found["Events"])


@pytest.mark.ledger("F-RES-10")
def test_a_rotation_makes_a_version_in_four_steps(secrets, steps, cloud):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html"""
    version = secrets.rotate_secret(SecretId="db", RotationLambdaARN=FUNCTION, RotationRules=MONTHLY)[
        "VersionId"
    ]
    assert steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert secrets.get_secret_value(SecretId="db")["VersionId"] == version
    shown = secrets.describe_secret(SecretId="db")
    assert (shown["RotationEnabled"], shown["RotationRules"]) == (True, MONTHLY)
    assert (shown["NextRotationDate"] - shown["LastRotatedDate"]).days == 30
    assert (named("RotationStarted"), named("RotationSucceeded")) == (1, 1)
    cloud.clock.advance(days=31)
    secrets.list_secrets()
    assert len(steps) == 8
    assert secrets.get_secret_value(SecretId="db", VersionStage="AWSPREVIOUS")["VersionId"] == version
    secrets.cancel_rotate_secret(SecretId="db")
    shown = secrets.describe_secret(SecretId="db")
    assert (shown["RotationEnabled"], shown["RotationRules"]) == (False, MONTHLY)
    assert not {"NextRotationDate", "LastRotatedDate"} & shown.keys()
    cloud.clock.advance(days=60)
    secrets.list_secrets()
    assert len(steps) == 8


@pytest.mark.ledger("F-RES-10")
def test_a_rotation_that_fails_stays_pending_and_bars_the_next(secrets, cloud):
    def handler(event, _):
        raise RuntimeError(event["Step"])

    cloud.lambda_function(FUNCTION, handler)
    version = secrets.rotate_secret(SecretId="db", RotationLambdaARN=FUNCTION)["VersionId"]
    assert secrets.describe_secret(SecretId="db")["VersionIdsToStages"][version] == ["AWSPENDING"]
    assert code(secrets.get_secret_value, SecretId="db", VersionId=version) == "ResourceNotFoundException"
    assert code(secrets.rotate_secret, SecretId="db") == "InvalidRequestException"
    assert named("RotationFailed") == 1
    assert secrets.cancel_rotate_secret(SecretId="db")["VersionId"] == version
    secrets.put_secret_value(SecretId="db", SecretString="by hand")
    assert version not in secrets.describe_secret(SecretId="db")["VersionIdsToStages"]
    assert named("RotationAbandoned") == 1


def test_a_rotation_that_is_only_tried_leaves_nothing_behind(secrets, steps):
    secrets.rotate_secret(
        SecretId="db", RotationLambdaARN=FUNCTION, RotationRules=MONTHLY, RotateImmediately=False
    )
    assert steps == ["testSecret"]
    assert len(secrets.describe_secret(SecretId="db")["VersionIdsToStages"]) == 1
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"


@pytest.mark.parametrize(
    "rules",
    [
        {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}, {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "every day"}, {"ScheduleExpression": "cron(5 0 ? * * *)"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"}, {"ScheduleExpression": "cron(0 25 ? * * *)"},
    ],
)  # fmt: skip
def test_schedules_that_are_none(secrets, steps, rules):
    given = {"SecretId": "db", "RotationLambdaARN": FUNCTION, "RotationRules": rules}
    assert code(secrets.rotate_secret, **given) == "InvalidParameterException"
    assert "RotationEnabled" not in secrets.describe_secret(SecretId="db")


@pytest.mark.parametrize(
    ("rules", "end"),
    [
        (MONTHLY, "2026-06-03T23:59:59"),
        ({"ScheduleExpression": "rate(10 days)", "Duration": "3h"}, "2026-05-14T02:59:59"),
        ({"ScheduleExpression": "rate(6 hours)"}, "2026-05-04T12:59:59"),
        ({"ScheduleExpression": "cron(0 16 1,15 * ? *)", "Duration": "2h"}, "2026-05-15T17:59:59"),
        ({"ScheduleExpression": "cron(0 0 L * ? *)"}, "2026-05-31T23:59:59"),
        ({"ScheduleExpression": "cron(0 4 ? * SUN#1 *)"}, "2026-06-07T23:59:59"),
        ({"ScheduleExpression": "cron(0 4 ? * 6L *)"}, "2026-05-29T23:59:59"),
        ({"ScheduleExpression": "cron(0 8/4 ? * MON-FRI *)"}, "2026-05-04T12:59:59"),
    ],
)  # fmt: skip
def test_until_when_the_next_rotation_is_due(rules, end):
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html"""
    schedules.check(rules)
    monday = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert schedules.window_end(rules, monday) == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_a_refusal_does_not_tell_if_the_function_exists(secrets):
    """OBSERVED from 2022 to 2024: the words are those about a function that Secrets Manager may not invoke."""
    code, message = error_of(secrets.rotate_secret, SecretId="db", RotationLambdaARN=FUNCTION)
    assert code == "AccessDeniedException"
    assert message == (
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
        "the principal secretsmanager.amazonaws.com."
    )


def test_a_function_that_nothing_stands_for_is_refused_by_name(secrets, monkeypatch):
    monkeypatch.setattr(rotation.moto_lambda, "function", lambda arn: object())
    monkeypatch.setattr(ServiceCalls, "may_as_service", lambda *_, **__: True)
    with pytest.raises(NotModelled, match=r"cloud\.lambda_function"):
        secrets.rotate_secret(SecretId="db", RotationLambdaARN=FUNCTION)
    assert "RotationEnabled" not in secrets.describe_secret(SecretId="db")


def test_the_services_own_events_follow_the_call_that_caused_them(secrets, steps):
    secrets.rotate_secret(SecretId="db", RotationLambdaARN=FUNCTION)
    secrets.delete_secret(SecretId="db")
    listed = boto3.client("cloudtrail", region_name=REGION).lookup_events()["Events"]
    names = [each["EventName"] for each in reversed(listed) if each["EventName"] in _OWN]
    assert names == [name for name, number in _OWN.items() for _ in range(number)]


@pytest.mark.ledger("F-RES-10")
def test_replicas_follow_their_primary_and_are_changed_with_it_alone(secrets, west):
    answer = secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=[{"Region": WEST}])
    shown = secrets.describe_secret(SecretId="db")
    assert (answer["ARN"], shown["PrimaryRegion"]) == (shown["ARN"], REGION)
    begun = {"Region": WEST, "KmsKeyId": "alias/aws/secretsmanager", "Status": "InProgress"}
    assert answer["ReplicationStatus"] == [begun]
    assert shown["ReplicationStatus"] == [
        {**begun, "Status": "InSync", "StatusMessage": "Replication succeeded"}
    ]
    assert west.describe_secret(SecretId="db")["ARN"] == shown["ARN"].replace(REGION, WEST)
    secrets.put_secret_value(SecretId="db", SecretString="two")
    assert west.get_secret_value(SecretId="db")["SecretString"] == "two"
    for call, given in (
        (west.put_secret_value, {"SecretString": "x"}), (west.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (west.delete_secret, {}), (west.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "eu-west-2"}]}),
        (secrets.stop_replication_to_replica, {}),
    ):  # fmt: skip
        assert code(call, SecretId="db", **given) == "InvalidRequestException"
    assert code(secrets.delete_secret, SecretId="db") == "InvalidParameterException"
    west.stop_replication_to_replica(SecretId="db")
    west.put_secret_value(SecretId="db", SecretString="west")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "two"
    assert "PrimaryRegion" not in secrets.describe_secret(SecretId="db")


def test_a_replica_can_be_given_its_own_key_and_nothing_else(secrets, west):
    secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=[{"Region": WEST}])
    key = boto3.client("kms", region_name=WEST).create_key()["KeyMetadata"]["Arn"]
    for more in ({"Description": "mine"}, {"SecretString": "mine"}):
        assert code(west.update_secret, SecretId="db", KmsKeyId=key, **more) == "InvalidRequestException"
    assert "KmsKeyId" not in west.describe_secret(SecretId="db")
    west.update_secret(SecretId="db", KmsKeyId=key)
    assert west.describe_secret(SecretId="db")["KmsKeyId"] == key
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="db")
    boto3.client("kms", region_name=WEST).disable_key(KeyId=key)
    secrets.put_secret_value(SecretId="db", SecretString="two")
    assert code(west.get_secret_value, SecretId="db") == "DecryptionFailure"


def test_a_name_that_is_taken_in_a_region_is_overwritten_only_if_that_is_asked_for(secrets, west):
    west.create_secret(Name="db", SecretString="there first")
    to_west = {"SecretId": "db", "AddReplicaRegions": [{"Region": WEST}]}
    secrets.replicate_secret_to_regions(**to_west)
    (status,) = secrets.describe_secret(SecretId="db")["ReplicationStatus"]
    assert status["Status"] == "Failed"
    assert "already exists" in status["StatusMessage"]
    secrets.replicate_secret_to_regions(**to_west, ForceOverwriteReplicaSecret=True)
    (status,) = secrets.describe_secret(SecretId="db")["ReplicationStatus"]
    assert status["Status"] == "InSync"
    assert west.get_secret_value(SecretId="db")["SecretString"] == "one"
    gone = secrets.remove_regions_from_replication(SecretId="db", RemoveReplicaRegions=[WEST])
    assert gone["ReplicationStatus"] == []
    assert code(west.describe_secret, SecretId="db") == "ResourceNotFoundException"
    assert code(secrets.remove_regions_from_replication, SecretId="db", RemoveReplicaRegions=[WEST]) == (
        "InvalidParameterException"
    )
    for region in (REGION, "xx-west-1"):
        given = {"SecretId": "db", "AddReplicaRegions": [{"Region": region}]}
        assert code(secrets.replicate_secret_to_regions, **given) == "InvalidParameterException"
