"""Decisions of the policy engine against AWS's documentation: one JSON file a topic in cases/.

A case holds a scenario (one input line of `python -m labs_helpers simulate`) or, where a line cannot be an
object (duplicate keys, broken JSON), its raw text under "line"; the AWS page that states the fact under
"source"; and what the engine must answer under "expect":

    decision   ALLOW, IMPLICIT_DENY or EXPLICIT_DENY
    reason     text that the reason must contain
    checks     check type, with its level in brackets for SCPs and RCPs, to its effect
    matched    statements that must be reported as matched: "identity[0].Statement[1]"
    error      text that the error must contain; the scenario is refused as a whole
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.engine.policy.scenario import simulate

CASES = Path(__file__).parent / "cases"
MINIMUM = 250
SOURCE = re.compile(r"https://docs\.aws\.amazon\.com/[\w./-]+")
EXPECTATIONS = {"decision", "reason", "checks", "matched", "error"}
EFFECTS = {"ALLOW", "IMPLICIT_DENY", "EXPLICIT_DENY"}


def load() -> list[tuple[str, dict[str, Any]]]:
    """Every case with its topic, in the order of the files."""
    found = []
    for path in sorted(CASES.glob("*.json")):
        topic = json.loads(path.read_text(encoding="utf-8"))
        assert topic["topic"] == path.stem
        found += [(path.stem, case) for case in topic["cases"]]
    return found


ALL = load()


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What the engine says to the case's one input line."""
    line = case["line"] if "line" in case else json.dumps(case["scenario"])
    outputs = list(simulate([line]))
    assert len(outputs) == 1
    output = outputs[0]
    return json.loads(output) if isinstance(output, str) else output


def effects(output: dict[str, Any]) -> dict[str, str]:
    """The checks by name: SERVICE_CONTROL_POLICY[1] → its effect."""
    named = {}
    for check in output["checks"]:
        level = check.get("level")
        suffix = "" if level is None else f"[{level}]"
        named[check["checkType"] + suffix] = check["evaluatedEffect"]
    return named


def matched(output: dict[str, Any]) -> set[str]:
    """The statements that matched, as identity[0].Statement[1]."""
    return {
        f"{policy['policy']}.Statement[{statement['index']}]"
        for check in output["checks"]
        for policy in check.get("matchedPolicies", [])
        for statement in policy["matchedStatements"]
    }


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{topic}-{case['name']}") for topic, case in ALL])
def test_engine_decides_as_aws_documents(case: dict[str, Any]) -> None:
    output, expect = answer(case), case["expect"]
    told = f"{case['says']} ({case['source']})\n{json.dumps(output, indent=1)}"
    if "error" in expect:
        assert set(output) == {"error"}, told
        assert expect["error"] in output["error"], told
        return
    assert "error" not in output, told
    assert output["decision"] == expect["decision"], told
    assert expect.get("reason", "") in output["reason"], told
    seen = effects(output)
    assert {name: seen.get(name) for name in expect.get("checks", {})} == expect.get("checks", {}), told
    assert set(expect.get("matched", [])) <= matched(output), told


def test_there_are_enough_cases() -> None:
    assert len(ALL) >= MINIMUM


def test_names_are_unique() -> None:
    names = [case["name"] for _, case in ALL]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("topic", sorted({topic for topic, _ in ALL}))
def test_cases_are_well_formed_and_state_their_source(topic: str) -> None:
    for case in (case for name, case in ALL if name == topic):
        where = case["name"]
        assert re.fullmatch(r"[a-z0-9-]+", where)
        assert SOURCE.fullmatch(case["source"]), where
        assert case["says"].endswith((".", "?")), where
        assert ("line" in case) != ("scenario" in case), where
        given = "line" if "line" in case else "scenario"
        assert set(case) == {"name", "says", "source", "expect", given}, where
        expect = case["expect"]
        assert set(expect) <= EXPECTATIONS, where
        assert ("error" in expect) != ("decision" in expect), where
        assert expect.get("decision", "ALLOW") in EFFECTS, where
