"""Public audit tools read the cloud: Cloudsplaining finds excessive permissions, PMapper escalation paths."""

from __future__ import annotations

import json
import os

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.clouds import allow, make_user, trust
from tests.judges import cloudsplaining, needs_judges, pmapper

pytestmark = needs_judges
HOME = "111122223333"


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


@pytest.mark.ledger("F-IAM-22")
def test_cloudsplaining_finds_the_policy_that_is_too_wide(account, tmp_path):
    cloudsplaining(account, tmp_path, "download", "--output", str(tmp_path))
    details = tmp_path / "default.json"
    cloudsplaining(
        account, tmp_path, "scan", "--input-file", str(details), "--output", str(tmp_path), "--skip-open-report"
    )  # fmt: skip
    results = json.loads((tmp_path / "iam-results-default.json").read_text(encoding="utf-8"))
    assert {"wide"} == {policy["PolicyName"] for policy in results["customer_managed_policies"].values()}
    assert "s3:*" in json.dumps(results["customer_managed_policies"])


@pytest.mark.ledger("F-IAM-22")
def test_pmapper_finds_the_way_from_alice_to_the_administrator(account, tmp_path):
    told = pmapper(account, tmp_path, "graph", "create", "--include-regions", "us-east-1")
    assert "user/alice can create access keys to authenticate as user/admin" in told
    assert "user/alice can access via sts:AssumeRole role/app" in told
    answer = pmapper(account, tmp_path, "query", "who can do iam:CreateUser")
    assert "user/alice CAN call action iam:CreateUser for resource * THRU user/admin" in answer
