"""Types for an operator family: functions that turn the policy's values into a test for one request value."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from labs_helpers.engine.policy.variables import Context

ValueTest = Callable[[str], bool]
Binder = Callable[[Context], ValueTest]


class Static(NamedTuple):
    """A test that doesn't need variables."""

    test: ValueTest


class Dynamic(NamedTuple):
    """A test that must be bound to a request's context first, because it uses the variables in `keys`."""

    bind: Binder
    keys: frozenset[str]


Compiled = Static | Dynamic
# (values of the policy, whether it has variables) → a test for request values that match at least one of them.
Family = Callable[[list[str], bool], Compiled]


def any_of(tests: list[Callable[[str, Context], bool]], keys: frozenset[str]) -> Dynamic:
    """Combine several (value, context) tests into a `Dynamic`."""
    return Dynamic(lambda context: lambda value: any(test(value, context) for test in tests), keys)
