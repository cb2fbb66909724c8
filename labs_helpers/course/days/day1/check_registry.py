"""What a check of the posture checker is, what it reads with, and where all are registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1.policies import Place
from labs_helpers.course.situations.identity_clients import client_as
from labs_helpers.course.situations.staging import error_text

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

AUDITOR = "auditor"
"""The profile that the checker reads with."""

Evidence = tuple[str, Place | str, str]
"""Of one finding: the resource's ARN, the evidence, and where it was read."""


class Eyes:
    """What a check reads with: the auditor's clients, and the account's id.

    `unread`: what a resource's own policy kept the auditor from, in words, each once.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.account = cloud, cloud.home
        self.unread: dict[str, None] = {}

    def __call__(self, service: str) -> Any:
        return client_as(self.cloud, self.cloud.keys(AUDITOR), service)

    def found(self, service: str, call: str, member: str, **given: Any) -> Iterator[Any]:
        """What a list operation lists, page by page."""
        for page in self(service).get_paginator(call).paginate(**given):
            yield from page.get(member, ())

    def settled(self, service: str, call: str, **given: Any) -> dict[str, Any]:
        """What an operation answers; nothing where there is no such setting, or where the auditor may not see it."""
        try:
            return getattr(self(service), call)(**given)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code.startswith("AccessDenied"):
                self.unread[
                    f"{error.operation_name} of {next(iter(given.values()))}: {error_text(error)}"
                ] = None
            elif not code.startswith(("NoSuch", "OwnershipControlsNotFound")) and "NotFound" not in code:
                raise
            return {}


@dataclass(frozen=True, slots=True)
class Check:
    """A check: what it is called, what its findings have in common, and what finds them."""

    id: str
    severity: str
    title: str
    controls: tuple[str, ...]
    fix: str
    look: Callable[[Eyes], Iterator[Evidence]]


CHECKS: dict[str, Check] = {}


def check(id: str, severity: str, title: str, *controls: str, fix: str) -> Callable[[Any], Any]:
    """Register a check."""

    def register(look: Callable[[Eyes], Iterator[Evidence]]) -> Any:
        CHECKS[id] = Check(id, severity, title, controls, fix, look)
        return look

    return register
