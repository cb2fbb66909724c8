"""Operations on one resource: what finds and checks the resource comes before the function that performs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVarTuple, Unpack

from labs_helpers.cloud.core.call import Call

Found = TypeVarTuple("Found")
OnFound = Callable[[Call, Unpack[Found]], Mapping[str, Any]]
"""From the call and what was found to the answer."""


def with_found(
    find: Callable[[Call], tuple[*Found]],
) -> Callable[[OnFound[*Found]], Callable[[Call], Mapping[str, Any]]]:
    """Return a decorator that gives a function, after the call, what `find` finds for it.

    It goes below `@operation`. `find` raises the `ServiceError` for a resource that isn't there or isn't the caller's.
    """

    def decorate(function: OnFound[*Found]) -> Callable[[Call], Mapping[str, Any]]:
        @wraps(function)
        def perform(call: Call) -> Mapping[str, Any]:
            return function(call, *find(call))

        return perform

    return decorate
