"""Credentials for a single service: a user name and password, or an API key for Bedrock.

In this cloud, the credentials exist, but the services don't.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    find_user,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    settable_status,
    with_optional,
)

PER_SERVICE = 2
_WITH_PASSWORD = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")
_WITH_SECRET = ("bedrock.amazonaws.com",)


@dataclass(frozen=True, slots=True)
class ServiceCredential:
    """A user's credential for one service. `name` is its user name or, for an API key, its alias."""

    id: str
    service: str
    name: str
    created: datetime
    secret: str = field(repr=False)
    status: str = "Active"
    expires: datetime | None = None


@operation("iam", "CreateServiceSpecificCredential")
def create_service_specific_credential(call: Call) -> dict[str, Any]:
    """Create a credential for a service and return its secret. Rejects a third credential for the same service.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
    """
    user, service = find_user(call), _service(call)
    others = [each for each in user.service_credentials if each.service == service]
    if len(others) >= PER_SERVICE:
        raise limit_exceeded("ServiceSpecificCredentialsPerUser", PER_SERVICE)
    name = next(
        name
        for name in (f"{user.name}-at-{call.account}", f"{user.name}+1-at-{call.account}")
        if name not in [each.name for each in others]
    )
    days = call.parameters.get("CredentialAgeDays")
    credential = ServiceCredential(
        call.state.ids.unique_id("ACCA"), service, name, call.time, call.state.ids.secret_key(),
        expires=call.time + timedelta(days=days) if days else None,
    )  # fmt: skip
    user.service_credentials = (*user.service_credentials, credential)
    return {"ServiceSpecificCredential": _credential_members(user, credential, secret=True)}


def _service(call: Call) -> str:
    service: str = call.parameters["ServiceName"]
    if service not in (*_WITH_PASSWORD, *_WITH_SECRET):
        # OBSERVED in 2025 for CreateServiceSpecificCredential and ListServiceSpecificCredentials. According to
        # the API reference, the error is NotSupportedService.
        raise no_such_entity(f"No such service {service} is supported for Service Specific Credentials")
    return service


def _credential_members(user: Any, credential: ServiceCredential, *, secret: bool = False) -> dict[str, Any]:
    members = {
        "CreateDate": credential.created, "ServiceName": credential.service, "UserName": user.name,
        "ServiceSpecificCredentialId": credential.id, "Status": credential.status,
    }  # fmt: skip
    name, word = ("ServiceUserName", "ServicePassword")
    if credential.service in _WITH_SECRET:
        name, word = "ServiceCredentialAlias", "ServiceCredentialSecret"
    members[name] = credential.name
    return with_optional(
        members, ExpirationDate=credential.expires, **{word: credential.secret if secret else None}
    )


@operation("iam", "ListServiceSpecificCredentials")
def list_service_specific_credentials(call: Call) -> dict[str, Any]:
    """List a user's credentials or, with AllUsers, all users' credentials, without their secrets.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
    """
    service = _service(call) if call.parameters.get("ServiceName") else None
    users = (
        list(moto_iam.backend(call.account).users.values())
        if call.parameters.get("AllUsers")
        else [_user(call)]
    )
    found = [
        _credential_members(user, each)
        for user in users
        for each in user.service_credentials
        if service in (None, each.service)
    ]
    return PAGES.page(call, "ServiceSpecificCredentials", found)


@operation("iam", "UpdateServiceSpecificCredential")
def update_service_specific_credential(call: Call) -> dict[str, Any]:
    """Set a credential to Active or Inactive.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html
    """
    user = _user(call)
    _replace(user, replace(_credential(call, user), status=settable_status(call)))
    return {}


@operation("iam", "ResetServiceSpecificCredential")
def reset_service_specific_credential(call: Call) -> dict[str, Any]:
    """Replace a credential's secret and keep its name. The old secret becomes invalid immediately.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html
    """
    user = _user(call)
    changed = replace(_credential(call, user), secret=call.state.ids.secret_key())
    _replace(user, changed)
    return {"ServiceSpecificCredential": _credential_members(user, changed, secret=True)}


@operation("iam", "DeleteServiceSpecificCredential")
def delete_service_specific_credential(call: Call) -> dict[str, Any]:
    """Delete a credential. Raises NoSuchEntity if the user doesn't have it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html
    """
    user = _user(call)
    gone = _credential(call, user)
    user.service_credentials = tuple(each for each in user.service_credentials if each is not gone)
    return {}


def _user(call: Call) -> Any:
    return find_user(call, call.parameters.get("UserName") or own_user_name(call))


def _credential(call: Call, user: Any) -> ServiceCredential:
    credential_id = call.parameters["ServiceSpecificCredentialId"]
    for each in user.service_credentials:
        if each.id == credential_id:
            found: ServiceCredential = each
            return found
    raise no_such_entity(f"No such credential {credential_id} exists")


def _replace(user: Any, changed: ServiceCredential) -> None:
    user.service_credentials = tuple(
        changed if each.id == changed.id else each for each in user.service_credentials
    )
