"""The faults that a check finds in an answer, and the clauses of the task that they break."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in an answer, described in a `story`, and the numbers of the clauses that it breaks."""

    story: str
    clauses: tuple[int, ...] = ()

    def __str__(self) -> str:
        numbers = ", ".join(f"({number})" for number in self.clauses)
        return f"{numbers} {self.story}" if numbers else self.story


def clause_numbers(clauses: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """Return clause numbers as a tuple. In data/, they can be a single number, a list, or missing."""
    if clauses is None:
        return ()
    return (clauses,) if isinstance(clauses, int) else clauses
