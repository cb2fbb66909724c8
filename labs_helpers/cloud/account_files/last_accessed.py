"""IAM's reports on when a principal, or part of an organization, last used each service.

A report is about a user or role, or about a root, OU, or account. No report identifies its subject, so the file name
must do so: `last-accessed-user-NAME.json`, `last-accessed-role-NAME.json`, `access-report-ID.json`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labs_helpers.cloud.account_files.json_files import File, Place

_HOLDER = re.compile(r"last-accessed-(user|role)-([\w+=,.@-]{1,64})\.json")
_ENTITY = re.compile(r"access-report-(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})\.json")
_DONE, _FAILED = "COMPLETED", "FAILED"


@dataclass(slots=True)
class Accessed:
    """One last-accessed report: services and actions, each with the time it was last used.

    `services` maps each allowed service's namespace to a time, or to None if the service wasn't used in the tracking
    period. `actions` contains only actions that IAM tracks individually.
    """

    services: dict[str, str | None] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)

    @property
    def unused(self) -> list[str]:
        """The namespaces of services that were allowed but not used in the tracking period."""
        return [service for service, last in self.services.items() if last is None]

    def without_actions(self) -> list[str]:
        """Return the namespaces of services that were used through actions that IAM doesn't track individually."""
        tracked = {action.partition(":")[0] for action in self.actions}
        return [
            service for service, last in self.services.items() if last is not None and service not in tracked
        ]


def holder_in_name(file: File) -> tuple[str, str]:
    """Return the subject of a file of GetServiceLastAccessedDetails output as ("user" or "role", name).

    Raises `AccountFileError` if the file name doesn't contain the subject.
    """
    named = _HOLDER.fullmatch(file.path.name)
    if named is None:
        raise file.whole.wrong(
            "the output doesn't show which user or role it is about: name the file last-accessed-user-NAME.json or "
            "last-accessed-role-NAME.json"
        )
    return named[1], named[2]


def entity_in_name(file: File) -> str:
    """Return the ID of the root, OU, or account that a file of GetOrganizationsAccessReport output is about.

    Raises `AccountFileError` if the file name doesn't contain the subject.
    """
    named = _ENTITY.fullmatch(file.path.name)
    if named is None:
        raise file.whole.wrong(
            "the output doesn't show which root, OU, or account it is about: name the file access-report-ID.json"
        )
    return named[1]


def of_holder(file: File, arn: str) -> Accessed:
    """Read GetServiceLastAccessedDetails output for a user or role.

    Raises `AccountFileError` if the job wasn't finished, or if the report is about another principal.
    """
    refuse_unfinished(file)
    accessed = Accessed()
    for place in file.whole.items("ServicesLastAccessed"):
        by = place.optional("LastAuthenticatedEntity")
        if by and by != arn:
            raise place.member("LastAuthenticatedEntity").wrong(
                f"{by[:100]} instead of {arn}: the report is about a group, a policy, or another identity"
            )
        service = place.text("ServiceNamespace")
        accessed.services[service] = _time(place, "LastAuthenticated")
        for action in place.items("TrackedActionsLastAccessed"):
            last = _time(action, "LastAccessedTime")
            if last is not None:
                accessed.actions[f"{service}:{action.text('ActionName')}"] = last
    return accessed


def of_entity(file: File) -> Accessed:
    """Read GetOrganizationsAccessReport output.

    Raises `AccountFileError` if the job wasn't finished.
    """
    refuse_unfinished(file)
    return Accessed(
        {
            place.text("ServiceNamespace"): _time(place, "LastAuthenticatedTime")
            for place in file.whole.items("AccessDetails")
        }
    )


def _time(place: Place, name: str) -> str | None:
    return str(place.member(name).value) if name in place else None


def refuse_unfinished(file: File) -> None:
    """Raise `AccountFileError` if a report isn't complete.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOrganizationsAccessReport.html
    """
    status = file.whole.text("JobStatus")
    if status == _FAILED:
        details = file.whole.member("ErrorDetails") if "ErrorDetails" in file.whole else None
        reason = f" ({details.optional('Message'):.200})" if details else ""
        raise file.whole.member("JobStatus").wrong(f"the report is {status}{reason}: generate it again")
    if status != _DONE:
        raise file.whole.member("JobStatus").wrong(
            f"the report is {status}: retrieve it again when it is {_DONE}"
        )
    if file.value.get("IsTruncated"):
        raise file.whole.member("IsTruncated").wrong(
            "this is only one page of the report: use --max-items 1000"
        )
