"""The card of a check's result: a dot per request, grouped by clause, and, once passed, what comes next.

A click on a dot shows its request and the statement that decided it. Dots and collapsed sections need no scripts, so
that saved and exported notebooks show the same card. The text of a result is in `labs_helpers.course.lesson.day_pages`.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.loading import exercise_ids, exercise_title
from labs_helpers.course.content.numbering import called, title_of
from labs_helpers.course.lesson.exercise_places import exercise_links, in_order, notebook_of
from labs_helpers.course.lesson.own_statement import own_statement, statements_of
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.denial_card import statements
from labs_helpers.course.shown.display import Page, break_long_words, inline
from labs_helpers.course.shown.look import Verdict, chip, escaped, fold, framed, todo
from labs_helpers.course.shown.look.code import difference
from labs_helpers.course.shown.look.gauges import segments
from labs_helpers.course.shown.printable import clean
from labs_helpers.course.shown.shortened import shortened, whole, without_encoded
from labs_helpers.course.shown.verdict_strip import outcome, strip
from labs_helpers.course.situations.trials import Must, Trial
from labs_helpers.engine.policy.decision import IMPLICIT_DENY

if TYPE_CHECKING:
    from labs_helpers.cloud import Judgement
    from labs_helpers.course.grading.kinds import Exercise
    from labs_helpers.course.grading.results import CheckResult, ClauseResult
    from labs_helpers.course.learner.progress import Progress

_SIGNS = {True: (Verdict.YES, "right"), False: (Verdict.NO, "wrong"), None: (Verdict.UNKNOWN, "not tested")}
_MOST_LINES = 3
"""The maximum number of remarks and faults without a dot that aren't collapsed."""
_MOST_LINES_OF_CODE = 9
"""The maximum number of lines that statements can have without being collapsed."""
_DECIDED = re.compile(r" \((?:allowed|denied) [^()]*\)$")
"""The end of a story that gives the reason for the decision. The path below the story shows the reason, too."""
_PLACE = re.compile(r"((?:\w+: )?`[^`]+`): (.+)")
"""A finding in a policy: the part of the policy, and what is wrong with it."""
_NUMBER = re.compile(r"^\d[\w.]* |^Request \d+: ")
"""The number at the beginning of a title or a story."""
_RIGHT = {
    Must.WORK: "must work",
    Must.FAIL: "must be denied",
    Must.REJECT: "must be rejected",
    Must.ANSWER: "wrong",
}
"""The text on the chip of a wrong test, by the outcome that the test must have."""
_AS_REQUIRED = {Must.WORK: ": works", Must.FAIL: ": denied", Must.REJECT: ": rejected", Must.ANSWER: ""}
"""The end of the text on the chip of a right test, because the title describes the request, not its result."""
_SHAPES = {Must.WORK: "round", Must.FAIL: "square", Must.REJECT: "square", Must.ANSWER: ""}
"""The shape of the dots on a line. The line's label shows the same shape."""
_DOTS_A_LINE = 9
"""The number of dots on a line of a wide card, as in the stylesheet's grid."""
_DAY = re.compile(r"\bDay ([1-6])\b")
_NUMBERS = count(1)
"""A separate number for each card, because only one dot of a card is open at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """The learner's position: the answer that was checked, the previous check's result, and the progress."""

    answer: Any = None
    before: CheckResult | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class _Dots:
    """The dots of a card: their common name, the number of the open one, and the statements of the answer."""

    name: str
    opened: int = 0
    own: Sequence[Mapping[str, Any]] = ()


def result_card(exercise: Exercise, result: CheckResult, place: Place) -> str:
    """Return a check's result as HTML."""
    if result.passed:
        content, tint = _passed(exercise, result, place), Verdict.YES.tint
    else:
        content, tint = (
            _not_yet(exercise, result, place),
            (Verdict.NO if result.counts else Verdict.UNKNOWN).tint,
        )
    return framed(f'<div class="card {tint}">{content}</div>')


def folded_details(page: Page) -> Page:
    """Return the details of a result whose tests already have dots: collapsed in HTML, and in full as text."""
    return Page().drawn(page.text, framed(fold("Every test in a table", page.html, "why")))


# Not passed yet


def _not_yet(exercise: Exercise, result: CheckResult, place: Place) -> str:
    word = "not yet" if result.counts else "incomplete or invalid"
    verdict = Verdict.NO if result.counts else Verdict.UNKNOWN
    known = {str(each.fault) for each in result.trials if each.fault is not None} | {*result.notes}
    lines = [line for line in result.messages if line not in known]
    undotted = _of_undotted_clauses(result, lines)
    lines = [line for line in lines if not any(line in each for each in undotted.values())]
    again = "run the cell again" if exercise.choice_rows() is None else "check it again"
    dots, rest = _dots(exercise, result, statements_of(place.answer), undotted), _lines(lines)
    return (
        _head(exercise, verdict, word, _score(result, place.before))
        + todo(_advice(result, again), more=f"Stuck? <code>{_call('hint', exercise.id)}</code>")
        + _causes(result.notes)
        + (dots + rest if result.counts else rest + dots)
    )


def _advice(result: CheckResult, again: str) -> str:
    """Return what to do next about an answer that isn't passed: the first thing that the card shows."""
    if not result.counts:
        return f"Complete your answer, and {again}. This check doesn't count as an attempt."
    if result.notes:
        return f"Fix the cause below, and {again}."
    if broken := _broken(result):
        first = f"({_most_broken(result)})"
        if len(broken) == 1:
            return f"Change your answer so that {first} holds, and {again}."
        others = _numbers(number for number in broken if f"({number})" != first)
        return f"Fix {first} first, then {others}, and {again}."
    if any(each.right is False for each in result.trials):
        return f"Read why the expanded result below is wrong, change your answer, and {again}."
    return f"Change your answer, and {again}."


def _causes(notes: Sequence[str]) -> str:
    """Return what the validation of an answer found, before the requests whose results it explains.

    A problem that was found in several places is shown once, followed by the places.
    """
    places: dict[str, list[str]] = {}
    for note in notes:
        place, cause = found.groups() if (found := _PLACE.match(note)) else ("", note)
        places.setdefault(cause, []).append(place)
    return "".join(
        f'<p class="box warn">{chip(Verdict.WARN, "cause")} <strong>{shortened(cause)}</strong> '
        f"{shortened(', '.join(filter(None, where)))}</p>"
        for cause, where in places.items()
    )


def _most_broken(result: CheckResult) -> int:
    """Return the number of the broken clause with the most wrong tests (the first one in a tie), or 0."""
    wrong = Counter(each.clauses[0] for each in result.trials if each.right is False and each.clauses)
    return max(_broken(result), key=lambda number: wrong[number], default=0)


def _broken(result: CheckResult) -> list[int]:
    return [each.number for each in result.clauses if each.holds is False]


def _numbers(numbers: Iterable[int]) -> str:
    """Return numbers of clauses in words: `(1), (2), and (4)`."""
    *some, last = (f"({number})" for number in numbers)
    return f"{', '.join(some)}{',' if len(some) > 1 else ''} and {last}" if some else last


def _head(exercise: Exercise, verdict: Verdict, word: str, score: str) -> str:
    title = escaped(f"{exercise.id} {exercise.title}")
    said = f' <span class="score">{score}</span>' if score else ""
    return f'<p class="headline">{chip(verdict, word)} <span class="title">{title}</span>{said}</p>'


def _score(result: CheckResult, before: CheckResult | None) -> str:
    """Return how many tests have the right result, and how many more or fewer than before: `9 of 15 right, 2 more`."""
    if all(each.right is None for each in result.trials):
        return ""
    right = _right(result)
    if right == len(result.trials) and not result.passed:
        return ""  # a fault that no request shows: "24 of 24 right" would contradict it
    said = f"{right} of {len(result.trials)} right"
    if before is None or not before.trials or len(before.trials) != len(result.trials):
        return said
    change = right - _right(before)
    return (
        f"{said}, {abs(change)} {'more' if change > 0 else 'fewer'} than before"
        if change
        else f"{said}, as before"
    )


def _right(result: CheckResult) -> int:
    return sum(each.right is True for each in result.trials)


def _lines(lines: Sequence[str]) -> str:
    """Return remarks and faults that no dot shows; all but the first few are collapsed."""
    if not lines:
        return ""
    rest = lines[_MOST_LINES:]
    more = fold(f"{len(rest)} more", _list(rest)) if rest else ""
    return _list(lines[:_MOST_LINES]) + more


def _of_undotted_clauses(result: CheckResult, lines: Sequence[str]) -> dict[int, list[str]]:
    """Return the faults in clauses that no test has as its first clause, by clause. Their row has no dots to show them.

    Such a fault is one that a test of another clause observed.
    """
    dotted = {number for each in result.trials for number in each.clauses[:1]}
    bare = [each.number for each in result.clauses if each.number not in dotted] if result.trials else []
    found = {number: [line for line in lines if line.startswith(f"({number}) ")] for number in bare}
    return {number: own for number, own in found.items() if own}


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{shortened(line)}</li>" for line in lines) + "</ul>"


# The dots


def _dots(
    exercise: Exercise,
    result: CheckResult,
    own: Sequence[Mapping[str, Any]],
    undotted: Mapping[int, Sequence[str]],
) -> str:
    """Return the tests as dots in one row per clause; the first wrong test of the most broken clause is open.

    A clause that waits for the others has no green dots, because it might not hold although its tests passed so far.
    """
    said = _tested(result)
    if not result.trials:
        return _clauses(said, waits=result.counts)
    numbered = list(enumerate(result.trials, 1))
    clauses = [clause.number for clause in said]
    first = _first_wrong(numbered, sorted(clauses, key=lambda number: number != _most_broken(result)))
    card = _Dots(f"labs-card-{next(_NUMBERS)}", first, own)
    rows: list[str] = []
    kept: list[str] = []

    listed: set[int] = set()
    for clause in said:
        tested = [each for each in numbered if each[1].clauses[:1] == (clause.number,)]
        chosen = [each for each in tested if clause.holds is not None or not each[1].right]
        listed.update(number for number, _ in chosen)
        waits = result.counts or len(chosen) < len(tested)
        faults = [line.removeprefix(f"({clause.number}) ") for line in undotted.get(clause.number, ())]
        head = _clause(clause, waits=waits)
        (kept if clause.holds else rows).append(_row(head, chosen, card, _lines(faults)))
    rest = [each for each in numbered if each[0] not in listed]
    if rest and said:
        wrong, right, untested = (
            [each for each in rest if each[1].right is state] for state in (False, True, None)
        )
        rows.append(_row("<p>What must stay as it was</p>", wrong, card) if wrong else "")
        rows.insert(0, _row("<p>Not tested yet</p>", untested, card) if untested else "")
        if right:
            more = f"{_units(exercise, len(right), 'more ')} {'has' if len(right) == 1 else 'have'} the right result"
            rows.append(fold(more, _by_step(right, card)))
    elif rest:
        rows.append(_row("", rest, card))
    if kept:
        held = _numbers(clause.number for clause in said if clause.holds)
        count = sum(
            each.clauses[:1] == (clause.number,) for clause in said if clause.holds for each in result.trials
        )
        tests = f": {_units(exercise, count)}" if count else ""
        rows.append(fold(f"✓ {held} hold{'s' if len(kept) == 1 else ''}{tests}", "".join(kept)))
    return "".join(rows)


def _tested(result: CheckResult) -> list[ClauseResult]:
    """Return the clauses. If the check was incomplete, leave each clause open unless a test shows that it holds."""
    shown = {number for each in result.trials if each.right for number in each.clauses}
    return [
        replace(each, holds=None)
        if each.holds and not result.counts and each.number not in shown
        else _with_place(each, result.trials)
        for each in result.clauses
    ]


def _with_place(clause: ClauseResult, trials: Sequence[Trial]) -> ClauseResult:
    """Add where to see why a clause doesn't hold, if all tests next to it have the right result.

    A test of several clauses is next to the first of them.
    """
    own = [each for each in trials if each.clauses[:1] == (clause.number,)]
    if clause.holds is not False or not own or any(each.right is False for each in own):
        return clause
    places = {each.clauses[0] for each in trials if each.right is False and clause.number in each.clauses[1:]}
    return replace(clause, says=f"{clause.says} (See {_numbers(sorted(places))}.)") if places else clause


def _first_wrong(numbered: list[tuple[int, Trial]], clauses: list[int]) -> int:
    """Return the number of the first wrong test in this order of the clauses, or of the first fault, or 0."""
    wrong = [pair for pair in numbered if pair[1].right is False]
    wrong = wrong or [pair for pair in numbered if pair[1].fault is not None]
    order = {clause: at for at, clause in enumerate(clauses)}
    shown = sorted(
        wrong,
        key=lambda pair: (
            order.get(next(iter(pair[1].clauses), 0), len(order)),
            list(Must).index(pair[1].must),
        ),
    )
    return shown[0][0] if shown else 0


def _by_step(chosen: list[tuple[int, Trial]], card: _Dots) -> str:
    """Return tests as lines of dots, one group for each earlier step that they belong to."""
    steps = dict.fromkeys(each.group for _, each in chosen)
    return "".join(
        _row(f"<p>{escaped(step)}</p>" if step else "", [one for one in chosen if one[1].group == step], card)
        for step in steps
    )


def _row(head: str, chosen: list[tuple[int, Trial]], card: _Dots, faults: str = "") -> str:
    """Return tests as lines of dots, grouped by the outcome that they must have, after the clause that they test.

    `faults`: those of a clause without tests of its own, below the clause.

    `--lines`, `--line`, and `--at` are the places in the grid of a wide card, where a dot opens below the whole clause.
    """
    sides, line = [], 0
    for must in Must:
        own = [each for each in chosen if each[1].must is must]
        if own:
            sides.append(_side(must, own, card, line + 1))
            line += ceil(len(own) / _DOTS_A_LINE)
    kind = "clause" if head else "clause alone"
    shown = f'<div class="sides" style="--lines:{max(line, 1)}">{head}{"".join(sides)}</div>'
    return f'<div class="{kind}">{shown}{faults}</div>'


def _side(must: Must, own: list[tuple[int, Trial]], card: _Dots, line: int) -> str:
    """Return the dots of the tests that must have one outcome, after a label that names the outcome."""
    dots = "".join(
        _dot(number, each, card, (line + at // _DOTS_A_LINE, at % _DOTS_A_LINE + 3))
        for at, (number, each) in enumerate(own)
    )
    label = f'<span class="side" style="--line:{line}">{escaped(must.value)}</span>'
    return f'<div class="dots {_SHAPES[must]}">{label}{dots}</div>'


def _dot(number: int, trial: Trial, card: _Dots, place: tuple[int, int]) -> str:
    verdict, word = _SIGNS[trial.right]
    said = f"{word}{_AS_REQUIRED[trial.must] if trial.right else ''}".replace(":", ",")
    title = escaped(f"{number}, {said}: {trial.title}", 200)
    is_open = " open" if number == card.opened else ""
    return (
        f'<details class="dot {verdict.tint}" name="{card.name}"{is_open} '
        f'style="--line:{place[0]};--at:{place[1]}">'
        f'<summary title="{title}" aria-label="{title}">{verdict.sign}</summary>{_panel(trial, card.own)}</details>'
    )


def _panel(trial: Trial, own: Sequence[Mapping[str, Any]]) -> str:
    """Return what a dot shows: the request, its path, and, if the result is wrong, the fault and the statements."""
    verdict, word = _SIGNS[trial.right]
    judged = _judgement(trial)
    story, fix = ("", "") if trial.fault is None else _story(trial)
    # The path shows the request again, so a story about the request is enough of a title.
    is_told = bool(story and judged is not None and not trial.told and trial.must is not Must.ANSWER)
    title = story if is_told else break_long_words(shortened(trial.title))
    word = f"{word}{_AS_REQUIRED[trial.must]}" if trial.right else word
    said = chip(verdict, _RIGHT[trial.must] if trial.right is False else word)
    label = f" <small>{escaped(trial.label)}</small>" if trial.label else ""
    parts = [f"<p>{said} <strong>{title}</strong>{label}</p>"]
    if story and not is_told:
        parts.append(f"<p>{story}</p>")
    if judged is not None:
        parts.append(strip(judged))
    if fix:
        parts.append(f"<p><strong>Fix:</strong> {fix}</p>")
    if judged is not None:
        parts.append(
            _decided(judged, own, fix)
            if trial.right is False
            else f"<p>{escaped(outcome(judged.decision))}</p>"
        )
    if trial.fault is not None:
        parts.append(whole(trial.fault.story))
    unmet = " unmet" if trial.right is False and trial.must is not Must.ANSWER else ""
    return f'<div class="panel{unmet}" role="group" aria-label="Request">{"".join(parts)}</div>'


def _judgement(trial: Trial) -> Judgement | None:
    """Return the decision about a trial's request, unless it is the required one and only the result is wrong."""
    judged = trial.judgement
    is_as_required = judged is not None and judged.allowed and trial.must is Must.WORK
    return None if trial.right is False and is_as_required else judged


def _story(trial: Trial) -> tuple[str, str]:
    """Return a fault and its fix, as HTML.

    The fault omits what the panel already shows: the title, the reason for the decision, and encoded messages.
    """
    assert trial.fault is not None
    told, name = (_NUMBER.sub("", each) for each in (without_encoded(trial.fault.story), trial.title))
    told = trial.told or told.partition(f"{name}.")[2].strip() or without_start(told, name)
    if trial.judgement is not None:
        told = _DECIDED.sub("", told)
    why, _, fix = told.partition("Fix: ")
    return shortened(why.strip()), _DAY.sub(_linked_day, shortened(fix))


def _linked_day(found: re.Match[str]) -> str:
    """Return the name of a day as a link to its notebook, if that is there."""
    notebook = notebook_of(int(found[1]), Path.cwd())
    return f'<a href="{escaped(notebook)}">Day&nbsp;{found[1]}</a>' if notebook else found[0]


def without_start(told: str, name: str) -> str:
    """Return a story without the title at its beginning, or without the part of the title before the last colon."""
    for start in (name, name.rpartition(": ")[0]):
        if start and told.startswith(f"{start}: "):
            rest = told.removeprefix(f"{start}: ")
            return rest[0].upper() + rest[1:]
    return told


def _decided(judged: Judgement, own: Sequence[Mapping[str, Any]], fix: str) -> str:
    """Return the statements that matched.

    They are collapsed if none of them determined the decision, or if the card would be longer than a screen with them.
    The answer's statement that determined the decision is above them.
    """
    shown = statements(judged)
    is_long = shown.text.count("\n") > _MOST_LINES_OF_CODE
    if shown.text and (is_long or judged.decision.effect == IMPLICIT_DENY):
        return own_statement(judged, own, fix) + fold("The statements that matched", shown.html)
    return shown.html if shown.text else own_statement(judged, own, fix)


def _clause(clause: ClauseResult, *, waits: bool = True) -> str:
    """Return a clause with its result. `waits`: True if a clause without a result waits for the others."""
    verdict, _ = _SIGNS[clause.holds]
    later = " <small>Checked once the others hold.</small>" if waits and clause.holds is None else ""
    says = f"<span>{break_long_words(inline(clean(clause.says)))}{later}</span>"
    return f'<p title="{escaped(clause.says)}">{chip(verdict, f"({clause.number})")} {says}</p>'


def _clauses(clauses: Sequence[ClauseResult], *, waits: bool = True) -> str:
    return "".join(
        f'<div class="clause"><div class="sides">{_clause(each, waits=waits)}</div></div>' for each in clauses
    )


# Passed


def _passed(exercise: Exercise, result: CheckResult, place: Place) -> str:
    right, comma, change = _score(result, place.before).partition(",")
    score = f'<p class="great">{right}<small>{comma}{change}</small></p>' if result.trials else ""
    clauses = result.clauses
    return (
        _head(exercise, Verdict.YES, "passed", "")
        + score
        + f"<p>{shortened(achieved(exercise, result))}</p>"
        + _all_dots(exercise, result)
        + (_way_on(exercise, place.progress) if place.progress is not None else "")
        + (fold(f"Requirements: {len(clauses)} of {len(clauses)} hold", _clauses(clauses)) if clauses else "")
        + _lines(result.notes)
        + _compared(exercise, place.answer)
    )


def _way_on(exercise: Exercise, progress: Progress) -> str:
    """Return how far through the day the learner is, and what comes next."""
    return _day_bar(exercise, progress) + _next(exercise, progress)


def _all_dots(exercise: Exercise, result: CheckResult) -> str:
    """Return all tests of a passed answer as lines of dots; those of earlier steps are collapsed."""
    numbered = list(enumerate(result.trials, 1))
    card = _Dots(f"labs-card-{next(_NUMBERS)}")
    own = [each for each in numbered if not each[1].group]
    earlier = [each for each in numbered if each[1].group]
    have = "has" if len(earlier) == 1 else "have"
    more = f"{_units(exercise, len(earlier))} of earlier steps still {have} the right result"
    return (_row("", own, card) if own else "") + (fold(more, _by_step(earlier, card)) if earlier else "")


def achieved(exercise: Exercise, result: CheckResult) -> str:
    """Return one sentence about a passed answer, with the numbers of what works and what is denied, and an example."""
    work = [each for each in result.trials if each.must is Must.WORK]
    denied = [each for each in result.trials if each.must in (Must.FAIL, Must.REJECT)]
    if work and denied:
        example = next((each for each in denied if not each.group), denied[0])
        works = _units(exercise, len(work))
        worked = (
            f"The {works} that must work succeeds"
            if len(work) == 1
            else f"All {works} that must work succeed"
        )
        verb = "rejected" if example.must is Must.REJECT else "denied"
        stopped = (
            f"the one that must be {verb} is"
            if len(denied) == 1
            else f"all {len(denied)} that must be {verb} are"
        )
        return f"{worked}, and {stopped} {verb}{_example(example)}"
    return all_right(exercise, result)


def all_right(exercise: Exercise, result: CheckResult) -> str:
    """Return a sentence about all tests of a passed answer: requests have the right result, and answers are right."""
    tried = exercise.tried if result.tried is None else result.tried
    is_answered = bool(result.trials) and all(each.must is Must.ANSWER for each in result.trials)
    return f"All {tried} {exercise.units} {'are right' if is_answered else 'have the right result'}."


def _units(exercise: Exercise, count: int, kind: str = "") -> str:
    """Return a count of an exercise's tests, such as `3 requests` or `1 more request`."""
    return counted(count, f"{kind}{exercise.units.removesuffix('s')}")


def _example(denied: Trial) -> str:
    """Return the end of a sentence, which describes a denied request in the words of a failed check."""
    if denied.story:
        return f". Your answer prevents this, for example: “{denied.story}”"
    return f", for example “{denied.title.rstrip('.')}”."


def _compared(exercise: Exercise, answer: Any) -> str:
    """Return the collapsed differences between an answer and a solution, or "" if a teacher withholds solutions."""
    if os.environ.get("LABS_SOLUTIONS") == "off" or exercise.kind in ("choices", "predictions", "boundary"):
        return ""
    mine, solution = _as_lines(answer), _as_lines(exercise.solution)
    if mine is not None and solution is not None:
        same = "<p>Your answer is identical to this solution.</p>" if mine == solution else ""
        legend = (
            "<p>Lines marked − are only in your answer, and lines marked + are only in this solution. Any answer that "
            "passes is correct.</p>"
        )
        shown = same or legend + difference("Your answer and a solution", mine, solution)
    elif isinstance(answer, str) and answer.strip() == exercise.solution_code().strip():
        shown = "<p>Your answer is identical to this solution.</p>"
    else:
        code = escaped(exercise.solution_code(), 20_000)
        shown = f'<pre class="json" tabindex="0" role="group" aria-label="A solution">{code}</pre>'
    return fold("Compare with a solution", shown, "why")


def _as_lines(answer: Any) -> list[str] | None:
    """Return an answer that is data as lines of JSON, or None for any other answer."""
    from labs_helpers.course.grading.answers import AnswerError, plain

    try:
        data = plain(answer)
        if isinstance(data, str):
            data = json.loads(data)
        return (
            json.dumps(data, indent=2, ensure_ascii=False).splitlines()
            if isinstance(data, dict | list)
            else None
        )
    except (AnswerError, TypeError, ValueError):
        return None


def _day_bar(exercise: Exercise, progress: Progress) -> str:
    """Return the day's progress bar, with one segment per exercise."""
    passed = _passed_of(exercise.day, progress)
    said = f"{title_of(exercise.day)}: {sum(passed.values())} of {len(passed)} exercises passed"
    return f'<p class="through">{segments(passed.values())} <span>{said}</span></p>'


def _passed_of(day: int, progress: Progress) -> dict[str, bool]:
    return {id: bool(progress.exercise(id)["passed"]) for id in exercise_ids(day)}


def _next(exercise: Exercise, progress: Progress) -> str:
    """Return a line that links to the next exercise that isn't passed, preferably one after this exercise."""
    passed, folder = _passed_of(exercise.day, progress), Path.cwd()
    order = in_order(exercise.day, folder)
    after = order[order.index(exercise.id) + 1 :]
    open_after, open_before = ([id for id in ids if not passed[id]] for ids in (after, order))
    following = next(iter((*open_after, *open_before)), None)
    if following is None:
        return todo(
            f"You have passed every exercise of {called(exercise.day)}. The overview in index.ipynb shows what is left."
        )
    link = exercise_links(exercise.day, folder).get(following)
    call = f"<code>{_call('exercise', following)}</code>"
    # The notebook's order isn't always the order of the numbers.
    return todo(
        "Next in this notebook" if open_after else "Still open",
        f"{following} {exercise_title(following)}",
        link,
        call,
    )


def _call(name: str, id: str) -> str:
    return escaped(f'day.{name}("{id}")')
