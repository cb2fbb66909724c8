"""Third-party tools read the organization, and agree with the cloud about specific requests.

PMapper reads the tree and evaluates its SCPs; Cloudsplaining reads a member account's permissions.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.clouds import allow, deny, make_user
from tests.judges import cloudsplaining, needs_judges, pmapper

pytestmark = needs_judges
REQUESTS = {
    "the SCP of the unit refuses an administrator": ("ada", "s3:DeleteBucket"),
    "the SCP of the root refuses an administrator": ("ada", "organizations:LeaveOrganization"),
    "what no SCP names stays the administrator's": ("ada", "iam:CreateUser"),
    "an SCP gives nothing": ("bob", "iam:CreateUser"),
    "what IAM gives and no SCP refuses": ("bob", "s3:ListAllMyBuckets"),
    "what IAM gives and the unit's SCP refuses": ("bob", "s3:DeleteBucket"),
}


@pytest.fixture
def member(org):
    """A member below a unit with an SCP, with an administrator and a user who has S3 alone."""
    unit, account = org.unit("Workloads"), org.member("prod")
    org.client.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    org.enable("SERVICE_CONTROL_POLICY")
    org.attach(deny("organizations:LeaveOrganization"), org.root, name="stay")
    org.attach(deny("s3:DeleteBucket"), unit, name="keep")
    make_user(org.cloud, "ada", allow("*"), account=account)
    make_user(org.cloud, "bob", allow("s3:*"), account=account)
    return account


def environment(org, folder, **more):
    return {
        **os.environ, **org.cloud.endpoint().env(), "HOME": str(folder), "PMAPPER_STORAGE": str(folder / "graphs"),
    } | more  # fmt: skip


def keys_of(org, account):
    """The environment variables of a key of the account's administrator."""
    key = org.as_account(account, "iam").create_access_key(UserName="ada")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


@pytest.mark.ledger("F-ORG-01")
def test_pmapper_reads_the_tree_and_decides_as_the_cloud_does(org, member, tmp_path):
    ours = environment(org, tmp_path)
    theirs = ours | keys_of(org, member)
    theirs.pop("AWS_SESSION_TOKEN", None)
    drawn = pmapper(ours, tmp_path, "orgs", "create")
    assert org.id in drawn
    shown = pmapper(ours, tmp_path, "orgs", "display", "--org", org.id)
    assert member in shown
    assert "keep" in shown
    pmapper(theirs, tmp_path, "graph", "create", "--include-regions", "us-east-1")
    pmapper(ours, tmp_path, "orgs", "update", "--org", org.id)
    for what, (user, action) in REQUESTS.items():
        asked = ("--principal", f"user/{user}", "--action", action)
        told = pmapper(ours, tmp_path, "--account", member, "argquery", "--scps", *asked)
        allowed = org.cloud.would(f"arn:aws:iam::{member}:user/{user}", action, "*").allowed
        assert ("IS authorized" in told) == allowed, (what, told)


@pytest.mark.ledger("F-ORG-01")
def test_cloudsplaining_reads_a_member_and_finds_its_administrator(org, member, tmp_path):
    theirs = environment(org, tmp_path) | keys_of(org, member)
    theirs.pop("AWS_SESSION_TOKEN", None)
    cloudsplaining(theirs, tmp_path, "download", "--output", str(tmp_path))
    found = json.loads((tmp_path / "default.json").read_text(encoding="utf-8"))
    names = {each["UserName"] for each in found["UserDetailList"]}
    assert {"ada", "bob"} <= names
    roles = {each["RoleName"] for each in found["RoleDetailList"]}
    assert "OrganizationAccountAccessRole" in roles
