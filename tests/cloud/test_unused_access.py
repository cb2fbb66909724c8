"""Roles, passwords, access keys, and permissions that nobody used, from the files of a loaded account."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from labs_helpers.__main__ import main
from labs_helpers.cloud import AccountFileError, Cloud
from tests import printed
from tests.cloud.escalation_climbers import ACCOUNT, Details, trust
from tests.clouds import make_user

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
HEAD = "arn,password_enabled,password_last_used,password_last_changed," + ",".join(
    f"access_key_{number}_{each}"
    for number in (1, 2)
    for each in ("active", "last_rotated", "last_used_date")
)


def ago(days: float) -> str:
    """The time some days ago, as AWS prints it."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def report(folder: Path, *rows: str) -> None:
    """Write a credential report as the CLI prints it."""
    content = base64.b64encode("\n".join((HEAD, *rows)).encode()).decode()
    (folder / "credentials.json").write_text(json.dumps({"Content": content, "ReportFormat": "text/csv"}))


def unused(folder: Path, days: int = 90) -> set[tuple[str, str]]:
    """Return what isn't used, as (kind, name) pairs."""
    with Cloud.from_account(folder) as cloud:
        return {(each.kind.value, each.principal.rpartition("/")[2]) for each in cloud.unused(days).found}


@pytest.mark.parametrize(
    ("created", "used", "stale"),
    [(500, 100, True), (500, 89, False), (500, None, True), (20, None, False), (91, None, True)],
)
def test_a_role_is_unused_if_it_is_older_than_the_period_and_was_not_used_in_it(
    tmp_path, created, used, stale
):
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html: empty if there was no use"""
    made = Details()
    made.role("app", trust({"Service": "lambda.amazonaws.com"}))
    (role,) = made.printed["RoleDetailList"]
    role |= {"CreateDate": ago(created), "RoleLastUsed": {"LastUsedDate": ago(used)} if used else {}}
    made.write(tmp_path)
    assert unused(tmp_path) == ({("unused-role", "app")} if stale else set())
    assert unused(tmp_path, 600) == set()


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("true,no_information,{old},false,N/A,N/A,false,N/A,N/A", {"unused-password"}),
        ("true,{new},{old},false,N/A,N/A,false,N/A,N/A", set()),
        ("true,N/A,{new},false,N/A,N/A,false,N/A,N/A", set()),
        ("false,N/A,N/A,true,{old},N/A,true,{old},{new}", {"unused-access-key"}),
        ("false,N/A,N/A,true,{old},{old},true,{new},N/A", {"unused-access-key"}),
        ("false,N/A,N/A,false,{old},{old},false,{old},{old}", set()),
        ("not_supported,{old},not_supported,true,{old},{new},false,N/A,N/A", set()),
    ],
)
def test_credentials_are_told_apart_by_their_last_use_and_change(tmp_path, row, found):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html"""
    made = Details()
    made.user("alice")
    made.write(tmp_path)
    report(tmp_path, f"{ALICE},{row.format(old=ago(200), new=ago(1))}")
    assert unused(tmp_path) == {(kind, "alice") for kind in found}


@pytest.mark.parametrize(("created", "found"), [(500, {("unused-services", "alice")}), (20, set())])
def test_services_are_unused_only_if_the_user_is_older_than_the_period(tmp_path, created, found):
    made = Details()
    made.user("alice")
    made.printed["UserDetailList"][0]["CreateDate"] = ago(created)
    made.write(tmp_path)
    accessed = {"JobStatus": "COMPLETED", "ServicesLastAccessed": [{"ServiceNamespace": "glue"}]}
    (tmp_path / "last-accessed-user-alice.json").write_text(json.dumps(accessed))
    assert unused(tmp_path) == found


def test_the_report_of_a_running_cloud_is_read_as_the_cli_prints_it(tmp_path):
    with Cloud(seed=1) as running:
        make_user(running, "alice")
        printed.account(boto3.Session(), tmp_path)
        iam = boto3.client("iam")
        iam.generate_credential_report()
        made = iam.get_credential_report()
    content, time = base64.b64encode(made["Content"]).decode(), made["GeneratedTime"].isoformat()
    (tmp_path / "credential-report.json").write_text(json.dumps({"Content": content, "GeneratedTime": time}))
    (tmp_path / "generated.json").write_text(json.dumps({"State": "STARTED", "Description": "Starting"}))
    with Cloud.from_account(tmp_path) as loaded:
        found = loaded.unused()
    assert found.found == ()
    assert not any("credential report" in gap for gap in found.gaps)


@pytest.mark.parametrize("content", ["no base64!", base64.b64encode(b"a,b\n1,2").decode()])
def test_what_is_no_credential_report_is_refused_with_its_file(tmp_path, content):
    made = Details()
    made.user("alice")
    made.write(tmp_path)
    (tmp_path / "credentials.json").write_text(json.dumps({"Content": content}))
    with pytest.raises(AccountFileError, match=r"credentials\.json"):
        Cloud.from_account(tmp_path)


def test_the_command_lists_what_is_unused_and_what_the_files_do_not_show(tmp_path, capsys: Any):
    made = Details()
    made.user("alice")
    made.write(tmp_path)
    assert main(["load", str(tmp_path), "--unused"]) == 0
    assert f"The files contain no credential report for {ACCOUNT}" in capsys.readouterr().out
    report(tmp_path, f"{ALICE},true,{ago(200)},{ago(300)},false,N/A,N/A,false,N/A,N/A")
    services = [{"ServiceNamespace": "s3", "LastAuthenticated": ago(3)}, {"ServiceNamespace": "glue"}]
    accessed = {"JobStatus": "COMPLETED", "ServicesLastAccessed": services}
    (tmp_path / "last-accessed-user-alice.json").write_text(json.dumps(accessed))
    assert main(["load", str(tmp_path), "--unused"]) == 1
    out = capsys.readouterr().out
    assert "Not used in the last 90 days: 2" in out
    assert f"{ALICE}: password, last used on {ago(200)[:10]}" in out
    assert f"{ALICE}: permissions for 1 of 2 services: glue" in out
    assert "credential report" not in out
    assert main(["load", str(tmp_path), "--unused", "201", "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)["answers"]["unused"]["answer"]
    assert [(each["kind"], each["last_used"]) for each in answer["unused"]] == [("unused-services", None)]
    assert main(["load", str(tmp_path), "--unused", "0"]) == 2
    assert "specify at least 1 day" in capsys.readouterr().err
