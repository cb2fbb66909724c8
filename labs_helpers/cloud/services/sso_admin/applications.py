"""Applications: customer managed ones that speak OAuth 2.0, who is assigned to them, and what tokens they may ask for.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateApplication.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-trusted-identity-propagation.html
Nothing here signs anybody in: CreateTokenWithIAM (sso-oidc) gives their tokens.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.identitystore.paging import PAGES
from labs_helpers.cloud.services.shared.resources import with_found
from labs_helpers.cloud.services.sso_admin.access import denied, find_part, find_visible, manages, not_found
from labs_helpers.cloud.services.sso_admin.errors import conflict, invalid
from labs_helpers.cloud.services.sso_admin.instances import given_tags
from labs_helpers.cloud.services.sso_admin.repeats import once
from labs_helpers.cloud.services.sso_admin.state import Application, Instance
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy

_PROVIDER = "arn:aws:sso::aws:applicationProvider/"
_PROVIDERS = {
    f"{_PROVIDER}custom": ("OAUTH", "Custom OAuth 2.0 application"),
    f"{_PROVIDER}custom-saml": ("SAML", "Custom SAML 2.0 application"),
}
"""Of AWS's application providers the two that customers connect applications of their own with: (protocol, name)."""
_CUSTOM = f"{_PROVIDER}custom"
_MOST, _MOST_SCOPES = 50, 10
_GRANTS = {
    "authorization_code": ("AuthorizationCode", "RedirectUris"),
    "urn:ietf:params:oauth:grant-type:jwt-bearer": ("JwtBearer", "AuthorizedTokenIssuers"),
    "refresh_token": ("RefreshToken", None),
    "urn:ietf:params:oauth:grant-type:token-exchange": ("TokenExchange", None),
}
"""By grant type: the member of Grant that goes with it, and the setting that it needs."""


def _find(call: Call, arn: str) -> tuple[Instance, Application]:
    instance = find_part(call, arn, "The application was not found.")
    found = instance.applications.get(arn)
    if found is None:
        raise not_found(call, "The application was not found.")
    if found.account != call.caller_account and not manages(call, instance):
        raise denied()
    return instance, found


def _named_application(call: Call) -> tuple[Instance, Application]:
    return _find(call, call.parameters["ApplicationArn"])


_with_application = with_found(_named_application)
"""Give an operation the application that ApplicationArn names, and its instance.

It is for the account that created the application, and for those that administer the instance.
"""


# --- the applications -----------------------------------------------------------------------------------------


@operation("sso-admin", "CreateApplication")
def create_application(call: Call) -> Mapping[str, Any]:
    """A member's account may make one in its organisation's instance as well."""
    return once(call, lambda: _create(call))


def _create(call: Call) -> dict[str, Any]:
    given, tags = call.parameters, given_tags(call)
    instance, provider = find_visible(call, given["InstanceArn"]), given["ApplicationProviderArn"]
    if provider not in _PROVIDERS:
        raise not_found(call, "The application provider was not found.")
    if provider != _CUSTOM:
        raise invalid("CreateApplication creates customer managed OAuth 2.0 applications only.")
    portal = copy.deepcopy(given.get("PortalOptions") or {})
    _check_sign_in(portal)
    made = Application(
        f"arn:aws:sso::{call.caller_account}:application/{instance.id}/apl-{call.state.ids.hexadecimal(16)}",
        provider, call.caller_account or "", call.region, call.time, given["Name"], given.get("Status") or "ENABLED",
        {"Visibility": "ENABLED"} | portal, given.get("Description"),
    )  # fmt: skip
    instance.applications[made.arn] = made
    instance.tags[made.arn] = tags
    return {
        "ApplicationArn": made.arn,
        "InstanceArn": instance.arn,
        "IdentityStoreArn": instance.store.arn,
    }


def _check_sign_in(portal: Mapping[str, Any]) -> None:
    options = portal.get("SignInOptions") or {}
    if options.get("Origin") == "APPLICATION" and not options.get("ApplicationUrl"):
        raise invalid("ApplicationUrl is required if the Origin is APPLICATION.")


@operation("sso-admin", "DescribeApplication")
@_with_application
def describe_application(_: Call, instance: Instance, found: Application) -> Mapping[str, Any]:
    return _shown(instance, found)


@operation("sso-admin", "UpdateApplication")
@_with_application
def update_application(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    """What is not given stays."""
    given = call.parameters
    portal = given.get("PortalOptions") or {}
    _check_sign_in(portal)
    found.portal |= copy.deepcopy(portal)
    found.name = given.get("Name") or found.name
    found.status = given.get("Status") or found.status
    found.description = given.get("Description") or found.description
    return {}


@operation("sso-admin", "DeleteApplication")
@_with_application
def delete_application(_: Call, instance: Instance, found: Application) -> Mapping[str, Any]:
    del instance.applications[found.arn]
    instance.tags.pop(found.arn, None)
    return {}


@operation("sso-admin", "ListApplications")
def list_applications(call: Call) -> Mapping[str, Any]:
    """Members see their own alone, and have to say so."""
    instance = find_visible(call, call.parameters["InstanceArn"])
    wanted = call.parameters.get("Filter") or {}
    account, provider = wanted.get("ApplicationAccount"), wanted.get("ApplicationProvider")
    if account != call.caller_account and not manages(call, instance):
        raise denied()
    listed = [
        _shown(instance, each)
        for each in instance.applications.values()
        if account in (None, each.account) and provider in (None, each.provider)
    ]
    return PAGES.page(call, "Applications", listed, most=_MOST)


def _shown(instance: Instance, found: Application) -> dict[str, Any]:
    shown = {
        "ApplicationArn": found.arn, "ApplicationProviderArn": found.provider, "Name": found.name,
        "ApplicationAccount": found.account, "InstanceArn": instance.arn, "IdentityStoreArn": instance.store.arn,
        "Status": found.status, "PortalOptions": found.portal, "Description": found.description,
        "CreatedDate": found.created, "CreatedFrom": found.region,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


# --- providers ------------------------------------------------------------------------------------------------


@operation("sso-admin", "DescribeApplicationProvider")
def describe_application_provider(call: Call) -> Mapping[str, Any]:
    arn = call.parameters["ApplicationProviderArn"]
    if arn not in _PROVIDERS:
        raise not_found(call, "The application provider was not found.")
    return _shown_provider(arn)


@operation("sso-admin", "ListApplicationProviders")
def list_application_providers(call: Call) -> Mapping[str, Any]:
    """AWS's own services are providers too; the cloud has none of those that connect to Identity Center."""
    return PAGES.page(call, "ApplicationProviders", [_shown_provider(arn) for arn in _PROVIDERS])


def _shown_provider(arn: str) -> dict[str, Any]:
    protocol, name = _PROVIDERS[arn]
    return {
        "ApplicationProviderArn": arn,
        "FederationProtocol": protocol,
        "DisplayData": {"DisplayName": name},
    }


# --- who is assigned ------------------------------------------------------------------------------------------


@operation("sso-admin", "CreateApplicationAssignment")
@_with_application
def create_assignment(call: Call, instance: Instance, found: Application) -> Mapping[str, Any]:
    principal = _principal(call)
    if not instance.store.has(*principal):
        raise not_found(call, f"{principal[0]} not found.")
    if principal in found.assignments:
        raise conflict("The application assignment exists already.")
    found.assignments[principal] = None
    return {}


@operation("sso-admin", "DeleteApplicationAssignment")
@_with_application
def delete_assignment(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    del found.assignments[_assigned(call, found)]
    return {}


@operation("sso-admin", "DescribeApplicationAssignment")
@_with_application
def describe_assignment(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    """A direct one: what a user has by a group is not shown."""
    return _shown_assignment(found, _assigned(call, found))


@operation("sso-admin", "ListApplicationAssignments")
@_with_application
def list_assignments(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    return PAGES.page(
        call, "ApplicationAssignments", [_shown_assignment(found, each) for each in found.assignments]
    )


@operation("sso-admin", "ListApplicationAssignmentsForPrincipal")
def list_assignments_for_principal(call: Call) -> Mapping[str, Any]:
    """A user's are those of its groups as well. Members have to name an application of theirs."""
    instance, principal = find_visible(call, call.parameters["InstanceArn"]), _principal(call)
    wanted = (call.parameters.get("Filter") or {}).get("ApplicationArn")
    if wanted is not None:
        _find(call, wanted)
    elif not manages(call, instance):
        raise denied()
    if not instance.store.has(*principal):
        raise not_found(call, f"{principal[0]} not found.")
    reach = instance.store.principals_of(principal[1]) if principal[0] == "USER" else {principal}
    listed = [
        _shown_assignment(each, one)
        for each in instance.applications.values()
        for one in each.assignments
        if wanted in (None, each.arn) and one in reach
    ]
    return PAGES.page(call, "ApplicationAssignments", listed)


def _principal(call: Call) -> tuple[str, str]:
    return call.parameters["PrincipalType"], call.parameters["PrincipalId"]


def _assigned(call: Call, found: Application) -> tuple[str, str]:
    principal = _principal(call)
    if principal not in found.assignments:
        raise not_found(call, "The application assignment was not found.")
    return principal


def _shown_assignment(found: Application, principal: tuple[str, str]) -> dict[str, Any]:
    return {"ApplicationArn": found.arn, "PrincipalType": principal[0], "PrincipalId": principal[1]}


@operation("sso-admin", "PutApplicationAssignmentConfiguration")
@_with_application
def put_assignment_configuration(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    found.assignment_required = call.parameters["AssignmentRequired"]
    return {}


@operation("sso-admin", "GetApplicationAssignmentConfiguration")
@_with_application
def get_assignment_configuration(_: Call, __: Instance, found: Application) -> Mapping[str, Any]:
    """Required, if nobody has said otherwise."""
    return {"AssignmentRequired": found.assignment_required}


@operation("sso-admin", "PutApplicationSessionConfiguration")
@_with_application
def put_session_configuration(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    status = call.parameters.get("UserBackgroundSessionApplicationStatus")
    found.background_sessions = status or found.background_sessions
    return {}


@operation("sso-admin", "GetApplicationSessionConfiguration")
@_with_application
def get_session_configuration(_: Call, __: Instance, found: Application) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/user-background-sessions.html"""
    return {"UserBackgroundSessionApplicationStatus": found.background_sessions}


# --- scopes ---------------------------------------------------------------------------------------------------


@operation("sso-admin", "PutApplicationAccessScope")
@_with_application
def put_access_scope(call: Call, instance: Instance, found: Application) -> Mapping[str, Any]:
    targets = call.parameters.get("AuthorizedTargets") or []
    for target in targets:
        if target != instance.arn and target not in instance.applications:
            raise not_found(call, f"The authorized target {target} was not found.")
    found.scopes[call.parameters["Scope"]] = list(targets)
    return {}


@operation("sso-admin", "GetApplicationAccessScope")
@_with_application
def get_access_scope(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    return _shown_scope(found, _scope(call, found))


@operation("sso-admin", "DeleteApplicationAccessScope")
@_with_application
def delete_access_scope(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    del found.scopes[_scope(call, found)]
    return {}


@operation("sso-admin", "ListApplicationAccessScopes")
@_with_application
def list_access_scopes(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    return PAGES.page(call, "Scopes", [_shown_scope(found, each) for each in found.scopes], most=_MOST_SCOPES)


def _scope(call: Call, found: Application) -> str:
    scope: str = call.parameters["Scope"]
    if scope not in found.scopes:
        raise not_found(call, "The access scope was not found.")
    return scope


def _shown_scope(found: Application, scope: str) -> dict[str, Any]:
    targets = found.scopes[scope]
    return {"Scope": scope} | ({"AuthorizedTargets": targets} if targets else {})


# --- how it proves itself -------------------------------------------------------------------------------------


@operation("sso-admin", "PutApplicationAuthenticationMethod")
@_with_application
def put_authentication_method(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    """By IAM: the actor policy says which principals may ask for tokens in the application's name."""
    method = call.parameters["AuthenticationMethod"]
    if "Iam" not in method:
        raise invalid("AuthenticationMethod must have the member Iam.")
    try:
        parse_policy(json.dumps(method["Iam"]["ActorPolicy"]), PolicyKind.RESOURCE)
    except PolicyError as error:
        raise invalid(f"The actor policy is not valid. {error}") from error
    found.authentication[call.parameters["AuthenticationMethodType"]] = copy.deepcopy(method)
    return {}


@operation("sso-admin", "GetApplicationAuthenticationMethod")
@_with_application
def get_authentication_method(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    return {"AuthenticationMethod": found.authentication[_method(call, found)]}


@operation("sso-admin", "DeleteApplicationAuthenticationMethod")
@_with_application
def delete_authentication_method(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    del found.authentication[_method(call, found)]
    return {}


@operation("sso-admin", "ListApplicationAuthenticationMethods")
@_with_application
def list_authentication_methods(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    listed = [
        {"AuthenticationMethodType": kind, "AuthenticationMethod": method}
        for kind, method in found.authentication.items()
    ]
    return PAGES.page(call, "AuthenticationMethods", listed)


def _method(call: Call, found: Application) -> str:
    kind: str = call.parameters["AuthenticationMethodType"]
    if kind not in found.authentication:
        raise not_found(call, "The authentication method was not found.")
    return kind


# --- grants ---------------------------------------------------------------------------------------------------


@operation("sso-admin", "PutApplicationGrant")
@_with_application
def put_grant(call: Call, instance: Instance, found: Application) -> Mapping[str, Any]:
    kind, grant = call.parameters["GrantType"], call.parameters["Grant"]
    member, needed = _GRANTS[kind]
    if set(grant) != {member}:
        raise invalid(f"A grant of the type {kind} has the member {member} alone.")
    if needed is not None and not grant[member].get(needed):
        raise invalid(f"{needed} is required for the grant type {kind}.")
    for issuer in grant[member].get("AuthorizedTokenIssuers") or ():
        if issuer.get("TrustedTokenIssuerArn") not in instance.token_issuers:
            raise not_found(call, "The trusted token issuer was not found.")
    found.grants[kind] = copy.deepcopy(grant)
    return {}


@operation("sso-admin", "GetApplicationGrant")
@_with_application
def get_grant(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    return {"Grant": found.grants[_grant(call, found)]}


@operation("sso-admin", "DeleteApplicationGrant")
@_with_application
def delete_grant(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    del found.grants[_grant(call, found)]
    return {}


@operation("sso-admin", "ListApplicationGrants")
@_with_application
def list_grants(call: Call, _: Instance, found: Application) -> Mapping[str, Any]:
    return PAGES.page(
        call, "Grants", [{"GrantType": kind, "Grant": grant} for kind, grant in found.grants.items()]
    )


def _grant(call: Call, found: Application) -> str:
    kind: str = call.parameters["GrantType"]
    if kind not in found.grants:
        raise not_found(call, "The grant was not found.")
    return kind
