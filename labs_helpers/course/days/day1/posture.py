"""A posture checker for the account: what it finds, how grave it is, by which statement, and what mends it.

It reads as the shop's auditor, who may read settings and nothing else, and it reads nothing but what the APIs answer.
Control ids are Security Hub CSPM's (FSBP) and those of the CIS AWS Foundations Benchmark.
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1 import checks  # noqa: F401  (importing registers)
from labs_helpers.course.days.day1.account import auditor
from labs_helpers.course.days.day1.actors import Hands
from labs_helpers.course.days.day1.check_registry import AUDITOR, CHECKS, Check, Evidence, Eyes
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

SEVERITIES = ("critical", "high", "medium", "low")
__all__ = ["AUDITOR", "CHECKS", "SEVERITIES", "Finding", "Report", "scan"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one resource.

    `id`: of the check, and of the setting that it is about. `evidence`: what shows it: the very statement, or the
    setting as the API answers it; `source` says where it was read, `line` and `column` (from 1) where a statement
    stands in its policy.
    """

    id: str
    severity: str
    title: str
    resource: str
    controls: tuple[str, ...]
    evidence: str
    source: str
    fix: str
    line: int | None = None
    column: int | None = None

    @property
    def where(self) -> str:
        """Where the evidence stands, in words."""
        return self.source if self.line is None else f"{self.source}, line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """What a scan found, gravest first. As a cell's last value it shows itself.

    `unread`: what the auditor was kept from reading, in words: what is not seen is not known to be in order.
    """

    findings: tuple[Finding, ...]
    unread: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of what was found, each once."""
        return tuple(dict.fromkeys(each.id for each in self.findings))

    def of(self, id: str) -> tuple[Finding, ...]:
        """The findings of one check."""
        return tuple(each for each in self.findings if each.id == id)

    def page(self) -> Page:
        page = Page().heading(f"{len(self.findings)} findings" if self.findings else "No findings")
        rows = [
            (each.severity, each.id, each.resource, each.title, ", ".join(each.controls))
            for each in self.findings
        ]
        if rows:
            page.table(("severity", "id", "resource", "what is wrong", "controls"), rows)
        if self.unread:
            page.say("What the auditor could not read, so that nobody knows how it stands:").bullets(
                self.unread
            )
        return page

    def details(self, id: str) -> Page:
        """The evidence of one check's findings, and what mends them."""
        page = Page()
        for each in self.of(id):
            page.heading(f"{each.severity} · {each.id} · {each.resource}").say(each.title)
            page.say(f"Evidence ({each.where}):").code(each.evidence).say(f"Fix: {each.fix}")
            page.say(f"Controls: {', '.join(each.controls)}")
        return page if self.of(id) else page.say(f"No finding has the id `{id}`.")


def scan(cloud: Cloud) -> Report:
    """Look the account over, as its auditor. What a resource's own policy keeps from the auditor, the report says.

    ClientError where somebody took the auditor's rights away.
    """
    _see(cloud)
    eyes = Eyes(cloud)
    found = [_finding(each, evidence) for each in CHECKS.values() for evidence in each.look(eyes)]
    found.sort(key=lambda each: (SEVERITIES.index(each.severity), each.id, each.resource))
    return Report(tuple(found), tuple(eyes.unread))


def _see(cloud: Cloud) -> None:
    """Have an auditor: one who was deleted comes back, since without him nobody looks."""
    keys = cloud.keys(AUDITOR)
    try:
        if keys is None:
            raise LookupError
        client_as(cloud, keys, "sts").get_caller_identity()
    except (ClientError, LookupError):
        auditor(Hands(cloud))


def _finding(check: Check, evidence: Evidence) -> Finding:
    resource, shown, source = evidence
    text, line, column = (
        (shown, None, None) if isinstance(shown, str) else (shown.text, shown.line, shown.column)
    )
    return Finding(
        check.id, check.severity, check.title, resource, check.controls, text, source, check.fix, line, column
    )
