"""Operations on one resource: a function finds and checks the resource before another performs the operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVarTuple, Unpack

from labs_helpers.cloud.core.call import Call

Found = TypeVarTuple("Found")
OnFound = Callable[[Call, Unpack[Found]], Mapping[str, Any]]
"""A function from the call and the found resource to the response."""


def with_found(
    find: Callable[[Call], tuple[*Found]],
) -> Callable[[OnFound[*Found]], Callable[[Call], Mapping[str, Any]]]:
    """Return a decorator that passes a function, after the call, the resource that `find` finds for it.

    It goes below `@operation`. `find` raises `ServiceError` for a resource that doesn't exist or isn't the caller's.
    """

    def decorate(function: OnFound[*Found]) -> Callable[[Call], Mapping[str, Any]]:
        @wraps(function)
        def perform(call: Call) -> Mapping[str, Any]:
            return function(call, *find(call))

        return perform

    return decorate
