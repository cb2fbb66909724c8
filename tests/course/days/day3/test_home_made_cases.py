"""The codes that exercise 3.5 accepts as unpredictable: the check looks at their digits and their source."""

from __future__ import annotations

import itertools
import os
import random
import secrets
import sys
import uuid

import pytest

from labs_helpers.course.days.day3 import home_made_cases
from labs_helpers.course.grading.kinds.function import Case
from labs_helpers.course.situations.trials import Must

TEXT, ANYTHING = home_made_cases.SENT, Case("", "", True).returns


def faults(draw):
    """Return the titles of the cases about codes that fail if codes are drawn with `draw`."""
    failed = []
    for case in home_made_cases.cases():
        if case.clause == 2 and case.arguments[2] != "nobody":
            with case.watch:
                said = TEXT, draw()
            if case.returns not in (ANYTHING, said):
                failed.append(case.title)
            if case.watch.fault():
                failed.append("drawn")
    return failed


@pytest.mark.parametrize(
    "draw",
    [
        lambda: f"{secrets.randbelow(10**6):06}",
        lambda: "".join(secrets.choice("0123456789") for _ in range(8)),
        lambda: f"{random.SystemRandom().randrange(10**6):06}",
        lambda: f"{int.from_bytes(os.urandom(8), 'big') % 10**6:06}",
        lambda: f"{uuid.uuid4().int % 10**6:06}",
    ],
)
def test_a_generator_for_secrets_is_seen(draw):
    assert "drawn" not in faults(draw)


@pytest.mark.parametrize(
    "draw", [lambda: f"{random.randrange(10**6):06}", lambda: f"{hash('alice') % 10**6:06}", lambda: "481516"]
)
def test_another_generator_is_not_taken_for_one(draw):
    assert "drawn" in faults(draw)


def test_codes_that_resemble_each_other_are_seen():
    drawn = itertools.count(100_000)
    assert "another code for Alice" in faults(lambda: str(next(drawn)))
    few = iter(("000017", "000094", "000051", "000033", "000068", "000020", "000042"))
    assert "a code for Carol" in faults(lambda: next(few))
    assert "a code for Alice" in faults(lambda: "12345")


def test_a_profile_function_of_the_learner_s_comes_back():
    def seen(*_):
        return None

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        faults(lambda: "481516")
        assert sys.getprofile() is seen
    finally:
        sys.setprofile(before)


def test_what_a_login_must_not_accept_is_called_rejected_also_if_it_returns_a_value():
    must = {case.title: case.must for case in home_made_cases.cases()}
    rejected = (
        "redirect to another site",
        "a name that doesn't exist",
        "a code for an unknown name",
        "a wrong code",
    )
    assert {must[title] for title in rejected} == {Must.REJECT}
    assert {must[title] for title in ("Alice signs in", "no next page", "redirect to the diary")} == {
        Must.WORK
    }
