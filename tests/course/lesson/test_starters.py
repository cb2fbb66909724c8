"""Checking the starter as it is: the learner sees what is wrong with it, and it doesn't count as an attempt."""

from __future__ import annotations

import json
import linecache
from typing import Any

import pytest

from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.lesson.starters import is_starter


@pytest.mark.parametrize(
    "as_given", [lambda starter: starter, json.dumps, lambda starter: json.dumps(starter, indent=2)]
)
def test_starter_is_no_attempt(day, capsys, as_given):
    result = day.check("2.1", as_given(load(2)["2.1"].starter))
    assert not result
    assert not result.counts
    assert day._progress.exercise("2.1")["attempts"] == 0
    assert "doesn't count as an attempt" in capsys.readouterr().out


def test_changed_starter_is_an_attempt(day):
    starter = json.loads(json.dumps(load(2)["2.1"].starter))
    starter["Statement"][0]["Sid"] = "Mine"
    assert day.check("2.1", starter).counts
    assert day._progress.exercise("2.1")["attempts"] == 1


def test_function_is_the_starter_if_its_source_is():
    exercise = load(3)["3.4"]
    namespace: dict[str, object] = {}
    linecache.cache["<starter>"] = (1, None, exercise.starter.splitlines(keepends=True), "<starter>")
    exec(compile(exercise.starter, "<starter>", "exec"), namespace)
    assert is_starter(exercise, namespace["may"])
    assert not is_starter(exercise, lambda claims, method, path: True)


@pytest.mark.parametrize("answer", [None, ..., 7, object(), "not JSON", [], {}])
def test_anything_else_is_not_the_starter(answer):
    assert not is_starter(load(2)["2.1"], answer)
    assert not is_starter(load(2)["2.6"], answer)


def _functions(id: str, source: str) -> dict[str, Any]:
    linecache.cache[id] = (len(source), None, source.splitlines(keepends=True), id)
    namespace: dict[str, Any] = {"__name__": id}
    exec(compile(source, id, "exec"), namespace)
    return namespace


def test_function_that_calls_others_is_the_starter_only_if_none_of_them_was_changed():
    exercise = load(3)["3.5"]
    assert is_starter(exercise, _functions("<unchanged>", exercise.starter)["login"])
    changed = exercise.starter.replace('wish or "/home"', '"/home"')
    assert not is_starter(exercise, _functions("<changed>", changed)["login"])
