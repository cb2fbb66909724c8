"""What an operator family offers: a way to turn the policy's values into a test for one value of the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from labs_helpers.engine.policy.variables import Context

ValueTest = Callable[[str], bool]
Binder = Callable[[Context], ValueTest]


class Static(NamedTuple):
    """A test that needs no variables."""

    test: ValueTest


class Dynamic(NamedTuple):
    """A test that has to be bound to a request's context first, since it uses the variables named in keys."""

    bind: Binder
    keys: frozenset[str]


Compiled = Static | Dynamic
# (values of the policy, whether variables count) → whether a value of the request matches at least one of them
Family = Callable[[list[str], bool], Compiled]


def any_of(tests: list[Callable[[str, Context], bool]], keys: frozenset[str]) -> Dynamic:
    """A Dynamic of several (value, context) tests."""
    return Dynamic(lambda context: lambda value: any(test(value, context) for test in tests), keys)
