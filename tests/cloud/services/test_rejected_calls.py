"""Calls that services reject, by the page that describes the rule. `rejected_calls.json` has each call's code."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

CASES = json.loads(Path(__file__).with_name("rejected_calls.json").read_text(encoding="utf-8"))
QUEUE = "arn:aws:sqs:us-east-1:111122223333:sacks"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TAGS = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
MILL = "arn:aws:lambda:us-east-1:111122223333:function:mill"


def client(service: str) -> Any:
    return boto3.client(service, config=Config(parameter_validation=False, retries={"max_attempts": 1}))


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def package() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("m.py", "")
    return archive.getvalue()


@pytest.fixture
def mill(cloud):
    """A function with a Python callable, and its role."""
    iam = client("iam")
    role = iam.create_role(RoleName="mill", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    iam.put_role_policy(RoleName="mill", PolicyName="own", PolicyDocument=document(allow))
    code = {"ZipFile": package()}
    client("lambda").create_function(
        FunctionName="mill", Runtime="python3.13", Role=role, Handler="m.h", Code=code
    )
    client("lambda").publish_layer_version(LayerName="oil", Content=code)
    cloud.lambda_function(MILL, lambda event, context: event)
    return client("lambda")


def test_calls_that_are_not_valid_are_rejected(mill):
    client("s3").create_bucket(Bucket="shelf")
    client("sqs").create_queue(QueueName="sacks")
    client("sqs").create_queue(QueueName="sacks.fifo", Attributes={"FifoQueue": "true"})
    client("logs").create_log_group(logGroupName="mill")
    client("events").put_rule(Name="hourly", EventPattern='{"source":["shop"]}')
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}
    connection = client("events").create_connection(
        Name="shop", AuthorizationType="API_KEY", AuthParameters=key
    )
    client("lambda").publish_version(FunctionName="mill")
    client("s3").put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    named = {
        "$queue": QUEUE, "$topic": client("sns").create_topic(Name="news")["TopicArn"],
        "$connection": connection["ConnectionArn"],
    }  # fmt: skip
    for case in CASES:
        for wrong in case["wrong"]:
            text = json.dumps({**case["base"], **wrong})
            text = text.replace('"$51_tags"', json.dumps(TAGS))
            for name, arn in named.items():
                text = text.replace(name, arn)
            operation = getattr(client(case["client"]), case["operation"])
            assert error_of(operation, **json.loads(text))[0] == case["code"], (case["operation"], wrong)


def test_reserved_concurrency_of_zero_stops_a_function(mill, cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    ran = []
    cloud.lambda_function(MILL, lambda event, context: ran.append(event))
    mill.put_function_concurrency(FunctionName="mill", ReservedConcurrentExecutions=0)
    assert error_of(mill.invoke, FunctionName="mill")[0] == "TooManyRequestsException"
    assert mill.invoke(FunctionName="mill", InvocationType="Event")["StatusCode"] == 202
    assert ran == []


def test_a_result_that_is_not_json_is_a_marshal_error(mill, cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    cloud.lambda_function(MILL, lambda event, context: {1, 2})
    answer = mill.invoke(FunctionName="mill")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.MarshalError"


def test_logs_invokes_a_function_whose_policy_names_its_global_principal(mill):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample"""
    logs = client("logs")
    logs.create_log_group(logGroupName="mill")
    request = {"logGroupName": "mill", "filterName": "all", "filterPattern": "", "destinationArn": MILL}
    assert error_of(logs.put_subscription_filter, **request)[0] == "InvalidParameterException"
    source = "arn:aws:logs:us-east-1:111122223333:log-group:mill:*"
    mill.add_permission(
        FunctionName="mill", StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com",
        SourceArn=source,
    )  # fmt: skip
    logs.put_subscription_filter(**request)


def test_a_batch_of_log_events_has_at_most_a_mebibyte(cloud):
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    logs, now = client("logs"), int(cloud.clock.now().timestamp() * 1000)
    logs.create_log_group(logGroupName="mill")
    logs.create_log_stream(logGroupName="mill", logStreamName="s")
    events = [{"timestamp": now, "message": "x" * (1_048_576 // 2 - 26)} for _ in range(2)]
    logs.put_log_events(logGroupName="mill", logStreamName="s", logEvents=events)
    events[0]["message"] += "x"
    code, _ = error_of(logs.put_log_events, logGroupName="mill", logStreamName="s", logEvents=events)
    assert code == "InvalidParameterException"


def test_only_a_message_in_flight_has_a_visibility_timeout(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="sacks")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="flour")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    request = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
    sqs.change_message_visibility(**request)
    code, _ = error_of(sqs.change_message_visibility, **request)
    assert code == "AWS.SimpleQueueService.MessageNotInflight"
