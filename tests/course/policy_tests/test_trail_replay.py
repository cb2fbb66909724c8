"""What SCPs would have denied of the last 30 days of a trail: `test-policies --replay`."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from labs_helpers.__main__ import main

PROD, OTHER = "222233334444", "555566667777"


def event(time: str, name: str, *, account: str = PROD, **more: Any) -> dict[str, Any]:
    role = f"arn:aws:iam::{account}:role/deploy"
    identity = {
        "type": "AssumedRole", "arn": f"arn:aws:sts::{account}:assumed-role/deploy/ci", "accountId": account,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role}},
    }  # fmt: skip
    return {
        "eventVersion": "1.11", "eventTime": time, "eventName": name, "eventSource": "s3.amazonaws.com",
        "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.9", "userIdentity": identity,
        "recipientAccountId": account, **more,
    }  # fmt: skip


RECORDS = [
    event("2026-10-01T00:00:00Z", "DeleteBucket", requestParameters={"bucketName": "old"}),
    event("2026-11-20T00:00:00Z", "DeleteBucket", requestParameters={"bucketName": "data"}),
    event("2026-11-21T00:00:00Z", "DeleteBucket", requestParameters={"bucketName": "data"}),
    event(
        "2026-11-21T00:00:00Z",
        "DeleteBucket",
        requestParameters={"bucketName": "tmp"},
        errorCode="AccessDenied",
    ),
    event("2026-11-22T00:00:00Z", "DeleteBucket", account=OTHER, requestParameters={"bucketName": "theirs"}),
    event("2026-11-23T00:00:00Z", "CreateStateMachine", eventSource="states.amazonaws.com"),
    event("2026-11-24T00:00:00Z", "BakeBread", eventSource="states.amazonaws.com"),
    event("2026-11-25T00:00:00Z", "GetObject", requestParameters={"bucketName": "data", "key": "k"}),
]


@pytest.fixture
def table(tmp_path):
    def written(*statements: dict[str, Any]) -> str:
        whole = {
            "documents": {"draft": {"Version": "2012-10-17", "Statement": list(statements)}},
            "tree": {"scp": ["FullAWSAccess", "draft"], "accounts": {"prod": PROD}},
            "tests": [{"name": "t", "account": "prod", "action": "s3:ListBucket", "expect": "allow"}],
        }
        (tmp_path / "t.yaml").write_text(json.dumps(whole), encoding="utf-8")
        return str(tmp_path / "t.yaml")

    return written


@pytest.fixture
def trail(tmp_path):
    (tmp_path / "trail" / "2026").mkdir(parents=True)
    (tmp_path / "trail" / "one.json").write_text(json.dumps({"Records": RECORDS[:4]}), "utf-8")
    packed = gzip.compress(json.dumps({"Records": RECORDS[4:]}).encode())
    (tmp_path / "trail" / "2026" / "two.json.gz").write_bytes(packed)
    return str(tmp_path / "trail")


DELETES = {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
BUILDS = {"Effect": "Deny", "Action": "states:*", "Resource": "*", "Condition": {
    "StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}}  # fmt: skip


def test_calls_that_a_draft_would_have_denied_are_listed_and_counted(table, trail, capsys):
    path = table(DELETES, BUILDS)
    assert main(["test-policies", path, "--replay", trail]) == 1
    count, *lines = capsys.readouterr().out.splitlines()
    assert count == "1 request, 0 failed"
    who = f"arn:aws:sts::{PROD}:assumed-role/deploy/ci"
    unsure = "the events don't name the resource"
    assert [line.removeprefix(f"{path}: ") for line in lines] == [
        "7 events from 2026-11-20T00:00:00Z to 2026-11-25T00:00:00Z; SCPs apply to 5 successful calls",
        "Left out: 1 event from more than 30 days before the last one",
        "Not decided, because the operation isn't known: 1 call",
        f'DENIED 2 times: s3:DeleteBucket in us-east-1 by {who} (draft, statement 1 "Keep")',
        f"DENIED 1 time: states:CreateStateMachine in us-east-1 by {who} (draft, statement 2; {unsure})",
        "3 of 5 calls would have been denied",
    ]


def test_a_draft_that_would_have_denied_nothing_passes(table, trail, capsys):
    assert main(["test-policies", table({**DELETES, "Action": "s3:PutObject"}), "--replay", trail]) == 0
    assert capsys.readouterr().out.endswith("0 of 5 calls would have been denied\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [("{}", "these aren't CloudTrail records"), ("[]", "there are no events"), ("[", "line 1")],
)
def test_a_file_that_is_no_trail_is_named(table, tmp_path, capsys, content, said):
    (tmp_path / "x.json").write_text(content, "utf-8")
    assert main(["test-policies", table(DELETES), "--replay", str(tmp_path / "x.json")]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_files_is_named(table, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["test-policies", table(DELETES), "--replay", str(tmp_path / "empty")]) == 2
    assert "no .json or .json.gz file" in capsys.readouterr().err
