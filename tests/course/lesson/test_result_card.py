"""The card of a check's result: what it shows of each test, how it compares with before, and what comes next."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import days, exercise_ids
from labs_helpers.course.content.numbering import WEEKEND
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.grading.results import CheckResult, ClauseResult
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day_pages import check_page
from labs_helpers.course.lesson.result_card import Place, achieved, result_card
from labs_helpers.course.situations.faults import Fault
from labs_helpers.course.situations.trials import Must, Trial

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
FOLDERS = load(2)["2.1"]
PURE = [each for day in days() for each in load(day).values() if not each.live and each.kind != "function"]
ADMIN = "arn:aws:iam::111122223333:user/admin"
IMAGE = "<img src=x onerror=alert(1)>"
ARN = "arn:aws:s3:::a-bucket-with-a-very-long-name/a/folder/with/a/very/long/name/object.csv"


def card(exercise: Exercise, answer: Any, before: Any = None, progress: Progress | None = None) -> str:
    return result_card(exercise, grade(exercise, answer), Place(answer, before, progress))


def words(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def dots(html: str, tint: str) -> int:
    return len(re.findall(rf'<details class="dot {tint}"', html))


@pytest.mark.parametrize("exercise", PURE, ids=lambda exercise: exercise.id)
def test_each_request_is_a_dot_and_its_color_is_that_of_its_result(exercise: Exercise) -> None:
    for answer in (exercise.solution, exercise.wrong[0].answer):
        result = grade(exercise, answer)
        html = result_card(exercise, result, Place(answer))
        if not result.trials:
            assert not result.passed
            continue
        wrong = sum(each.right is False for each in result.trials)
        assert (dots(html, "good"), dots(html, "bad")) == (len(result.trials) - wrong, wrong)
        assert html.count(" open style=") == (wrong > 0)


@pytest.mark.parametrize("exercise", PURE, ids=lambda exercise: exercise.id)
def test_every_message_is_on_the_card_or_folded_in_it(exercise: Exercise) -> None:
    for wrong in exercise.wrong:
        result = grade(exercise, wrong.answer)
        faults = {str(each.fault) for each in result.trials if each.fault is not None}
        html = result_card(exercise, result, Place(wrong.answer))
        left = [line for line in result.messages if line not in faults and line not in result.notes]
        assert html.count("<li>") >= len(left)
        assert all(words(line.rpartition("`: ")[2]) in words(html) for line in result.notes)


def test_a_clause_that_only_another_clauses_test_breaks_names_that_clause() -> None:
    both = (
        Trial("works", Must.WORK, True, clauses=(2,)),
        Trial("fails", Must.WORK, False, Fault("It fails.", (1, 2)), clauses=(1, 2)),
    )
    clauses = tuple(ClauseResult(number, "A clause.", False) for number in (1, 2))
    result = replace(grade(FOLDERS, FOLDERS.wrong[0].answer), trials=both, clauses=clauses, messages=())
    shown = words(result_card(FOLDERS, result, Place()))
    assert "(2) A clause. (See (1).)" in shown
    assert "(1) A clause. (" not in shown


def test_the_first_thing_a_failed_card_says_is_what_to_do() -> None:
    html = card(FOLDERS, FOLDERS.wrong[0].answer)
    trials = grade(FOLDERS, FOLDERS.wrong[0].answer).trials
    wrong = [each.clauses[0] for each in trials if each.right is False]
    broken = max(sorted(set(wrong)), key=wrong.count)
    said = words(html[html.index('class="todo') :].partition("</p>")[0])
    others = " and ".join(f"({number})" for number in sorted(set(wrong) - {broken}))
    assert f"Fix ({broken}) first, then {others}, and run the cell again." in said
    assert 'day.hint("2.1")' in said.replace("&quot;", '"')
    assert html.index('class="todo') < html.index('class="clause')
    opened = int(re.findall(r" open style=[^>]*><summary title=\"(\d+)", html)[0])
    assert trials[opened - 1].clauses[0] == broken
    unfinished = words(card(load(2)["2.5"], {1: load(2)["2.5"].solution["1"]}))
    assert "Complete your answer, and check it again." in unfinished


def test_a_card_names_the_cause_once_and_before_the_requests_that_it_explains() -> None:
    html = card(FOLDERS, next(each.answer for each in FOLDERS.wrong if "Version" in each.why))
    cause = "To include variables in your policy"
    assert words(html).count(cause) == 1
    assert html.index('class="todo') < html.index(cause) < html.index('class="clause')
    assert "Fix the cause below, and run the cell again." in words(html)


def test_the_numbers_of_a_cards_requests_add_up() -> None:
    """The sum includes the visible dots, the requests for requirements that hold, and the others."""
    sums = []
    for wrong in FOLDERS.wrong:
        trials, html = grade(FOLDERS, wrong.answer).trials, card(FOLDERS, wrong.answer)
        told = re.findall(r"<details class=\"fold [^>]*><summary>[^<]*?(\d+) (?:more )?requests?\b", html)
        at_once = re.sub(r'<details class="fold (?!why).*', "", html, flags=re.DOTALL)
        sums.append((dots(at_once, "good") + dots(at_once, "bad") + sum(map(int, told)), len(trials)))
    assert len(sums) > 3
    assert all(found == whole for found, whole in sums)


def test_a_dot_opens_its_request_with_the_path_and_the_statement_that_decided() -> None:
    wrong = next(each for each in FOLDERS.wrong if grade(FOLDERS, each.answer).witnesses == ())
    html = card(FOLDERS, wrong.answer)
    opened = html[html.index(" open style=") :]
    panel = opened[: opened.index("</details>")]
    assert 'class="path"' in panel
    assert "s3:" in panel


def test_it_says_how_many_tests_have_the_right_result_and_how_many_more_than_before() -> None:
    first, last = grade(FOLDERS, FOLDERS.wrong[0].answer), grade(FOLDERS, FOLDERS.solution)
    right = sum(each.right is True for each in first.trials)
    assert f"{right} of 15 right</span>" in card(FOLDERS, FOLDERS.wrong[0].answer)
    assert f"15 of 15 right, {15 - right} more than before" in words(
        card(FOLDERS, FOLDERS.solution, before=first)
    )
    assert f"{right} of 15 right, {15 - right} fewer than before" in card(
        FOLDERS, FOLDERS.wrong[0].answer, before=last
    )
    assert f"{right} of 15 right, as before" in card(FOLDERS, FOLDERS.wrong[0].answer, before=first)


def test_a_passed_card_is_green_and_says_what_was_achieved_and_what_comes_next(tmp_path) -> None:
    progress = Progress(tmp_path / "progress.json")
    progress.attempted("2.1", True)
    html = card(FOLDERS, FOLDERS.solution, progress=progress)
    assert '<div class="card good">' in html
    said = achieved(FOLDERS, grade(FOLDERS, FOLDERS.solution))
    assert said in html
    assert "“Bob can read home/alice/diary.txt.”" in said, "the words of a failed check"
    assert f"Day 2: 1 of {len(exercise_ids(2))} exercises passed" in html
    assert "Next in this notebook: 2.2" in words(html)
    assert "Your answer is identical to this solution." in html


def test_the_next_exercise_is_the_next_in_the_notebook(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[3] / "notebooks")
    progress = Progress(tmp_path / "progress.json")
    progress.attempted("2.1", True)
    assert "Next in this notebook: 2.3" in words(card(FOLDERS, FOLDERS.solution, progress=progress))


def test_the_next_exercise_is_one_that_is_not_passed(tmp_path) -> None:
    progress = Progress(tmp_path / "progress.json")
    for id in load(2):
        progress.attempted(id, id != "2.4")
    assert "Still open: 2.4" in words(card(load(2)["2.9"], load(2)["2.9"].solution, progress=progress))
    progress.attempted("2.4", True)
    assert "passed every exercise" in card(FOLDERS, FOLDERS.solution, progress=progress)


def test_another_answer_that_passes_is_compared_with_the_solution_unless_a_teacher_keeps_it(
    monkeypatch,
) -> None:
    exercise = next(each for each in PURE if each.right and each.stays_in_force)
    answer = exercise.right[0].answer
    assert "<ins" in card(exercise, answer)
    monkeypatch.setenv("LABS_SOLUTIONS", "off")
    assert "<ins" not in card(exercise, answer)


def test_an_unfinished_answer_reveals_nothing_about_what_is_not_answered() -> None:
    exercise = load(2)["2.5"]
    html = card(exercise, {1: exercise.solution["1"]})
    assert (dots(html, "good"), dots(html, "open")) == (1, 11)
    assert html.count('class="path"') == 1
    assert "doesn&#x27;t count as an attempt" in html or "doesn't count" in html


def test_long_arns_are_shortened_and_the_whole_is_there_on_demand() -> None:
    fault = Fault(f"Mallory reads {ARN}.")
    result = replace(grade(FOLDERS, FOLDERS.wrong[0].answer), messages=(str(fault),))
    result = replace(result, trials=(Trial("mallory", Must.FAIL, False, fault),), clauses=())
    html = result_card(FOLDERS, result, Place())
    shown = re.sub(r"<[^>]*>", "", html[: html.index("The whole message")])
    assert ARN not in shown
    assert "long/name/object.csv" in shown
    whole = re.sub(r"<[^>]*>", "", html[html.index("The whole message") :])
    assert ARN in whole


def test_a_probe_has_its_name_beside_its_title_and_those_of_earlier_steps_are_grouped_by_step() -> None:
    exercise = load(6)["6.6"]
    own = Trial("Omar restarts the app", Must.WORK, True, None, (3,), label="probe 6.10")
    earlier = Trial("The root user lists", Must.FAIL, True, label="probe 2.1", group="Step 2: SCPs")
    result = CheckResult(True, "6.6", (), trials=(own, earlier))
    said = words(result_card(exercise, result, Place()))
    assert "Omar restarts the app probe 6.10" in said
    assert said.index("1 probe of earlier steps still has the right result") < said.index("Step 2: SCPs")
    assert "for example “The root user lists”." in said


def test_a_passed_card_counts_one_request_in_the_singular_and_tells_what_the_answer_prevents() -> None:
    trials = (
        Trial("alice: s3 get_object", Must.WORK, True),
        Trial("pete: kms decrypt", Must.FAIL, True, story="Pete can decrypt letters."),
    )
    assert achieved(load(5)["5.12"], CheckResult(True, "5.12", (), trials=trials)) == (
        "The 1 request that must work succeeds, and the one that must be denied is denied. "
        "Your answer prevents this, for example: “Pete can decrypt letters.”"
    )


def test_a_passed_card_of_a_function_counts_what_it_rejects() -> None:
    trials = Trial("An empty message", Must.WORK, True), Trial("A flipped bit", Must.REJECT, True)
    assert achieved(load(5)["5.5"], CheckResult(True, "5.5", (), trials=trials)) == (
        "The 1 case that must work succeeds, and the one that must be rejected is rejected, "
        "for example “A flipped bit”."
    )


def test_a_request_that_was_allowed_as_required_shows_no_path_if_its_result_is_wrong() -> None:
    with Cloud(seed=1) as cloud:
        judged = cloud.judge(ADMIN, "s3:ListAllMyBuckets", "*")
    wrong = Trial("The list is empty", Must.WORK, False, Fault("The list is empty."), judgement=judged)
    for trial, shown in ((wrong, False), (replace(wrong, right=True, fault=None), True)):
        result = CheckResult(trial.right is True, "6.6", (), trials=(trial,))
        assert ('class="path' in result_card(load(6)["6.6"], result, Place())) is shown


def test_what_is_not_tested_yet_is_said_not_to_be_and_no_clause_is_said_to_hold() -> None:
    fault = Fault('Situation 1 is not set up. To set it up, call `day.situation("2.6", 1)`')
    exercise = load(2)["2.6"]
    clauses = tuple(ClauseResult(number, "A clause.", True) for number in (1, 2))
    result = CheckResult(
        False,
        "2.6",
        (str(fault),),
        counts=False,
        clauses=clauses,
        trials=(Trial("Situation 1", Must.WORK, None, fault),),
    )
    html = result_card(exercise, result, Place())
    assert "Not tested yet" in html
    assert "have the right result" not in html
    assert "of 1 right" not in html
    assert "hold" not in words(html[html.index('class="card') :])
    assert html.count(" open style=") == 1


@pytest.mark.parametrize("counts", [True, False])
def test_a_clause_that_waits_for_the_others_has_no_green_dot(counts: bool) -> None:
    clauses = (ClauseResult(1, "Let Rosa copy.", False), ClauseResult(2, "Give nobody else access.", None))
    trials = (
        Trial("Rosa copies", Must.WORK, False, Fault("Rosa can't copy."), clauses=(1,)),
        Trial("Jules reads", Must.WORK, True, clauses=(2,)),
    )
    result = CheckResult(False, "2.6", (), counts=counts, clauses=clauses, trials=trials)
    html = result_card(load(2)["2.6"], result, Place())
    waiting = html[html.index("(2)") : html.index("1 more request has the right result")]
    assert "Checked once the others hold." in waiting
    assert dots(waiting, "good") == 0


def test_an_arn_in_a_clause_breaks_after_a_colon_or_a_slash() -> None:
    exercise = load(2)["2.8"]
    html = result_card(exercise, grade(exercise, exercise.wrong[0].answer), Place())
    assert "<code>arn:<wbr>aws:<wbr>iam::<wbr>444455556666:<wbr>role/<wbr>collector</code>" in html


def test_a_story_does_not_repeat_its_title() -> None:
    fault = Fault("a boundary that is too wide: Nick reads the jewels.")
    result = replace(grade(FOLDERS, FOLDERS.wrong[0].answer), messages=(str(fault),), clauses=())
    result = replace(result, trials=(Trial("a boundary that is too wide", Must.FAIL, False, fault),))
    said = words(result_card(FOLDERS, result, Place()))
    assert said.count("a boundary that is too wide") == 1
    assert "Nick reads the jewels." in said


def test_the_day_that_teaches_a_fix_is_a_link_if_its_notebook_is_there(monkeypatch, tmp_path) -> None:
    fault = Fault("The operator only looks. Fix: identity-based policy (the permission set; Day 4).")
    result = replace(grade(FOLDERS, FOLDERS.wrong[0].answer), messages=(str(fault),), clauses=())
    result = replace(result, trials=(Trial("omar", Must.WORK, False, fault),))
    monkeypatch.chdir(NOTEBOOKS)
    assert '<a href="day4_organizations.ipynb">Day&nbsp;4</a>' in result_card(FOLDERS, result, Place())
    monkeypatch.chdir(tmp_path)
    assert "the permission set; Day 4" in result_card(FOLDERS, result, Place())


def test_nothing_of_an_answer_becomes_markup() -> None:
    fault = Fault(IMAGE)
    result = replace(grade(FOLDERS, FOLDERS.wrong[0].answer), messages=(str(fault), IMAGE), clauses=())
    result = replace(result, trials=(Trial(IMAGE, Must.WORK, False, fault),))
    assert "<img" not in check_page(FOLDERS, result, Place(IMAGE)).html
    assert "<img" not in card(load(1)["1.1"], {IMAGE: IMAGE})


def test_faults_of_a_clause_without_dots_are_below_that_clause() -> None:
    """In 3.3, clause (4) has no case of its own: cases of (2) observe where the code is sent."""
    exercise = load(3)["3.3"]
    result = grade(exercise, exercise.enact(exercise.starter, None))
    html = result_card(exercise, result, Place(exercise.starter))
    own = [line for line in result.messages if line.startswith("(4) ")]
    assert own
    assert not any(4 in each.clauses[:1] for each in result.trials)
    before, row = html.split("(4)</span>")
    assert "sends the code" not in before
    assert row.count("sends the code") == len(own)


def test_a_right_test_says_what_happened_because_its_title_describes_only_the_request() -> None:
    trials = tuple(Trial(f"Pia reads {must.name}", must, True) for must in Must)
    html = result_card(load(5)["5.12"], CheckResult(True, "5.12", (), trials=trials), Place())
    for word in ("right: works", "right: denied", "right: rejected", '"word">right<'):
        assert word in html
    assert "2, right, denied: Pia reads FAIL" in html


def test_answers_are_right_and_requests_have_the_right_result() -> None:
    for must, said in ((Must.ANSWER, "are right."), (Must.FAIL, "have the right result.")):
        trials = (Trial("One", must, True),)
        assert achieved(load(5)["5.12"], CheckResult(True, "5.12", (), trials=trials)).endswith(said)


def test_an_answer_of_several_lines_that_isnt_json_is_compared_with_the_solution() -> None:
    exercise = load(WEEKEND)["W.3"]
    passed = CheckResult(True, "W.3", ())
    assert "identical to this solution" in result_card(exercise, passed, Place(f"\n{exercise.solution}"))
    assert "identical to this solution" not in result_card(exercise, passed, Place("title: Another"))
