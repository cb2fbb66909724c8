"""Public incidents to play, each with a scene, a question (“what would you have looked at?”), and sourced facts.

    play("uber")          the scene and three places to look at
    play("uber", "b")     whether b was the best place, and the whole card
    played()              all incidents in one table

The facts are in data/day1/incidents.json; two independent sources confirm every number in it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day1.setting_registry import SETTINGS
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, link
from labs_helpers.course.shown.look import Icon, Stop, Verdict, escaped, fold, framed, path, path_text
from labs_helpers.course.shown.mistakes import one_of

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.schema import Incident, Incidents

_NUMBER = re.compile(r"\$?\d[\d,.]* (?:million|billion)|\$?\d{1,3}(?:,\d{3})+")
"""A number that isn't a date."""
SIDES = {"customer": "the customer's", "supplier": "the customer's, through its supplier", "aws": "AWS's"}


@cache
def _data() -> Incidents:
    from labs_helpers.course.days.day1.schema import Incidents

    return read(data_path("day1", "incidents.json"), Incidents.model_validate)


@cache
def incidents() -> dict[str, Incident]:
    """Return every incident by its ID, oldest first. Raises `DataError` if the data is invalid."""
    return {each.id: each for each in sorted(_data().incidents, key=lambda each: each.year)}


def incident(id: str) -> Incident:
    """Return one incident. Raises `UnknownName`, which lists the known IDs, for an unknown ID."""
    known = incidents()
    return known[one_of(id, known, "incident")]


def publication(source: str) -> str:
    """Return the name of the publication, company, or authority that a source's ID stands for."""
    return _data().publications[source]


def play(id: str, choice: str | None = None) -> None:
    """Show an incident's scene or, given a choice of where to look, the known facts.

    The facts include whether the choice was the best one.
    """
    found = incident(id)
    if choice is None:
        scene(found).show()
        return
    letter = str.strip(choice).lower()[:10] if isinstance(choice, str) else ""
    if letter not in found.look.choices:
        Page().say(f"Choose one of {', '.join(found.look.choices)}.").show()
        return
    card(found, letter).show()


def scene(found: Incident) -> Page:
    """Return an incident's opening scene and the places to look at."""
    page = Page().heading(f"{found.who} ({found.year})").say(found.scene)
    page.say("What would you have looked at first?")
    page.options(found.look.choices)
    return page.say(f'Choose with `play("{found.id}", "a")`.')


def card(found: Incident, letter: str) -> Page:
    """Return a page that shows the feedback on a choice and the known facts of the incident."""
    page = Page().heading(f"{found.who} ({found.year})").say(feedback(found, letter))
    if letter != found.look.right:
        page.say(f"Your choice, {letter}: {found.look.others[letter]}")
    return facts(found, page)


def reason(found: Incident, letter: str) -> str:
    """Return why a place to look at was the best one, or why it wasn't."""
    return found.look.reason if letter == found.look.right else found.look.others[letter]


def stops(found: Incident) -> list[Stop]:
    """Return the steps of an incident, and what would have stopped it, as stops on a path."""
    words = ("weakness", "attack", "damage")
    signs = (Verdict.WARN, Verdict.NO, Verdict.NO)
    icons = (Icon.POLICY, Icon.PERSON, Icon.BUCKET)
    steps = zip(found.steps, signs, icons, words, strict=True)
    fix = found.stopped_by[0]
    end = Stop(f"{fix[0].upper()}{fix[1:]}", Verdict.YES, Icon.GATE, word="would have stopped it")
    return [*(Stop(title, sign, icon, word=word) for title, sign, icon, word in steps), end]


def feedback(found: Incident, letter: str) -> str:
    """Return whether a place to look at was the best one, and why."""
    look = found.look
    better = look.choices[look.right]
    sign = "✓ Yes." if letter == look.right else f"✗ Better: {better}{'' if better.endswith('?') else '.'}"
    return f"{sign} {look.reason}"


def facts(found: Incident, page: Page) -> Page:
    """Add the known facts of an incident to a page: its steps, its figures, and the rest in collapsed sections."""
    steps = stops(found)
    page.drawn(path_text(steps), framed(f'<div class="even">{path("What happened", steps)}</div>'))
    rows = [
        ("What was misconfigured", found.misconfigured),
        (
            "Which side of the line",
            f"{SIDES[found.side][0].upper()}{SIDES[found.side][1:]}. {found.side_reason}",
        ),
        ("Who was affected", found.hurt),
        ("What it cost", found.cost),
        ("What would have stopped it", "; ".join(found.stopped_by)),
        ("What isn't known", found.unknown),
        ("In today's account", " ".join(f"{SETTINGS[id].title}." for id in found.settings)),
    ]
    if found.figures:
        page.say("Figures, each confirmed by two sources:")
        lines = [
            f"  - {figure.says} [{'; '.join(publication(each) for each in figure.sources)}]"
            for figure in found.figures
        ]
        page.drawn("\n".join(lines), framed(_figures(found)))
    whole = Page().table(("", ""), rows)
    page.drawn(whole.text, framed(fold("The whole story", whole.html)))
    sources = {publication(name): address for name, address in found.sources.items()}
    return page.aside(f"Sources ({len(sources)})", Page().links(sources))


def _figures(found: Incident) -> str:
    """Return the figures as HTML, with each source as a link. The number in the first figure is large."""
    lines: list[str] = []
    for figure in found.figures:
        sources = "; ".join(link(publication(name), found.sources[name]) for name in figure.sources)
        says = escaped(figure.says)
        if not lines:
            says = _NUMBER.sub(r'<span class="great">\g<0></span>', says, count=1)
        lines.append(f"<p>{says} [{sources}]</p>")
    return "".join(lines)


def played() -> Page:
    """Return a table of all incidents, with the misconfiguration and the party that was responsible."""
    rows = [(str(each.year), each.who, SIDES[each.side], each.misconfigured) for each in incidents().values()]
    page = Page().heading(f"{counted(len(rows), 'incident')}, and which side of the line each was on")
    return page.table(("year", "who", "which side", "what was misconfigured"), rows)
