"""A posture checker for the account: its findings, their severity, the statements that cause them, and the fixes.

The checker runs as the shop's auditor, who can only read settings, and relies only on what the APIs return. Control IDs
come from Security Hub CSPM (FSBP) and the CIS AWS Foundations Benchmark.
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1 import checks  # noqa: F401  (importing registers)
from labs_helpers.course.days.day1.account import create_auditor
from labs_helpers.course.days.day1.actors import ShopAccount
from labs_helpers.course.days.day1.check_registry import AUDITOR, CHECKS, Auditor, Check, Evidence
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.mistakes import checked
from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

SEVERITIES = ("critical", "high", "medium", "low")
__all__ = ["AUDITOR", "CHECKS", "SEVERITIES", "Finding", "Report", "scan"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem with one resource.

    `id` is the ID of the check and of the setting that it covers. `evidence` is the statement itself, or the setting as
    the API returns it; `source` names where it was read; `line` and `column` (from 1) locate a statement in its policy.
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
        """A description of the location of the evidence."""
        return self.source if self.line is None else f"{self.source}, line {self.line}, column {self.column}"

    def dedented(self) -> str:
        """Return the evidence without the indentation that its lines share in the policy."""
        return textwrap.dedent(" " * ((self.column or 1) - 1) + self.evidence)


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """The findings of a scan, most severe first. A notebook displays the object if it is the last value in a cell.

    `unread` describes the settings that the auditor wasn't allowed to read, which might be unsafe.
    """

    findings: tuple[Finding, ...]
    unread: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The IDs of the findings, without duplicates."""
        return tuple(dict.fromkeys(each.id for each in self.findings))

    def of(self, id: str) -> tuple[Finding, ...]:
        """Return the findings for a check, by its ID."""
        return tuple(each for each in self.findings if each.id == id)

    def page(self) -> Page:
        """Return the findings as a table, followed by the settings that the auditor couldn't read."""
        page = Page().heading(counted(len(self.findings), "finding") if self.findings else "No findings")
        rows = [
            (each.severity, each.id, each.resource, each.title, ", ".join(each.controls))
            for each in self.findings
        ]
        if rows:
            page.table(("severity", "ID", "resource", "problem", "controls"), rows)
        if self.unread:
            page.say("The auditor couldn't read these settings, so they might be open:").bullets(self.unread)
        return page

    @checked
    def details(self, id: str) -> Page:
        """Return the evidence for one check's findings, with their fixes."""
        page = Page()
        for each in self.of(id):
            page.heading(f"{each.severity} · {each.id} · {each.resource}").say(each.title)
            page.say(f"Evidence ({each.where}):").code(each.dedented()).say(f"Fix: {each.fix}")
            page.say(f"Controls: {', '.join(each.controls)}")
        return page if self.of(id) else page.say(f"No finding has the ID `{id}`.")


def scan(cloud: Cloud) -> Report:
    """Scan the account as its auditor. The report lists the settings that resource-based policies hide.

    Raises `ClientError` if the auditor's permissions were removed.
    """
    _ensure_auditor(cloud)
    auditor = Auditor(cloud)
    found = [_finding(each, evidence) for each in CHECKS.values() for evidence in each.look(auditor)]
    found.sort(key=lambda each: (SEVERITIES.index(each.severity), each.id, each.resource))
    return Report(tuple(found), tuple(auditor.unread))


def _ensure_auditor(cloud: Cloud) -> None:
    """Create the auditor again if the user was deleted, because the scan needs it."""
    keys = cloud.keys(AUDITOR)
    try:
        if keys is None:
            raise LookupError
        client_as(cloud, keys, "sts").get_caller_identity()
    except (ClientError, LookupError):
        create_auditor(ShopAccount(cloud))


def _finding(check: Check, evidence: Evidence) -> Finding:
    resource, shown, source = evidence
    text, line, column = (
        (shown, None, None) if isinstance(shown, str) else (shown.text, shown.line, shown.column)
    )
    return Finding(
        check.id, check.severity, check.title, resource, check.controls, text, source, check.fix, line, column
    )
