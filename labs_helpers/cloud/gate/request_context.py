"""The condition keys that every request has. No other module builds them.

Calls at the gate, calls between services, hypothetical requests, exercises, and widgets all use this module, so they
all have the same keys. Names are lowercase, because the engine compares them in lowercase.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.services.organizations.membership import Membership
from labs_helpers.cloud.services.shared.authorization_table import account_in
from labs_helpers.engine.policy import Principal, PrincipalKind

ADDRESS = "203.0.113.10"
"""The default source IP address (aws:SourceIp) for requests."""
REGION = "us-east-1"
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_PRINCIPAL_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ROLE_SESSION: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ANONYMOUS: "Anonymous",
}
_WITHOUT_MFA = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken"})
"""Operations that return sessions without aws:MultiFactorAuthPresent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
"""
_CALLED_VIA = frozenset({"athena", "cloud9", "cloudformation", "databrew", "dataexchange", "dynamodb", "kms"})
"""Services that are listed in aws:CalledVia when they call with their caller's permissions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
"""

Memberships = Callable[[str], Membership | None]
"""A function from an account to its membership in an organization, or None if the account doesn't belong to one."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A request's time and origin. `source_ip` is None for a service's calls on its own behalf."""

    time: datetime
    region: str = REGION
    source_ip: str | None = ADDRESS
    secure: bool = True
    user_agent: str = ""
    referer: str | None = None
    via_service: bool = False
    """True if a service makes the request with the principal's permissions (a forward access session).

    The principal's source IP address is kept; see "Denies access to AWS based on the source IP" in the IAM User Guide.
    """


def no_organization(account: str) -> Membership | None:
    """Return None for every account; use this as `Memberships` when there are no organizations."""
    return None


def request_context(
    principal: Principal,
    circumstances: Circumstances,
    credentials: Credentials | None = None,
    *,
    principal_tags: Mapping[str, str] | None = None,
    memberships: Memberships = no_organization,
) -> dict[str, Any]:
    """Return the global condition keys for a request from `principal`.

    Without credentials, keys that depend on credentials are missing, such as aws:userid and aws:MultiFactorAuthPresent.
    """
    time = circumstances.time
    context: dict[str, Any] = {
        "aws:currenttime": time.strftime(_STAMP),
        "aws:epochtime": str(int(time.timestamp())),
        "aws:securetransport": "true" if circumstances.secure else "false",
        "aws:requestedregion": circumstances.region,
        "aws:viaawsservice": "true" if circumstances.via_service else "false",
        "aws:useragent": circumstances.user_agent,
    }
    if circumstances.referer is not None:
        context["aws:referer"] = circumstances.referer
    if principal.kind in _PRINCIPAL_TYPES:
        context["aws:principaltype"] = _PRINCIPAL_TYPES[principal.kind]
    if principal.kind is PrincipalKind.SERVICE:
        _add_service(context, principal.arn, circumstances.region)
    elif circumstances.source_ip is not None:
        context["aws:sourceip"] = circumstances.source_ip
    if principal.account:
        _add_identity(context, principal, principal_tags or {}, memberships)
    elif principal.kind is PrincipalKind.ANONYMOUS:
        context["aws:principalaccount"] = context["aws:userid"] = "anonymous"
    if credentials is not None:
        _add_credentials(context, principal, credentials, circumstances)
    return context


def supposed_session(principal: Principal, time: datetime, user_id: str = "") -> Credentials | None:
    """Return credentials for a new session without MFA, for a principal that is known only by its ARN.

    Returns None for principals that don't use a session.
    """
    via = {PrincipalKind.ROLE_SESSION: "AssumeRole", PrincipalKind.FEDERATED_USER: "GetFederationToken"}
    if principal.kind not in via:
        return None
    return Credentials("", "", principal, user_id, token="", issued=time, via=via[principal.kind])


def supposed_context(principal: Principal, owner: str | None, time: datetime) -> dict[str, Any]:
    """Return the condition keys for a hypothetical request.

    No cloud is needed, so exercises and policy documents can use this function. `owner` is the account that owns the
    requested resource.
    """
    session = supposed_session(principal, time)
    context = request_context(principal, Circumstances(time), session)
    if owner:
        add_resource(context, owner)
    return context


def _add_service(context: dict[str, Any], name: str, region: str) -> None:
    """Add the keys of calls that an AWS service makes as itself."""
    context["aws:principalisawsservice"] = "true"
    context["aws:principalservicename"] = name
    context["aws:principalservicenameslist"] = (name, name.replace(".", f".{region}.", 1))


def _add_identity(
    context: dict[str, Any], principal: Principal, tags: Mapping[str, str], memberships: Memberships
) -> None:
    """Add the keys of the identity: of users, roles, root users, and federated users."""
    assert principal.account is not None
    context["aws:principalisawsservice"] = "false"
    context["aws:principalaccount"] = principal.account
    # For a role session this key holds the role's ARN, not the session's.
    of_role = principal.kind is PrincipalKind.ROLE_SESSION and principal.issuer
    context["aws:principalarn"] = of_role or principal.arn
    if principal.kind is PrincipalKind.USER:
        context["aws:username"] = principal.arn.rpartition("/")[2]
    add_organization(context, "principal", principal.account, memberships)
    for name, value in tags.items():
        context[f"aws:principaltag/{name.lower()}"] = value


def _add_credentials(
    context: dict[str, Any], principal: Principal, credentials: Credentials, circumstances: Circumstances
) -> None:
    """Add the keys of the credentials and their origin."""
    if credentials.user_id:
        context["aws:userid"] = credentials.user_id
    if credentials.temporary:
        if credentials.issued is not None:
            context["aws:tokenissuetime"] = credentials.issued.strftime(_STAMP)
        _add_mfa(context, credentials, circumstances.time)
    elif circumstances.via_service:
        # A service calls another one with temporary credentials, which are created for the user without MFA.
        context["aws:multifactorauthpresent"] = "false"
    if credentials.source_identity:
        context["aws:sourceidentity"] = credentials.source_identity
    for name, value in credentials.tags.items():
        context[f"aws:principaltag/{name.lower()}"] = value
    for name, value in credentials.context.items():
        context[name.lower()] = value


def _add_mfa(context: dict[str, Any], credentials: Credentials, now: datetime) -> None:
    if credentials.via in _WITHOUT_MFA:
        return
    context["aws:multifactorauthpresent"] = "true" if credentials.mfa_time else "false"
    if credentials.mfa_time:
        context["aws:multifactorauthage"] = str(int((now - credentials.mfa_time).total_seconds()))


def add_organization(context: dict[str, Any], whose: str, account: str, memberships: Memberships) -> None:
    """Add aws:PrincipalOrgID, aws:ResourceOrgPaths, and similar keys for an account in an organization."""
    place = memberships(account)
    if place is not None:
        context[f"aws:{whose}orgid"] = place.organization_id
        context[f"aws:{whose}orgpaths"] = (place.path,)


def add_resource(context: dict[str, Any], owner: str, memberships: Memberships = no_organization) -> None:
    """Add to `context` the condition keys about the account that owns the requested resource."""
    context["aws:resourceaccount"] = owner
    add_organization(context, "resource", owner, memberships)


def of_call(call: Call, principal_tags: Mapping[str, str], memberships: Memberships) -> dict[str, Any]:
    """Return a call's condition keys: about its caller, the service that forwards the call, and the request's tags."""
    circumstances = Circumstances(
        call.time,
        call.region,
        call.source_ip,
        call.secure,
        call.headers.get("user-agent", ""),
        call.headers.get("referer"),
        call.via_service is not None,
    )
    context = request_context(
        call.principal,
        circumstances,
        call.credentials,
        principal_tags=principal_tags,
        memberships=memberships,
    )
    for name, value in call.caller_context.items():
        context[name.lower()] = value
    source = context.get("aws:sourceaccount")
    if source:
        add_organization(context, "source", source, memberships)
    _add_request_tags(context, call.parameters.get("Tags"))
    return context


def of_service_call(source_arn: str, account: str) -> dict[str, Any]:
    """Return the condition keys that identify the resource on whose behalf a service makes its own call.

    If the ARN doesn't contain an account (for example, the ARN of a bucket), `account` is used.
    """
    return {"aws:SourceArn": source_arn, "aws:SourceAccount": account_in(source_arn) or account}


def of_forwarded_call(call: Call) -> dict[str, Any]:
    """Return the condition keys, such as aws:CalledVia, for a call that a service makes on behalf of its caller.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    chain = tuple(call.caller_context.get("aws:CalledVia", ()))
    if call.service in _CALLED_VIA:
        chain += (f"{call.service}.amazonaws.com",)
    if not chain:
        return {}
    return {"aws:CalledVia": chain, "aws:CalledViaFirst": chain[0], "aws:CalledViaLast": chain[-1]}


def _add_request_tags(context: dict[str, Any], tags: Any) -> None:
    """Add aws:RequestTag and aws:TagKeys of a parameter `Tags`, a mapping or a list of pairs."""
    if isinstance(tags, Mapping):
        pairs = list(tags.items())
    elif isinstance(tags, list):
        pairs = [
            (tag.get("Key") or tag.get("TagKey"), tag.get("Value") or tag.get("TagValue") or "")
            for tag in tags
        ]
    else:
        return
    names = [name for name, _ in pairs if isinstance(name, str)]
    if names:
        context["aws:tagkeys"] = names
    for name, value in pairs:
        if isinstance(name, str):
            context[f"aws:requesttag/{name.lower()}"] = value
