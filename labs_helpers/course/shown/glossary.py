"""The glossary: the terms in data/glossary.json, each with an AWS page about the term."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.numbering import called
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.shown.display import Page

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import Term


@cache
def terms() -> tuple[Term, ...]:
    """Return all terms, ordered by day."""
    from labs_helpers.course.content.schema import Glossary

    return read(data_path("glossary.json"), Glossary.model_validate).terms


def find(word: object) -> Term | None:
    """Return the term that a word is a form of (case-insensitive), or None if there isn't one."""
    wanted = str(word).strip().lower()[:80]
    return next((each for each in terms() if wanted in _forms(each)), None)


def _forms(term: Term) -> list[str]:
    return [form.lower() for form in (term.name, *term.also)]


def term_page(word: object) -> Page:
    """Return a page about a term, or a page with the most similar terms if the glossary doesn't contain the word."""
    found = find(word)
    if found is None:
        known = [form for each in terms() for form in _forms(each)]
        near = difflib.get_close_matches(str(word)[:80].lower(), known, 3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        return Page().say(
            f"The glossary doesn't contain this term.{hint} `day.glossary()` lists the day's terms."
        )
    return (
        Page()
        .heading(found.name)
        .say(found.says)
        .say(f"Introduced on {called(found.day)}. AWS's page: {found.page}")
    )


def day_page(day: int) -> Page:
    """Return a page with the terms that a day introduces, in order."""
    brought = [each for each in terms() if each.day == day]
    page = Page().heading(f"Terms of {called(day)}")
    return page.table(
        ("term", "meaning", "AWS's page"), [(each.name, each.says, each.page) for each in brought]
    )


def words_in(text: str, day: int) -> list[str]:
    """Return the names of a day's terms that a string contains, in glossary order."""
    return [
        term.name
        for term in terms()
        if term.day == day
        and re.search(rf"\b(?:{'|'.join(map(re.escape, _forms(term)))})\b", text, re.IGNORECASE)
    ]
