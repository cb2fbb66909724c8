"""IAM's reports on when services were last used, and their use for least privilege."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.__main__ import main
from labs_helpers.cloud import Cloud
from labs_helpers.cloud.account_files.json_files import AccountFileError
from tests import printed
from tests.clouds import allow, make_user

ALICE = "arn:aws:iam::111122223333:user/alice"
WHEN = "2026-10-01T08:00:00+00:00"
DONE = {"JobStatus": "COMPLETED", "JobCreationDate": WHEN, "JobCompletionDate": WHEN, "IsTruncated": False}


def service(namespace, last=None, actions=(), by=ALICE):
    used = {"LastAuthenticated": last, "LastAuthenticatedEntity": by, "TotalAuthenticatedEntities": 1}
    tracked = [{"ActionName": name, "LastAccessedTime": time} for name, time in actions]
    return {
        "ServiceName": namespace.upper(),
        "ServiceNamespace": namespace,
        **(used if last else {"TotalAuthenticatedEntities": 0}),
        "TrackedActionsLastAccessed": tracked,
    }


REPORT = {
    **DONE,
    "JobType": "ACTION_LEVEL",
    "ServicesLastAccessed": [
        service("dynamodb"),
        service("iam", WHEN, [("ListUsers", WHEN), ("CreateUser", None)]),
        service("s3", WHEN, [("ListAllMyBuckets", WHEN), ("DeleteBucket", WHEN)]),
        service("sqs", WHEN),
    ],
}
ORGANIZATION = {
    **DONE,
    "NumberOfServicesAccessible": 3,
    "NumberOfServicesNotAccessed": 2,
    "AccessDetails": [
        {
            "ServiceName": "S3",
            "ServiceNamespace": "s3",
            "LastAuthenticatedTime": WHEN,
            "TotalAuthenticatedEntities": 2,
        },
        {"ServiceName": "Glue", "ServiceNamespace": "glue", "TotalAuthenticatedEntities": 0},
        {"ServiceName": "Braket", "ServiceNamespace": "braket", "TotalAuthenticatedEntities": 0},
    ],
}


@pytest.fixture
def folder(tmp_path):
    with Cloud(seed=1) as running:
        make_user(running, "alice", allow("s3:*"))
        printed.account(boto3.Session(), tmp_path)
    event = {
        "eventName": "ListBuckets",
        "eventSource": "s3.amazonaws.com",
        "userIdentity": {"arn": ALICE},
        "resources": [],
    }
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [event]}))
    return tmp_path


def written(folder, name, report):
    (folder / name).write_text(json.dumps(report, indent=2))


def test_a_report_adds_what_no_event_tells_and_says_what_was_never_used(folder, capsys):
    written(folder, "last-accessed-user-alice.json", REPORT)
    assert main(["load", str(folder), "--least-privilege", ALICE]) == 0
    told = capsys.readouterr().out
    policy = json.loads(told[told.index("{") : told.rindex("}") + 1])
    allowed = {(action, *each["Resource"]) for each in policy["Statement"] for action in each["Action"]}
    assert allowed == {("s3:ListAllMyBuckets", "*"), ("s3:DeleteBucket", "*"), ("iam:ListUsers", "*")}
    assert "not used in the tracking period: dynamodb" in told
    assert f"sqs was last used at {WHEN}" in told
    assert "s3:DeleteBucket: the report names no resource" in told
    assert "iam:ListUsers: the report" not in told


def test_a_report_alone_is_enough(folder, capsys):
    (folder / "trail.json").unlink()
    written(folder, "last-accessed-user-alice.json", REPORT)
    assert main(["load", str(folder), "--least-privilege", ALICE]) == 0
    assert "0 events" in capsys.readouterr().out


def test_an_organisation_s_report_gives_a_policy_that_denies_what_nobody_used(folder, capsys):
    written(folder, "access-report-111122223333.json", ORGANIZATION)
    assert main(["load", str(folder), "--least-privilege", "111122223333"]) == 0
    told = capsys.readouterr().out
    policy = json.loads(told[told.index("{") : told.rindex("}") + 1])
    assert policy["Statement"] == [
        {"Sid": "NotUsed", "Effect": "Deny", "Action": ["braket:*", "glue:*"], "Resource": "*"}
    ]
    assert "once a year" in told


def test_without_a_report_of_an_entity_that_is_told(folder, capsys):
    assert main(["load", str(folder), "--least-privilege", "r-abcd"]) == 2
    assert "access-report-r-abcd.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "report", "told"),
    [
        ("report.json", REPORT, "last-accessed-user-NAME.json"),
        ("report.json", ORGANIZATION, "access-report-ID.json"),
        ("last-accessed-user-bob.json", REPORT, "has no user bob"),
        (
            "last-accessed-user-alice.json",
            {**REPORT, "JobStatus": "IN_PROGRESS"},
            "IN_PROGRESS: retrieve it again",
        ),
        ("last-accessed-user-alice.json", {**REPORT, "IsTruncated": True, "Marker": "x"}, "--max-items 1000"),
        ("access-report-r-abcd.json", {**DONE, "JobStatus": "IN_PROGRESS"}, "IN_PROGRESS: retrieve it again"),
        (
            "access-report-r-abcd.json",
            {**DONE, "JobStatus": "FAILED", "ErrorDetails": {"Message": "SCPs are off", "Code": "x"}},
            r"FAILED (SCPs are off): generate it again",
        ),
        ("access-report-r-abcd.json", {**ORGANIZATION, "JobStatus": "FAILED"}, "FAILED: generate it again"),
        (
            "last-accessed-user-alice.json",
            {**DONE, "ServicesLastAccessed": [service("s3", WHEN, by=ALICE[:-5] + "ben")]},
            "the report is about a group",
        ),
    ],
)
def test_a_report_that_cannot_be_used_is_told_by_file_and_line(folder, name, report, told):
    written(folder, name, report)
    with pytest.raises(AccountFileError, match=rf"{name}: line \d+:") as caught:
        Cloud.from_account(folder)
    assert told in str(caught.value)


def test_the_ticket_for_a_report_is_no_fault(folder):
    """`aws iam generate-service-last-accessed-details` prints a JobId, and nothing else."""
    written(folder, "job.json", {"JobId": "examplee-1653-5fef-c0d1-b1b6f66d2a23"})
    Cloud.from_account(folder).stop()
