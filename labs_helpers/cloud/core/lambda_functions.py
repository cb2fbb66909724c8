"""Substitutes for Lambda functions: Python callables that a lesson or test registers by ARN.

moto runs Lambda functions only in Docker. In this cloud, functions invoked by a caller or a service (such as a user
pool's triggers) run in the same process as the cloud, and are called as Lambda calls a handler: `function(event,
context)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.engine.policy.arn import Arn

Handler = Callable[[dict[str, Any], Any], Any]


def unqualified(arn: str) -> str:
    """Return the ARN of a function (or layer) without its version or alias."""
    return ":".join(arn.split(":")[:7])


@dataclass(slots=True)
class Functions:
    """The registered callables, by function ARN."""

    _handlers: dict[str, Handler] = field(default_factory=dict)

    def register(self, arn: str, handler: Handler) -> None:
        """Use `handler` as the code of the function with this ARN.

        Raises `ValueError` if `arn` isn't the ARN of a function.
        """
        named = Arn.read(arn)
        if named is None or (named.service, named.kind) != ("lambda", "function") or named.name == "function":
            raise ValueError(
                f"a Lambda function's ARN is arn:aws:lambda:<region>:<account>:function:<name>; got {arn!r}"
            )
        self._handlers[arn] = handler

    def find(self, arn: str) -> Handler | None:
        """Return the handler for this ARN or, if none is registered, for the unqualified ARN.

        Returns None if neither ARN has a handler.
        """
        return self._handlers.get(arn) or self._handlers.get(unqualified(arn))
