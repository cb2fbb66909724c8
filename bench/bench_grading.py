"""Benchmark for grading: processor time in milliseconds for each exercise's right and wrong answers.

Exercises that are graded with real calls are measured in a newly reset cloud.

    python bench/bench_grading.py 2 3

measures only the exercises of these days.
"""

from __future__ import annotations

import statistics
import sys
import time

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import days
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade


def main(numbers: tuple[int, ...] = ()) -> None:
    """Print one line per exercise, with the median and maximum times for its right and its wrong answers, and a sum."""
    print(f"{'exercise':10}{'right ms':>10}{'worst':>8}{'wrong ms':>10}{'worst':>8}")
    every: list[float] = []
    with Cloud(seed=2) as cloud:
        for day in numbers or days():
            for exercise in load(day).values():
                grade(exercise, exercise.solution, cloud)
                right = [cost(exercise, each.answer, cloud) for each in exercise.right]
                wrong = [cost(exercise, each.answer, cloud) for each in exercise.wrong]
                row = (statistics.median(right), max(right), statistics.median(wrong), max(wrong))
                print(
                    f"{exercise.id:10}"
                    + "".join(
                        f"{value:{width}.1f}" for value, width in zip(row, (10, 8, 10, 8), strict=True)
                    ),
                    flush=True,
                )
                every += right + wrong
    fast = sum(each < 1000 for each in every)
    print(f"{fast / len(every):.1%} of {len(every)} checks take less than a second.", end=" ")
    print(f"Median: {statistics.median(every):.1f} ms; 95th percentile: {nearly_most(every):.1f} ms")


def nearly_most(values: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(values)[int(len(values) * 0.95)]


def cost(exercise, answer, cloud) -> float:
    """Return the processor time for one check, in milliseconds."""
    if exercise.live:
        cloud.reset()
    handed_in = exercise.enact(answer, cloud)
    begun = time.process_time()
    grade(exercise, handed_in, cloud)
    return (time.process_time() - begun) * 1000


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])))
