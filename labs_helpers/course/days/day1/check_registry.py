"""The registry of the checks that the posture checker performs, and the read-only access that they use."""

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
"""The profile whose keys the checker uses."""

Evidence = tuple[str, Place | str, str]
"""The evidence for a finding: the resource's ARN, the statement or setting, and its source."""


class Auditor:
    """The auditor's clients and account ID, which a check uses to read settings.

    `unread` describes the calls that a resource-based policy denied, without duplicates.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.account = cloud, cloud.home
        self.unread: dict[str, None] = {}

    def __call__(self, service: str) -> Any:
        """Return the auditor's client of a service."""
        return client_as(self.cloud, self.cloud.keys(AUDITOR), service)

    def list_items(self, service: str, call: str, member: str, **given: Any) -> Iterator[Any]:
        """Yield the items that a list operation returns, page by page."""
        for page in self(service).get_paginator(call).paginate(**given):
            yield from page.get(member, ())

    def get_setting(self, service: str, call: str, **given: Any) -> dict[str, Any]:
        """Return an operation's response, or {} if the setting does not exist or the auditor is denied access."""
        try:
            answer: dict[str, Any] = getattr(self(service), call)(**given)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code.startswith("AccessDenied"):
                self.unread[
                    f"{error.operation_name} of {next(iter(given.values()))}: {error_text(error)}"
                ] = None
            elif not code.startswith(("NoSuch", "OwnershipControlsNotFound")) and "NotFound" not in code:
                raise
            return {}
        return answer


@dataclass(frozen=True, slots=True)
class Check:
    """A check, with its ID and title, the controls it covers, its fix, and the function that yields its evidence."""

    id: str
    severity: str
    title: str
    controls: tuple[str, ...]
    fix: str
    look: Callable[[Auditor], Iterator[Evidence]]


CHECKS: dict[str, Check] = {}


def check(id: str, severity: str, title: str, *controls: str, fix: str) -> Callable[[Any], Any]:
    """Register the decorated function as a check."""

    def register(look: Callable[[Auditor], Iterator[Evidence]]) -> Any:
        """Register a function as the check."""
        CHECKS[id] = Check(id, severity, title, controls, fix, look)
        return look

    return register
