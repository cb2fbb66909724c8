"""The places to reread after wrong answers: a part of a lesson, an exercise, or one of AWS's pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import exercise_title, load_beliefs, page_titles
from labs_helpers.course.drill.evaluation_rules import Rule, rules
from labs_helpers.course.learner.recall import DRILL
from labs_helpers.course.lesson.exercise_places import exercise_links, notebook_of
from labs_helpers.course.shown.display import link
from labs_helpers.course.shown.look import escaped

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Question
    from labs_helpers.course.learner.recall import Draw


@dataclass(frozen=True, slots=True)
class Place:
    """A place to reread, and its address, which is None if the place can't be found."""

    name: str
    address: str | None = None
    is_here: bool = False
    """True if the place is in the notebook that shows the link."""

    @property
    def html(self) -> str:
        """Return the place as a link, which opens AWS's pages and other notebooks in a new tab.

        JupyterLab doesn't handle the links of a widget, so in the same tab, another notebook would replace the page.
        """
        if self.address is None:
            return escaped(self.name)
        if self.address.startswith("https://"):
            return link(self.name, self.address)
        tab = "" if self.is_here else ' target="_blank" rel="noopener"'
        return f'<a href="{escaped(self.address)}"{tab}>{escaped(self.name)}</a>'


def of_quiz(day: int, questions: Iterable[Question]) -> dict[int, Place]:
    """Return the place for each question of a day's quiz, by the question's number."""
    places = (_of_question(day, question) for question in questions)
    return {number: replace(place, is_here=True) for number, place in enumerate(places, 1)}


def of_recall(drawn: Draw) -> dict[int, Place]:
    """Return the place for each drawn question about earlier days, by the question's number."""
    return {
        number: of_rule(rules()[id.removeprefix(DRILL)])
        if id.startswith(DRILL)
        else _of_question(int(id.partition(".")[0]), question)
        for number, (id, question) in enumerate(zip(drawn.ids, drawn.questions, strict=True), 1)
    }


def of_statements(day: int) -> dict[int, Place]:
    """Return the exercise or the AWS page about each of a day's statements, by the statement's number."""
    found, links = load_beliefs(day), exercise_links(day, Path.cwd())
    return {
        number: Place(
            f"exercise {belief.exercise} {exercise_title(belief.exercise)}",
            links.get(belief.exercise),
            is_here=True,
        )
        if belief.exercise is not None
        else of_page(belief.source)
        for number, belief in enumerate(found.beliefs if found is not None else (), 1)
    }


def by_place(missed: Iterable[int], places: Mapping[int, Place]) -> dict[Place | None, list[int]]:
    """Return the numbers of the missed questions by the place to reread, which is None if a question has none."""
    found: dict[Place | None, list[int]] = {}
    for number in missed:
        found.setdefault(places.get(number), []).append(number)
    return found


def _of_question(day: int, question: Question) -> Place:
    """Return the lesson part with a rule about the question's AWS page. If there isn't exactly one, return the page."""
    parts = {rule.part: rule for rule in rules().values() if (rule.day, rule.page) == (day, question.source)}
    if len(parts) == 1:
        return of_rule(*parts.values())
    return of_page(question.source)


def of_page(address: str) -> Place:
    """Return one of AWS's pages by its title, or by its address if the title isn't known."""
    return Place(f"AWS's page “{page_titles().get(address, address)}”", address)


def of_rule(rule: Rule) -> Place:
    """Return the part of the lesson that teaches a rule."""
    name = notebook_of(rule.day, Path.cwd())
    return Place(rule.lesson, f"{name}#cell-id={rule.cell}" if name else None)
