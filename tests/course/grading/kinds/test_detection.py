"""Detection rules: graded by the forms that they see, the legitimate calls that they don't, and another night."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest
from pydantic import ValidationError

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks import playing
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import EXERCISE, detection
from labs_helpers.course.shown.display import Page
from tests.course.rule_mutants import rule_mutants

CASES = json.loads(Path(__file__).with_name("detection.json").read_text(encoding="utf-8"))
CLAUSES = [
    "Raise an alarm for each form of the attack.",
    "Stay silent for legitimate calls that look like it.",
    "Stay silent on an ordinary workday.",
    "Do the same on another night.",
]
SHARE = {"eventName": ["ModifySnapshotAttribute"]}
OURS = [
    "111122223333",
    "222233334444",
    "333344445555",
    "555566667777",
    "666677778888",
    "444455556666",
    "888899990000",
]


def exercise(**changes):
    data = {
        "id": "7.1", "title": "Shared away", "kind": "detection", "prompt": "A snapshot leaves the company.",
        "clauses": [{"says": each} for each in CLAUSES], "beyond": 4, "language": "EventBridge",
        "packs": ["share-a-snapshot"], "starter": "", "hints": ["a", "b", "c"], "solution": "",
        "wrong": [{"answer": "", "refused_for": "x", "why": "y"}] * 3,
        "source": ["https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html"],
    }  # fmt: skip
    return EXERCISE.validate_python({**data, **changes})


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=5) as cloud:
        yield cloud


def added(*alternatives):
    return {
        "detail": {
            **SHARE,
            "requestParameters": {"createVolumePermission": {"add": {"items": alternatives[0]}}},
        }
    }


RIGHT = [
    added({"$or": [{"groups": ["all"]}, {"userId": [{"anything-but": OURS}]}]}),
    {
        "source": ["aws.ec2"],
        **added({"$or": [{"userId": [{"anything-but": OURS}]}, {"groups": [{"prefix": "a"}]}]}),
    },
    added({"$or": [{"groups": [{"exists": True}]}, {"userId": [{"anything-but": [*OURS, "000000000000"]}]}]}),
]


@pytest.mark.parametrize("answer", [*RIGHT, json.dumps(RIGHT[0])])
def test_a_rule_that_behaves_rightly_passes_however_it_is_written(cloud, answer):
    result = grade(exercise(), answer, cloud)
    assert (result.passed, result.messages, result.tried) == (True, (), 83)
    assert [clause.holds for clause in result.clauses] == [True, True, True, True]


@pytest.mark.parametrize(
    ("answer", "message", "broken"),
    [
        ({"detail": SHARE}, "(2) Your rule raises an alarm for legitimate calls: ", [2]),
        (
            {"detail": {"eventName": ["StopLogging"]}},
            "(1) Your rule is silent on 5 of 5 forms of the attack. ",
            [1],
        ),
        ({"detail": {"eventName": [{"exists": True}]}}, "(2) Your rule raises an alarm", [2, 3]),
        (
            added({"$or": [{"groups": ["all"]}, {"userId": ["999988887777"]}]}),
            "(4) Right tonight. On another night: your rule is silent on 6 of 9 forms of the attack. ",
            [4],
        ),
        (added({"groups": ["all"]}), "(1) Your rule is silent on 3 of 5 forms of the attack. ", [1]),
    ],
)
def test_a_wrong_rule_is_told_the_clause_that_it_breaks(cloud, answer, message, broken):
    result = grade(exercise(), answer, cloud)
    assert result.messages[0].startswith(message)
    assert [clause.number for clause in result.clauses if clause.holds is False] == broken
    assert "this event has" in result.details.text


def test_a_rule_by_heart_is_told_what_it_has_learned(cloud):
    learned = added({"$or": [{"groups": ["all"]}, {"userId": ["999988887777"]}]})
    assert (
        grade(exercise(), learned, cloud)
        .messages[0]
        .endswith("Your rule contains 999988887777, which the attacker can change.")
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "There is no answer yet. The answer is a rule in EventBridge."),
        ("{", "The rule can't be read. Line 1, column 2"),
        ("SELECT eventID FROM trail", "This exercise needs a rule in EventBridge. This one is in SQL."),
        (3, "The rule can't be read. A rule is text, or a dict"),
    ],
)
def test_what_is_no_rule_is_no_attempt(cloud, answer, message):
    result = grade(exercise(), answer, cloud)
    assert not result.counts
    assert result.messages[0].startswith(message)


def test_a_rule_in_a_text_language_is_no_dict(cloud):
    result = grade(
        exercise(language="Sigma"), {"detection": {"key": {"eventName": "x"}, "condition": "key"}}, cloud
    )
    assert not result.counts
    assert result.messages == ("This exercise needs a rule in Sigma, as text between triple quotes.",)


def test_a_form_that_is_not_demanded_may_be_missed(cloud):
    forms = [
        "with everyone",
        "with everyone, by OperationType and GroupNames",
        "with everyone, next to a partner",
    ]
    lenient = exercise(not_demanded=[f"share-a-snapshot: {form}" for form in forms])
    assert grade(lenient, added({"userId": [{"anything-but": OURS}]}), cloud).passed
    page = Page()
    lenient.show(page)
    assert re.search(r"external account\W+3\W+5\W+day\.play", page.text)


def test_an_exercise_has_the_four_clauses():
    with pytest.raises(ValidationError, match="four clauses"):
        exercise(clauses=[{"says": "x"}] * 3, beyond=3)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rule"])
def test_every_mutant_of_the_courses_rules_is_refused_or_known_to_be_equal(cloud, case):
    rule = data_path("weekend", "rules", case["rule"]).read_text(encoding="utf-8")
    proved = exercise(language=case["language"], packs=case["packs"], solution=rule)
    assert grade(proved, rule, cloud).messages == ()
    mutants = rule_mutants(rule)
    assert len(mutants) >= 5
    assert {name for name, each in mutants.items() if grade(proved, each, cloud).passed} == set(case["equal"])


def test_no_time_runs_while_a_night_is_played(cloud, monkeypatch):
    """How long a night takes to play depends on the machine, and a night that ends in the middle can't be used."""
    left = []

    def played(*arguments):
        left.append(signal.getitimer(signal.ITIMER_REAL)[0])
        return playing.play(*arguments)

    monkeypatch.setattr(detection, "play", played)
    assert grade(exercise(), RIGHT[0], cloud).messages == ()
    assert left
    assert set(left) == {0}
