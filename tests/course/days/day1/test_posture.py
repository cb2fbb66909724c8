"""The posture checker: severity, evidence with line and column, control IDs, fixes, and the report's appearance."""

from __future__ import annotations

import json
from pathlib import Path

import boto3

from labs_helpers.course.days.day1 import account, outsiders, scan, work
from labs_helpers.course.days.day1.posture import CHECKS, SEVERITIES


def test_every_setting_has_a_check_and_the_checker_finds_it(neglected):
    assert set(CHECKS) == set(account.IDS)
    assert set(scan(neglected).ids) == set(account.IDS)


def test_the_page_of_the_docs_has_the_numbers_of_the_untouched_account(shop):
    page = (Path(__file__).resolve().parents[4] / "docs" / "posture.md").read_text(encoding="utf-8")
    report = scan(shop)
    assert f"{len(report.findings)} findings for {len(set(report.ids))} settings" in page
    for outcome, words in ((outsiders(shop), "attempts succeed"), (work(shop), "tasks succeed")):
        counts = " ".join(repr(outcome).split()[:3])  # such as `20 of 20`
        assert f"{counts} {words}" in page


def test_the_gravest_come_first_and_each_has_controls_and_a_fix(neglected):
    findings = scan(neglected).findings
    ranks = [SEVERITIES.index(each.severity) for each in findings]
    assert ranks == sorted(ranks)
    assert all(each.controls and each.fix and each.evidence and each.resource for each in findings)


def test_evidence_is_the_very_statement_with_its_line_and_column(neglected):
    (found,) = scan(neglected).of("public-bucket")
    text = boto3.client("s3").get_bucket_policy(Bucket="larkspur-invoices")["Policy"]
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith("{")
    assert json.loads(found.evidence) == json.loads(text)["Statement"][1]
    assert found.where == f"bucket policy, line {found.line}, column {found.column}"
    first, second, *_, last = found.dedented().splitlines()
    assert (first, last) == ("{", "}")
    assert second.startswith('  "')


def test_a_leaked_key_s_evidence_is_the_line_of_the_commit(neglected):
    (found,) = scan(neglected).of("keys-in-repository")
    assert found.source.endswith("deploy.sh")
    assert found.evidence[found.column - 1 :].startswith("AKIA")


def test_the_checker_reads_as_an_auditor_who_may_change_nothing(neglected):
    before = len(neglected.record)
    scan(neglected)
    seen = list(neglected.record)[before:]
    assert {each.principal_arn for each in seen} == {"arn:aws:iam::111122223333:user/auditor"}
    assert all(each.read_only for each in seen)
    assert not [each.operation for each in seen if each.refused]


def test_what_a_report_shows_is_escaped(shop):
    boto3.client("iam").create_role(
        RoleName="b",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Sid": "x", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
                     "Condition": {"StringEquals": {"sts:ExternalId": "<script>alert(1)</script>"}}}
                ],
            }
        ),
    )  # fmt: skip
    page = scan(shop).details("trust-everyone")
    assert "<script>" in page.text
    assert "<script>" not in page.html
    assert "&lt;script&gt;" in page.html


def test_an_auditor_whom_somebody_deleted_is_made_again(shop):
    from labs_helpers.course.content.schema import Step
    from labs_helpers.course.situations.undo import undo

    undo(shop, [Step(service="iam", call="create_user", parameters={"UserName": "auditor"})])
    assert scan(shop).findings


def test_a_name_in_half_a_dozen_blocks_is_as_good_as_the_internet(shop):
    ec2 = boto3.client("ec2")
    group = ec2.create_security_group(GroupName="halves", Description="two halves")["GroupId"]
    for block in ("0.0.0.0/1", "128.0.0.0/1"):
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": block}]}
            ],
        )
    assert any(group in each.resource for each in scan(shop).of("open-database-port"))


def test_the_root_user_s_sign_in_is_safe_and_its_access_key_is_not(neglected):
    """Requests that are signed with a key don't need a second factor, so the shop's root user's problem is the key."""
    summary = boto3.client("iam").get_account_summary()["SummaryMap"]
    assert (summary["AccountMFAEnabled"], summary["AccountAccessKeysPresent"]) == (1, 1)


def test_a_public_snapshot_s_evidence_says_that_it_is_not_encrypted(neglected):
    """An encrypted snapshot can't be public: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"""
    (found,) = scan(neglected).of("shared-volume")
    assert "unencrypted" in found.title
    assert json.loads(found.evidence)["Encrypted"] is False
