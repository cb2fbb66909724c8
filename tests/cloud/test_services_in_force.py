"""Resource-based policies of many services, passed roles, and calls by services, through boto3 and the gate."""

from __future__ import annotations

import io
import json
import zipfile

import boto3
import pytest

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.engine.policy import Principal
from tests.clouds import allow, deny, error_of, make_user, trust

HOME, PARTNER = "111122223333", "444455556666"


def statement(principal, action, resource, **more):
    body = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [body]})


def code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("app.py", "def handler(event, context): return event\n")
    return archive.getvalue()


def make_function(name, role):
    return boto3.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Role=role, Handler="app.handler", Code={"ZipFile": code()}
    )["FunctionArn"]


def table_call(cloud, service, operation, parameters) -> Call:
    """A call of the home account's administrator that is not made."""
    return Call(
        service=service, operation=operation, parameters=parameters, region="us-east-1",
        principal=Principal.from_arn(f"arn:aws:iam::{HOME}:user/admin"), credentials=None, account=HOME,
        time=cloud.clock.now(), state=State(Ids(1)),
    )  # fmt: skip


def service_role(iam, name, service, policy=None):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"Service": service}))["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return role


@pytest.mark.ledger("F-RES-01")
def test_a_queue_policy_alone_lets_a_user_of_its_account_send(cloud):
    alice = make_user(cloud, "alice")
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    code_, message = error_of(alice.client("sqs").send_message, QueueUrl=url, MessageBody="x")
    assert code_ == "AccessDenied"
    assert "sqs:SendMessage" in message or "sqs:sendmessage" in message
    arn = f"arn:aws:sqs:us-east-1:{HOME}:orders"
    policy = statement({"AWS": f"arn:aws:iam::{HOME}:user/alice"}, "sqs:SendMessage", arn)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    alice.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert error_of(alice.client("sqs").receive_message, QueueUrl=url)[0] == "AccessDenied"


@pytest.mark.ledger("F-RES-01")
def test_another_account_needs_its_own_allow_besides_the_queue_policy(cloud):
    bob = make_user(cloud, "bob", account=PARTNER)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    policy = statement({"AWS": PARTNER}, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{HOME}:orders")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    assert error_of(bob.client("sqs").send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"
    cloud.account(PARTNER).client("iam").put_user_policy(
        UserName="bob", PolicyName="own", PolicyDocument=allow("sqs:SendMessage")
    )
    bob.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


@pytest.mark.ledger("F-RES-01")
def test_a_topic_policy_lets_another_account_publish(cloud):
    bob = make_user(cloud, "bob", allow("sns:Publish"), account=PARTNER)
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    assert error_of(bob.client("sns").publish, TopicArn=topic, Message="x")[0] == "AuthorizationError"
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=statement({"AWS": PARTNER}, "sns:Publish", topic),
    )
    bob.client("sns").publish(TopicArn=topic, Message="x")


@pytest.mark.ledger("F-RES-01")
def test_a_secrets_policy_counts_and_its_deny_binds_the_administrator(cloud):
    alice = make_user(cloud, "alice")
    secrets = boto3.client("secretsmanager")
    arn = secrets.create_secret(Name="database", SecretString="hunter2")["ARN"]
    assert (
        error_of(alice.client("secretsmanager").get_secret_value, SecretId=arn)[0] == "AccessDeniedException"
    )
    user = {"AWS": f"arn:aws:iam::{HOME}:user/alice"}
    secrets.put_resource_policy(
        SecretId=arn, ResourcePolicy=statement(user, "secretsmanager:GetSecretValue", "*")
    )
    assert alice.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "hunter2"
    document = json.loads(deny("secretsmanager:GetSecretValue"))
    document["Statement"][0]["Principal"] = "*"
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(document))
    code_, message = error_of(secrets.get_secret_value, SecretId=arn)
    assert code_ == "AccessDeniedException"
    assert "with an explicit deny in a resource-based policy" in message


@pytest.mark.ledger("F-RES-01")
def test_a_tables_policy_lets_a_user_read(cloud):
    alice = make_user(cloud, "alice")
    table = boto3.client("dynamodb")
    arn = table.create_table(
        TableName="songs", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )["TableDescription"]["TableArn"]  # fmt: skip
    read = {"TableName": "songs", "Key": {"id": {"S": "1"}}}
    assert error_of(alice.client("dynamodb").get_item, **read)[0] == "AccessDeniedException"
    user = {"AWS": f"arn:aws:iam::{HOME}:user/alice"}
    table.put_resource_policy(ResourceArn=arn, Policy=statement(user, "dynamodb:GetItem", arn))
    alice.client("dynamodb").get_item(**read)


@pytest.mark.ledger("F-RES-01")
def test_a_functions_policy_lets_another_account_invoke_it(cloud, iam):
    bob = make_user(cloud, "bob", allow("lambda:InvokeFunction"), account=PARTNER)
    arn = make_function("work", service_role(iam, "worker", "lambda.amazonaws.com"))
    cloud.lambda_function(arn, lambda event, context: event)
    invoke = {"FunctionName": arn, "Payload": b"{}"}
    assert error_of(bob.client("lambda").invoke, **invoke)[0] == "AccessDeniedException"
    boto3.client("lambda").add_permission(
        FunctionName="work", StatementId="partner", Action="lambda:InvokeFunction", Principal=PARTNER
    )
    assert bob.client("lambda").invoke(**invoke)["StatusCode"] == 200


@pytest.mark.ledger("F-RES-02")
def test_sns_delivers_to_a_queue_only_if_its_policy_lets_that_topic_in(cloud):
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    topic = sns.create_topic(Name="news")["TopicArn"]
    other = sns.create_topic(Name="other")["TopicArn"]
    for arn in (topic, other):
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="lost")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    condition = {"ArnEquals": {"aws:SourceArn": topic}, "StringEquals": {"aws:SourceAccount": HOME}}
    policy = statement({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", queue, Condition=condition)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.publish(TopicArn=topic, Message="kept")
    sns.publish(TopicArn=other, Message="confused deputy")
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(each["Body"])["Message"] for each in messages] == ["kept"]


@pytest.mark.ledger("F-RES-02")
def test_eventbridge_delivers_to_a_queue_only_if_its_policy_lets_that_rule_in(cloud):
    sqs, events = boto3.client("sqs"), boto3.client("events")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{HOME}:inbox"
    rule = events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))["RuleArn"]
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": queue}])
    entry = {"Source": "shop", "DetailType": "order", "Detail": "{}"}
    events.put_events(Entries=[entry])
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    policy = statement(
        {"Service": "events.amazonaws.com"},
        "sqs:SendMessage",
        queue,
        Condition={"ArnEquals": {"aws:SourceArn": rule}},
    )
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_events(Entries=[entry])
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


@pytest.mark.ledger("F-IAM-12")
def test_handing_a_role_to_a_function_needs_passrole_on_that_role(cloud, iam):
    powerful = service_role(iam, "powerful", "lambda.amazonaws.com", allow("*"))
    modest = service_role(iam, "modest", "lambda.amazonaws.com")
    alice = make_user(cloud, "alice", allow("lambda:*"))
    create = {
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": {"ZipFile": code()},
    }
    code_, message = error_of(alice.client("lambda").create_function, Role=powerful, **create)
    assert code_ == "AccessDeniedException"
    assert f"iam:PassRole on resource: {powerful}" in message
    condition = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    iam.put_user_policy(
        UserName="alice", PolicyName="pass", PolicyDocument=allow("iam:PassRole", modest, Condition=condition)
    )
    alice.client("lambda").create_function(Role=modest, **create)
    assert error_of(alice.client("lambda").create_function, Role=powerful, **{**create, "FunctionName": "g"})[
        0
    ] == ("AccessDeniedException")


@pytest.mark.ledger("F-IAM-12")
def test_associatedresourcearn_ties_a_role_to_one_resource(cloud, iam):
    """Both ways: an Allow for one function, and a Deny of another.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_AssociatedResourceArn
    """
    role = service_role(iam, "worker", "lambda.amazonaws.com")
    function = "arn:aws:lambda:us-east-1:111122223333:function:"
    condition = {"ArnLike": {"iam:AssociatedResourceArn": f"{function}shop-*"}}
    statements = json.loads(allow("lambda:*"))["Statement"]
    statements += json.loads(allow("iam:PassRole", role, Condition=condition))["Statement"]
    statements += json.loads(
        deny("iam:PassRole", Condition={"ArnEquals": {"iam:AssociatedResourceArn": f"{function}shop-2"}})
    )["Statement"]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    create = make_user(cloud, "alice", document).client("lambda").create_function
    new = {"Runtime": "python3.12", "Handler": "app.handler", "Role": role, "Code": {"ZipFile": code()}}
    create(FunctionName="shop-1", **new)
    for name in ("shop-2", "other"):
        assert error_of(create, FunctionName=name, **new)[0] == "AccessDeniedException", name


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "arn"),
    [
        ("ec2", "RunInstances", {"ImageId": "ami-03cf127a", "MinCount": 1, "MaxCount": 1,
                                 "IamInstanceProfile": {"Name": "p"}}, "arn:aws:ec2:us-east-1:{}:instance/*"),
        ("ec2", "AssociateIamInstanceProfile",
         {"InstanceId": "i-1234567890abcdef0", "IamInstanceProfile": {"Name": "p"}},
         "arn:aws:ec2:us-east-1:{}:instance/i-1234567890abcdef0"),
        ("iam", "AddRoleToInstanceProfile", {"InstanceProfileName": "p", "RoleName": "worker"},
         "arn:aws:ec2:*:{}:instance/*"),
        ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Role": "$role"},
         "arn:aws:lambda:us-east-1:{}:function:f"),
        ("events", "PutTargets",
         {"Rule": "r", "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:111122223333:q", "RoleArn": "$role"}]},
         "arn:aws:events:us-east-1:{}:rule/r"),
        ("cloudtrail", "CreateTrail", {"Name": "t", "S3BucketName": "b", "CloudWatchLogsRoleArn": "$role"},
         "arn:aws:cloudtrail:us-east-1:{}:trail/t"),
        ("sns", "SetTopicAttributes", {"TopicArn": "arn:aws:sns:us-east-1:111122223333:t",
                                       "AttributeName": "LambdaSuccessFeedbackRoleArn", "AttributeValue": "$role"},
         "arn:aws:sns:us-east-1:{}:t"),
        ("s3", "PutBucketReplication", {"Bucket": "shelf", "ReplicationConfiguration": {"Role": "$role", "Rules": []}},
         "arn:aws:s3:::shelf"),
    ],
)  # fmt: skip
def test_a_role_is_passed_for_the_resource_that_will_use_it(cloud, iam, service, operation, parameters, arn):
    role = service_role(iam, "worker", "ec2.amazonaws.com")
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="worker")
    table = services.table(service)
    given = json.loads(json.dumps(parameters).replace("$role", role))
    call = table_call(cloud, service, operation, given)
    (passed,) = [ask for ask in table.asks(call) if ask.action == "iam:PassRole"]
    assert passed.context["iam:AssociatedResourceArn"] == arn.format("111122223333")


@pytest.mark.ledger("F-IAM-12")
def test_passedtoservice_ties_a_role_to_one_service(cloud, iam):
    role = service_role(iam, "worker", "lambda.amazonaws.com")
    condition = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    iam_pass = json.loads(allow("iam:PassRole", role, Condition=condition))["Statement"]
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [*iam_pass, *json.loads(allow("lambda:*"))["Statement"]]}
    )
    alice = make_user(cloud, "alice", document)
    code_, _ = error_of(
        alice.client("lambda").create_function, FunctionName="f", Runtime="python3.12", Handler="app.handler",
        Role=role, Code={"ZipFile": code()},
    )  # fmt: skip
    assert code_ == "AccessDeniedException"


@pytest.mark.parametrize(
    ("service", "operation", "code_"),
    [
        ("kms", "list_keys", "AccessDeniedException"),
        ("dynamodb", "list_tables", "AccessDeniedException"),
        ("organizations", "list_accounts", "AccessDeniedException"),
        ("logs", "describe_log_groups", "AccessDeniedException"),
        ("events", "list_rules", "AccessDeniedException"),
        ("lambda", "list_functions", "AccessDeniedException"),
        ("secretsmanager", "list_secrets", "AccessDeniedException"),
        ("cloudtrail", "list_trails", "AccessDeniedException"),
        ("sso-admin", "list_instances", "AccessDeniedException"),
        ("ec2", "describe_instances", "UnauthorizedOperation"),
        ("sns", "list_topics", "AuthorizationError"),
        ("sqs", "list_queues", "AccessDenied"),
        ("iam", "list_users", "AccessDenied"),
        ("s3", "list_buckets", "AccessDenied"),
    ],
)
def test_each_service_refuses_in_its_own_words_and_with_the_recorded_request_id(
    cloud, service, operation, code_
):
    client = make_user(cloud, "alice").client(service)
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, operation)(**({"MaxResults": 5} if service == "cognito-idp" else {}))
    answer = caught.value.response
    assert answer["Error"]["Code"] == code_
    assert answer["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert answer["ResponseMetadata"]["RequestId"] == cloud.record[-1].request_id


@pytest.mark.parametrize(
    ("service", "operation", "codes"),
    [
        ("kms", "list_keys", ("UnrecognizedClientException", "InvalidSignatureException")),
        ("dynamodb", "list_tables", ("UnrecognizedClientException", "InvalidSignatureException")),
        ("lambda", "list_functions", ("UnrecognizedClientException", "InvalidSignatureException")),
        ("ec2", "describe_instances", ("AuthFailure", "AuthFailure")),
        ("sns", "list_topics", ("InvalidClientTokenId", "SignatureDoesNotMatch")),
    ],
)
@pytest.mark.ledger("F-IAM-02")
def test_wrong_credentials_are_refused_in_the_words_of_each_protocol(cloud, iam, service, operation, codes):
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    for access_key, code_ in zip(("AKIAIOSFODNN7EXAMPLE", key), codes, strict=True):
        client = boto3.client(service, aws_access_key_id=access_key, aws_secret_access_key="x" * 40)
        assert error_of(getattr(client, operation))[0] == code_


def test_kms_key_policy_decides_and_delegates_to_iam(cloud):
    alice = make_user(cloud, "alice", allow("kms:Encrypt"))
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    alice.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    only_admin = statement({"AWS": f"arn:aws:iam::{HOME}:user/admin"}, "kms:*", "*")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=only_admin)
    assert error_of(alice.client("kms").encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{HOME}:user/alice", Operations=["Encrypt"])
    alice.client("kms").encrypt(KeyId=key, Plaintext=b"x")
