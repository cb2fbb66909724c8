"""Third-party readers of CloudTrail files accept the files that trails deliver.

TrailScraper pins an old boto3, so it needs its own environment: `python -m venv .readers && .readers/bin/pip install
trailscraper`, or its path in LABS_TRAILSCRAPER. AWS's own validator comes with `awscli`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud.audit.trail_setup import open_trail
from labs_helpers.cloud.services.cloudtrail.delivered_files import deliver

BUCKET = "trail-of-home"
_BESIDE = Path(__file__).resolve().parents[4] / ".readers" / "bin" / "trailscraper"


def trailscraper() -> str:
    found = (
        os.environ.get("LABS_TRAILSCRAPER")
        or shutil.which("trailscraper")
        or (str(_BESIDE) if _BESIDE.exists() else None)
    )
    if found is None:
        pytest.skip("TrailScraper is not installed (see this module's docstring)")
    return found


@pytest.mark.ledger("F-TRL-02")
def test_trailscraper_reads_the_files_and_makes_a_policy_of_them(cloud, tmp_path):
    reader = trailscraper()
    open_trail(cloud, BUCKET, "course")
    s3 = boto3.client("s3")
    boto3.client("iam").create_user(UserName="alice")
    s3.create_bucket(Bucket="shelf-of-alice")
    s3.put_object(Bucket="shelf-of-alice", Key="k", Body=b"x")
    for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        path = tmp_path / item["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())
    day = f"{cloud.clock.now():%Y-%m-%d}"
    selected = subprocess.run(
        [reader, "select", "--log-dir", str(tmp_path), "--from", f"{day} 00:00:00", "--to", f"{day} 23:59:59"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = [record["eventName"] for record in json.loads(selected)["Records"]]
    assert names == ["StartLogging", "CreateUser", "CreateBucket", "PutObject"]
    policy = subprocess.run(
        [reader, "generate"], input=selected, capture_output=True, text=True, check=True
    ).stdout
    actions = {action for statement in json.loads(policy)["Statement"] for action in statement["Action"]}
    assert {"iam:CreateUser", "s3:CreateBucket", "s3:PutObject"} <= actions


@pytest.mark.ledger("F-TRL-02")
def test_aws_cli_validates_the_logs_and_finds_the_changed_one(cloud, capsys):
    clidriver = pytest.importorskip("awscli.clidriver", reason="the AWS CLI is not installed")
    arn = open_trail(cloud, BUCKET, "course")
    s3, iam = boto3.client("s3"), boto3.client("iam")
    for name in ("alice", "bob"):
        iam.create_user(UserName=name)
        deliver(cloud._state)
    day = f"{cloud.clock.now():%Y-%m-%d}"
    command = [
        "cloudtrail", "validate-logs", "--trail-arn", arn, "--start-time", f"{day}T00:00:00Z", "--end-time",
        f"{day}T23:59:59Z", "--region", "us-east-1",
    ]  # fmt: skip
    assert clidriver.create_clidriver().main(command) == 0
    said = capsys.readouterr().out
    assert "2/2 digest files valid" in said
    assert "2/2 log files valid" in said
    log = next(
        item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if "/CloudTrail/" in item["Key"]
    )
    s3.put_object(Bucket=BUCKET, Key=log, Body=b"gone")
    assert clidriver.create_clidriver().main(command) == 1
    assert "INVALID" in capsys.readouterr().out
