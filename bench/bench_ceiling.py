"""Benchmark for the processor time of comparing answers with their ceilings, by a proof or, failing that, by a search.

It also counts the right answers that a proof, without a search, shows to be within their ceiling.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import days
from labs_helpers.course.grading import ceiling
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Probed

EXERCISES = [exercise for day in days() for exercise in load(day).values() if isinstance(exercise, Probed)]


class Compared:
    """The time of each comparison, in milliseconds, and whether it needed no search."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.without_search: list[bool] = []

    def answer(self, exercise: Any, answer: Any, cloud: Cloud) -> None:
        """Grade an answer and, if its requests get the right decisions, store the time of its comparison."""
        original = ceiling.search_for_witnesses

        def timed(*given: Any) -> Any:
            begun = time.process_time()
            outcome = original(*given)
            self.milliseconds.append((time.process_time() - begun) * 1e3)
            self.without_search.append(outcome.complete and not outcome.asked)
            return outcome

        ceiling.search_for_witnesses = timed
        try:
            grade(exercise, exercise.enact(answer, cloud), cloud)
        finally:
            ceiling.search_for_witnesses = original

    def row(self, name: str) -> str:
        """Return a line of the table."""
        most = sorted(self.milliseconds)[int(len(self.milliseconds) * 0.95)]
        return (
            f"{name:38}{len(self.milliseconds):>8}{sum(self.without_search):>16}"
            f"{statistics.median(self.milliseconds):>10.1f}{most:>10.1f}"
        )


def main() -> None:
    """Print one line each for the solutions, other right answers, and wrong answers that only the ceiling reveals."""
    solutions, right, wrong = Compared(), Compared(), Compared()
    with Cloud(seed=2) as cloud:
        for exercise in EXERCISES:
            grade(exercise, exercise.solution, cloud)
            solutions.answer(exercise, exercise.solution, cloud)
            for each in exercise.right:
                right.answer(exercise, each.answer, cloud)
            for each in exercise.wrong:
                wrong.answer(exercise, each.answer, cloud)
    print(
        f"{'comparisons with the ceiling':38}{'number':>8}{'without search':>16}{'median ms':>10}{'95 % ms':>10}"
    )
    print(solutions.row("solutions"))
    print(right.row("other right answers"))
    print(wrong.row("wrong answers, all requests right"))


if __name__ == "__main__":
    main()
