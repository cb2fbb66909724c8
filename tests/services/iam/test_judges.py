"""Public judges of accounts read the cloud: Cloudsplaining finds what is too wide, PMapper how one gets further.

Both live in an environment of their own (`make test` makes it: .judges/iam), or in that of LABS_IAM_JUDGES.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.clouds import allow, make_user, trust

BIN = Path(os.environ.get("LABS_IAM_JUDGES", Path(__file__).resolve().parents[3] / ".judges" / "iam" / "bin"))
pytestmark = pytest.mark.skipif(
    not (BIN / "cloudsplaining").exists(),
    reason="needs Cloudsplaining and PMapper in .judges/iam (make test)",
)
HOME = "111122223333"
# PMapper 1.1.5 looks for the abstract base classes where Python had them before 3.10.
PMAPPER = """
import collections, collections.abc, sys
for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))
from principalmapper.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def account(cloud: Cloud, iam, tmp_path):
    """An account with a user who may make access keys for others, and the environment of programs that read it."""
    make_user(cloud, "alice", allow(["iam:CreateAccessKey", "sts:AssumeRole"]))
    wide = iam.create_policy(PolicyName="wide", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    iam.attach_role_policy(RoleName="app", PolicyArn=wide)
    env = {
        **os.environ,
        **cloud.endpoint().env(),
        "HOME": str(tmp_path),
        "PMAPPER_STORAGE": str(tmp_path / "graphs"),
    }
    yield env
    assert boto3.client("iam").get_user(UserName="alice"), "reading changes nothing"


def run(env: dict[str, str], folder: Path, *command: str) -> str:
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.ledger("F-IAM-22")
def test_cloudsplaining_finds_the_policy_that_is_too_wide(account, tmp_path):
    program = str(BIN / "cloudsplaining")
    run(account, tmp_path, program, "download", "--output", str(tmp_path))
    details = tmp_path / "default.json"
    run(
        account,
        tmp_path,
        program,
        "scan",
        "--input-file",
        str(details),
        "--output",
        str(tmp_path),
        "--skip-open-report",
    )
    results = json.loads((tmp_path / "iam-results-default.json").read_text(encoding="utf-8"))
    assert {"wide"} == {policy["PolicyName"] for policy in results["customer_managed_policies"].values()}
    assert "s3:*" in json.dumps(results["customer_managed_policies"])


@pytest.mark.ledger("F-IAM-22")
def test_pmapper_finds_the_way_from_alice_to_the_administrator(account, tmp_path):
    python = str(BIN / "python")
    told = run(account, tmp_path, python, "-c", PMAPPER, "graph", "create", "--include-regions", "us-east-1")
    assert "user/alice can create access keys to authenticate as user/admin" in told
    assert "user/alice can access via sts:AssumeRole role/app" in told
    answer = run(account, tmp_path, python, "-c", PMAPPER, "query", "who can do iam:CreateUser")
    assert "user/alice CAN call action iam:CreateUser for resource * THRU user/admin" in answer
