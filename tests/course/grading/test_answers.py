"""An answer of any type gets a printed explanation, without a traceback, and nothing is half applied."""

from __future__ import annotations

import decimal
import json
import threading

import pytest

from labs_helpers.course.grading import answers
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade


class Hostile:
    """An object whose methods all raise an exception."""

    def _no(self, *args, **kwargs):
        raise RuntimeError("touched")

    __repr__ = __str__ = __eq__ = __iter__ = __len__ = __bool__ = __getattr__ = __hash__ = __format__ = _no


class HostileDict(dict):
    def _no(self, *args, **kwargs):
        raise RuntimeError("touched")

    __getitem__ = __iter__ = items = keys = get = __repr__ = __len__ = __eq__ = __contains__ = _no


class HostileStr(str):
    def _no(self, *args, **kwargs):
        raise RuntimeError("touched")

    __repr__ = __str__ = __len__ = strip = encode = __eq__ = _no
    __hash__ = str.__hash__


class LyingClass:
    @property
    def __class__(self):
        raise RuntimeError("touched")


class NamelessMeta(type):
    @property
    def __name__(cls):
        raise RuntimeError("touched")


class Nameless(metaclass=NamelessMeta):
    pass


def endless():
    while True:
        yield {"Effect": "Allow"}


def recursive_dict():
    policy = {"Version": "2012-10-17"}
    policy["Statement"] = policy
    return policy


def recursive_list():
    statements = []
    statements.append(statements)
    return {"Version": "2012-10-17", "Statement": statements}


def deep(depth):
    value = "s3:GetObject"
    for _ in range(depth):
        value = [value]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": value, "Resource": "*"}]}


def statement(**change):
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | change],
    }


HOSTILE = {
    "None": None,
    "ellipsis": ...,
    "True": True,
    "int": 42,
    "huge int": 10**10_000,
    "float": float("nan"),
    "bytes": b'{"Version": "2012-10-17"}',
    "bytearray": bytearray(b"{}"),
    "empty text": "",
    "no JSON": "allow alice to read",
    "half JSON": '{"Version": "2012-10-17", "Statement": [',
    "JSON list": "[]",
    "JSON number": "7",
    "JSON null": "null",
    "JSON NaN": '{"Version": NaN}',
    "key twice": '{"Statement": [], "Statement": []}',
    "10 MB of text": "x" * 10_000_000,
    "deep JSON": "[" * 100_000,
    "surrogate": "\ud800",
    "control characters": "\x1b[2J\x00\x07",
    "empty dict": {},
    "list": [],
    "tuple": (1, 2),
    "set": {1, 2},
    "generator": endless(),
    "function": len,
    "class": dict,
    "module": json,
    "lock": threading.Lock(),
    "decimal": decimal.Decimal("1"),
    "hostile object": Hostile(),
    "hostile dict": HostileDict(Version="2012-10-17"),
    "hostile text": HostileStr("{}"),
    "lying class": LyingClass(),
    "nameless class": Nameless(),
    "contains itself": recursive_dict(),
    "list contains itself": recursive_list(),
    "deep": deep(1_000),
    "very deep": deep(100_000),
    "wide": {"Version": "2012-10-17", "Statement": [{}] * 300_000},
    "keys that are no text": {1: "deny", None: 2},
    "key of a hostile type": {Nameless(): 1},
    "element misspelt": statement(Efect="Allow"),
    "effect of a wrong type": statement(Effect=7),
    "set in a statement": statement(Action={"s3:GetObject"}),
    "bytes in a statement": statement(Action=b"s3:GetObject"),
    "object in a statement": statement(Resource=Hostile()),
    "generator in a statement": statement(Resource=endless()),
    "huge int in a statement": statement(Action=10**10_000),
    "NaN in a statement": statement(Action=float("nan")),
    "long text in a statement": statement(Sid="x" * 2_000_000),
    "surrogate in a statement": statement(Sid="\ud800"),
    "markup in a statement": statement(Sid="<img src=x onerror=alert(1)>"),
    "predictions of another kind": {1: Hostile(), 2: ["allow"], 3: None, 4: 1},
    "predictions out of range": {99: "allow"},
    "predictions for a huge number": {10**10_000: "allow"},
    "predictions for True": {True: "allow"},
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("exercise", load(2).values(), ids=lambda exercise: exercise.id)
def test_any_answer_is_explained(exercise, name):
    result = grade(exercise, HOSTILE[name])
    assert result.passed is False
    assert result.messages
    assert all(message and "bug in the course" not in message for message in result.messages), result.messages


@pytest.mark.parametrize("name", HOSTILE)
def test_any_answer_prints_and_raises_nothing(day, capsys, name):
    for id in ("2.3", "2.5"):
        assert not day.check(id, HOSTILE[name])
    printed = capsys.readouterr().out
    assert "2.3" in printed
    assert len(printed) < 60_000
    assert "\x1b" not in printed


def test_answer_is_not_changed_and_not_kept():
    exercise = load(2)["2.3"]
    answer = json.loads(json.dumps(exercise.solution))
    assert grade(exercise, answer).passed
    assert answer == exercise.solution
    answer["Statement"].clear()
    assert grade(exercise, exercise.solution).passed


def test_unforeseen_error_is_called_a_fault_of_the_course(monkeypatch):
    def broken(answer):
        raise ZeroDivisionError

    monkeypatch.setattr(answers, "policy_document", broken)
    (message,) = grade(load(2)["2.3"], {}).messages
    assert "bug in the course" in message
    assert "ZeroDivisionError" in message


@pytest.mark.parametrize("said", ["allow", "ALLOW", " Allow ", "allowed"])
def test_predictions_may_be_written_as_people_write(said):
    exercise = load(2)["2.5"]
    answer = {int(number): said if word == "allow" else "Deny" for number, word in exercise.solution.items()}
    assert grade(exercise, answer).passed


def test_wrong_prediction_gets_the_engine_s_reason():
    exercise = load(2)["2.5"]
    (message,) = grade(exercise, exercise.solution | {"4": "allow"}).messages
    assert message.startswith("Request 4: AWS denies it.")
    assert "permissions boundary allows the iam:CreateUser action" in message
