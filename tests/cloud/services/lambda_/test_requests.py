"""Functions and settings that Lambda rejects.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

import io
import json
import zipfile

import boto3
import pytest

from tests.clouds import error_of

_ARN = "arn:aws:lambda:us-east-1:111122223333"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def make(cloud):
    """Makes a function named `resize` with these settings."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = boto3.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def handler(event, context): return 1")
    given = {"FunctionName": "resize", "Runtime": "python3.13", "Role": role, "Handler": "a.handler"}
    given["Code"] = {"ZipFile": code.getvalue()}

    def create(**more):
        """Creates the function. A setting that is None is left out."""
        wanted = {name: value for name, value in {**given, **more}.items() if value is not None}
        return boto3.client("lambda").create_function(**wanted)

    return create


def test_what_is_not_there_cannot_be_invoked(cloud):
    code, message = error_of(boto3.client("lambda").invoke, FunctionName="gone")
    assert code == "ResourceNotFoundException"
    assert message == "Function not found: arn:aws:lambda:us-east-1:111122223333:function:gone"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Timeout": 901}, "ValidationException"),
        ({"Environment": {"Variables": {"AWS_REGION": "eu-west-1"}}}, "InvalidParameterValueException"),
        ({"Environment": {"Variables": {"TEXT": "x" * 4096}}}, "InvalidParameterValueException"),
        ({"FunctionName": "f" * 65}, "ValidationException"),
        ({"Handler": None}, "InvalidParameterValueException"),
        ({"Runtime": None}, "InvalidParameterValueException"),
        ({"Code": {"ZipFile": b"text"}}, "InvalidParameterValueException"),
        ({"Code": {"S3Bucket": "no-such-shelf", "S3Key": "k"}}, "InvalidParameterValueException"),
        ({"Layers": [f"{_ARN}:layer:tools:1"]}, "InvalidParameterValueException"),
    ],
)
def test_settings_that_no_function_has(make, settings, code):
    assert error_of(make, **settings)[0] == code
    assert boto3.client("lambda").list_functions()["Functions"] == []


@pytest.mark.parametrize("form", ["resize", "111122223333:function:resize", f"{_ARN}:function:resize"])
def test_a_new_function_can_be_named_by_its_arn(make, form):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    made = make(FunctionName=form, Publish=True)
    assert (made["FunctionName"], made["Version"]) == ("resize", "1")
    assert error_of(make, FunctionName=form)[0] == "ResourceConflictException"


FORMS = ("resize", "function:resize", "111122223333:function:resize", f"{_ARN}:function:resize")


@pytest.mark.parametrize("form", FORMS)
def test_every_operation_takes_a_partial_arn(make, form):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html (FunctionName)"""
    functions, name, alias = boto3.client("lambda"), {"FunctionName": form}, {"Name": "live"}
    make(Publish=True)
    functions.create_alias(**name, **alias, FunctionVersion="1")
    functions.update_function_configuration(**name, Timeout=9)
    functions.update_function_code(**name, ZipFile=_other_package())
    functions.put_function_concurrency(**name, ReservedConcurrentExecutions=3)
    assert functions.get_function_concurrency(**name)["ReservedConcurrentExecutions"] == 3
    functions.delete_function_concurrency(**name)
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(**name)
    assert functions.get_function(**name)["Configuration"]["Timeout"] == 9
    shown = functions.get_function_configuration(FunctionName=f"{form}:live")
    assert (shown["Version"], shown["FunctionArn"]) == ("1", f"{_ARN}:function:resize:live")
    assert functions.get_alias(**name, **alias)["FunctionVersion"] == "1"
    functions.delete_alias(**name, **alias)
    functions.delete_function(**name)
    assert functions.list_functions()["Functions"] == []


SETTINGS = {
    "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111122223333:failed"},
    "EphemeralStorage": {"Size": 600}, "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "own"},
    "SnapStart": {"ApplyOn": "PublishedVersions"}, "TracingConfig": {"Mode": "Active"},
}  # fmt: skip


def test_every_setting_is_kept_by_creation_and_by_updates_and_stays_in_a_version(make):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    functions, first, second = boto3.client("lambda"), {"FunctionName": "first"}, {"FunctionName": "second"}
    shown = {name: dict(value) for name, value in SETTINGS.items()}
    shown["LoggingConfig"] |= {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    shown["SnapStart"]["OptimizationStatus"] = "Off"
    make(**first, **SETTINGS, Publish=True)
    make(**second)
    functions.update_function_configuration(**second, **SETTINGS)
    for function in (first, second):
        found = functions.get_function_configuration(**function)
        assert {name: found.get(name) for name in shown} == shown
    functions.update_function_configuration(**first, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in functions.get_function_configuration(**first)
    assert functions.get_function_configuration(**first, Qualifier="1")["DeadLetterConfig"]


def test_a_version_is_published_for_a_change_only(make):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"""
    functions, function = boto3.client("lambda"), {"FunctionName": "resize"}
    make()
    one = functions.publish_version(**function)
    assert one["RevisionId"] != functions.get_function_configuration(**function)["RevisionId"]
    assert functions.publish_version(**function)["Version"] == one["Version"] == "1"
    functions.update_function_configuration(**function, Timeout=9)
    assert functions.publish_version(**function)["Version"] == "2"


def test_a_dry_run_gives_the_function_no_new_revision(make):
    functions, function = boto3.client("lambda"), {"FunctionName": "resize"}
    made = make()
    tried = functions.update_function_code(**function, ZipFile=_other_package(), DryRun=True)
    assert (tried["RevisionId"], tried["LastUpdateStatus"]) == (made["RevisionId"], "Successful")


def _other_package() -> bytes:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def handler(event, context): return 2")
    return code.getvalue()
