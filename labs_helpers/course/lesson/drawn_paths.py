"""Drawn paths: how an attacker gets from one place to the next, and where the path ends.

    path_picture(2, "confused-deputy")

The pictures are in data/dayN/paths.json. A path that belongs to an attempt in the lesson names the attempt, and tests
compare the path's end with its outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import days, load_paths
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.look import Icon, Verdict, escaped, framed, path, path_text
from labs_helpers.course.shown.look import Stop as Place
from labs_helpers.course.shown.mistakes import checked, one_of

if TYPE_CHECKING:
    from labs_helpers.course.content.schema import DrawnPath, DrawnPaths


@checked
def path_picture(day: int, name: str) -> Page:
    """Return a picture of a day's paths, to show as a cell's last value with `.show()`.

    Raises `LookupError`, which lists the available ones, for an unknown day or name.
    """
    known = {number: found.pictures for number in days() if (found := load_paths(number)) is not None}
    pictures = known[one_of(day, known, "day with drawn paths")]
    picture = pictures[one_of(name, pictures, "picture")]
    return _drawn(picture)


def _drawn(picture: DrawnPaths) -> Page:
    page = Page().heading(picture.title)
    for number, each in enumerate(picture.paths, 1):
        places = _places(each)
        said = f"{number}. {each.title}"
        page.drawn(
            f"{said}\n   {path_text(places)}", framed(f"<p>{escaped(said)}</p>{path(each.title, places)}")
        )
    return page


def _places(each: DrawnPath) -> list[Place]:
    """Return the places of a path.

    Only the last one has a verdict: how far the path leads, and whether that is harmful.
    """
    *way, last = each.places
    end = Verdict.NO if not each.reached else Verdict.WARN if each.harm else Verdict.ALLOW
    stops = [Place(one.title, Verdict.NOTE, Icon[one.icon.upper()], word=one.does) for one in way]
    return [*stops, Place(last.title, end, Icon[last.icon.upper()], here=True, word=last.does)]
