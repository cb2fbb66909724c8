"""The prover's answers, and the budget for finding them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from labs_helpers.engine.policy import AccessRequest


class Verdict(StrEnum):
    """The verdict on whether one situation allows nothing beyond another, for the stated principal and world."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"


class Answer(NamedTuple):
    """A verdict, with the evidence for it.

    If the verdict is REFUTED, `request` is the counterexample, which the engine has evaluated on both sides. If
    it is UNKNOWN, `reason` is "budget", "variable" (a policy variable whose values couldn't be told apart), or
    "mixture" (operators of several types on one key). `steps` is the number of steps that the answer took; it
    depends only on the question.
    """

    verdict: Verdict
    request: AccessRequest | None = None
    reason: str = ""
    steps: int = 0


class OutOfStepsError(Exception):
    """The error for a spent budget."""


class UnclearError(Exception):
    """The error for a value that can't be determined. The argument is the reason (see `Answer`)."""


class Budget:
    """Counts steps, so that the same question always gets the same answer, however busy the machine is."""

    __slots__ = ("most", "spent")

    def __init__(self, most: int) -> None:
        """Start with nothing spent."""
        self.most = most
        self.spent = 0

    def spend(self, steps: int = 1) -> None:
        """Count steps. Raises `OutOfStepsError` beyond the limit."""
        self.spent += steps
        if self.spent > self.most:
            raise OutOfStepsError
