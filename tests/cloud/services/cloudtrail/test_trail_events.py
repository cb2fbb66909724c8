"""CloudTrail events: their caller, operation, and result, and the absence of secrets."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs_helpers.cloud.core.record import BLOB_LIMIT, Dropped, Entry, kept
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.cloudtrail import trail_events
from labs_helpers.cloud.services.shared.trail_facts import HIDDEN
from labs_helpers.cloud.services.shared.trail_values import written
from tests.clouds import allow, error_of, make_user, trust

HOME, PARTNER = "111122223333", "444455556666"
SERVICES = (
    "iam", "sts", "kms", "secretsmanager", "lambda", "sqs", "sns", "cognito-idp", "cognito-identity", "dynamodb",
    "organizations", "ssm", "s3", "ec2", "identitystore", "sso-admin", "rds", "events", "logs",
)  # fmt: skip


def entry(service: str, operation: str, parameters: dict[str, Any], **more: Any) -> Entry:
    settings: dict[str, Any] = {
        "event_id": "5a58b185-775c-403c-951b-7f9da0996d52", "request_id": "r", "time": datetime(2026, 1, 2, tzinfo=UTC),
        "service": service, "operation": operation, "region": "us-east-1", "account": HOME,
        "principal_arn": f"arn:aws:iam::{HOME}:user/alice", "caller_account": HOME, "access_key_id": None,
        "source_ip": "203.0.113.10", "user_agent": "test", "parameters": parameters,
    }  # fmt: skip
    return Entry(**settings | more)


def last(cloud, operation: str) -> dict[str, Any]:
    return trail_events.event(next(one for one in reversed(cloud.record) if one.operation == operation))


def role_session(cloud, name: str, policy: str | None = None, **more: Any):
    iam = boto3.client("iam")
    arn = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust({"AWS": HOME}, ["sts:AssumeRole", "sts:SetSourceIdentity"]),
    )["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    answer = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="work", **more)
    return answer, cloud.profile(f"{name}-session", answer["Credentials"])


@pytest.mark.ledger("F-TRL-01")
def test_event_of_a_users_write_call(cloud, iam):
    iam.create_user(UserName="alice", Path="/staff/")
    event = last(cloud, "CreateUser")
    assert event["eventVersion"] == "1.11"
    assert event["userIdentity"]["type"] == "IAMUser"
    assert event["userIdentity"]["userName"] == "admin"
    assert event["userIdentity"]["arn"] == f"arn:aws:iam::{HOME}:user/admin"
    assert event["userIdentity"]["accessKeyId"].startswith("AKIA")
    assert "sessionContext" not in event["userIdentity"]
    assert (event["eventSource"], event["eventName"], event["awsRegion"]) == (
        "iam.amazonaws.com",
        "CreateUser",
        "us-east-1",
    )
    assert event["requestParameters"] == {"userName": "alice", "path": "/staff/"}
    assert event["responseElements"]["user"]["arn"] == f"arn:aws:iam::{HOME}:user/staff/alice"
    assert event["readOnly"] is False
    assert event["managementEvent"] is True
    assert event["eventType"] == "AwsApiCall"
    assert event["eventCategory"] == "Management"
    assert event["recipientAccountId"] == HOME
    assert "sharedEventID" not in event
    assert "errorCode" not in event
    assert event["tlsDetails"]["clientProvidedHostHeader"] == "iam.amazonaws.com"


@pytest.mark.ledger("F-TRL-01")
def test_reads_have_no_response_elements(cloud, iam):
    iam.list_users()
    event = last(cloud, "ListUsers")
    assert event["readOnly"] is True
    assert event["responseElements"] is None
    assert event["requestParameters"] is None


@pytest.mark.ledger("F-TRL-01")
def test_refused_call_is_an_event_with_its_error(cloud):
    alice = make_user(cloud, "alice")
    message = error_of(alice.client("iam").create_user, UserName="eve")[1]
    event = last(cloud, "CreateUser")
    assert event["errorCode"] == "AccessDenied"
    assert event["errorMessage"] == message
    assert event["responseElements"] is None
    assert event["requestParameters"] is None
    assert event["userIdentity"]["userName"] == "alice"


@pytest.mark.ledger("F-TRL-05")
def test_only_ec2_and_s3_show_what_a_denied_call_asked_for(cloud):
    """OBSERVED in 464 events of 2024 (see tests/cloud/observed)."""
    alice = make_user(cloud, "alice")
    boto3.client("s3").create_bucket(Bucket="shelf")
    error_of(alice.client("ec2").create_key_pair, KeyName="door")
    error_of(alice.client("s3").get_bucket_policy, Bucket="shelf")
    error_of(
        alice.client("kms").create_alias,
        AliasName="alias/a",
        TargetKeyId="1234abcd-12ab-34cd-56ef-1234567890ab",
    )
    assert last(cloud, "CreateKeyPair")["requestParameters"] == {"keyName": "door"}
    assert last(cloud, "GetBucketPolicy")["requestParameters"]["bucketName"] == "shelf"
    assert last(cloud, "CreateAlias")["requestParameters"] is None
    assert "resources" not in last(cloud, "CreateAlias")


@pytest.mark.ledger("F-TRL-01")
def test_other_failures_carry_the_name_of_the_errors_shape(cloud, iam):
    assert error_of(iam.get_user, UserName="ghost")[0] == "NoSuchEntity"
    assert last(cloud, "GetUser")["errorCode"] == "NoSuchEntityException"
    assert (
        trail_events.event(entry("ec2", "RunInstances", {}, error_code="UnauthorizedOperation"))["errorCode"]
        == "Client.UnauthorizedOperation"
    )
    assert (
        trail_events.event(entry("kms", "Decrypt", {}, error_code="AccessDeniedException"))["errorCode"]
        == "AccessDenied"
    )


@pytest.mark.ledger("F-TRL-01")
def test_role_session_shows_its_role_and_source_identity(cloud, iam):
    answer, session = role_session(cloud, "reader", allow("iam:ListUsers"), SourceIdentity="alice")
    session.client("iam").list_users()
    identity = last(cloud, "ListUsers")["userIdentity"]
    role = iam.get_role(RoleName="reader")["Role"]
    assert identity["type"] == "AssumedRole"
    assert identity["principalId"] == f"{role['RoleId']}:work"
    assert identity["arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["sessionContext"]["sessionIssuer"] == {
        "type": "Role", "principalId": role["RoleId"], "arn": role["Arn"], "accountId": HOME, "userName": "reader",
    }  # fmt: skip
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert identity["sessionContext"]["attributes"]["creationDate"].endswith("Z")
    assert identity["sessionContext"]["sourceIdentity"] == "alice"


@pytest.mark.ledger("F-TRL-01")
def test_assume_role_is_read_only_and_shows_the_session_without_its_key(cloud):
    answer, _ = role_session(cloud, "reader")
    event = last(cloud, "AssumeRole")
    keys = answer["Credentials"]
    assert event["readOnly"] is True
    assert event["responseElements"]["credentials"]["accessKeyId"] == keys["AccessKeyId"]
    assert event["responseElements"]["credentials"]["expiration"] == written(keys["Expiration"])
    assert keys["SecretAccessKey"] not in json.dumps(event)
    assert event["resources"] == [
        {"accountId": HOME, "type": "AWS::IAM::Role", "ARN": f"arn:aws:iam::{HOME}:role/reader"}
    ]


@pytest.mark.ledger("F-TRL-01")
def test_root_federated_and_token_sessions(cloud, iam):
    cloud.root().client("iam").list_roles()
    assert last(cloud, "ListRoles")["userIdentity"]["type"] == "Root"
    alice = make_user(cloud, "alice", allow("*"))
    token = alice.client("sts").get_federation_token(Name="guest", Policy=allow("s3:*"))
    assert last(cloud, "GetFederationToken")["responseElements"]["federatedUser"]["arn"].endswith(
        "federated-user/guest"
    )
    cloud.profile("guest", token["Credentials"]).client("s3").list_buckets()
    identity = last(cloud, "ListBuckets")["userIdentity"]
    assert identity["type"] == "FederatedUser"
    assert identity["principalId"] == f"{HOME}:guest"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "alice"
    assert (
        identity["sessionContext"]["sessionIssuer"]["principalId"]
        == iam.get_user(UserName="alice")["User"]["UserId"]
    )
    keys = alice.client("sts").get_session_token()["Credentials"]
    cloud.profile("alice-token", keys).client("s3").list_buckets()
    identity = last(cloud, "ListBuckets")["userIdentity"]
    assert identity["type"] == "IAMUser"
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


@pytest.mark.ledger("F-TRL-01")
def test_anonymous_services_and_token_bearers():
    anonymous = entry("s3", "GetObject", {"Bucket": "b", "Key": "k"}, principal_arn=None, caller_account=None)
    assert trail_events.event(anonymous)["userIdentity"] == {
        "type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL",
    }  # fmt: skip
    signs_up = entry("cognito-idp", "SignUp", {}, principal_arn=None, caller_account=None)
    assert trail_events.event(signs_up)["userIdentity"] == {"type": "Unknown", "principalId": "Anonymous"}
    service = entry("sqs", "SendMessage", {}, principal_arn="sns.amazonaws.com", caller_account=None)
    assert trail_events.event(service)["userIdentity"] == {
        "type": "AWSService",
        "invokedBy": "sns.amazonaws.com",
    }
    bearer = entry(
        "sts", "AssumeRoleWithWebIdentity", {}, principal_arn="accounts.example.com", caller_account=None
    )
    assert trail_events.event(bearer)["userIdentity"]["type"] == "WebIdentityUser"


@pytest.mark.ledger("F-TRL-01")
def test_what_could_not_be_authenticated_is_not_logged():
    stranger = {"principal_arn": None, "caller_account": None}
    assert not trail_events.logged(
        entry("iam", "ListUsers", {}, error_code="InvalidClientTokenId", **stranger)
    )
    assert trail_events.logged(entry("s3", "GetObject", {}, error_code="AccessDenied", **stranger))
    assert trail_events.logged(entry("iam", "ListUsers", {}, error_code="AccessDenied"))


@pytest.mark.ledger("F-TRL-03")
def test_assuming_another_accounts_role_is_recorded_in_both(cloud):
    partner = cloud.account(PARTNER).client("iam")
    arn = partner.create_role(RoleName="shared", AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]["Arn"]
    boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="work")
    found = next(one for one in reversed(cloud.record) if one.operation == "AssumeRole")
    assert trail_events.recipients(found) == (HOME, PARTNER)
    mine, theirs = (trail_events.event(found, account=account) for account in (HOME, PARTNER))
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["eventID"] != theirs["eventID"]
    assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (HOME, PARTNER)
    assert mine["userIdentity"]["type"] == "IAMUser"
    assert theirs["userIdentity"] == {
        "type": "AWSAccount", "principalId": mine["userIdentity"]["principalId"], "accountId": HOME,
    }  # fmt: skip
    assert theirs["resources"][0] == {"accountId": PARTNER, "type": "AWS::IAM::Role", "ARN": arn}


@pytest.mark.ledger("F-TRL-03")
def test_refused_assume_role_is_not_shown_to_the_roles_account(cloud):
    boto = boto3.client("sts")
    error_of(boto.assume_role, RoleArn=f"arn:aws:iam::{PARTNER}:role/ghost", RoleSessionName="work")
    found = next(one for one in reversed(cloud.record) if one.operation == "AssumeRole")
    assert trail_events.recipients(found) == (HOME,)


def test_s3_events_show_http_names_and_both_resources(cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf-of-alice")
    s3.put_object(Bucket="shelf-of-alice", Key="a/b", Body=b"x" * 3000, ACL="bucket-owner-full-control")
    event = last(cloud, "PutObject")
    assert event["requestParameters"]["bucketName"] == "shelf-of-alice"
    assert event["requestParameters"]["key"] == "a/b"
    assert event["requestParameters"]["x-amz-acl"] == "bucket-owner-full-control"
    assert "xxx" not in json.dumps(event)
    assert event["additionalEventData"]["bytesTransferredIn"] >= 3000
    assert event["additionalEventData"]["AuthenticationMethod"] == "AuthHeader"
    assert event["responseElements"]["x-amz-server-side-encryption"] == "AES256"
    assert event["eventCategory"] == "Data"
    assert event["managementEvent"] is False
    assert event["resources"] == [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::shelf-of-alice/a/b"},
        {"accountId": HOME, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::shelf-of-alice"},
    ]
    s3.list_objects_v2(Bucket="shelf-of-alice", Prefix="a/")
    event = last(cloud, "ListObjectsV2")
    assert event["eventName"] == "ListObjects"
    assert event["requestParameters"] | {"list-type": "2", "prefix": "a/"} == event["requestParameters"]
    assert event["resources"][0] == {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::shelf-of-alice/"}


def test_s3_events_tell_how_an_object_was_encrypted_and_who_wanted_it(cloud):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption-tracking.html"""
    s3, to = boto3.client("s3"), {"Bucket": "shelf-of-alice", "Key": "a"}
    s3.create_bucket(Bucket="shelf-of-alice")

    def applied(operation="PutObject"):
        return last(cloud, operation)["additionalEventData"].get("SSEApplied")

    s3.put_object(**to, Body=b"x")
    assert applied() == "Default_SSE_S3"
    s3.put_object(**to, Body=b"x", ServerSideEncryption="AES256")
    assert applied() == "SSE_S3"
    s3.put_object(**to, Body=b"x", ServerSideEncryption="aws:kms")
    assert applied() == "SSE_KMS"
    s3.get_object(**to)
    assert applied("GetObject") is None
    s3.put_bucket_encryption(
        Bucket="shelf-of-alice",
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
                    "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
                }
            ]
        },
    )
    s3.copy_object(**to, CopySource="shelf-of-alice/a", MetadataDirective="REPLACE")
    s3.create_multipart_upload(**to)
    assert (applied("CopyObject"), applied("CreateMultipartUpload")) == ("Default_SSE_KMS",) * 2
    s3.put_object(**to, Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)
    assert applied() == "SSE_C"


def test_presigned_urls_show_as_query_string(cloud):
    import requests

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf-of-alice")
    s3.put_object(Bucket="shelf-of-alice", Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shelf-of-alice", "Key": "k"})
    assert requests.get(url, timeout=5).content == b"x"
    event = last(cloud, "GetObject")
    assert event["additionalEventData"]["AuthenticationMethod"] == "QueryString"
    assert event["requestParameters"] == {
        "bucketName": "shelf-of-alice", "Host": "shelf-of-alice.s3.amazonaws.com", "key": "k",
    }  # fmt: skip


def test_settings_of_s3_are_shown_by_the_names_of_their_xml_elements(cloud):
    """OBSERVED in 2025: a lifecycle rule is recorded as `Rule`, as an object if it is the only one."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shelf-of-alice")

    def shown(*ids):
        rules = [
            {"ID": id, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}} for id in ids
        ]
        s3.put_bucket_lifecycle_configuration(
            Bucket="shelf-of-alice", LifecycleConfiguration={"Rules": rules}
        )
        return last(cloud, "PutBucketLifecycleConfiguration")["requestParameters"]["LifecycleConfiguration"]

    one = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    assert shown("tidy") == {"Rule": {"ID": "tidy", **one}, "xmlns": namespace}
    assert shown("a", "b")["Rule"] == [{"ID": "a", **one}, {"ID": "b", **one}]
    s3.put_bucket_tagging(Bucket="shelf-of-alice", Tagging={"TagSet": [{"Key": "team", "Value": "web"}]})
    tagging = last(cloud, "PutBucketTagging")["requestParameters"]["Tagging"]
    assert tagging["TagSet"] == {"Tag": {"Key": "team", "Value": "web"}}


def test_policies_are_shown(cloud, iam):
    policy = allow("s3:GetObject")
    make_user(cloud, "alice", policy)
    assert last(cloud, "PutUserPolicy")["requestParameters"]["policyDocument"] == policy


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("CreateFunction", "CreateFunction20150331"),
        ("GetFunction", "GetFunction20150331v2"),
        ("Invoke", "Invoke"),
    ],
)
def test_lambdas_event_names(operation, name):
    assert trail_events.event_name(entry("lambda", operation, {})) == name


@pytest.mark.parametrize(
    ("service", "operation", "data"),
    [
        ("s3", "GetObject", True), ("s3", "PutBucketPolicy", False), ("lambda", "Invoke", True),
        ("kms", "Decrypt", False), ("dynamodb", "GetItem", True), ("dynamodb", "CreateTable", False),
        ("sns", "Publish", True), ("sqs", "SendMessage", True), ("sqs", "CreateQueue", False),
        ("cognito-identity", "GetId", True), ("cognito-idp", "InitiateAuth", False),
        ("secretsmanager", "GetSecretValue", False),
    ],
)  # fmt: skip
def test_data_and_management_events(service, operation, data):
    assert trail_events.is_data_event(entry(service, operation, {})) is data


# Redaction


SHOWN = re.compile(r"ClientId|KeyId|(SSE)?KMS\w*Key\w*")
"""Marked in the models, though they are identifiers and CloudTrail shows them."""


def sample(shape: Any, name: str, secrets: list[str], depth: int = 0) -> Any:
    """A value of a shape in which whatever the model marks as sensitive is a text of its own, kept in `secrets`."""
    sensitive = shape.metadata.get("sensitive")
    kind = shape.type_name
    if kind == "structure":
        return (
            {}
            if depth > 5
            else {key: sample(one, key, secrets, depth + 1) for key, one in shape.members.items()}
        )
    if kind == "list":
        return [] if depth > 5 else [sample(shape.member, name, secrets, depth + 1)]
    if kind == "map":
        if sensitive:
            secrets.append(f"canary-{len(secrets):04}-map")
            return {"KEY": secrets[-1]}
        return {"key": sample(shape.value, name, secrets, depth + 1)}
    if kind in ("string", "blob"):
        if sensitive and not SHOWN.fullmatch(name):
            secrets.append(f"canary-{len(secrets):04}-{name}")
        text = secrets[-1] if sensitive and not SHOWN.fullmatch(name) else "plain"
        return text if kind == "string" else text.encode()
    return {"boolean": True, "timestamp": datetime(2026, 1, 2, tzinfo=UTC)}.get(kind, 1)


@pytest.mark.ledger("F-TRL-01")
@pytest.mark.parametrize("service", SERVICES)
def test_what_a_model_marks_as_sensitive_appears_in_no_event(service):
    model = protocols.model(service)
    checked = 0
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        secrets: list[str] = []
        if shape is not None:
            parameters = sample(shape, "", secrets)
            message = f"Value '{' '.join(secrets)}' failed"
            text = json.dumps(
                trail_events.event(entry(service, name, parameters, error_code="X", error_message=message))
            )
            assert not [secret for secret in secrets if secret in text], name
        checked += 1
    assert checked == len(model.operation_names)


NOT_MARKED = [
    ("iam", "EnableMFADevice", {"UserName": "alice", "AuthenticationCode1": "#"}),
    ("iam", "CreateLoginProfile", {"UserName": "alice", "Password": "#"}),
    ("iam", "ChangePassword", {"OldPassword": "#", "NewPassword": "#"}),
    ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::111122223333:role/r", "TokenCode": "#"}),
    ("sts", "AssumeRoleWithWebIdentity", {"WebIdentityToken": "#"}),
    ("kms", "Decrypt", {"CiphertextBlob": "#", "GrantTokens": ["#"]}),
    ("kms", "ImportKeyMaterial", {"EncryptedKeyMaterial": "#", "ImportToken": "#"}),
    ("secretsmanager", "PutSecretValue", {"SecretId": "db", "SecretString": "#"}),
    ("lambda", "Invoke", {"FunctionName": "f", "Payload": "#", "ClientContext": "#"}),
    ("lambda", "CreateFunction", {"Environment": {"Variables": {"TOKEN": "#"}}, "Code": {"ZipFile": "#"}}),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": "q", "MessageBody": "#", "MessageAttributes": {"a": {"StringValue": "#"}}},
    ),
    ("sqs", "SendMessageBatch", {"QueueUrl": "q", "Entries": [{"Id": "1", "MessageBody": "#"}]}),
    ("sns", "Publish", {"TopicArn": "t", "Message": "#", "Subject": "#"}),
    ("sns", "ConfirmSubscription", {"TopicArn": "t", "Token": "#"}),
    ("sns", "CreatePlatformApplication", {"Name": "n", "Attributes": {"PlatformCredential": "#"}}),
    (
        "cognito-idp",
        "ConfirmSignUp",
        {"ClientId": "c", "ConfirmationCode": "#", "ClientMetadata": {"a": "#"}},
    ),
    (
        "cognito-idp",
        "InitiateAuth",
        {"ClientId": "c", "AuthParameters": {"USERNAME": "alice!", "PASSWORD": "#"}},
    ),
    (
        "cognito-idp",
        "CreateIdentityProvider",
        {"ProviderDetails": {"client_secret": "#", "client_id": "public"}},
    ),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {"id": {"S": "1"}, "card": {"S": "#"}}}),
    ("dynamodb", "UpdateItem", {"TableName": "t", "ExpressionAttributeValues": {":v": {"S": "#"}}}),
    ("dynamodb", "BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": {"card": {"S": "#"}}}}]}}),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": "t", "Item": {"a": {"S": "#"}}}}]},
    ),
    ("dynamodb", "ExecuteStatement", {"Statement": "#", "Parameters": [{"S": "#"}]}),
    ("ssm", "PutParameter", {"Name": "n", "Value": "#"}),
    ("ec2", "RunInstances", {"UserData": "#"}),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": "#", "SSECustomerKey": "#"}),
    ("s3", "GetObject", {"Bucket": "b", "Key": "k", "SSECustomerKey": "#"}),
]


def put(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        return {key: put(item, secret) for key, item in value.items()}
    if isinstance(value, list):
        return [put(item, secret) for item in value]
    return secret if value == "#" else value


@pytest.mark.ledger("F-TRL-01")
@pytest.mark.parametrize(("service", "operation", "parameters"), NOT_MARKED)
@given(core=st.text(alphabet="abcdefghijkmnpqrstuvwxyzABCDEFGH23456789+/=", min_size=8, max_size=60))
def test_secrets_in_parameters_appear_in_no_event(service, operation, parameters, core):
    secret = f"zZ9{core}9Zz"
    call = entry(
        service, operation, put(parameters, secret), error_code="X", error_message=f"bad value {secret}"
    )
    shown = trail_events.event(call)
    if service != "s3":
        assert secret not in json.dumps(shown)
    assert secret not in json.dumps(shown["requestParameters"])


ANSWERS = [
    (
        "iam",
        "CreateAccessKey",
        {"AccessKey": {"UserName": "a", "AccessKeyId": "AKIA", "Status": "Active", "SecretAccessKey": "#"}},
    ),
    (
        "iam",
        "CreateVirtualMFADevice",
        {
            "VirtualMFADevice": {
                "SerialNumber": "arn:aws:iam::111122223333:mfa/a",
                "Base32StringSeed": b"#",
                "QRCodePNG": b"#",
            }
        },
    ),
    (
        "sts",
        "AssumeRole",
        {
            "Credentials": {
                "AccessKeyId": "ASIA",
                "SecretAccessKey": "#",
                "SessionToken": "t",
                "Expiration": datetime(2026, 1, 2, tzinfo=UTC),
            }
        },
    ),
    (
        "cognito-idp",
        "InitiateAuth",
        {"AuthenticationResult": {"AccessToken": "#", "IdToken": "#", "RefreshToken": "#"}, "Session": "#"},
    ),
    ("cognito-idp", "CreateUserPoolClient", {"UserPoolClient": {"ClientId": "c", "ClientSecret": "#"}}),
    ("kms", "CreateGrant", {"GrantToken": "#", "GrantId": "g"}),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Environment": {"Variables": {"TOKEN": "#"}}}),
]


@pytest.mark.ledger("F-TRL-01")
@pytest.mark.parametrize(("service", "operation", "answer"), ANSWERS)
def test_secrets_in_answers_appear_in_no_event(service, operation, answer):
    secret = "c4n4ryc4n4ryc4n4ry"

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return secret if value == "#" else secret.encode() if value == b"#" else value

    model = protocols.model(service)
    how = {"iam": "query", "sts": "query", "lambda": "rest-json"}.get(service, "json")
    written_answer = protocols.serialize(service, model.operation_model(operation), how, filled(answer), "r")
    event = trail_events.event(entry(service, operation, {}, answer=written_answer))
    assert event["responseElements"]
    assert secret not in json.dumps(event)


def test_kms_events_show_the_encryption_context_and_neither_text():
    call = entry(
        "kms", "Encrypt", {"KeyId": "alias/a", "Plaintext": b"attack at dawn", "EncryptionContext": {"Team": "Blue"}},
        allowed=(("kms:Encrypt", f"arn:aws:kms:us-east-1:{HOME}:key/1"),),
    )  # fmt: skip
    event = trail_events.event(call)
    assert event["requestParameters"] == {
        "keyId": "alias/a", "encryptionContext": {"Team": "Blue"}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }  # fmt: skip
    assert event["responseElements"] is None
    assert event["readOnly"] is True
    assert event["managementEvent"] is True
    assert event["resources"] == [
        {"accountId": HOME, "type": "AWS::KMS::Key", "ARN": f"arn:aws:kms:us-east-1:{HOME}:key/1"}
    ]


def test_cognito_hides_names_and_passwords_but_not_the_app():
    call = entry(
        "cognito-idp", "SignUp", {"ClientId": "1example", "Username": "alice", "Password": "Sup3rSecret!"}
    )
    assert trail_events.event(call)["requestParameters"] == {
        "clientId": "1example",
        "username": HIDDEN,
        "password": HIDDEN,
    }


def test_long_parameters_are_not_kept():
    parameters = {
        "Bucket": "b",
        "Body": b"x" * (BLOB_LIMIT + 1),
        "Code": {"ZipFile": b"y" * BLOB_LIMIT},
        "L": [b"z" * 9_999],
    }
    assert kept(parameters) == {
        "Bucket": "b", "Body": Dropped(BLOB_LIMIT + 1), "Code": {"ZipFile": b"y" * BLOB_LIMIT}, "L": [Dropped(9_999)],
    }  # fmt: skip
    assert parameters["L"] == [b"z" * 9_999]
    plain = {"UserName": "alice"}
    assert kept(plain) is plain


def test_requests_beyond_cloudtrails_limit_are_left_out():
    assert (
        trail_events.event(entry("iam", "CreateUser", {"UserName": "a" * 200_000}))["requestParameters"]
        is None
    )


def test_a_long_user_agent_or_message_is_truncated():
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"""
    failed = entry("iam", "ListUsers", {}, user_agent="a" * 5_000, error_code="X", error_message="b" * 5_000)
    shown = trail_events.event(failed)
    assert (shown["userAgent"], shown["errorMessage"]) == ("a" * 1_024, "b" * 1_024)


def test_an_answer_has_the_id_under_which_its_request_is_recorded(cloud):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"""
    named = {
        "s3": ("create_bucket", {"Bucket": "shelf-of-ids"}), "sqs": ("create_queue", {"QueueName": "q"}),
        "sns": ("create_topic", {"Name": "t"}), "iam": ("create_user", {"UserName": "bob"}),
        "kms": ("create_key", {}), "sts": ("get_session_token", {}), "lambda": ("list_functions", {}),
        "ec2": ("create_key_pair", {"KeyName": "k"}), "dynamodb": ("list_tables", {}),
        "organizations": ("create_organization", {"FeatureSet": "ALL"}),
    }  # fmt: skip
    for service, (method, asked) in named.items():
        answer = getattr(boto3.client(service), method)(**asked)["ResponseMetadata"]
        assert answer["RequestId"] == cloud.record[-1].request_id, service
    s3 = boto3.client("s3")
    for read in (s3.list_buckets, lambda: s3.list_objects_v2(Bucket="shelf-of-ids")):
        told = read()["ResponseMetadata"]
        assert (told["RequestId"], bool(told["HostId"])) == (cloud.record[-1].request_id, True)
    for service, method, asked in (
        ("s3", "get_object", {"Bucket": "shelf-of-ids", "Key": "k"}),
        ("iam", "get_user", {"UserName": "nobody"}),
        ("ec2", "describe_key_pairs", {"KeyNames": ["none"]}), ("sqs", "get_queue_url", {"QueueName": "none"}),
    ):  # fmt: skip
        client = boto3.client(service)
        with pytest.raises(client.exceptions.ClientError) as caught:
            getattr(client, method)(**asked)
        assert caught.value.response["ResponseMetadata"]["RequestId"] == cloud.record[-1].request_id, service
