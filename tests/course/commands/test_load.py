"""The command `load`: its questions, formats, exit codes, and what it rejects."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.__main__ import main
from tests.cloud import planted_account
from tests.cloud.escalation_climbers import ACCOUNT, Details, allow, deny, document, trust

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
PAYROLL = "arn:aws:s3:::payroll/2026.csv"


@pytest.fixture
def made() -> Details:
    """An account with alice, who reads the payroll with MFA."""
    details = Details()
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    details.user("alice", document(allow("s3:GetObject", "arn:aws:s3:::payroll/*", Condition=with_mfa)))
    return details


def _load(folder: Path, capsys: Any, *asked: str) -> tuple[int, str, str]:
    code = main(["load", str(folder), *asked])
    said = capsys.readouterr()
    return code, said.out, said.err


def _without_policy(folder: Path) -> None:
    (folder / "none.json").write_text(json.dumps({"WithoutPolicy": ["arn:aws:s3:::payroll"]}))


def test_an_answer_names_its_conditions_and_what_is_not_known(tmp_path, capsys, made):
    made.write(tmp_path)
    _without_policy(tmp_path)
    code, out, _ = _load(tmp_path, capsys, "--would", ALICE, "s3:GetObject", PAYROLL)
    assert code == 0
    for part in ("No file describes an organization", "The files contain no policies of keys", "Allowed only:",
                 "if Bool aws:MultiFactorAuthPresent true", "aws:multifactorauthpresent = true"):  # fmt: skip
        assert part in out


@pytest.mark.parametrize(("mfa", "counted"), [("true", "1 of 1"), ("false", "0 of 1")])
def test_a_condition_key_is_used_by_who_can(tmp_path, capsys, made, mfa, counted):
    made.write(tmp_path)
    _without_policy(tmp_path)
    asked = ("--who-can", "s3:GetObject", "--on", PAYROLL, "--context", f"aws:MultiFactorAuthPresent={mfa}")
    code, out, _ = _load(tmp_path, capsys, *asked)
    assert (code, f"s3:GetObject on {PAYROLL}: {counted}\n" in out) == (0, True)


def test_one_action_of_one_identity_is_not_a_plural(tmp_path, capsys, made):
    made.write(tmp_path)
    _without_policy(tmp_path)
    _, out, _ = _load(tmp_path, capsys, "--what-can", ALICE, "--context", "aws:MultiFactorAuthPresent=true")
    assert f"{ALICE} can do 1 action\n" in out
    assert out.startswith("1 user or role in ")


def test_a_region_is_used_by_every_question(tmp_path, capsys):
    """Without a Region, each reader of the payroll is listed with the SCP's condition; with a denied one, none is."""
    planted_account.write(tmp_path)
    asked = ("--who-can", "s3:GetObject", "--on", "arn:aws:s3:::payroll-bucket/2026.csv")
    expected = {
        None: "0 of 400, and 9 under conditions",
        "eu-central-1": "8 of 400, and 1 under",
        "us-east-1": "0 of 400\n",
    }
    for region, counted in expected.items():
        _, out, _ = _load(tmp_path, capsys, *asked, *(("--region", region) if region else ()))
        assert counted in out
    assert (
        _load(tmp_path, capsys, *asked)[1].count("unless StringNotEquals aws:RequestedRegion eu-central-1")
        == 9
    )


def test_a_finding_ends_with_1(tmp_path, capsys, made):
    made.user("eve", document(allow("iam:PutUserPolicy")))
    made.role("world", trust({"AWS": "*"}))
    made.write(tmp_path)
    code, out, _ = _load(tmp_path, capsys, "--escalations", "--outside")
    assert code == 1
    assert "user/eve does iam:PutUserPolicy" in out
    assert "What stops it: Don't let principals change policies that apply to them" in out
    assert "role/world: anyone can do sts:AssumeRole" in out
    assert "Not looked for: " in out
    assert _load(tmp_path, capsys, "--public", "--context", "aws:PrincipalOrgID=o-abcdefghij")[0] == 1


def test_no_finding_ends_with_0(tmp_path, capsys, made):
    made.write(tmp_path)
    assert _load(tmp_path, capsys, "--escalations", "--outside")[0] == 0


WRONG = {
    "--would arn:aws:iam::111122223333:user/alcie s3:GetObject *": "Did you mean arn:aws:iam::111122223333:user/alice?",
    "--who-can s3:GetObjects": "Did you mean s3:GetObject?",
    "--who-can s3:GetObject --context aws:SourceIps=1": "Did you mean aws:SourceIp?",
    "--who-can s3:GetObject --context aws:SourceIp": "must have the form KEY=VALUE",
    "--who-can s3:GetObject --region frankfurt": "isn't a Region",
    "--table x.yaml --context aws:SourceIp=203.0.113.1": "--context and --region need one of --would, --who-can",
    "--least-privilege x --escalations --region us-east-1": "aren't used by --least-privilege",
    "--would": "",
    "--format pdf": "",
}


@pytest.mark.parametrize("asked", WRONG)
def test_what_does_not_exist_or_is_not_used_ends_with_2(tmp_path, capsys, made, asked):
    made.write(tmp_path)
    code, _, err = _load(tmp_path, capsys, *asked.split())
    assert (code, WRONG[asked] in err) == (2, True)


def test_a_bucket_whose_policy_is_not_in_the_files_ends_with_2(tmp_path, capsys, made):
    made.write(tmp_path)
    code, out, _ = _load(tmp_path, capsys, "--who-can", "s3:GetObject", "--on", PAYROLL)
    assert (code, "Not answered: no file shows whether arn:aws:s3:::payroll has a policy" in out) == (2, True)


def test_a_mistyped_action_in_a_policy_is_told_with_file_and_line(tmp_path, capsys, made):
    made.user("bob", document(deny("ec2:RunInstance")))
    path = made.write(tmp_path)
    line = path.read_text().partition('"ec2:RunInstance"')[0].count("\n") + 1
    code, out, err = _load(tmp_path, capsys, "--escalations")
    says = f"error: {path}: line {line}: The action ec2:RunInstance does not exist. Did you mean ec2:RunInstances?"
    assert (code, err.splitlines()) == (2, [says])
    assert "Administrators: 0" in out
    assert _load(tmp_path, capsys, "--escalations", "--accept-unknown-names")[0] == 0


def test_json_has_conditions_and_gaps_as_data(tmp_path, capsys, made):
    made.write(tmp_path)
    _without_policy(tmp_path)
    asked = (
        "--who-can",
        "s3:GetObject",
        "--on",
        PAYROLL,
        "--what-can",
        ALICE,
        "--escalations",
        "--format",
        "json",
    )
    code, out, _ = _load(tmp_path, capsys, *asked)
    told = json.loads(out)
    assert code == 0
    assert told["gaps"]
    (mapped,) = told["answers"]["who-can"]["answer"]
    assert mapped["conditional"][0]["if"][0]["condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": ["true"]}
    }
    assert list(told["answers"]["what-can"]["answer"]["conditional"]) == ["s3:GetObject"]
    assert told["answers"]["escalations"]["answer"]["not_looked_for"]


def test_sarif_has_findings_with_their_places_and_gaps_as_notifications(tmp_path, capsys, made):
    """https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""
    made.user("eve", document(allow("iam:PutUserPolicy")))
    path = made.write(tmp_path)
    code, out, _ = _load(tmp_path, capsys, "--escalations", "--outside", "--format", "sarif")
    (run,) = json.loads(out)["runs"]
    (result,) = run["results"]
    line = path.read_text().partition('"UserName": "eve"')[0].count("\n")
    place = result["locations"][0]["physicalLocation"]
    assert (code, result["ruleId"], result["level"]) == (1, "escalation", "error")
    assert place["artifactLocation"]["uri"] == path.as_posix()
    assert abs(place["region"]["startLine"] - line) <= 2
    assert {result["ruleId"]} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert any("No file describes an organization" in note["message"]["text"] for note in notes)


class _Page(HTMLParser):
    """What a browser sees of a page: its elements, attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_has_the_findings_with_their_places_and_loads_nothing(tmp_path, capsys, made):
    made.user("eve", document(allow("iam:PutUserPolicy")))
    made.role("world", trust({"AWS": "*"}))
    path = made.write(tmp_path)
    code, out, _ = _load(tmp_path, capsys, "--escalations", "--outside", "--unused", "--format", "html")
    page = _Page(out)
    assert code == 1
    for part in ("user/eve does iam:PutUserPolicy", "role/world: anyone can do sts:AssumeRole", "Outside access",
                 "The files contain no policies of keys", "Not used in the last 90 days"):  # fmt: skip
        assert part in page.text
    assert re.search(rf"{re.escape(str(path))}, line \d+", page.text)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.elements)
    assert not {"src", "href", "onload", "onclick", "action"} & page.attributes.keys()
    assert any("default-src 'none'" in each for each in page.attributes["content"])


def test_the_page_shows_what_the_files_contain_as_text(tmp_path, capsys, made):
    """A policy can contain anything, such as elements of HTML."""
    evil = "<script>alert(1)</script>\"'&"
    made.user("eve", document(allow(f"iam:{evil}")))
    made.role("world", trust({"AWS": "*"}, Condition={"StringEquals": {"aws:SourceVpce": evil}}))
    made.write(tmp_path)
    code, out, _ = _load(tmp_path, capsys, "--outside", "--format", "html")
    page = _Page(out)
    assert code == 2
    assert "script" not in page.elements
    assert evil in page.text
