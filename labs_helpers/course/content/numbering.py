"""The numbers of lessons: the six days are 1 to 6. The weekend after them is 7, and "W" in the IDs of its exercises."""

from __future__ import annotations

WEEKEND = 7
"""The number of the weekend. It is an extra, so no count of days includes it."""
EXERCISE_ID = r"[1-9W]\.[1-9][0-9]?"
"""The pattern of an exercise's ID, such as 2.1 or W.3."""
_W = "W"


def lesson_of(id: str) -> int:
    """Return the number of the lesson that an exercise belongs to: 2 for 2.1, and 7 for W.3."""
    first = id.partition(".")[0]
    return WEEKEND if first == _W else int(first)


def place_of(id: str) -> tuple[int, int]:
    """Return the lesson and the number of an exercise, as a sort key."""
    return lesson_of(id), int(id.partition(".")[2])


def folder_of(lesson: int) -> str:
    """Return the name of a lesson's folder in data/, which is also the prefix of its notebook's name."""
    return "weekend" if lesson == WEEKEND else f"day{lesson}"


def title_of(lesson: int) -> str:
    """Return what a lesson is called in a heading: "Day 2", or "Weekend"."""
    return "Weekend" if lesson == WEEKEND else f"Day {lesson}"


def called(lesson: int) -> str:
    """Return what a lesson is called within a sentence: "Day 2", or "the weekend"."""
    return "the weekend" if lesson == WEEKEND else title_of(lesson)


def lesson_in(folder: str) -> int:
    """Return the number of the lesson whose folder or notebook has this name."""
    first = folder.partition("_")[0]
    return WEEKEND if first == folder_of(WEEKEND) else int(first.removeprefix("day"))
