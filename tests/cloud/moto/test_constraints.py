"""The models' constraints on parameters, and AWS's errors for violations."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from labs_helpers.cloud import services
from labs_helpers.cloud.moto import constraints, protocols
from tests.clouds import error_of

UNCHECKED = Config(parameter_validation=False)
NAME = "It must contain only alphanumeric characters and/or the following: +=,.@_-"


def ask(service: str, operation: str, **parameters) -> tuple[str, str]:
    """Return the code and message for a call that botocore doesn't check itself."""
    return error_of(getattr(boto3.client(service, config=UNCHECKED), operation), **parameters)


@pytest.mark.ledger("F-GATE-03")
@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "message"),
    [
        ("iam", "create_user", {"UserName": "a b"}, "ValidationError",
         f"The specified value for userName is invalid. {NAME}"),
        ("iam", "create_group", {"GroupName": "é"}, "ValidationError",
         f"The specified value for groupName is invalid. {NAME}"),
        ("iam", "create_user", {"UserName": "a", "Path": "no/slash"}, "ValidationError",
         ("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
         "characters and/or / characters.")),
        ("iam", "create_user", {"UserName": "a" * 65}, "ValidationError",
         ("1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must "
         "have length less than or equal to 64")),
        ("iam", "create_user", {}, "ValidationError",
         ("1 validation error detected: Value null at 'userName' failed to satisfy constraint: "
          "Member must not be null")),
        ("iam", "list_users", {"MaxItems": 1001}, "ValidationError",
         ("1 validation error detected: Value at 'maxItems' failed to satisfy constraint: "
          "Member must have value "
         "less than or equal to 1000")),
        ("iam", "tag_user", {"UserName": "a", "Tags": [{"Key": "<", "Value": "x"}]}, "ValidationError",
         ("1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must "
         r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+")),
        ("iam", "update_access_key", {"AccessKeyId": "A" * 20, "Status": "Off"}, "ValidationError",
         ("1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum "
         "value set")),
        ("kms", "describe_key", {}, "ValidationException",
         ("1 validation error detected: Value null at 'keyId' failed to satisfy constraint: "
          "Member must not be null")),
        ("kms", "create_alias", {"AliasName": "alias/a b", "TargetKeyId": "k"}, "ValidationException",
         ("1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must "
         "satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$")),
        ("logs", "create_log_group", {"logGroupName": "a b"}, "InvalidParameterException",
         ("1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: "
          "Member must satisfy "
         r"regular expression pattern: [\.\-_/#A-Za-z0-9]+")),
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "shared"}, "InvalidParameterValue",
         "Value (shared) for parameter instanceTenancy is invalid."),
        ("ec2", "create_image", {"InstanceId": "i-0123456789abcdef0", "Name": "ab"}, "InvalidAMIName.Malformed",
         "AMI names must be between 3 and 128 characters long, unlike 'ab'"),
        ("ec2", "delete_key_pair", {"KeyName": "a", "DryRun": "perhaps"}, None, None),
        ("sqs", "send_message", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/q"}, "MissingParameter",
         "The request must contain the parameter MessageBody."),
        ("s3", "put_bucket_versioning", {"Bucket": "shelf", "VersioningConfiguration": {"Status": "On"}},
         "MalformedXML", None),
        ("s3", "put_object", {"Bucket": "shelf", "Key": "k", "StorageClass": "FAST"}, "InvalidStorageClass",
         "The storage class you specified is not valid"),
    ],
)  # fmt: skip
def test_a_violation_is_refused_in_awss_words(cloud, service, operation, parameters, code, message):
    if service == "s3":  # which looks for the bucket first
        boto3.client("s3").create_bucket(Bucket=parameters["Bucket"])
    found = ask(service, operation, **parameters)
    assert code is None or found[0] == code
    assert message is None or found[1] == message


@pytest.mark.ledger("F-GATE-03")
def test_several_violations_are_told_together(cloud):
    _, message = ask("kms", "create_key", KeyUsage="OPEN", Origin="SPACE")
    assert message.startswith("2 validation errors detected: Value 'OPEN' at 'keyUsage' failed to satisfy")
    assert (
        "; Value 'SPACE' at 'origin' failed to satisfy constraint: Member must satisfy enum value set: ["
        in message
    )


@pytest.mark.ledger("F-GATE-03")
def test_what_is_sensitive_is_not_repeated(cloud):
    _, message = ask("cognito-idp", "sign_up", ClientId="abc", Username="carol", Password=" secret")
    assert "Value at 'password' failed to satisfy constraint" in message
    assert "secret" not in message


@pytest.mark.ledger("F-GATE-03")
def test_a_list_of_texts_is_told_as_a_whole(cloud):
    _, message = ask("secretsmanager", "untag_resource", SecretId="s", TagKeys=["", "b"])
    assert message == (
        "1 validation error detected: Value '[, b]' at 'tagKeys' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must have length less than or equal to 128, Member must have length greater than or "
        "equal to 1]"
    )


@pytest.mark.ledger("F-GATE-03")
def test_names_in_every_script_are_taken(cloud, iam):
    """`\\p{L}` of Java, which Python does not know."""
    iam.create_user(
        UserName="alice", Tags=[{"Key": "Straße", "Value": "日本"}, {"Key": "город", "Value": ""}]
    )
    assert len(iam.list_user_tags(UserName="alice")["Tags"]) == 2


def test_every_pattern_of_a_modelled_service_is_read():
    unread = {
        shape.metadata["pattern"]
        for service in services.modelled_services()
        for name in protocols.model(service).shape_names
        if "pattern" in (shape := protocols.model(service).shape_for(name)).metadata
        for ascii_only in (True, False)
        if constraints.expression(shape.metadata["pattern"], ascii_only=ascii_only) is None
    }
    assert unread == set()


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        (r"\p{Print}+", "a b~", "a\tb"),
        (r"^\p{L}{2}$", "éß", "e"),
        (r"[\p{L}\p{N}_-]*", "_日本-7", "a b"),
        (r"[\w-_]*", "a-_", "a b"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a\U0001f600", "\x00"),
    ],
)  # fmt: skip
def test_javas_patterns_are_read_as_java_reads_them(pattern, taken, refused):
    for text in (taken, refused):
        found = constraints.expression(pattern, ascii_only=text.isascii())
        assert found is not None
        assert bool(found.fullmatch(text)) == (text == taken)
