"""The AWS CLI as an independent client: it gets the same codes, messages, and records as boto3 in this process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.endpoint.endpoint import Endpoint
from tests.cloud.endpoint.conftest import (
    Outcome,
    cli,
    cli_commands,
    cli_python,
    in_process,
    many,
    seen,
    stage,
)

CALLS = json.loads(Path(__file__).with_name("calls.json").read_text("utf-8"))
COMMANDS = cli_commands()
NEWEST_IN_EACH_RUN = [
    pytest.param(version, marks=[] if version == "v2" else [pytest.mark.slow]) for version in ("v1", "v2")
]
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=message: )\S+|(?<=authorization-details/)\S+|(?<=id: )\S+")
"""What is another one in each message: authorization IDs, EC2's encoded messages."""


def test_there_are_forty_calls_and_more_allowed_and_refused():
    assert len(CALLS) >= 40
    assert sum(code is None for *_, code in CALLS) >= 15
    assert sum(code is not None for *_, code in CALLS) >= 15


@pytest.fixture(scope="module")
def expected(one_cloud: Cloud) -> list[tuple[Outcome, tuple[Any, ...]]]:
    """Return boto3's response, and what is recorded."""
    one_cloud.reset()
    stage(one_cloud)
    outcomes = []
    for profile, service, operation, parameters, code in CALLS:
        outcome = in_process(profile, service.removesuffix("api"), operation, parameters)
        assert outcome.code == code, (operation, outcome)
        outcomes.append((outcome, seen(of_clients(one_cloud)[-1])))
    return outcomes


@pytest.mark.parametrize("version", NEWEST_IN_EACH_RUN)
def test_the_cli_is_told_what_boto3_is_told(expected, cloud: Cloud, env: dict[str, str], version: str):
    if version not in COMMANDS:
        pytest.skip(f"no AWS CLI {version} here")
    stage(cloud)
    before = len(of_clients(cloud))
    told = many(
        cli_python(version), env,
        [[service, _kebab(operation), "--profile", profile, "--cli-input-json", json.dumps(parameters)]
         for profile, service, operation, parameters, _ in CALLS],
    )  # fmt: skip
    made = of_clients(cloud)[before:]
    for (outcome, record), by_cli, entry in zip(expected, told, made, strict=True):
        assert by_cli.code == outcome.code, (record, by_cli)
        assert _IDS.sub("ID", by_cli.message) == _IDS.sub("ID", outcome.message)
        assert seen(entry) == record
        assert entry.user_agent.startswith(f"aws-cli/{version[1]}")


def of_clients(cloud: Cloud) -> list[Any]:
    """Return the calls of clients, without the calls that services made for them."""
    return [entry for entry in cloud.record if entry.via_service is None and "/" in entry.user_agent]


def _kebab(operation: str) -> str:
    from botocore import xform_name

    return xform_name(operation, "-")


@pytest.mark.parametrize("version", sorted(COMMANDS))
def test_what_a_profile_may_is_what_its_principal_may(
    cloud: Cloud, env: dict[str, str], version: str, tmp_path
):
    stage(cloud)
    cloud.role_profile("reader", "arn:aws:iam::111122223333:role/reader", "alice")
    who = cli(COMMANDS[version], env, "sts", "get-caller-identity", "--profile", "reader")
    assert ":assumed-role/reader/" in who.answer["Arn"]
    assert "shelf" in cli(COMMANDS[version], env, "s3", "ls", "--profile", "reader").message
    assert cli(COMMANDS[version], env, "s3", "ls", "s3://vault", "--profile", "reader").code == "AccessDenied"


@pytest.mark.parametrize("version", NEWEST_IN_EACH_RUN)
def test_files_of_many_parts_come_back_as_they_were_sent(
    cloud: Cloud, env: dict[str, str], version: str, tmp_path
):
    stage(cloud)
    there, back = tmp_path / "there.bin", tmp_path / "back.bin"
    there.write_bytes(bytes(range(256)) * 40_000 + b"end")  # 10 MB: a multipart upload
    cli(COMMANDS[version], env, "s3", "cp", str(there), "s3://shelf/deep/a +ü.bin")
    cli(COMMANDS[version], env, "s3", "cp", "s3://shelf/deep/a +ü.bin", str(back))
    assert back.read_bytes() == there.read_bytes()
    assert {"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"} <= {
        entry.operation for entry in cloud.record
    }


@pytest.mark.slow
def test_through_a_proxy_setting_requests_are_signed_for_aws_hosts(cloud: Cloud, endpoint: Endpoint, env):
    stage(cloud)
    env = endpoint.proxy_env({"HOME": env["HOME"]})
    for command in COMMANDS.values():
        assert cli(command, env, "sts", "get-caller-identity").answer["Account"] == cloud.home
        assert cli(command, env, "s3", "ls", "s3://vault", "--profile", "alice").code == "AccessDenied"
        refused = cli(command, env, "iam", "list-users", "--profile", "bob")
        assert refused.code == "AccessDenied"
        assert "user/bob is not authorized to perform: iam:ListUsers" in refused.message
