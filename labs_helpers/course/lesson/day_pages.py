"""A day's pages: its card, the learner's progress, and the result of a check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.loading import days, exercise_ids, exercise_title, lessons
from labs_helpers.course.content.numbering import WEEKEND, folder_of, title_of
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.exercise_places import in_order
from labs_helpers.course.shown import hosting
from labs_helpers.course.shown.display import Page, inline
from labs_helpers.course.shown.look import escaped, fold, framed, roster

if TYPE_CHECKING:
    from labs_helpers.course.grading.kinds import Exercise
    from labs_helpers.course.grading.results import CheckResult, ClauseResult
    from labs_helpers.course.lesson.result_card import Place

_MOST_LINES = 8
"""The maximum number of a check's messages that are shown, because a longer list doesn't help."""
_CALLS = {
    'day.exercise("id")': "shows an exercise",
    'day.check("id", answer)': "grades it",
    'day.hint("id")': "helps",
    "day.progress()": "shows how far you are",
}
"""The calls of a lesson that a learner needs first."""
_COPIES = (
    "`day.progress().export()` writes a copy to download",
    '`day.progress().bring_back("file.json")` restores it, here or on another machine',
)


def card_page(number: int, card: dict[str, Any], progress: Progress) -> Page:
    """Return the day's card: what comes next, the day's identities, and four calls; the rest is collapsed.

    `card` is the content of day.json.
    """
    title = f"{title_of(number)} · {card['title']}"
    page, text = Page(), Page().heading(title).say(next_line(number, progress))
    drawn, tables = _head_of_the_card(number, progress), _calls_table()
    if card["identities"]:
        head, who = ("profile", "who"), card["identities"].items()
        text.drawn(Page().table(head, who).text, "")
        tables = roster(head, who) + tables
    text.say(" · ".join(f"`{call}` {does}" for call, does in _CALLS.items()))
    page.drawn(text.text, framed(f'{drawn}<div class="opening"><div>{tables}</div></div>'))
    right, of = progress.predictions(number)
    if of:
        page.say(f"Your predictions so far: {right} of {of} right.")
    if (warning := hosting.warning()) is not None:
        page.say(warning)
    if (missing := hosting.missing_parts(card)) is not None:
        page.say(missing)
    if (install := hosting.missing_packages()) is not None:
        page.say(install)
    return page.aside("What today contains, and every other call", _rest_of_the_card(number, card, progress))


def _head_of_the_card(number: int, progress: Progress) -> str:
    """Return the day's title, how many of its checks are passed, and the next exercise with a link to it, as HTML.

    Before a check is passed, the number of exercises is shown instead.
    """
    from labs_helpers.course.lesson.exercise_places import exercise_links
    from labs_helpers.course.lesson.overview import stops
    from labs_helpers.course.lesson.progress_card import head, next_todo

    here = next(each for each in stops(progress, Path.cwd()) if each.day == number)
    first = (
        f'<p class="headline"><span>{title_of(number)} · {escaped(here.title, 120)}</span> '
        f'<span class="score">{here.of} exercises</span></p>'
    )
    return (head(here) if here.passed else first) + next_todo(here, exercise_links(number, Path.cwd()))


def _calls_table() -> str:
    rows = "".join(
        f'<tr><th scope="row"><code>{escaped(call)}</code></th><td>{does}</td></tr>'
        for call, does in _CALLS.items()
    )
    heads = '<thead><tr><th scope="col">call</th><th scope="col">what it does</th></tr></thead>'
    return f'<table class="roster commands">{heads}<tbody>{rows}</tbody></table>'


def next_line(number: int, progress: Progress) -> str:
    """Return how many of a day's checks are passed and which exercise is next, in one line."""
    ids = in_order(number, Path.cwd())
    left = [id for id in ids if not progress.exercise(id)["passed"]]
    if not left:
        return f"All {len(ids)} checks of this day are passed."
    return f"{len(ids) - len(left)} of {len(ids)} checks passed. Next: {left[0]} {exercise_title(left[0])}"


def _rest_of_the_card(number: int, card: dict[str, Any], progress: Progress) -> Page:
    """Return the part of the day's card that can wait: the content, the other calls, and the other days."""
    calls = [
        '`day.solution("id")` shows one correct answer',
        "`day.quiz()` asks the questions at the end of the day",
        '`day.glossary()` lists the day\'s terms, and `day.term("word")` explains one',
        "`day.reset()` starts the day's cloud over",
    ]
    if (data_path(folder_of(number)) / "beliefs.json").exists():
        calls.append("`day.self_test()` asks which statements about today's subject are true")
    if any(day < number for day in days()):
        calls.append("`day.recall()` asks five questions about earlier days: three minutes, from memory")
    rest = Page().bullets(card["holds"]).say("Other calls:").bullets(calls)
    return rest.say(f"Checks passed: {_passed(progress, lessons() if number == WEEKEND else days())}")


def progress_page(number: int, progress: Progress) -> Page:
    """Return the learner's progress: what comes next, each exercise, the share of right answers, and the export."""
    from labs_helpers.course.lesson.progress_card import progress_card

    text = _progress_text(number, progress).text
    where = progress.whereabouts()
    kept = (
        f"{where} `day.progress().export()` writes a copy to download; "
        '`day.progress().bring_back("file.json")` restores it, here or on another machine.'
    )
    # On a phone, a call is longer than a line.
    rows = "".join(f"<li>{inline(each)}</li>" for each in _COPIES).replace("().", "().<wbr>")
    copies = fold("To keep a copy or move to another machine", f'<ul class="calls" role="list">{rows}</ul>')
    foot = f'<p class="foot">{inline(where)}</p>{copies}'
    return Page().drawn(text, progress_card(number, progress)).drawn(kept, framed(foot))


def _progress_text(number: int, progress: Progress) -> Page:
    from labs_helpers.course.learner.self_test import calibration_lines

    rows = [_progress_row(id, progress.exercise(id)) for id in exercise_ids(number)]
    page = Page().heading(f"{title_of(number)} progress").say(next_line(number, progress))
    page.table(("exercise", "title", "passed", "attempts", "hints", "solution seen"), rows)
    score = progress.quiz(number)
    page.say(f"Quiz: {score['best']} of {score['of']}" if score else "Quiz: not taken yet")
    right, of = progress.predictions(number)
    if of:
        page.say(f"Right predictions: {right} of {of}")
    sure = calibration_lines(number, progress)
    if sure:
        page.say("How sure you were in the self-test, and how often you were right:").bullets(sure)
    return page.say(f"The week: {_passed(progress, lessons())}")


def _passed(progress: Progress, listed: Sequence[int]) -> str:
    """Return the number of passed checks on each of these days: "day 2: 3 of 9 · day 3: 0 of 7"."""
    return " · ".join(
        f"{title_of(day).lower()}: {sum(progress.exercise(id)['passed'] for id in ids)} of {len(ids)}"
        for day in listed
        if (ids := exercise_ids(day))
    )


def _progress_row(id: str, entry: dict[str, Any]) -> tuple[str, ...]:
    yes_no = {True: "yes", False: ""}
    return (
        id,
        exercise_title(id),
        yes_no[entry["passed"]],
        str(entry["attempts"]),
        f"{entry['hints']} of 3",
        yes_no[entry["solution_shown"]],
    )


def check_page(exercise: Exercise, result: CheckResult, place: Place | None = None) -> Page:
    """Return the result of a check: lines of text, and a card as HTML.

    If the check isn't passed, the page shows the satisfied clauses and the first reasons that the others aren't
    satisfied. `place`: the previous check, to show what has improved or gotten worse, and the learner's progress.
    """
    from labs_helpers.course.lesson.result_card import Place, result_card

    place = place or Place()
    before = place.before.clauses if place.before is not None else ()
    return Page().drawn(_check_text(exercise, result, before).text, result_card(exercise, result, place))


def _check_text(exercise: Exercise, result: CheckResult, before: Sequence[ClauseResult]) -> Page:
    if result.passed:
        from labs_helpers.course.lesson.result_card import all_right

        page = Page().heading(f"✓ {exercise.id} {exercise.title}: passed. {all_right(exercise, result)}")
        return page.bullets(result.notes) if result.notes else page
    word = "not yet." if result.counts else "incomplete or invalid, so it doesn't count as an attempt."
    page = Page().heading(f"✗ {exercise.id} {exercise.title}: {word}").bullets(result.messages[:_MOST_LINES])
    if result.clauses and result.counts:
        page.say(_clause_line(result.clauses, before))
    left = len(result.messages) - _MOST_LINES
    if left > 0:
        page.say(f"And {left} more. Fix the ones above first.")
    return page.say(f'Stuck? `day.hint("{exercise.id}")`')


def _clause_line(clauses: Sequence[ClauseResult], before: Sequence[ClauseResult]) -> str:
    """Return a line about the clauses of a task, such as `(1) holds. (2) doesn't hold yet.`, and what changed."""
    held_before = {clause.number for clause in before if clause.holds}
    kept = [clause.number for clause in clauses if clause.holds]
    broken = [clause.number for clause in clauses if clause.holds is False]
    untried = [clause.number for clause in clauses if clause.holds is None]
    better = [number for number in kept if before and number not in held_before]
    worse = [number for number in broken if number in held_before]
    parts = (
        (kept, "holds.", "hold."),
        (broken, "doesn't hold yet.", "don't hold yet."),
        (untried, "is checked once the others hold.", "are checked once the others hold."),
        (better, "didn't hold before: that's progress.", "didn't hold before: that's progress."),
        (worse, "held before.", "held before."),
    )
    return " ".join(
        f"{_numbers(numbers)} {one if len(numbers) == 1 else several}"
        for numbers, one, several in parts
        if numbers
    )


def _numbers(numbers: Sequence[int]) -> str:
    """Return numbers of clauses in words: `(1), (2), and (4)`."""
    words = [f"({number})" for number in numbers]
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"
