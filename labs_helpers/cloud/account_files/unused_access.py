"""Resources and permissions that weren't used for a while: roles, passwords, access keys, and permissions for services.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html (findings about unused access)
https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from labs_helpers.cloud.account_files.cli_output import Answers
from labs_helpers.cloud.account_files.json_files import Place
from labs_helpers.cloud.audit.identities import protection_of

_NEVER = datetime.min.replace(tzinfo=UTC)


class UnusedKind(StrEnum):
    """A kind of unused access."""

    ROLE = "unused-role"
    PASSWORD = "unused-password"
    KEY = "unused-access-key"
    SERVICES = "unused-services"


@dataclass(frozen=True, slots=True)
class Unused:
    """An unused role, credential, or set of permissions. `last` is the time of its last use, if it is known."""

    kind: UnusedKind
    principal: str
    what: str
    last: datetime | None = None

    def __str__(self) -> str:
        since = f"last used on {self.last:%Y-%m-%d}" if self.last is not None else "no use known"
        return f"{self.principal}: {self.what}" + ("" if self.kind is UnusedKind.SERVICES else f", {since}")

    def to_dict(self) -> dict[str, Any]:
        """Return the unused access as JSON values."""
        last = self.last.isoformat() if self.last is not None else None
        return {"kind": self.kind.value, "principal": self.principal, "what": self.what, "last_used": last}


@dataclass(frozen=True, slots=True)
class UnusedAccess:
    """The unused access, the number of days that it covers, and what the files don't show."""

    found: tuple[Unused, ...]
    days: int
    gaps: tuple[str, ...]


def unused_access(answers: Answers, now: datetime, days: int) -> UnusedAccess:
    """Return what wasn't used in the `days` days before `now`.

    Anything that was created or changed during these days is left out, and so are roles that only AWS can
    delete.
    """
    since = now - timedelta(days=days)
    found = [*_roles(answers, since), *_credentials(answers, since), *_services(answers, since)]
    return UnusedAccess(tuple(found), days, tuple(_gaps(answers)))


def _holders(answers: Answers) -> Iterator[tuple[str, Place]]:
    """Yield the ARN and the description of every user and role that its account can delete."""
    for kinds in answers.identities.values():
        for kind in ("user", "role"):
            for arn, place in kinds[kind].items():
                if protection_of(arn) is None:
                    yield arn, place


def _roles(answers: Answers, since: datetime) -> Iterator[Unused]:
    for arn, place in _holders(answers):
        if ":role/" in arn:
            last = _time(place.member("RoleLastUsed"), "LastUsedDate") if "RoleLastUsed" in place else None
            if _is_old(since, last, _time(place, "CreateDate")):
                yield Unused(UnusedKind.ROLE, arn, "the role", last)


def _credentials(answers: Answers, since: datetime) -> Iterator[Unused]:
    for each in answers.credentials:
        if _is_old(since, each.used, each.changed):
            kind = UnusedKind.PASSWORD if each.what == "password" else UnusedKind.KEY
            yield Unused(kind, each.user, each.what, each.used)


def _services(answers: Answers, since: datetime) -> Iterator[Unused]:
    for arn, place in _holders(answers):
        if arn not in answers.accessed or not _is_old(since, _time(place, "CreateDate")):
            continue
        times = {service: _parsed(last) for service, last in answers.accessed[arn].services.items()}
        names = sorted(service for service, last in times.items() if last is None or last < since)
        if names:
            what = f"permissions for {len(names)} of {len(times)} services: {', '.join(names)}"
            yield Unused(UnusedKind.SERVICES, arn, what)


def _gaps(answers: Answers) -> Iterator[str]:
    """Yield sentences about use that no file shows."""
    without = sorted(set(answers.accounts) - {each.user.split(":")[4] for each in answers.credentials})
    if without:
        yield (
            f"The files contain no credential report for {', '.join(without)} (`aws iam get-credential-report`): "
            "unused passwords and access keys aren't found."
        )
    holders = [arn for arn, _ in _holders(answers) if arn not in answers.accessed]
    if holders:
        yield (
            f"Users and roles whose last-accessed reports aren't in the files: {len(holders)} (`aws iam "
            "get-service-last-accessed-details`). Permissions that they never used aren't found."
        )


def _is_old(since: datetime, *times: datetime | None) -> bool:
    """Return whether every known time is before `since`."""
    return all(time is None or time < since for time in times)


def _time(place: Place, name: str) -> datetime | None:
    found = place.time(name, _NEVER)
    return None if found == _NEVER else found


def _parsed(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=UTC)
