"""The operations that are ours: what moto lacks, or answers differently from AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.core.call import Answer, Call

Operation = Callable[[Call], "Mapping[str, Any] | Answer"]

_operations: dict[tuple[str, str], Operation] = {}


def operation(service: str, *names: str) -> Callable[[Operation], Operation]:
    """Register a function as what performs the operations `names` of a service (boto3's name).

    The function gets the `Call` after it was authorized. It returns a dict of the operation's output members,
    which botocore's model serialises, or an `Answer` (what `call.moto()` returned). It raises `ServiceError`
    to refuse. Registering an operation twice raises `ValueError`.
    """

    def register(function: Operation) -> Operation:
        for name in names:
            if (service, name) in _operations:
                raise ValueError(f"{service}.{name} is registered twice")
            _operations[service, name] = function
        return function

    return register


def find(service: str, name: str) -> Operation | None:
    """The function that performs an operation, None where moto does."""
    return _operations.get((service, name))


def registered() -> frozenset[tuple[str, str]]:
    """Every (service, operation) of ours."""
    return frozenset(_operations)
