"""The rules of evaluation that the drill asks about, from data/drill/rules.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.paths import data_path


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it says in one or two sentences, the AWS page about it, and the lesson that teaches it."""

    id: str
    title: str
    says: str
    page: str
    day: int
    part: str
    """The heading of the lesson's part, such as "6 · How AWS decides"."""
    cell: str
    """The ID of the notebook cell with which the lesson begins."""

    @property
    def lesson(self) -> str:
        """Return the place of the lesson, such as `Day 2, part “6 · How AWS decides”`."""
        return f"Day {self.day}, part “{self.part}”"


@cache
def rules() -> dict[str, Rule]:
    """Return all rules by ID, in the order of the course."""
    rows = read_json(data_path("drill", "rules.json"))["rules"]
    return {row["id"]: _rule(**row) for row in rows}


def _rule(lesson: Mapping[str, Any], **row: Any) -> Rule:
    return Rule(**row, **lesson)
