"""Lambda asks KMS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"""

from __future__ import annotations

import io
import json
import zipfile

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, trust
from tests.services.kms.test_trail import events, last

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


def create(client, key=None, **more):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): return 1")
    given = {"KMSKeyArn": key} if key else {}
    return client.create_function(
        FunctionName="f", Runtime="python3.13", Role=f"arn:aws:iam::{HOME}:role/runner", Handler="f.handler",
        Code={"ZipFile": code.getvalue()}, Environment=SECRET, **given, **more,
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
