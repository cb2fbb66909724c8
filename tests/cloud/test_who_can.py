"""Queries about access, escalation to administrator, and use, for running clouds and loaded accounts."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.__main__ import main
from labs_helpers.cloud import Cloud
from labs_helpers.cloud.account_files.used_access import used_policy
from labs_helpers.cloud.audit.escalation import escalations
from labs_helpers.cloud.audit.who_can import who_can
from tests import printed
from tests.clouds import allow, deny, make_user, trust

HOME = "111122223333"


def _arn(rest: str) -> str:
    return f"arn:aws:iam::{HOME}:{rest}"


@pytest.fixture
def cloud():
    with Cloud(seed=1) as running:
        yield running


def test_the_map_says_who_may_do_each_action(cloud):
    make_user(cloud, "alice", allow("s3:ListAllMyBuckets"))
    make_user(cloud, "bob")
    answers = who_can(cloud, ["s3:ListAllMyBuckets", "kms:CreateKey"])
    assert answers.who("s3:ListAllMyBuckets") == [_arn("user/admin"), _arn("user/alice")]
    assert answers.who("kms:CreateKey") == [_arn("user/admin")]
    assert answers.complete
    assert answers.csv().splitlines()[2] == f"{_arn('user/alice')},allow,deny"


def test_a_map_that_is_stopped_keeps_what_it_has(cloud):
    """Ctrl-C or a stop button ends the search, and the answers so far are kept."""
    for number in range(60):
        make_user(cloud, f"user-{number}")

    def stop(done: int, of: int) -> None:
        if done >= 50:
            raise KeyboardInterrupt

    answers = who_can(cloud, ["s3:ListAllMyBuckets"], progress=stop)
    assert not answers.complete
    assert len(answers.allowed) == 50


def test_what_can_not_be_answered_is_no_refusal(cloud):
    """An action of a service that this cloud does not know is "not answered", never "deny"."""
    make_user(cloud, "alice")
    answers = who_can(cloud, ["nosuch:Thing"])
    assert answers.csv().splitlines()[1].endswith("not answered")


WAYS = {
    "PutUserPolicy": allow("iam:PutUserPolicy", _arn("user/eve")),
    "AttachUserPolicy": allow("iam:AttachUserPolicy"),
    "CreatePolicyVersion": None,
    "CreateAccessKey": allow("iam:CreateAccessKey", _arn("user/admin")),
    "UpdateAssumeRolePolicy": allow("iam:UpdateAssumeRolePolicy", _arn("role/boss")),
    "AssumeRole": allow("sts:AssumeRole", _arn("role/boss")),
    "PassRole": allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
}


def _company(cloud: Cloud, text: str | None) -> None:
    """eve with a policy, and a role of administrators that Lambda and the account may assume."""
    iam = boto3.client("iam")
    trusted = {"AWS": f"arn:aws:iam::{HOME}:root", "Service": "lambda.amazonaws.com"}
    iam.create_role(RoleName="boss", AssumeRolePolicyDocument=trust(trusted))
    iam.attach_role_policy(RoleName="boss", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    make_user(cloud, "eve", text)
    if text is None:
        own = iam.create_policy(PolicyName="own", PolicyDocument=allow("iam:CreatePolicyVersion"))["Policy"][
            "Arn"
        ]
        iam.attach_user_policy(UserName="eve", PolicyArn=own)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("action", WAYS)
def test_each_way_to_an_administrator_is_found(cloud, action):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    _company(cloud, WAYS[action])
    found = escalations(cloud)
    assert set(found.administrators) == {_arn("user/admin"), _arn("role/boss")}
    way = found.ways[_arn("user/eve")]
    assert f":{action}" in " ".join(way[-1].actions)
    assert found.complete


def test_a_way_of_two_steps_is_found(cloud):
    """eve may assume a role that may make keys for the administrator."""
    iam = boto3.client("iam")
    make_user(cloud, "eve", allow("sts:AssumeRole"))
    iam.create_role(RoleName="helpdesk", AssumeRolePolicyDocument=trust({"AWS": _arn("root")}))
    iam.put_role_policy(RoleName="helpdesk", PolicyName="keys", PolicyDocument=allow("iam:CreateAccessKey"))
    way = escalations(cloud).ways[_arn("user/eve")]
    assert [step.actions for step in way] == [("sts:AssumeRole",), ("iam:CreateAccessKey",)]


@pytest.mark.parametrize(
    "text", [deny("*"), allow("iam:PassRole"), allow("iam:PutUserPolicy", _arn("user/other"))]
)
def test_who_can_not_become_one_is_not_accused(cloud, text):
    _company(cloud, text)
    assert _arn("user/eve") not in escalations(cloud).ways


def test_a_boundary_closes_the_way(cloud):
    _company(cloud, allow(["iam:*", "sts:*"]))
    limit = boto3.client("iam").create_policy(PolicyName="limit", PolicyDocument=allow("s3:*"))["Policy"][
        "Arn"
    ]
    assert _arn("user/eve") in escalations(cloud).ways
    boto3.client("iam").put_user_permissions_boundary(UserName="eve", PermissionsBoundary=limit)
    assert _arn("user/eve") not in escalations(cloud).ways


def _event(name: str, source: str, *arns: str, **identity: object) -> dict[str, object]:
    return {
        "eventName": name, "eventSource": source, "userIdentity": identity, "resources": [{"ARN": arn} for arn in arns],
    }  # fmt: skip


def test_least_privilege_from_the_trails_files():
    """A role's sessions count for the role; an operation's action is not always its name (ListObjects: ListBucket)."""
    role = _arn("role/worker")
    session = {
        "arn": f"arn:aws:sts::{HOME}:assumed-role/worker/s",
        "sessionContext": {"sessionIssuer": {"arn": role}},
    }
    records = [
        _event("GetObject", "s3.amazonaws.com", "arn:aws:s3:::orders/a", "arn:aws:s3:::orders", **session),
        _event("ListObjects", "s3.amazonaws.com", "arn:aws:s3:::orders", **session),
        _event("RunInstances", "ec2.amazonaws.com", arn=_arn("user/other")),
        _event("Conjure", "magic.amazonaws.com", **session),
    ]
    generated = used_policy(records, role)
    allowed = {
        action: each["Resource"] for each in generated.policy["Statement"] for action in each["Action"]
    }
    assert allowed == {"s3:GetObject": ["arn:aws:s3:::orders/a"], "s3:ListBucket": ["arn:aws:s3:::orders"]}
    assert generated.events == 3
    assert any("Conjure" in note for note in generated.notes)


def test_who_did_nothing_gets_no_policy():
    with pytest.raises(LookupError, match="no event"):
        used_policy([], _arn("user/alice"))


@pytest.fixture
def folder(tmp_path):
    with Cloud(seed=1) as running:
        make_user(running, "alice", allow("s3:ListAllMyBuckets"))
        make_user(running, "eve", allow("iam:PutUserPolicy"))
        printed.account(boto3.Session(), tmp_path)
    event = _event("ListBuckets", "s3.amazonaws.com", arn=_arn("user/alice"))
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [event]}))
    return tmp_path


def test_the_command_answers_all_its_questions(folder, capsys):
    written = folder.parent / f"{folder.name}.csv"
    alice = _arn("user/alice")
    asked = [
        "load",
        str(folder),
        "--would",
        alice,
        "s3:ListAllMyBuckets",
        "*",
        "--who-can",
        "s3:ListAllMyBuckets",
    ]
    asked += ["--csv", str(written), "--escalations", "--least-privilege", alice]
    assert main(asked) == 1, "eve can become an administrator"
    said = capsys.readouterr().out
    for part in (
        f"3 users and roles in {HOME}; 1 event.", "Not taken into account: No file describes an organization",
        "✓ allow", "s3:ListAllMyBuckets on any resource: 2 of 3", "Can become one: 1", '"s3:ListAllMyBuckets"',
    ):  # fmt: skip
        assert part in said
    assert written.read_text().startswith("principal,s3:ListAllMyBuckets")
    assert main(asked) == 2, "what was written before is not written over"
    assert "exists" in capsys.readouterr().err


def test_the_command_tells_a_bad_file_and_fails(tmp_path, capsys):
    (tmp_path / "iam.json").write_text("{")
    assert main(["load", str(tmp_path)]) == 2
    assert "iam.json: line 1: not valid JSON" in capsys.readouterr().err
    assert Cloud.running() is None
