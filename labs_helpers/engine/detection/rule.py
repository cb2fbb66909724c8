"""A detection rule, whatever its language, and the error for text that isn't a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]
"""A CloudTrail record."""

LONGEST = 20_000
"""The maximum number of characters in a rule."""


class RuleError(ValueError):
    """The error for a rule that can't be read or run.

    `line` and `column` count from 1, and are None if the fault has no place in the text.
    """

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        """Store the problem and its place in the rule's text."""
        super().__init__(problem, line, column)
        self.problem, self.line, self.column = problem, line, column

    def __str__(self) -> str:
        return (
            self.problem if self.line is None else f"Line {self.line}, column {self.column}: {self.problem}"
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection rule.

    `language` is "Sigma", "EventBridge", or "SQL"; `about` has the rule's metadata, such as title, id,
    author, and license. `asks` contains the paths of the fields on which the rule depends, such as "userIdentity.arn".
    """

    language: str
    text: str
    asks: tuple[str, ...]
    find: Callable[[Sequence[Record]], Sequence[int]] = field(repr=False)
    """A function that returns the positions of the records for which the rule raises an alarm."""
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The rule's title, or its language if it has none."""
        return self.about.get("title") or f"{self.language} rule"

    def hits(self, records: Sequence[Record]) -> list[Record]:
        """Return the records for which the rule raises an alarm, in their order.

        Raises `RuleError` if the rule fails on these records, for example because an SQL query takes too many steps.
        """
        return [records[position] for position in sorted(set(self.find(records)))]
