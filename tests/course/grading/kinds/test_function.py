"""A learner's function: it must accept genuine inputs and reject forged ones, and can't hang or crash the check."""

from __future__ import annotations

import sys

import pytest

from labs_helpers.course.grading.grade import grade
from tests.course.invented import exercise


@pytest.fixture
def verifier():
    return exercise(kind="function", function="verify", seconds=0.2, refuses_with=["ValueError"], cases=[
        {"title": "a good one", "taken": True, "arguments": [{"n": 1}], "returns": 1, "story": "Nobody gets in."},
        {"title": "a forged one", "taken": False, "arguments": [{"n": -1}], "story": "Mallory gets in."},
        {"title": "an empty one", "taken": False, "arguments": [{}], "story": "Anybody gets in."},
    ])  # fmt: skip


def verify(token):
    if token.get("n", 0) < 1:
        raise ValueError("no")
    return token["n"]


def test_function_that_takes_and_refuses_rightly_passes(verifier):
    assert grade(verifier, verify).passed
    assert grade(verifier, lambda token: token.get("n", 0) > 0 and token["n"]).passed


def test_function_that_takes_what_is_forged_is_told_what_that_means(verifier):
    messages = grade(verifier, lambda token: 1).messages
    assert messages == (
        "a forged one: your function accepts it. Mallory gets in.",
        "an empty one: your function accepts it. Anybody gets in.",
    )


@pytest.mark.parametrize(("returned", "said"), [
    ("", "returns '', but only False, None, or an exception rejects it"), (0, "returns 0, but only"),
    ({}, "returns {}, but only"), ({"n": 1}, "accepts it"),
])  # fmt: skip
def test_an_empty_value_that_should_have_been_a_rejection_is_named(verifier, returned, said):
    messages = grade(verifier, lambda token: 1 if token.get("n", 0) > 0 else returned).messages
    assert all(f": your function {said}" in each for each in messages)
    assert len(messages) == 2


def test_an_exception_without_a_text_is_named_alone(verifier):
    def strict(token):
        if token.get("n", 0) < 2:
            raise ValueError
        return 1

    (first, *_) = grade(verifier, strict).messages
    assert "your function raised ValueError (line " in first


def test_function_that_refuses_what_is_genuine_is_told_so(verifier):
    assert grade(verifier, lambda token: None).messages == (
        "a good one: your function rejects it. Nobody gets in.",
    )
    assert (
        "returns the wrong value"
        in grade(verifier, lambda token: 2 if token.get("n", 0) > 0 else None).messages[0]
    )


def test_function_that_fails_by_accident_has_refused_nothing(verifier):
    def careless(token):
        if token["n"] < 1:
            raise ValueError("no")
        return token["n"]

    (message,) = grade(verifier, careless).messages
    assert message.startswith("an empty one: your function fails by accident with KeyError: 'n' (line ")
    assert 'if token["n"] < 1' in message


def test_function_cannot_spoil_what_the_next_case_is_given(verifier):
    def spoiling(token):
        token["n"] = token.pop("n", 0)
        return verify(token)

    assert grade(verifier, spoiling).passed
    assert grade(verifier, spoiling).passed


def test_function_prints_nothing_into_the_check(verifier, capsys):
    grade(verifier, lambda token: print("secret") or verify(token))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("answer", [None, ..., 7, "verify", {"verify": 1}])
def test_what_is_no_function_is_no_try(verifier, answer):
    result = grade(verifier, answer)
    assert 'day.check("2.9", verify)' in result.messages[0]
    assert not result.counts


class Hostile(Exception):
    def __str__(self):
        raise RuntimeError


def raising(error):
    def function(token):
        raise error

    return function


@pytest.mark.parametrize("error", [Hostile(), SystemExit(1), RecursionError("deep"), MemoryError()])
def test_whatever_a_function_raises_is_told(verifier, error):
    result = grade(verifier, raising(error))
    assert "a good one: your function raised" in result.messages[0]
    assert "bug in the course" not in result.messages[0]


def endless(token):
    while True:
        pass


def stubborn(token):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


@pytest.mark.parametrize("function", [endless, stubborn])
def test_function_that_does_not_return_is_stopped(verifier, function):
    result = grade(verifier, function)
    assert result.messages[0] == "a good one: your function didn't return within 0.2 s."


def test_cases_may_be_made_afresh_by_a_day(monkeypatch):
    from types import ModuleType

    from labs_helpers.course.grading.kinds.function import Case

    module = ModuleType("labs_helpers.course.days.day9.made")
    module.cases = lambda drawing: [Case("a", "s", True, (1,)), Case("b", "s", False, (0,))]
    monkeypatch.setitem(
        sys.modules, "labs_helpers.course.days.day9", ModuleType("labs_helpers.course.days.day9")
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made = exercise(kind="function", function="f", cases_of="day9.made")
    assert made.tried == 2
    assert grade(made, lambda number: number == 1).passed


def test_a_case_sees_more_of_a_call_than_its_outcome(monkeypatch):
    from types import ModuleType

    from labs_helpers.course.grading.kinds.function import Case, Watch

    class Silent(Watch):
        clause = 2

        def __init__(self):
            self.heard = []

        def fault(self):
            return f"it said {self.heard[-1]!r}." if self.heard else None

    def made(drawing):
        quiet = Silent()
        return [
            Case("a", "s", True, (1, quiet.heard.append), clause=1, watch=quiet),
            Case("b", "s", False, (0, bool), clause=1),
        ]

    module = ModuleType("labs_helpers.course.days.day9.watched")
    module.cases = made
    monkeypatch.setitem(
        sys.modules, "labs_helpers.course.days.day9", ModuleType("labs_helpers.course.days.day9")
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    clauses = [{"says": "Take 1."}, {"says": "Be silent."}]
    task = exercise(kind="function", function="f", cases_of="day9.watched", clauses=clauses)
    assert grade(task, lambda number, _: number == 1).passed
    result = grade(task, lambda number, say: say(number) or number == 1)
    assert result.messages == ("(2) a: it said 1.",)
    assert [clause.holds for clause in result.clauses] == [True, False]


class _Lies(str):
    """An object that claims to equal whatever it is compared with."""

    def __eq__(self, other):
        return True

    def __getitem__(self, key):
        return "admin"

    __hash__ = str.__hash__


class _AnyNumber(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class _Anything:
    def __eq__(self, other):
        return True


class _Members(dict):
    def items(self):
        return {"sub": "alice"}.items()

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("expected", "lie"),
    [
        ("alice", _Lies("mallory")),
        (1, _AnyNumber(2)),
        ({"sub": "alice"}, _Members(sub="mallory")),
        ([1], _Anything()),
    ],
)
def test_returned_value_that_lies_about_itself_is_read_as_what_it_is(expected, lie):
    case = {"title": "a good one", "taken": True, "arguments": [1], "returns": expected, "story": "s"}
    task = exercise(kind="function", function="f", cases=[case])
    assert grade(task, lambda given: expected).passed
    assert grade(task, lambda given: lie).messages == (
        "a good one: your function returns the wrong value. s",
    )


def test_a_subclass_with_the_right_value_is_the_right_value():
    case = {"title": "a good one", "taken": True, "arguments": [1], "returns": "alice", "story": "s"}
    task = exercise(kind="function", function="f", cases=[case])
    assert grade(task, lambda given: _Lies("alice")).passed
