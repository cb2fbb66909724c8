"""The league of a folder: the ranking, the causes of defeats, and that no learner's code is run."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import sys
from pathlib import Path

import pytest

from labs_helpers.course.commands import league as command
from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.company_probes import standing
from labs_helpers.course.days.day6.league.attack_log import AttackLog, attack_text
from labs_helpers.course.days.day6.league.company_file import DEPTH, VALUES, company_text, fingerprint
from labs_helpers.course.days.day6.league.league_rules import rules
from labs_helpers.course.handed_in import league
from labs_helpers.course.handed_in.league import ATTACKS, PATIENCE, SECONDS, entrants, judge
from labs_helpers.course.handed_in.league_process import MEGABYTES
from labs_helpers.course.handed_in.league_table import HEADER, as_csv, as_html, table
from labs_helpers.limits import DESIGN_BYTES

MONDAY, REFERENCE = blueprint.as_data("start"), blueprint.as_data()
FLAGS = [(foothold.name, flag.name) for foothold in rules().footholds for flag in rules().flags]
DENY = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Deny", "Action": "*", "Resource": "*",
    "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}},
}]}  # fmt: skip
REFUSES = blueprint.changed(
    REFERENCE, {"scps": {"Nothing": {"about": "Denies everything.", "targets": ["root"], "policy": DENY}}}
)


def hand_in(folder, name, design=REFERENCE):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(company_text(design), encoding="utf-8")


def attack_on(design, *calls, foothold="outsider"):
    log = AttackLog(
        format="larkspur-attack", version=1, company=fingerprint(design), foothold=foothold, calls=calls
    )
    return attack_text(log)


def result(green=96, work=48, taken=(), alarms=""):
    lost = [list(each) for each in taken]
    return {"green": green, "probes": 96, "work": work, "work_probes": 48, "campaigns_stopped": 40, "campaigns": 40,
            "taken": lost, "alarms": alarms}  # fmt: skip


def ranked(folder, monkeypatch, answers):
    """Return the table's rows by learner. `answers` has the result for each company or attack, by file name."""
    monkeypatch.setattr(
        league, "_run", lambda job, _: dict(answers[(job["attack"] or job["company"]).split("/")[-1]])
    )
    rows = table(judge(entrants(folder), lambda line: None))
    return {row[1]: dict(zip(HEADER, row, strict=True)) for row in rows}


def test_points_are_green_probes_and_flags_held_and_taken(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada.json")
    hand_in(tmp_path, "bob/mine.json", MONDAY)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "on-bob.json").write_text(attack_on(MONDAY, foothold="ci"), encoding="utf-8")
    taken = {"foothold": "ci", "taken": ["secret", "object"]}
    rows = ranked(tmp_path, monkeypatch, {
        "ada.json": result(), "mine.json": result(29, 29, FLAGS[:20]), "on-bob.json": taken,
    })  # fmt: skip
    assert (rows["ada"]["rank"], rows["ada"]["points"], rows["ada"]["flags taken"]) == (
        "1",
        str(96 + 25 + 2),
        "2",
    )
    assert rows["bob"]["flags held"] == "5 of 25", "what a robot took before is lost only once"
    assert rows["bob"]["points"] == str(29 + 5)


def test_a_company_in_which_the_work_stands_still_is_ranked_below_monday_s(tmp_path, monkeypatch):
    hand_in(tmp_path, "monday.json", MONDAY)
    hand_in(tmp_path, "refuses.json", REFUSES)
    rows = ranked(tmp_path, monkeypatch, {
        "monday.json": result(29, 29, FLAGS), "refuses.json": result(60, 12),
    })  # fmt: skip
    assert rows["monday"]["rank"] == "1"
    assert rows["refuses"]["notes"] == "fewer work probes are green than on Monday"


def test_equal_results_have_equal_ranks_and_names_decide_the_order(tmp_path, monkeypatch):
    for name in ("cleo", "ada", "bob"):
        hand_in(tmp_path, f"{name}.json")
    rows = ranked(tmp_path, monkeypatch, {f"{name}.json": result() for name in ("ada", "bob", "cleo")})
    assert [(name, row["rank"]) for name, row in rows.items()] == [("ada", "1"), ("bob", "1"), ("cleo", "1")]


def test_a_broken_company_and_a_false_attack_are_the_defeat_of_who_handed_them_in(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada.json")
    (tmp_path / "bob.json").write_text("{", encoding="utf-8")
    (tmp_path / "cleo").mkdir()
    hand_in(tmp_path, "dora/mine.json", MONDAY)
    for number in range(3):
        (tmp_path / "dora" / f"attack-{number}.json").write_text(attack_on(REFERENCE), encoding="utf-8")
    (tmp_path / "dora" / "lost.json").write_text(attack_on(REFUSES), encoding="utf-8")
    (tmp_path / "dora" / "notes.json").write_text("{}", encoding="utf-8")
    rows = ranked(tmp_path, monkeypatch, {
        "ada.json": result(), "mine.json": result(29, 29), "attack-0.json": {"fault": "took more than 9 seconds"},
        "attack-1.json": {"foothold": "ci", "taken": []}, "attack-2.json": {"foothold": "ci", "taken": []},
    })  # fmt: skip
    assert rows["ada"]["flags held"] == "25 of 25"
    assert rows["ada"]["notes"] == ""
    assert rows["bob"]["notes"].startswith("defeated: bob.json isn't JSON")
    assert rows["cleo"]["notes"] == "defeated: there is no company file"
    notes = rows["dora"]["notes"]
    for told in (
        "attack-0.json: took more than 9",
        "lost.json: doesn't attack another",
        "notes.json: neither a company",
    ):
        assert told in notes


def test_nobody_attacks_the_own_company(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada/mine.json")
    (tmp_path / "ada" / "attack.json").write_text(attack_on(REFERENCE), encoding="utf-8")
    rows = ranked(tmp_path, monkeypatch, {"mine.json": result()})
    assert "doesn't attack another company" in rows["ada"]["notes"]


def test_more_attacks_than_the_limit_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(league, "ATTACKS", 1)
    hand_in(tmp_path, "ada/mine.json")
    for number in range(2):
        (tmp_path / "ada" / f"attack-{number}.json").write_text(attack_on(MONDAY), encoding="utf-8")
    (found,) = entrants(tmp_path)
    assert len(found.attacks) == 1
    assert found.notes == ["attack-1.json: more than 1 attacks"]


def test_alarm_rules_are_found_beside_the_company_and_in_its_folder(tmp_path):
    hand_in(tmp_path, "ada.json")
    (tmp_path / "ada.rules").mkdir()
    hand_in(tmp_path, "bob/mine.json")
    (tmp_path / "bob" / "mine.rules").mkdir()
    assert [each.rules.name for each in entrants(tmp_path)] == ["ada.rules", "mine.rules"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_instead_of_a_file_is_not_read(tmp_path):
    hand_in(tmp_path, "ada.json")
    os.mkfifo(tmp_path / "bob.json")
    (tmp_path / "eve").mkdir()
    os.mkfifo(tmp_path / "eve" / "mine.json")
    assert [each.notes for each in entrants(tmp_path)] == [
        [], ["bob.json: isn't a file"], ["mine.json: isn't a file"],
    ]  # fmt: skip


def test_all_text_in_the_table_is_escaped():
    row = ("1", "<script>alert(1)</script>", "=HYPERLINK(1)", *["x"] * (len(HEADER) - 3))
    assert "<script>" not in as_html([row])
    assert list(csv.reader(io.StringIO(as_csv([row]))))[1][2] == "'=HYPERLINK(1)"


def test_a_company_that_takes_too_long_is_stopped(tmp_path):
    hand_in(tmp_path, "ada.json")
    told = []
    (standing,) = judge(entrants(tmp_path), told.append, seconds=0.05)
    assert standing.result is None
    assert told == ["ada: defeated: took more than 0 seconds"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits the time on the clock alone")
def test_processor_time_is_limited_and_a_busy_machine_s_clock_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(league, "PATIENCE", 600)
    hand_in(tmp_path, "ada.json")
    told = []
    judge(entrants(tmp_path), told.append, seconds=0.5)
    assert told == ["ada: defeated: took more than 0 seconds of processor time"]


def test_an_attack_on_a_defeated_company_is_no_fault_of_the_attack(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada.json")
    hand_in(tmp_path, "bob/mine.json", MONDAY)
    (tmp_path / "bob" / "on-ada.json").write_text(attack_on(REFERENCE), encoding="utf-8")
    rows = ranked(tmp_path, monkeypatch, {"ada.json": {"fault": "too slow"}, "mine.json": result()})
    assert rows["bob"]["notes"] == "on-ada.json: the company that it attacks is defeated"


def test_a_company_that_lies_is_refused_in_its_process(tmp_path):
    whole = {"format": "larkspur-company", "version": 1, "design": REFERENCE, "sha256": "0" * 64}
    (tmp_path / "ada.json").write_text(json.dumps(whole), encoding="utf-8")
    (standing,) = judge(entrants(tmp_path), lambda line: None)
    assert standing.result is None
    assert "SHA-256" in standing.entrant.notes[0]


def test_the_command_refuses_a_folder_without_companies_and_writes_over_nothing(tmp_path, capsys):
    assert command.run([str(tmp_path)]) == 1
    assert "contains no company file" in capsys.readouterr().err
    hand_in(tmp_path, "ada.json")
    (tmp_path / "league.csv").write_text("mine", encoding="utf-8")
    assert command.run([str(tmp_path)]) == 1
    assert "already exists" in capsys.readouterr().err
    assert command.run([str(tmp_path / "nothing")]) == 1


def test_a_folder_for_the_table_is_created_before_the_judging(tmp_path, monkeypatch, capsys):
    hand_in(tmp_path, "ada.json")
    out = tmp_path / "tables" / "monday"
    monkeypatch.setattr(league, "_run", lambda job, _: result() if out.is_dir() else {"fault": "no folder"})
    assert command.run([str(tmp_path), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["league.csv", "league.html"]
    assert "no folder" not in (out / "league.csv").read_text("utf-8")


PAGE = Path(__file__).resolve().parents[3] / "docs" / "league.md"


def test_the_code_of_the_page_needs_no_name_but_day():
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names = [each for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Name)]
    assigned = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    assert {each.id for each in names} - assigned == {"day"}


def test_the_page_states_the_figures_of_the_rules_and_the_limits():
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    made, work = rules(), [each for each in standing() if each.kind == "work"]
    for foothold in made.footholds:
        assert [each.cost for each in foothold.hints] == [5, 10, 15]
    assert (len(made.footholds), len(made.flags)) == (5, 5)
    assert (made.administrator.at_least, len(made.administrator.actions), PATIENCE) == (6, 8, 10)
    for shown in (
        f"You have {made.budget} calls. `attack.hint()` shows a hint, and costs 5, 10, or 15 of your calls.",
        f"up to {ATTACKS} attacks",
        f"the scoreboard's {len(standing())} probes",
        f"the {len(work)} of these probes that test legitimate work",
        f"how many of {len(list(made.all_campaigns()))} campaigns were stopped",
        f"how many of the {len(FLAGS)} pairs",
        f"tries {len(made.search)} kinds of calls",
        f"than on Monday ({made.work_on_monday} of the {len(work)})",
        f"can use {MEGABYTES / 1_000:.0f} GB of memory and {SECONDS:.0f} seconds of processor time",
        f"larger than {DESIGN_BYTES / 1e6:.0f} MB, has more than {DEPTH} levels or {VALUES:,} values",
    ):
        assert shown in text


@pytest.mark.slow
def test_a_league_of_twelve_has_the_same_table_twice(tmp_path):
    """Twelve companies, with attacks, in real processes: steps of the reference, right designs, and extremes."""
    designs = {"reference": REFERENCE, "monday": MONDAY, "refuses": REFUSES}
    designs |= {name: blueprint.as_data(name) for name in ("near", "delegated")}
    designs |= {f"step-{step}": blueprint.after(step) for step in range(2, 9)}
    for name, design in designs.items():
        hand_in(tmp_path, f"{name}/mine.json", design)
    call = {"who": "ci", "service": "s3", "region": "<home>", "operation": "GetObject",
            "parameters": {"Bucket": "<flag:bucket>", "Key": "<flag:object>"}}  # fmt: skip
    for target in ("monday", "refuses"):
        text = attack_on(designs[target], call, foothold="ci")
        (tmp_path / "near" / f"on-{target}.json").write_text(text, encoding="utf-8")
    (tmp_path / "monday" / "mine.rules").mkdir()
    tables = []
    for number in range(2):
        out = tmp_path / f".out-{number}"
        out.mkdir()
        assert command.run([str(tmp_path), "--out", str(out), "--seconds", "900"]) == 0  # other tests may run
        tables.append((out / "league.csv").read_text(encoding="utf-8"))
    print(tables[0])
    assert tables[0] == tables[1]
    rows = {row["learner"]: row for row in csv.DictReader(io.StringIO(tables[0]))}
    assert len(rows) == 12
    assert {rows[name]["flags held"] for name in ("reference", "near", "delegated")} == {"25 of 25"}
    assert rows["near"]["rank"] == "1"
    assert rows["near"]["flags taken"] == "4", (
        "three of Monday, and one of a company whose auditor can read no logs"
    )
    assert int(rows["refuses"]["rank"]) > int(rows["monday"]["rank"])
    assert rows["monday"]["alarms"].startswith("can't be read")
