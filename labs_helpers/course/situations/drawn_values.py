"""Values that a task leaves open, chosen for each learner, so that an answer can't be fitted to the examples.

An exercise's `free` names each value in the task that could be different ("alice", an address, a second), and how
another value is chosen. The choice depends only on the learner and the exercise, so checking twice gives the same
result, and so does grading again. Each of the exercise's requests is then also sent with the chosen values, at a
randomly chosen time.
"""

from __future__ import annotations

import copy
import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_NAMES = (
    "aiko", "bram", "chidi", "dalia", "emeka", "farah", "goran", "hanna", "ingrid", "jorge", "kamala", "leila", "mateo",
    "noor", "oskar", "priya", "quinn", "ravi", "selma", "tariq", "ursula", "vikram", "wren", "ximena", "yusuf", "zelda",
)  # fmt: skip
_FOLDERS = ("2026/12/31", "2027/01/01", "2028/02/29", "2031/january", "new", "a/b/c")
_REGIONS = (
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ca-central-1", "il-central-1",
    "me-south-1", "mx-central-1", "sa-east-1", "us-east-2", "us-west-1", "xx-nowhere-9",
)  # fmt: skip
"""Regions that no example names, and one that AWS hasn't opened."""
_EDGES = (
    "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "2028-02-29T23:59:59Z",
    "2028-12-31T23:59:59Z", "2032-02-29T12:00:00Z",
)  # fmt: skip
_LETTERS, _HEX = "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef"
WAYS = ("name", "file", "like", "hex", "region")
"""The ways to choose a value.

Other ways are a network such as 203.0.113.0/24, two times or months with a slash between them, and several words with
`|` between them, of which one is chosen.
"""


class Dice:
    """Numbers that are derived from a string, and are the same in every release of Python."""

    def __init__(self, *seed: str) -> None:
        self._seed, self._thrown = "\0".join(seed), 0

    def below(self, limit: int) -> int:
        """Return the next number from 0 to `limit` - 1."""
        self._thrown += 1
        digest = hashlib.sha256(f"{self._seed}\0{self._thrown}".encode()).digest()
        return int.from_bytes(digest[:16], "big") % limit

    def choice(self, options: Sequence[str]) -> str:
        """Return one of the options."""
        return options[self.below(len(options))]


class Drawing:
    """A learner's randomly chosen values for an exercise.

    Calling it with an answer or a request returns a copy in which the printed values are replaced by the chosen ones.
    `told` is all the text that the learner can read about the exercise: a chosen name never occurs in it. `stories`
    contains sets of values that belong together, and one set is chosen. Integers are replaced only by numbers in such a
    set.
    """

    def __init__(
        self,
        learner: str,
        exercise: str,
        free: Mapping[str, str],
        told: str = "",
        stories: Sequence[Mapping[str, str]] = (),
    ) -> None:
        story = stories[Dice(learner, exercise, "story").below(len(stories))] if stories else {}
        self.values: dict[str, str] = {**story}
        for value, way in free.items():
            taken = told + "".join(self.values.values())
            self.values[value] = _draw(value, way, taken, Dice(learner, exercise, value))
        self._numbers = {int(one): int(other) for one, other in story.items() if one.isdecimal()}
        self._told = _pattern(self.values)
        self._seed = learner, exercise

    def backward(self) -> Drawing:
        """Return the drawing that puts the printed values in place of the chosen ones."""
        back = copy.copy(self)
        back.values = {drawn: told for told, drawn in self.values.items()}
        back._numbers = {other: one for one, other in self._numbers.items()}
        back._told = _pattern(back.values)
        return back

    def __call__(self, value: Any) -> Any:
        """Return a string, or a structure of strings, with the chosen values."""
        if self._told is None:
            return value
        if type(value) is str:
            return self._told.sub(lambda found: self.values[found[0]], value)
        if type(value) is int:
            return self._numbers.get(value, value)
        if type(value) is dict:
            return {self(key): self(each) for key, each in value.items()}
        if type(value) in (list, tuple, set):
            return type(value)(map(self, value))
        return value

    def instead(self, value: object) -> str:
        """Return the replacements in a value, in words: `quinn for alice, 4f for 1a`."""
        text = json.dumps(value, ensure_ascii=False)
        return ", ".join(f"{drawn} for {told}" for told, drawn in self.values.items() if drawn in text)

    def moment(self, number: int = 0) -> str:
        """Return the time of the request `number`: the turn of a year, a time on a leap day, or any other time.

        A few consecutive requests cover all of these special times.
        """
        place = (Dice(*self._seed).below(len(_EDGES)) + number) % (len(_EDGES) + 1)
        if place < len(_EDGES):
            return _EDGES[place]
        return _moment_between(_EDGES[0], _EDGES[-1], Dice(*self._seed, str(number)))


def _pattern(values: Mapping[str, str]) -> re.Pattern[str] | None:
    """Return a pattern that finds the values as whole words, the longest first; None if there are no values."""
    words = sorted(map(re.escape, values), key=len, reverse=True)
    return re.compile(f"(?<![A-Za-z0-9])(?:{'|'.join(words)})(?![A-Za-z0-9])") if words else None


UNCHANGED = Drawing("", "", {})
"""A drawing that leaves every value as it is."""


def is_way(way: str) -> bool:
    """Return True if values can be chosen in this way."""
    try:
        _draw("", way, "", Dice())
    except ValueError:
        return False
    return True


def _draw(told: str, way: str, taken: str, dice: Dice) -> str:
    """Return a value that isn't in `taken`. Raises `ValueError` for an unknown way."""
    drawn = told
    for _ in range(1_000):
        drawn = _drawn(told, way, dice)
        if drawn not in taken:
            break
    return drawn


def _drawn(told: str, way: str, dice: Dice) -> str:
    if way == "name":
        return dice.choice(_NAMES)
    if way == "file":
        _, dot, ending = told.rpartition(".")
        word = "".join(dice.choice(_LETTERS) for _ in range(5))
        return f"{dice.choice(_FOLDERS)}/{word}{dot}{ending if dot else ''}"
    if way == "like":
        return "".join(_like(letter, dice) for letter in told)
    if way == "hex":
        return "".join(dice.choice(_HEX) if letter.isalnum() else letter for letter in told)
    if way == "region":
        return dice.choice(_REGIONS)
    if "|" in way:
        return dice.choice(way.split("|"))
    first, _, last = way.partition("/")
    if "T" in first:
        return _moment_between(first, last, dice)
    if "-" in first:
        return _month_between(first, last, dice)
    network = ipaddress.ip_network(way)
    return str(network[dice.below(network.num_addresses)])


def _like(letter: str, dice: Dice) -> str:
    """Return a different letter or digit in place of a letter or digit, and any other character unchanged."""
    if letter.isdigit():
        return dice.choice("123456789")
    if letter.isalpha():
        drawn = dice.choice(_LETTERS)
        return drawn.upper() if letter.isupper() else drawn
    return letter


def _month_between(first: str, last: str, dice: Dice) -> str:
    """Return a month from the first through the last, as 2027-01."""
    start, end = (int(each[:4]) * 12 + int(each[5:]) - 1 for each in (first, last))
    year, month = divmod(start + dice.below(end - start + 1), 12)
    return f"{year}-{month + 1:02}"


def _moment_between(first: str, last: str, dice: Dice) -> str:
    """Return a second from the first through the last. One time in four, it is an edge, such as `first`."""
    edges = [first, last, *(edge for edge in _EDGES if first <= edge <= last)]
    if dice.below(4) == 0:
        return dice.choice(edges)
    start, end = (datetime.fromisoformat(each) for each in (first, last))
    second = timedelta(seconds=dice.below(int((end - start).total_seconds()) + 1))
    return (start + second).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
