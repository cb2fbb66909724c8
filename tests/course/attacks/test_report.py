"""`python -m labs_helpers alarms`: the documented commands run, and problems with files are explained."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from labs_helpers.__main__ import main
from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.nights import FIRST, SECOND
from labs_helpers.course.attacks.playing import WORK, play
from labs_helpers.course.attacks.report import on_packs
from labs_helpers.course.attacks.rule_files import Unusable, read_rules, read_trail

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "data" / "weekend" / "rules"
TRAIL = ROOT / "data" / "weekend" / "examples" / "trail.json"
PAGE = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"\$ python -m labs_helpers (.+)\n((?:.+\n)*?)```", PAGE)


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_every_command_of_the_page_prints_what_the_page_says(command, output, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = main(shlex.split(command))
    assert capsys.readouterr().out == output
    assert code == (1 if "\n  " in output else 0)


@pytest.mark.parametrize("seed", [FIRST, SECOND])
def test_the_courses_own_rules_see_every_form_and_nothing_else(seed):
    packs = ["key-for-another", "share-a-snapshot", "stop-trail", "delete-trail", "weaken-trail", "read-all-secrets",
             "open-port-22", WORK]  # fmt: skip
    with Cloud(seed=3) as cloud:
        outcomes = on_packs(read_rules(RULES), play(cloud, packs, seed))
    assert {outcome.name: outcome.details for outcome in outcomes} == {
        outcome.name: () for outcome in outcomes
    }
    assert not any(outcome.failed for outcome in outcomes)


def test_a_report_has_one_case_per_rule(tmp_path, capsys):
    report = tmp_path / "report.xml"
    assert main(["alarms", str(RULES), "--trail", str(TRAIL), "--junit", str(report)]) == 1
    suite = ElementTree.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(list(RULES.iterdir()))), "1")
    assert "StopLogging by arn:aws:iam::111122223333:user/tom" in suite.find("testcase/failure").text


@pytest.mark.parametrize("form", ["list", "lines", "gzip"])
def test_records_are_read_in_every_form(form, tmp_path):
    records = json.loads(TRAIL.read_text(encoding="utf-8"))["Records"]
    text = "\n".join(map(json.dumps, records)) if form == "lines" else json.dumps(records)
    file = tmp_path / "trail"
    file.write_bytes(gzip.compress(text.encode()) if form == "gzip" else text.encode())
    assert read_trail([file]) == records


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "line 1, column 2"),
        ('{"Records": [{"a": 1}]}', "these aren't CloudTrail records"),
        ("3", "these aren't CloudTrail records"),
        (b"\x1f\x8bx", "trail.json: "),
        (b"\xff\xfe", "trail.json: "),
    ],
)
def test_a_file_that_has_no_records_is_explained(content, problem, tmp_path):
    file = tmp_path / "trail.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Unusable, match=re.escape(problem)):
        read_trail([file])


def test_a_rule_that_can_not_be_read_ends_with_its_place(tmp_path, capsys):
    rule = tmp_path / "rule.yml"
    rule.write_text("detection:\n  a:\n    eventName|base64: x\n  condition: a\n", encoding="utf-8")
    assert main(["alarms", str(tmp_path), "--trail", str(TRAIL)]) == 2
    assert 'rule.yml: Line 3, column 15: the modifier "base64"' in capsys.readouterr().err


def test_what_does_not_exist_is_named(tmp_path, capsys):
    assert main(["alarms", str(tmp_path), "--trail", str(TRAIL)]) == 2
    assert "there are no rules" in capsys.readouterr().err
    assert main(["alarms", str(tmp_path / "no.yml"), "--trail", str(TRAIL)]) == 2
    assert "no.yml: No such file" in capsys.readouterr().err
    assert main(["alarms", str(RULES), "--pack", "share-a-secret"]) == 2
    assert 'There is no attack "share-a-secret"' in capsys.readouterr().err


def test_the_command_explains_itself(capsys):
    assert main(["alarms", "--help"]) == 0
    assert "--trail FILE" in capsys.readouterr().out
