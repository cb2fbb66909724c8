"""Operations that AWS treats like those in the observed answers: what one rejects, its sisters reject.

`sisters.json` has, for each service, what exists before the calls, and the calls with the error's code, or with members
of the answer. The code cites the pages and the observations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.cloud.services.lambda_.conftest import archive
from tests.clouds import error_of, trust

TABLE: Mapping[str, Any] = json.loads((Path(__file__).parent / "sisters.json").read_text(encoding="utf-8"))
UNCHECKED = Config(parameter_validation=False)


def _function() -> None:
    role = boto3.client("iam").create_role(
        RoleName="runs", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )["Role"]["Arn"]
    functions = boto3.client("lambda")
    functions.create_function(
        FunctionName="resize", Runtime="python3.13", Role=role, Handler="a.handler", Code={"ZipFile": archive()},
        Publish=True,
    )  # fmt: skip
    functions.create_alias(FunctionName="resize", Name="live", FunctionVersion="1")
    functions.publish_layer_version(LayerName="tools", Content={"ZipFile": archive()})


def _queues() -> None:
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName="jobs")
    sqs.create_queue(
        QueueName="closed", Attributes={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'}
    )


def _log_group() -> None:
    boto3.client("logs").create_log_group(logGroupName="app")
    boto3.client("logs").create_log_stream(logGroupName="app", logStreamName="one")


def _bucket() -> None:
    boto3.client("s3").create_bucket(Bucket="shelf-of-sisters")
    boto3.client("s3").put_object(Bucket="shelf-of-sisters", Key="k", Body=b"0123456789")


def _rule() -> None:
    tags = [{"Key": "a", "Value": "b"}]
    boto3.client("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)", Tags=tags)


STAGES = {
    "lambda": _function, "sqs": _queues, "logs": _log_group, "s3": _bucket, "events": _rule,
    "sns": lambda: boto3.client("sns").create_topic(Name="news"), "kms": lambda: None, "ec2": lambda: None,
    "accessanalyzer": lambda: None,
    "secretsmanager": lambda: boto3.client("secretsmanager").create_secret(Name="s", SecretString="x"),
}  # fmt: skip


def _filled(service: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters, with the ID of a new volume instead of its name."""
    if given.get("VolumeId") == "$volume":
        made = boto3.client(service).create_volume(AvailabilityZone="us-east-1a", Size=1)
        return given | {"VolumeId": made["VolumeId"]}
    return given


@pytest.mark.parametrize("service", TABLE)
def test_sisters_of_observed_answers(cloud, service):
    STAGES[service]()
    client = boto3.client(service, config=UNCHECKED)
    wrong = []
    for method, given, expected in TABLE[service]["calls"]:
        call, given = getattr(client, method), _filled(service, given)
        if isinstance(expected, dict):
            answer = call(**given)
            got: Any = {name: answer.get(name) for name in expected}
        else:
            got = error_of(call, **given)[0]
        if got != expected:
            wrong.append((method, given, got))
    assert wrong == []


def test_settings_of_asynchronous_invocations_are_kept_by_version_and_merged_by_updates(cloud):
    _function()
    functions = boto3.client("lambda")
    function = {"FunctionName": "resize"}
    functions.put_function_event_invoke_config(**function, MaximumRetryAttempts=0)
    functions.put_function_event_invoke_config(**function, MaximumEventAgeInSeconds=60)
    functions.put_function_event_invoke_config(**function, Qualifier="live", MaximumRetryAttempts=2)
    functions.update_function_event_invoke_config(**function, Qualifier="live", MaximumEventAgeInSeconds=90)
    shown = functions.get_function_event_invoke_config(**function)
    assert "MaximumRetryAttempts" not in shown
    assert shown["MaximumEventAgeInSeconds"] == 60
    listed = functions.list_function_event_invoke_configs(**function)["FunctionEventInvokeConfigs"]
    settings = {each["FunctionArn"].rpartition(":")[2]: each for each in listed}
    assert settings.keys() == {"$LATEST", "live"}
    assert (settings["live"]["MaximumRetryAttempts"], settings["live"]["MaximumEventAgeInSeconds"]) == (2, 90)


def test_dry_run_changes_no_code(cloud):
    _function()
    functions = boto3.client("lambda")
    before = functions.get_function(FunctionName="resize")["Configuration"]["CodeSha256"]
    functions.update_function_code(FunctionName="resize", ZipFile=archive("other"), DryRun=True)
    assert functions.get_function(FunctionName="resize")["Configuration"]["CodeSha256"] == before
