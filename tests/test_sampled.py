"""The sample of cases that `make test` tries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sampled import every, leave_out


class Case:
    """The part of one of pytest's items that `leave_out` reads and changes."""

    def __init__(self, nodeid: str, *marks: Any):
        self.nodeid = nodeid
        self.marks = {mark.name: mark.mark for mark in marks}

    def get_closest_marker(self, name: str) -> Any:
        return self.marks.get(name)

    def add_marker(self, mark: Any) -> None:
        self.marks[mark.name] = mark.mark


def test_of_a_sampled_test_the_first_of_every_three_cases_stays():
    sampled = [Case(f"test_a.py::test_b[{number}]", pytest.mark.sampled(3)) for number in range(7)]
    others = [Case(f"test_a.py::test_c[{number}]") for number in range(7)]
    leave_out([*sampled, *others])
    assert [case.nodeid[-2] for case in sampled if "slow" not in case.marks] == ["0", "3", "6"]
    assert not any("slow" in case.marks for case in others)


def test_a_case_that_is_slow_anyway_takes_no_place_in_the_sample():
    slow = Case("test_a.py::test_b[0]", pytest.mark.sampled(2), pytest.mark.slow)
    leave_out([slow, next_ := Case("test_a.py::test_b[1]", pytest.mark.sampled(2))])
    assert "slow" not in next_.marks


def test_only_costly_cases_are_left_out():
    marks = dict(every(2, range(6), lambda case: case > 2))
    assert [case for case, marked in marks.items() if marked == []] == [0, 1, 2, 3, 5]
