"""Lambda, according to AWS's observed answers (statuses, policies, Regions, states), and functions that really run."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import allow, error_of, trust

HOME = "111122223333"
ARN = f"arn:aws:lambda:us-east-1:{HOME}:function:hear"


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("main.py", "def x(event, context): return event")
    return content.getvalue()


@pytest.fixture
def functions(cloud):
    return boto3.client("lambda")


@pytest.fixture
def made(functions):
    iam = boto3.client("iam")
    role = iam.create_role(
        RoleName="runner", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )
    iam.put_role_policy(RoleName="runner", PolicyName="queues", PolicyDocument=allow("sqs:*"))
    return functions.create_function(
        FunctionName="hear", Runtime="python3.13", Role=role["Role"]["Arn"], Handler="main.x",
        Code={"ZipFile": package()},
    )  # fmt: skip


@pytest.fixture
def heard(cloud, made) -> list[Any]:
    """The events that the function's stand-in got."""
    events: list[Any] = []
    cloud.lambda_function(ARN, lambda event, context: events.append(event))
    return events


# Invoking


def test_invoking_runs_the_stand_in(cloud, functions, made):
    cloud.lambda_function(ARN, lambda event, context: {"got": event, "by": context.function_name})
    answer = functions.invoke(FunctionName="hear", Payload=b'{"a": 1}', LogType="Tail")
    assert json.loads(answer["Payload"].read()) == {"got": {"a": 1}, "by": "hear"}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "LogResult" in answer


def test_a_function_that_raises_answers_what_it_raised(cloud, functions, made):
    def fails(event, context):
        raise KeyError("missing")

    cloud.lambda_function(ARN, fails)
    answer = functions.invoke(FunctionName="hear")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'missing'")
    assert functions.invoke(FunctionName="hear", InvocationType="Event")["StatusCode"] == 202
    assert functions.invoke(FunctionName="hear", InvocationType="DryRun")["StatusCode"] == 204


def test_a_function_without_a_stand_in_is_refused_by_name(functions, made):
    with pytest.raises(NotModelled, match=r"cloud\.lambda_function"):
        functions.invoke(FunctionName="hear")


@pytest.mark.parametrize("sender", ["sns", "events", "s3", "logs"])
def test_deliveries_run_the_stand_in_if_the_functions_policy_lets_them(functions, heard, sender):
    def send() -> None:
        if sender == "sns":
            boto3.client("sns").publish(TopicArn=f"arn:aws:sns:us-east-1:{HOME}:news", Message="hello")
        elif sender == "events":
            entry = {"Source": "shop", "DetailType": "sold", "Detail": '{"text": "hello"}'}
            boto3.client("events").put_events(Entries=[entry])
        elif sender == "s3":
            boto3.client("s3").put_object(Bucket="inbox", Key="hello", Body=b"x")
        else:
            boto3.client("logs").put_log_events(
                logGroupName="app", logStreamName="s", logEvents=[{"timestamp": now, "message": "hello"}]
            )

    principal = {"logs": "logs.us-east-1.amazonaws.com"}.get(sender, f"{sender}.amazonaws.com")
    now = 0

    def permit() -> None:
        functions.add_permission(
            FunctionName="hear", StatementId="s", Action="lambda:InvokeFunction", Principal=principal
        )

    if sender == "sns":
        topic = boto3.client("sns").create_topic(Name="news")["TopicArn"]
        boto3.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=ARN)
    elif sender == "events":
        boto3.client("events").put_rule(Name="r", EventPattern='{"source": ["shop"]}')
        boto3.client("events").put_targets(Rule="r", Targets=[{"Id": "1", "Arn": ARN}])
    elif sender == "s3":
        permit()
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="inbox")
        wanted = {"LambdaFunctionArn": ARN, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="inbox", NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
        )
        functions.remove_permission(FunctionName="hear", StatementId="s")
    else:
        from labs_helpers.cloud import Cloud

        now = int(Cloud.running().clock.now().timestamp() * 1000)
        logs = boto3.client("logs")
        logs.create_log_group(logGroupName="app")
        logs.create_log_stream(logGroupName="app", logStreamName="s")
        given = {"logGroupName": "app", "filterName": "f", "filterPattern": "hello", "destinationArn": ARN}
        assert error_of(logs.put_subscription_filter, **given)[0] == "InvalidParameterException"
        permit()
        logs.put_subscription_filter(**given)
        functions.remove_permission(FunctionName="hear", StatementId="s")
    send()
    assert heard == []
    permit()
    send()
    assert len(heard) == 1


def test_a_queues_messages_go_to_the_function_that_is_mapped_to_it(cloud, functions, heard):
    sqs = boto3.client("sqs")
    url, arn = sqs.create_queue(QueueName="inbox")["QueueUrl"], f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    mapping = {"FunctionName": "hear", "EventSourceArn": arn}
    pattern = {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]}
    answer = functions.create_event_source_mapping(**mapping, FilterCriteria=pattern)
    assert (answer["State"], answer["StateTransitionReason"]) == ("Creating", "USER_INITIATED")
    assert error_of(functions.create_event_source_mapping, **mapping)[0] == "ResourceConflictException"
    sqs.send_message(QueueUrl=url, MessageBody='{"kind": "order"}')
    sqs.send_message(QueueUrl=url, MessageBody='{"kind": "other"}')
    ((record,),) = [event["Records"] for event in heard]
    assert (record["body"], record["eventSourceARN"]) == ('{"kind": "order"}', arn)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    functions.delete_event_source_mapping(UUID=answer["UUID"])
    sqs.send_message(QueueUrl=url, MessageBody='{"kind": "order"}')
    assert len(heard) == 1


def change_trust(service: str) -> None:
    policy = trust({"Service": f"{service}.amazonaws.com"})
    boto3.client("iam").update_assume_role_policy(RoleName="runner", PolicyDocument=policy)


def test_a_role_must_be_allowed_to_receive_and_decrypt_each_message(cloud, functions, heard):
    sqs, kms, iam = boto3.client("sqs"), boto3.client("kms"), boto3.client("iam")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    url = sqs.create_queue(QueueName="inbox", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    functions.create_event_source_mapping(FunctionName="hear", EventSourceArn=arn)
    runner, decrypt = {"RoleName": "runner", "PolicyName": "keys"}, allow("kms:Decrypt", key)
    for change, expected in (
        (lambda: None, 0),
        (lambda: iam.put_role_policy(**runner, PolicyDocument=decrypt), 1),
        (lambda: change_trust("ec2"), 1),
        (lambda: change_trust("lambda"), 2),
        (lambda: iam.delete_role_policy(RoleName="runner", PolicyName="queues"), 2),
    ):
        change()
        sqs.send_message(QueueUrl=url, MessageBody="order")
        assert len(heard) == expected
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "order"


def test_messages_that_the_function_fails_on_come_again(cloud, functions, made):
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]

    def fails(event, context):
        raise ValueError("no")

    cloud.lambda_function(ARN, fails)
    functions.create_event_source_mapping(
        FunctionName="hear", EventSourceArn=f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    )
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["x"]


def test_a_mapping_needs_a_role_that_may_read_the_queue(functions, made):
    boto3.client("sqs").create_queue(QueueName="inbox")
    boto3.client("iam").delete_role_policy(RoleName="runner", PolicyName="queues")
    mapping = {"FunctionName": "hear", "EventSourceArn": f"arn:aws:sqs:us-east-1:{HOME}:inbox"}
    code, message = error_of(functions.create_event_source_mapping, **mapping)
    assert code == "InvalidParameterValueException"
    assert "does not have permissions to call ReceiveMessage on SQS" in message


# Policies, Regions, statuses


@pytest.mark.ledger("F-EVT-07")
def test_a_permission_writes_its_principal_as_policies_do(functions, made):
    role = made["Role"]
    wanted = {
        HOME: {"AWS": f"arn:aws:iam::{HOME}:root"}, role: {"AWS": role}, "*": "*",
        f"arn:aws:iam::{HOME}:root": {"AWS": f"arn:aws:iam::{HOME}:root"},
        "s3.amazonaws.com": {"Service": "s3.amazonaws.com"},
    }  # fmt: skip
    for number, principal in enumerate(wanted):
        answer = functions.add_permission(
            FunctionName="hear", StatementId=f"s{number}", Action="lambda:InvokeFunction", Principal=principal,
            SourceAccount=HOME,
        )  # fmt: skip
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert json.loads(answer["Statement"]) == {
            "Sid": f"s{number}", "Effect": "Allow", "Principal": wanted[principal], "Action": "lambda:InvokeFunction",
            "Resource": ARN, "Condition": {"StringEquals": {"AWS:SourceAccount": HOME}},
        }  # fmt: skip
    statements = json.loads(functions.get_policy(FunctionName="hear")["Policy"])["Statement"]
    assert [each["Principal"] for each in statements] == list(wanted.values())


def test_a_versions_policy_is_its_own(functions, made):
    version = functions.publish_version(FunctionName="hear")["Version"]
    given = {"FunctionName": "hear", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    functions.add_permission(**given)
    assert error_of(functions.add_permission, **given)[0] == "ResourceConflictException"
    assert (
        error_of(functions.get_policy, FunctionName="hear", Qualifier=version)[0]
        == "ResourceNotFoundException"
    )
    functions.add_permission(**given, Qualifier=version)
    functions.remove_permission(FunctionName="hear", StatementId="s")
    assert f"{ARN}:{version}" in functions.get_policy(FunctionName="hear", Qualifier=version)["Policy"]


def test_a_function_of_another_region_is_out_of_reach(functions, heard):
    abroad = ARN.replace("us-east-1", "us-west-2")
    wanted = "Functions from 'us-west-2' are not reachable in this region ('us-east-1')"
    for name in ("get_function", "invoke", "delete_function"):
        found = error_of(getattr(functions, name), FunctionName=abroad)
        assert found == ("ResourceNotFoundException", wanted)
    assert error_of(functions.list_tags, Resource=abroad) == ("ResourceNotFoundException", wanted)
    assert heard == []


def test_answers_have_the_status_of_the_api(functions, made):
    functions.publish_version(FunctionName="hear")
    functions.create_alias(FunctionName="hear", Name="live", FunctionVersion="1")
    status = {"get_alias": 200, "update_alias": 200, "delete_alias": 204}
    for name, wanted in status.items():
        answer = getattr(functions, name)(FunctionName="hear", Name="live")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == wanted
    created = functions.create_function_url_config(FunctionName="hear", AuthType="AWS_IAM")
    assert (created["InvokeMode"], created["FunctionUrl"][-1]) == ("BUFFERED", "/")
    answer = functions.get_function_url_config(FunctionName="hear")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert error_of(functions.create_function_url_config, FunctionName="hear", AuthType="NONE")[0] == (
        "ResourceConflictException"
    )


def test_a_function_goes_through_its_states(functions, made):
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    assert "Layers" not in made
    shown = functions.get_function_configuration(FunctionName="hear")
    assert (shown["State"], shown["LastUpdateStatus"]) == ("Active", "Successful")
    assert shown["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/hear"}
    changed = functions.update_function_configuration(FunctionName="hear", Timeout=5)
    assert changed["LastUpdateStatus"] == "InProgress"
    assert changed["RevisionId"] != shown["RevisionId"]
    stale = {"FunctionName": "hear", "Timeout": 6, "RevisionId": shown["RevisionId"]}
    assert error_of(functions.update_function_configuration, **stale)[0] == "PreconditionFailedException"
    assert "State" not in functions.list_functions()["Functions"][0]


def test_settings_of_asynchronous_invocation_concurrency_and_layers(functions, made):
    assert error_of(functions.put_function_event_invoke_config, FunctionName="hear")[0] == (
        "InvalidParameterValueException"
    )
    shown = functions.put_function_event_invoke_config(FunctionName="hear", MaximumRetryAttempts=0)
    assert shown["FunctionArn"] == f"{ARN}:$LATEST"
    assert shown["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    much = {"FunctionName": "hear", "ReservedConcurrentExecutions": 901}
    assert error_of(functions.put_function_concurrency, **much)[0] == "InvalidParameterValueException"
    layer = functions.publish_layer_version(LayerName="shared", Content={"ZipFile": package()})
    assert layer["Description"] == ""
    assert "LicenseInfo" not in layer
    assert error_of(functions.get_layer_version, LayerName="shared", VersionNumber=9)[0] == (
        "ResourceNotFoundException"
    )
    assert functions.list_layers()["Layers"][0]["LatestMatchingVersion"]["Version"] == 1


def test_a_function_uses_another_accounts_layer_if_the_layers_policy_lets_it(cloud, functions, made):
    """https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html"""
    theirs = cloud.account("444455556666").client("lambda")
    layer = {"LayerName": "shared", "Content": {"ZipFile": package()}}
    arn = theirs.publish_layer_version(**layer)["LayerVersionArn"]
    used = {"FunctionName": "hear", "Layers": [arn]}
    functions.publish_layer_version(**layer)
    assert error_of(functions.update_function_configuration, **used)[0] == "AccessDeniedException"
    theirs.add_layer_version_permission(
        LayerName="shared", VersionNumber=1, StatementId="share", Action="lambda:GetLayerVersion",
        Principal="111122223333",
    )  # fmt: skip
    assert functions.update_function_configuration(**used)["Layers"][0]["Arn"] == arn


def test_errors_say_whose_fault_they_are(functions):
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as caught:
        functions.list_tags(Resource=ARN)
    assert caught.value.response["Type"] == "User"
    assert caught.value.response["Message"] == f"Function not found: {ARN}"
