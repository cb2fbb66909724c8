"""Operations on one resource: one function finds and checks the resource before another function uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVarTuple, Unpack

from labs_helpers.cloud.core.call import Call

Found = TypeVarTuple("Found")
OnFound = Callable[[Call, Unpack[Found]], Mapping[str, Any]]
"""A function that returns the response for a call and the resource that was found."""


def with_found(
    find: Callable[[Call], tuple[*Found]],
) -> Callable[[OnFound[*Found]], Callable[[Call], Mapping[str, Any]]]:
    """Return a decorator that passes the call and the resource found by `find` to a function.

    Put the decorator below `@operation`. `find` raises `ServiceError` for a resource that doesn't exist or doesn't
    belong to the caller.
    """

    def decorate(function: OnFound[*Found]) -> Callable[[Call], Mapping[str, Any]]:
        @wraps(function)
        def perform(call: Call) -> Mapping[str, Any]:
            return function(call, *find(call))

        return perform

    return decorate
