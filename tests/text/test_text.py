"""The course's text follows its rules, and the checks find violations of each rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.text import counts, habits, spelling, story, titles
from tests.text.sources import Text, messages, texts


def test_text_keeps_to_its_rules() -> None:
    read = list(texts())
    assert habits.problems(habits.counted(read), habits.allowed()) == []
    assert list(spelling.problems(read)) == []
    assert list(story.problems(read=read)) == []
    assert list(titles.problems()) == []
    assert list(counts.problems()) == []


def _text(text: str, kind: str = "data") -> Text:
    return Text(kind, "data/day2/quiz.json", text)


def test_a_habit_may_only_become_rarer() -> None:
    counts = habits.counted([_text("Whoever asks, somebody answers."), _text("`whoever` is code.")])
    assert counts["whoever, whichever"] == {"data": 1}
    assert habits.problems(counts, counts) == []
    assert any(
        "whoever" in problem for problem in habits.problems(counts, counts | {"whoever, whichever": {}})
    )


def test_a_habit_is_found_with_its_place_and_its_words() -> None:
    (found,) = habits.places("may", [_text("Lee may read."), _text("`may` is code.")])
    assert found == "data: data/day2/quiz.json: Lee may read."


def test_counts_on_record_are_never_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(habits, "COUNTS", tmp_path / "habits.json")
    habits.COUNTS.write_text(json.dumps({"mend": {"data": 2}, "too": {"data": 2}}), encoding="utf-8")
    habits.lower({"mend": {"data": 1}, "too": {"data": 3}})
    assert habits.allowed() == {"mend": {"data": 1}, "too": {"data": 2}}


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ('raise Wrong(f"there is no profile {name}")', ["there is no profile …"]),
        ('say("One part, "\n    "and another part.")', ["One part, and another part."]),
        ("html = \"<b class='a b'>This is a heading.</b>\"", [" This is a heading. "]),
        ('def f():\n    """A docstring isn\'t a message."""', []),
        ('pattern = r"(?:one|two) \\w+ of them all"', []),
        ('OPERATIONS = "CreateUser DeleteUser GetUser ListUsers"', []),
        ('QUERY = "SELECT a from the table of events"', []),
    ],
)
def test_messages_are_read_from_code(source: str, read: list[str]) -> None:
    assert [text for _, text in messages(source)] == read


def test_aws_own_answers_are_counted_but_not_spelled() -> None:
    answer = _text("Whoever is in your region.", "answers")
    assert list(spelling.problems([answer])) == []
    assert habits.counted([answer])["whoever, whichever"] == {"answers": 1}
    assert list(story.problems(read=[_text("Mallory reads his mail.", "answers")])) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("The organisation's root.", "organization"),
        ("Its behaviour.", "behavior"),
        ("The key ids.", "IDs"),
        ("By e-mail.", "email"),
        ("Two regions.", "Region"),
        ("Cloudtrail records it.", "CloudTrail"),
        ("AWS’s own.", "'"),
    ],
)
def test_a_word_that_is_british_or_not_aws_own_is_named(wrong: str, right: str) -> None:
    assert any(problem.endswith(f"is written {right}") for problem in spelling.problems([_text(wrong)]))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('f"{len(users)} users"', [(1, " users")]),
        ('f"Of {name}: {len(users):,} users"', [(1, " users")]),
        ('f"{right} of {len(users)} users"', []),
        ('f"{len(text)} characters"', []),
        ("f\"{counted(len(users), 'user')} in it\"", []),
    ],
)
def test_a_count_without_a_singular_is_named(source: str, found: list[tuple[int, str]]) -> None:
    assert list(counts.plurals(source)) == found


def test_code_and_addresses_are_not_spelled() -> None:
    assert list(spelling.problems([_text("`organisation` and [it](https://a.example/behaviour)")])) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("arn:aws:iam::121212121212:user/x", "belongs to nobody"),
        ("account 666655554444", "has no part in Day 2"),
        ("from 198.18.7.3", "belongs to nobody of Day 2"),
        ("Nimbus exports", "no company of this story"),
    ],
)
def test_a_number_an_address_and_a_company_are_one_party(content: str, problem: str) -> None:
    assert any(problem in found for found in story.party_problems("data/day2/quiz.json", content))


def test_the_tail_of_a_generated_id_is_no_account() -> None:
    content = "us-east-1:11111111-2222-4333-8444-555555555555"
    assert list(story.party_problems("data/day3/quiz.json", content)) == []


@pytest.mark.parametrize(
    ("sentence", "problems"),
    [("Mallory reads his mail.", 1), ("Mallory reads her mail.", 0), ("Bob lets Alice read his mail.", 0)],
)
def test_a_person_has_one_pronoun(sentence: str, problems: int) -> None:
    assert len(list(story.pronoun_problems(_text(sentence)))) == problems


def test_weeks_pass_between_the_days() -> None:
    assert list(story.weekday_problems(_text("The lawyer calls on Monday.")))
    assert not list(story.weekday_problems(_text("No weekday.")))


def _course(root: Path, *cells: str, title: str = "Fix it") -> Path:
    (root / "notebooks").mkdir()
    sources = [{"cell_type": "markdown", "id": str(i), "source": [cell]} for i, cell in enumerate(cells)]
    (root / "notebooks/day9_x.ipynb").write_text(json.dumps({"cells": sources}), encoding="utf-8")
    (root / "data/day9/exercises").mkdir(parents=True)
    exercise = {"id": "9.1", "title": title}
    (root / "data/day9/exercises/9.1.json").write_text(json.dumps(exercise), encoding="utf-8")
    return root


def test_an_exercise_has_one_title(tmp_path: Path) -> None:
    heading = "### Exercise 9.1: Fix it (part 4, second exercise)"
    assert list(titles.problems(_course(tmp_path, heading))) == []


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (["# Day 9", "### Exercise 9.1: mend it"], "is called “Fix it”"),
        (["# Day 9", "### Exercise 9.1: Fix it", "## One", "## One"], "is given twice"),
        (
            ["**By the end, you'll be able to …**\n\n- say what it is\n", "### Exercise 9.1: Fix it"],
            "names nothing",
        ),
        (["# Day 9", "### Exercise 9.1: Fix it\n\n**Predict:** the photograph again."], "asks nothing"),
    ],
)
def test_a_title_an_objective_and_a_question_that_break_the_rules_are_named(
    tmp_path: Path, cells: list[str], problem: str
) -> None:
    assert any(problem in found for found in titles.problems(_course(tmp_path, *cells)))
