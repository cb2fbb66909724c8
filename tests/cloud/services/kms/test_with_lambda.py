"""Lambda asks KMS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"""

from __future__ import annotations

import io
import json
import zipfile

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.cloud.services.kms.test_trail import events, last
from tests.clouds import allow, deny, error_of, make_user, trust

HOME, REGION = "111122223333", "us-east-1"
ARN = f"arn:aws:lambda:{REGION}:{HOME}:function:f"
SECRET = {"Variables": {"PASSWORD": "hunter2"}}


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def functions(cloud):
    boto3.client("iam").create_role(
        RoleName="runner", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )
    return boto3.client("lambda", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def package():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): return 1")
    return content.getvalue()


def create(client, key=None, code=(), **more):
    given = {"KMSKeyArn": key} if key else {}
    return client.create_function(
        FunctionName="f", Runtime="python3.13", Role=f"arn:aws:iam::{HOME}:role/runner", Handler="f.handler",
        Code={"ZipFile": package(), **dict(code)}, Environment=SECRET, **given, **more,
    )  # fmt: skip


def test_setting_variables_encrypts_and_viewing_them_decrypts(functions, kms, key):
    made = create(functions, key)
    assert made["KMSKeyArn"] == key
    context = {"aws:lambda:FunctionArn": ARN}
    assert last("Encrypt")["requestParameters"]["encryptionContext"] == context
    granted = last("CreateGrant")["requestParameters"]
    assert granted["granteePrincipal"] == f"arn:aws:iam::{HOME}:role/runner"
    assert granted["constraints"] == {"encryptionContextEquals": context}
    assert functions.get_function_configuration(FunctionName="f")["Environment"] == SECRET
    opened = last("Decrypt")
    assert opened["requestParameters"]["encryptionContext"] == context
    assert opened["userIdentity"]["invokedBy"] == "lambda.amazonaws.com"
    assert "hunter2" not in json.dumps(events())


@pytest.mark.ledger("F-KMS-09")
def test_who_may_not_use_the_key_sees_an_error_instead_of_the_variables(functions, kms, key, cloud):
    alice = make_user(cloud, "alice", allow(["lambda:*", "iam:PassRole"])).client("lambda", REGION)
    code, message = error_of(create, alice, key)
    assert code == "AccessDeniedException"
    assert "KMS access was denied" in message
    assert error_of(functions.get_function, FunctionName="f")[0] == "ResourceNotFoundException"
    create(functions, key)
    shown = alice.get_function(FunctionName="f")["Configuration"]["Environment"]
    assert shown["Error"]["ErrorCode"] == "AccessDeniedException"
    assert "Variables" not in shown
    assert "Variables" not in alice.list_functions()["Functions"][0]["Environment"]
    assert "Variables" not in alice.list_versions_by_function(FunctionName="f")["Versions"][0]["Environment"]
    assert "Variables" not in alice.update_function_code(FunctionName="f", ZipFile=package())["Environment"]
    assert error_of(alice.update_function_configuration, FunctionName="f", Environment=SECRET)[0] == code


def test_a_function_does_not_start_without_its_key(functions, kms, key):
    create(functions, key)
    kms.disable_key(KeyId=key)
    assert error_of(functions.invoke, FunctionName="f")[0] == "KMSDisabledException"
    kms.schedule_key_deletion(KeyId=key)
    assert error_of(functions.invoke, FunctionName="f")[0] == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    grant = kms.list_grants(KeyId=key)["Grants"][0]["GrantId"]
    kms.revoke_grant(KeyId=key, GrantId=grant)
    assert error_of(functions.invoke, FunctionName="f")[0] == "KMSAccessDeniedException"


def test_a_function_decrypts_as_its_role_and_what_binds_the_role_binds_it(cloud, functions, kms, key):
    create(functions, key)
    cloud.lambda_function(ARN, lambda event, context: event)
    functions.invoke(FunctionName="f")
    event = last("Decrypt")
    who = event["userIdentity"]
    assert who["type"] == "AssumedRole"
    assert who["arn"] == f"arn:aws:sts::{HOME}:assumed-role/runner/f"
    assert who["sessionContext"]["sessionIssuer"]["arn"] == f"arn:aws:iam::{HOME}:role/runner"
    assert who["invokedBy"] == event["sourceIPAddress"] == event["userAgent"] == "lambda.amazonaws.com"
    assert event["requestParameters"]["encryptionContext"] == {"aws:lambda:FunctionArn": ARN}
    boto3.client("iam").put_role_policy(
        RoleName="runner", PolicyName="deny", PolicyDocument=deny("kms:Decrypt")
    )
    assert error_of(functions.invoke, FunctionName="f")[0] == "KMSAccessDeniedException"
    assert last("Decrypt")["errorCode"] == "AccessDenied"


def test_who_views_the_variables_of_a_disabled_key_is_told_so(functions, kms, key):
    create(functions, key)
    kms.disable_key(KeyId=key)
    shown = functions.get_function_configuration(FunctionName="f")["Environment"]["Error"]
    assert shown["ErrorCode"] == "DisabledException"
    assert "the KMS key used is disabled. Please check your KMS key settings." in shown["Message"]


def test_a_package_has_no_key_of_its_own(functions, key):
    with pytest.raises(NotModelled, match="SourceKMSKeyArn"):
        create(functions, code={"SourceKMSKeyArn": key})
    create(functions)
    with pytest.raises(NotModelled, match="SourceKMSKeyArn"):
        functions.update_function_code(FunctionName="f", ZipFile=b"", SourceKMSKeyArn=key)


def test_a_function_changes_its_key_and_gives_it_up(functions, kms, key):
    create(functions)
    assert events("Encrypt") == []
    answer = functions.update_function_configuration(FunctionName="f", KMSKeyArn=key)
    assert answer["KMSKeyArn"] == key
    assert len(events("Encrypt")) == 1
    functions.update_function_configuration(FunctionName="f", KMSKeyArn="")
    kms.disable_key(KeyId=key)
    assert functions.get_function_configuration(FunctionName="f")["Environment"] == SECRET
    refused = error_of(functions.update_function_configuration, FunctionName="f", KMSKeyArn=key)
    assert refused[0] == "InvalidParameterValueException"
    assert functions.get_function_configuration(FunctionName="f")["Environment"] == SECRET
