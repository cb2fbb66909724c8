"""Fixtures: a cloud with an open endpoint, and third-party clients."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.endpoint.endpoint import Endpoint
from tests.clouds import allow, deny, make_user

CLI_2 = "/usr/bin/aws"
_CLI_ERROR = re.compile(
    r"An error occurred \((\S+)\) when calling the \S+ operation(?: \(.*?\))?: (.*)", re.S
)

_CHOSEN = ("ChecksumAlgorithm", "ClientToken")
"""Parameters that clients choose where nobody gives them."""


@pytest.fixture
def endpoint(cloud: Cloud) -> Endpoint:
    return cloud.endpoint()


@pytest.fixture
def env(endpoint: Endpoint, tmp_path: Path) -> dict[str, str]:
    """Return a child's environment, with a different home, because the AWS CLI writes to its home."""
    return endpoint.env() | {"HOME": str(tmp_path)}


@dataclass(frozen=True)
class Outcome:
    """The response that a client got: an error's code and message, or the answer."""

    code: str | None
    message: str
    answer: Mapping[str, Any]


def in_process(profile: str, service: str, operation: str, parameters: Mapping[str, Any]) -> Outcome:
    """The call by boto3 in this process. `operation` is the API's name."""
    client = boto3.Session(profile_name=profile).client(service)
    try:
        answer = getattr(client, _method(operation))(**parameters)
    except ClientError as error:
        return Outcome(error.response["Error"]["Code"], error.response["Error"].get("Message", ""), {})
    answer.pop("ResponseMetadata")
    return Outcome(None, "", answer)


def _method(operation: str) -> str:
    from botocore import xform_name

    return xform_name(operation)


def cli(command: list[str], env: Mapping[str, str], *arguments: str) -> Outcome:
    """A call by the AWS CLI, v1 or v2 as `command` says."""
    done = subprocess.run(
        [*command, *arguments, "--output", "json"], env=env, capture_output=True, text=True, timeout=60
    )
    return _told(done.returncode, done.stdout, done.stderr)


def many(python: str, env: Mapping[str, str], calls: list[list[str]]) -> list[Outcome]:
    """Calls by the AWS CLI whose Python `python` is, all in one process."""
    script = Path(__file__).with_name("many_commands.py")
    asked = "".join(json.dumps([*arguments, "--output", "json"]) + "\n" for arguments in calls)
    done = subprocess.run(
        [python, str(script)], input=asked, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [_told(*json.loads(line)) for line in done.stdout.splitlines()]


def _told(returncode: int, stdout: str, stderr: str) -> Outcome:
    if returncode == 0:
        try:
            return Outcome(None, "", json.loads(stdout or "{}"))
        except ValueError:
            return Outcome(None, stdout, {})
    found = _CLI_ERROR.search(stderr)
    assert found, stderr
    return Outcome(found[1], found[2].strip(), {})


def cli_commands() -> dict[str, list[str]]:
    """Return the AWS CLIs that are installed. v1 is a package of the development environment, and v2 is a Debian
    package.
    """
    commands = {}
    if importlib.util.find_spec("awscli"):
        commands["v1"] = [sys.executable, "-m", "awscli"]
    if shutil.which(CLI_2):
        commands["v2"] = [CLI_2]
    return commands


def cli_python(version: str) -> str:
    """The Python that a CLI runs in."""
    if version == "v1":
        return sys.executable
    return Path(CLI_2).read_text("utf-8").partition("\n")[0].removeprefix("#!").strip()


def seen(entry: Entry) -> tuple[Any, ...]:
    """Return what the record contains about a call, without the values that differ each time."""
    return (
        entry.service,
        entry.operation,
        entry.region,
        entry.account,
        entry.principal_arn,
        entry.access_key_id,
        entry.source_ip,
        json.dumps(
            {name: entry.parameters[name] for name in entry.parameters if name not in _CHOSEN},
            default=str,
            sort_keys=True,
        ),
        entry.error_code,
        entry.read_only,
        entry.allowed,
        tuple((each.request.action, each.request.resource) for each in entry.refusals),
    )


def stage(cloud: Cloud) -> None:
    """Two users, a role, a bucket with an object, a key and a table: what the compared calls are about."""
    make_user(
        cloud,
        "alice",
        allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::shelf", "arn:aws:s3:::shelf/*"]),
    )
    make_user(cloud, "bob")
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=document)
    iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=allow("s3:ListAllMyBuckets"))
    iam.put_user_policy(
        UserName="alice",
        PolicyName="roles",
        PolicyDocument=allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/*"),
    )
    iam.put_user_policy(UserName="alice", PolicyName="never", PolicyDocument=deny("s3:DeleteBucket"))
    for bucket in ("shelf", "vault"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="shelf", Key="2026 report.csv", Body=b"a,b\n1,2\n", Metadata={"owner": "alice"})
    boto3.client("dynamodb").create_table(
        TableName="songs",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    boto3.client("secretsmanager").create_secret(Name="door", SecretString="open sesame")
    key = boto3.client("kms").create_key(Description="a key")["KeyMetadata"]["KeyId"]
    boto3.client("kms").create_alias(AliasName="alias/first", TargetKeyId=key)
