"""docs/your-account.md: its AWS CLI commands save one of our accounts, and its snippets answer questions about it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from labs_helpers.__main__ import main
from labs_helpers.cloud import Cloud
from tests.cloud.endpoint.conftest import cli_commands
from tests.clouds import allow, deny, make_user, new_member

PAGE = (Path(__file__).parent.parent.parent.parent / "docs" / "your-account.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.slow
ALICE = "arn:aws:iam::111122223333:user/alice"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Path:
    """The folder that the page's commands fill, from a cloud with an organisation, buckets and a key."""
    commands = cli_commands()
    if not commands:
        pytest.skip("the AWS CLI is not installed")
    if sys.platform == "win32":
        pytest.skip("the page's commands are for a shell of Linux and macOS")
    folder = tmp_path_factory.mktemp("collected")
    with Cloud(seed=3) as cloud:
        client = boto3.client("organizations")
        organization = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        root = client.list_roots()["Roots"][0]["Id"]
        client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        unit = client.create_organizational_unit(ParentId=root, Name="Work")["OrganizationalUnit"]["Id"]
        member = new_member("work")
        client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
        rail = client.create_policy(
            Name="rail", Description="", Type="SERVICE_CONTROL_POLICY", Content=deny("s3:PutBucketPolicy")
        )["Policy"]["PolicySummary"]["Id"]
        client.attach_policy(PolicyId=rail, TargetId=unit)
        make_user(cloud, "alice", allow(["s3:GetObject", "iam:PutUserPolicy"]))
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="plain")
        s3.create_bucket(Bucket="payroll")
        policy = deny("s3:GetObject", "arn:aws:s3:::payroll/*", Principal={"AWS": ALICE})
        s3.put_bucket_policy(Bucket="payroll", Policy=policy)
        boto3.client("kms").create_key()
        # The AWS CLI puts the account before the host of s3control's endpoint, here 111122223333.127.0.0.1.
        code, real = "NoSuchPublicAccessBlockConfiguration", shlex.join(next(iter(commands.values())))
        none = f"An error occurred ({code}) when calling the GetPublicAccessBlock operation"
        tool = f'aws() {{ [ "$1" = s3control ] && echo "{none}" || {real} "$@"; }}\n'
        # One shell runs them all, as a reader's does: `account` is set in the first block and used in the last ones.
        script = tool + "\n".join(blocks("bash")).replace("o-a1b2c3d4e5/r-f6g7", f"{organization}/{root}")
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env={**os.environ, **cloud.endpoint().env()},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    event = {
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "userIdentity": {"arn": ALICE},
        "resources": [{"ARN": "arn:aws:s3:::plain/a"}],
    }  # fmt: skip
    (folder / "files" / "trail.json").write_text(json.dumps({"Records": [event]}), encoding="utf-8")
    return folder


def test_the_pages_commands_collect_what_loads(collected):
    with Cloud.from_account(collected / "files") as cloud:
        assert cloud.unreadable == ()
        decision = cloud.would(ALICE, "s3:GetObject", "arn:aws:s3:::payroll/2026.csv")
        assert decision.effect == "EXPLICIT_DENY"
        assert cloud.would(ALICE, "s3:GetObject", "arn:aws:s3:::plain/a").allowed, "the bucket has no policy"


def test_every_command_of_the_page_answers(collected, monkeypatch, capsys):
    monkeypatch.chdir(collected)
    lines = blocks("console")[0].splitlines()
    for line in lines:
        words = shlex.split(line.partition(" > ")[0])
        assert words[:3] == ["python", "-m", "labs_helpers"]
        code = main(words[3:])
        finds = not {"--escalations", "--unused"}.isdisjoint(words)  # alice can become one, and is idle
        assert code == int(finds), f"{line}: {capsys.readouterr().err}"
    said = capsys.readouterr().out
    (answer,) = blocks("text")
    assert answer in said
    assert "iam:PutUserPolicy" in said
    assert "arn:aws:s3:::plain/a" in said


def test_the_pages_python_runs(collected):
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks("python"))], cwd=collected, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "with an explicit deny in a resource-based policy" in done.stdout
    assert f"{ALICE} → {ALICE} does iam:PutUserPolicy" in done.stdout
