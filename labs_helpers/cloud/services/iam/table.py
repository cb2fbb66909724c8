"""The authorization table for IAM: the actions, resources, and condition keys for each operation.

Actions, resource types, and condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
ARNs contain paths: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import refusal_words, root_user
from labs_helpers.cloud.services.iam.account_settings import own_password_policy
from labs_helpers.cloud.services.iam.service_linked_roles import role_name as service_linked_role_name
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.engine.policy import PrincipalKind

# --- resources ------------------------------------------------------------------------------------------------


def _caller(call: Call) -> str | None:
    """Return the caller's user name, to which operations without a UserName apply."""
    if call.principal.kind.name != "USER" or not call.principal.arn:
        return None
    return call.principal.arn.rpartition("/")[2]


def _with_path(path: str | None, name: str) -> str:
    return ((path or "/") + name).lstrip("/")


def _user_name(call: Call) -> str | None:
    return call.parameters.get("UserName") or _caller(call)


def _user(call: Call) -> str | None:
    """Return the path and name of the request's user. For a new user, the path is the request's path."""
    name = _user_name(call)
    if name is None:
        return None
    stored = moto_iam.user(call.account, name)
    return _with_path(stored.path if stored else call.parameters.get("Path"), name)


def _user_or_root(call: Call) -> list[str]:
    """Return the ARN of the request's user or, if a root user doesn't specify a user, of the root user.

    AWS's task policies for AssumeRoot name the root user as the resource.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/IAMAuditRootUserCredentials.html
    """
    if root_user.is_target(call):
        return [root_user.arn(call.account)]
    return [TABLE.fill("user", call, UserNameWithPath=_user(call))]


def _renamed_user(call: Call) -> list[str]:
    return _renamed(call, "user", moto_iam.user(call.account, call.parameters["UserName"]))


def _renamed_group(call: Call) -> list[str]:
    groups = moto_iam.backend(call.account).groups
    return _renamed(call, "group", groups.get(call.parameters["GroupName"]))


def _renamed(call: Call, kind: str, stored: Any) -> list[str]:
    """Return the ARN that a user or group gets with the path and name in the request."""
    given, parameter = call.parameters, f"{kind.title()}Name"
    path = given.get("NewPath") or (stored.path if stored else "/")
    name = given.get(f"New{parameter}") or given[parameter]
    return [f"arn:aws:iam::{call.account}:{kind}/{_with_path(path, name)}"]


def _group(call: Call) -> str | None:
    name = call.parameters.get("GroupName")
    if name is None:
        return None
    stored = moto_iam.backend(call.account).groups.get(name)
    return _with_path(stored.path if stored else call.parameters.get("Path"), name)


def _role(call: Call) -> str | None:
    name = call.parameters.get("RoleName")
    if name is None:
        return None
    stored = moto_iam.role(call.account, name)
    # The path is read from the ARN, because moto stores a service-linked role's path only there.
    return stored.arn.partition(":role/")[2] if stored else _with_path(call.parameters.get("Path"), name)


def _service_linked_role(call: Call) -> list[str]:
    """Return the ARN of the role that the request creates.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html
    """
    service = call.parameters["AWSServiceName"]
    name = service_linked_role_name(service, call.parameters.get("CustomSuffix"))
    return [f"arn:aws:iam::{call.account}:role/aws-service-role/{service}/{name}"]


def _created_policy(call: Call) -> str:
    return _with_path(call.parameters.get("Path"), call.parameters["PolicyName"])


def _instance_profile(call: Call) -> str | None:
    name = call.parameters.get("InstanceProfileName")
    if name is None:
        return None
    stored = moto_iam.backend(call.account).instance_profiles.get(name)
    return _with_path(stored.path if stored else call.parameters.get("Path"), name)


def _certificate(call: Call) -> str | None:
    name = call.parameters.get("ServerCertificateName")
    if name is None:
        return None
    certificates = moto_iam.backend(call.account).certificates.values()
    path = next(
        (found.path for found in certificates if found.cert_name == name), call.parameters.get("Path")
    )
    return _with_path(path, name)


def _created_mfa_device(call: Call) -> str:
    return _with_path(call.parameters.get("Path"), call.parameters["VirtualMFADeviceName"])


def _created_provider(call: Call) -> str:
    url: str = call.parameters["Url"]
    return url.partition("://")[2].rstrip("/") or url


def _key_owner(call: Call) -> list[str]:
    key_id = call.parameters["AccessKeyId"]
    key, root = moto_iam.find_access_key(key_id), call.state.sessions.find(key_id)
    if root is not None and root.principal.kind is PrincipalKind.ROOT and root.account == call.account:
        return [root_user.arn(call.account)]
    return [key.user_arn if key is not None and key.account == call.account else "*"]


def _given(parameter: str) -> Callable[[Call], Iterable[str]]:
    """Return a function that returns the ARN in a request parameter."""
    return lambda call: [call.parameters[parameter]]


# --- condition keys -------------------------------------------------------------------------------------------


def _tags_in_request(call: Call) -> Mapping[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags") or []}
    names = list(call.parameters.get("TagKeys") or tags)
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return keys | ({"aws:TagKeys": names} if names else {})


def _policy_arn(call: Call) -> Mapping[str, Any]:
    return {"iam:PolicyARN": call.parameters["PolicyArn"]}


def _organizations_policy(call: Call) -> Mapping[str, Any]:
    policy = call.parameters.get("OrganizationsPolicyId")
    return {"iam:OrganizationsPolicyId": policy} if policy else {}


def _boundary(call: Call) -> Mapping[str, Any]:
    """Return the boundary that the request sets, or else the current boundary of the user or role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    """
    arn = call.parameters.get("PermissionsBoundary")
    if not arn and "RoleName" in call.parameters:
        arn = getattr(
            moto_iam.find_role(call.account, call.parameters["RoleName"]), "permissions_boundary_arn", None
        )
    elif not arn:
        user = moto_iam.backend(call.account).users.get(_user_name(call))
        arn = getattr(user, "permissions_boundary_arn", None)
    return {"iam:PermissionsBoundary": arn} if arn else {}


def _instances(call: Call) -> Mapping[str, Any]:
    """Return the target to which AddRoleToInstanceProfile passes a role: instances of the account, in any Region.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_AssociatedResourceArn
    """
    return {
        "iam:PassedToService": "ec2.amazonaws.com",
        "iam:AssociatedResourceArn": f"arn:aws:ec2:*:{call.caller_account}:instance/*",
    }


def _resource_tags(call: Call) -> Mapping[str, Any]:
    """Return iam:ResourceTag, which users and roles have in addition to aws:ResourceTag."""
    if "RoleName" in call.parameters:
        tags = moto_iam.role_tags(call.account, call.parameters["RoleName"])
    else:
        tags = moto_iam.user_tags(call.account, _user_name(call) or "")
    return {f"iam:ResourceTag/{name}": value for name, value in tags.items()}


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    """Return the tags of the request's resource."""
    if "PolicySourceArn" in call.parameters:
        find = {"user": moto_iam.user_tags, "role": moto_iam.role_tags}.get(ask.type or "")
        return find(call.account, ask.resource.rpartition("/")[2]) if find else {}
    match ask.type:
        case "user":
            return moto_iam.user_tags(call.account, _user_name(call) or "")
        case "role":
            return moto_iam.role_tags(call.account, call.parameters.get("RoleName") or "")
        case "policy":
            return moto_iam.policy_tags(call.account, ask.resource)
        case "instance-profile":
            return moto_iam.instance_profile_tags(call.account, call.parameters["InstanceProfileName"])
        case "mfa":
            return moto_iam.mfa_device_tags(call.account, ask.resource)
        case "server-certificate":
            return moto_iam.server_certificate_tags(call.account, call.parameters["ServerCertificateName"])
        case "oidc-provider":
            return moto_iam.oidc_provider_tags(call.account, ask.resource)
        case "saml-provider":
            return moto_iam.saml_provider_tags(call.account, ask.resource)
    return {}


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """Return the policy that lets users change their own passwords. No other IAM resource has a policy here."""
    return own_password_policy(call) if ask.action == "iam:ChangePassword" else None


def _simulates(kind: str) -> Callable[[Call], bool]:
    """Return a function that checks whether the simulated entity's type is `kind` (user, group, or role)."""
    return lambda call: f":{kind}/" in call.parameters["PolicySourceArn"]


def _is_tagged(call: Call) -> bool:
    return bool(call.parameters.get("Tags"))


# --- the table ------------------------------------------------------------------------------------------------

TABLE = Table(
    "iam",
    "iam",
    facts=Facts(holds_policies=True, gives_authorization_ids=True, names_resource=refusal_words.named),
    resources={
        "user": {"UserNameWithPath": _user},
        "group": {"GroupNameWithPath": _group},
        "role": {"RoleNameWithPath": _role},
        "policy": {"PolicyNameWithPath": _created_policy},
        "instance-profile": {"InstanceProfileNameWithPath": _instance_profile},
        "server-certificate": {"CertificateNameWithPath": _certificate},
        "mfa": {"MfaTokenIdWithPath": _created_mfa_device},
        "oidc-provider": {"OidcProviderName": _created_provider},
        "saml-provider": {"SamlProviderName": "Name"},
    },
    policy=_policy,
    tags=_tags,
)
ask = TABLE.ask

# Users
ask(
    "DeleteUser ListGroupsForUser ListUserPolicies ListAttachedUserPolicies ListUserTags GetUserPolicy "
    "UpdateLoginProfile ChangePassword EnableMFADevice ResyncMFADevice GetMFADevice "
    "UploadSigningCertificate UpdateSigningCertificate "
    "ListSSHPublicKeys GetSSHPublicKey UploadSSHPublicKey UpdateSSHPublicKey DeleteSSHPublicKey "
    "CreateServiceSpecificCredential ListServiceSpecificCredentials UpdateServiceSpecificCredential "
    "ResetServiceSpecificCredential DeleteServiceSpecificCredential",
    on="user",
    keys=(_resource_tags,),
)
ask(
    "GetUser CreateLoginProfile GetLoginProfile DeleteLoginProfile "
    "CreateAccessKey ListAccessKeys UpdateAccessKey DeleteAccessKey "
    "DeactivateMFADevice ListMFADevices ListSigningCertificates DeleteSigningCertificate",
    on="user",
    arns=_user_or_root,
    keys=(_resource_tags,),
)
ask("CreateUser", on="user", keys=(_boundary, _tags_in_request))
ask("CreateUser", action="TagUser", on="user", keys=(_tags_in_request,), when=_is_tagged)
ask(
    "PutUserPolicy DeleteUserPolicy PutUserPermissionsBoundary DeleteUserPermissionsBoundary",
    on="user",
    keys=(_boundary, _resource_tags),
)
ask("AttachUserPolicy DetachUserPolicy", on="user", keys=(_boundary, _policy_arn, _resource_tags))
ask("TagUser UntagUser", on="user", keys=(_tags_in_request, _resource_tags))
ask("UpdateUser", on="user", keys=(_resource_tags,))
# Renaming or moving requires permission for the new ARN as well:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html
ask("UpdateUser", on="user", arns=_renamed_user)
ask("GetAccessKeyLastUsed", on="user", arns=_key_owner)
ask("ListUsers ListVirtualMFADevices")

# Groups
ask(
    "CreateGroup GetGroup DeleteGroup AddUserToGroup RemoveUserFromGroup ListGroupPolicies ListAttachedGroupPolicies "
    "GetGroupPolicy PutGroupPolicy DeleteGroupPolicy UpdateGroup",
    on="group",
)
ask("UpdateGroup", on="group", arns=_renamed_group)
ask("AttachGroupPolicy DetachGroupPolicy", on="group", keys=(_policy_arn,))
ask("ListGroups")

# Roles
ask(
    "ListRolePolicies ListAttachedRolePolicies ListRoleTags GetRolePolicy ListInstanceProfilesForRole "
    "DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus",
    on="role",
    keys=(_resource_tags,),
)
ask("CreateRole", on="role", keys=(_boundary, _tags_in_request))
ask("CreateRole", action="TagRole", on="role", keys=(_tags_in_request,), when=_is_tagged)
ask(
    "GetRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy "
    "PutRolePermissionsBoundary DeleteRolePermissionsBoundary",
    on="role",
    keys=(_boundary, _resource_tags),
)
ask("AttachRolePolicy DetachRolePolicy", on="role", keys=(_boundary, _policy_arn, _resource_tags))
ask("TagRole UntagRole", on="role", keys=(_tags_in_request, _resource_tags))
ask(
    "CreateServiceLinkedRole",
    on="role",
    arns=_service_linked_role,
    keys=(lambda call: {"iam:AWSServiceName": call.parameters["AWSServiceName"]},),
)
ask("ListRoles")

# Instance profiles. Adding a role passes it to EC2:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
ask(
    "GetInstanceProfile ListInstanceProfileTags DeleteInstanceProfile AddRoleToInstanceProfile "
    "RemoveRoleFromInstanceProfile",
    on="instance-profile",
)
ask(
    "AddRoleToInstanceProfile",
    action="PassRole",
    on="role",
    keys=(_instances, _resource_tags),
)
ask(
    "CreateInstanceProfile TagInstanceProfile UntagInstanceProfile",
    on="instance-profile",
    keys=(_tags_in_request,),
)
ask(
    "CreateInstanceProfile",
    action="TagInstanceProfile",
    on="instance-profile",
    keys=(_tags_in_request,),
    when=_is_tagged,
)
ask("ListInstanceProfiles")

# Managed policies
ask("CreatePolicy", on="policy", keys=(_tags_in_request,))
ask("CreatePolicy", action="TagPolicy", on="policy", keys=(_tags_in_request,), when=_is_tagged)
ask(
    "GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions SetDefaultPolicyVersion "
    "DeletePolicyVersion ListEntitiesForPolicy ListPolicyTags",
    on="policy",
    arns=_given("PolicyArn"),
)
ask("TagPolicy UntagPolicy", on="policy", arns=_given("PolicyArn"), keys=(_tags_in_request,))
ask("ListPolicies")

# MFA devices
ask("CreateVirtualMFADevice", on="mfa", keys=(_tags_in_request,))
ask("CreateVirtualMFADevice", action="TagMFADevice", on="mfa", keys=(_tags_in_request,), when=_is_tagged)
ask("DeleteVirtualMFADevice ListMFADeviceTags", on="mfa", arns=_given("SerialNumber"))
ask("TagMFADevice UntagMFADevice", on="mfa", arns=_given("SerialNumber"), keys=(_tags_in_request,))

# Identity providers
ask("CreateOpenIDConnectProvider", on="oidc-provider", keys=(_tags_in_request,))
ask(
    "CreateOpenIDConnectProvider",
    action="TagOpenIDConnectProvider",
    on="oidc-provider",
    keys=(_tags_in_request,),
    when=_is_tagged,
)
ask(
    "GetOpenIDConnectProvider DeleteOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint "
    "AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider ListOpenIDConnectProviderTags",
    on="oidc-provider",
    arns=_given("OpenIDConnectProviderArn"),
)
ask(
    "TagOpenIDConnectProvider UntagOpenIDConnectProvider",
    on="oidc-provider",
    arns=_given("OpenIDConnectProviderArn"),
    keys=(_tags_in_request,),
)
ask("CreateSAMLProvider", on="saml-provider", keys=(_tags_in_request,))
ask(
    "CreateSAMLProvider",
    action="TagSAMLProvider",
    on="saml-provider",
    keys=(_tags_in_request,),
    when=_is_tagged,
)
ask(
    "GetSAMLProvider UpdateSAMLProvider DeleteSAMLProvider ListSAMLProviderTags",
    on="saml-provider",
    arns=_given("SAMLProviderArn"),
)
ask(
    "TagSAMLProvider UntagSAMLProvider",
    on="saml-provider",
    arns=_given("SAMLProviderArn"),
    keys=(_tags_in_request,),
)
ask("ListOpenIDConnectProviders ListSAMLProviders")

# The policy simulator
for _kind in ("user", "group", "role"):
    ask(
        "SimulatePrincipalPolicy GetContextKeysForPrincipalPolicy",
        on=_kind,
        arns=_given("PolicySourceArn"),
        when=_simulates(_kind),
    )
ask("SimulateCustomPolicy GetContextKeysForCustomPolicy")

# Server certificates
ask("UploadServerCertificate", on="server-certificate", keys=(_tags_in_request,))
ask(
    "UploadServerCertificate",
    action="TagServerCertificate",
    on="server-certificate",
    keys=(_tags_in_request,),
    when=_is_tagged,
)
ask(
    "GetServerCertificate UpdateServerCertificate DeleteServerCertificate ListServerCertificateTags",
    on="server-certificate",
)
ask("TagServerCertificate UntagServerCertificate", on="server-certificate", keys=(_tags_in_request,))
ask("ListServerCertificates")

# Last accessed
ask("GenerateServiceLastAccessedDetails", on="policy", arns=_given("Arn"))
ask("GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities GetOrganizationsAccessReport")
ask("ListPoliciesGrantingServiceAccess", on="user", arns=_given("Arn"))
ask(
    "GenerateOrganizationsAccessReport",
    on="access-report",
    arns=lambda call: [f"arn:aws:iam::{call.account}:access-report/{call.parameters['EntityPath']}"],
    keys=(_organizations_policy,),
)

# The account
ask(
    "CreateAccountAlias DeleteAccountAlias ListAccountAliases "
    "GetAccountPasswordPolicy UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy "
    "GetAccountSummary GetAccountAuthorizationDetails GenerateCredentialReport GetCredentialReport "
    "SetSecurityTokenServicePreferences"
)

# Centralized root access
ask(
    "EnableOrganizationsRootCredentialsManagement DisableOrganizationsRootCredentialsManagement "
    "EnableOrganizationsRootSessions DisableOrganizationsRootSessions ListOrganizationsFeatures"
)

# Not modeled
TABLE.leave_out(
    "AcceptDelegationRequest AssociateDelegationRequest CreateDelegationRequest GetDelegationRequest "
    "ListDelegationRequests RejectDelegationRequest SendDelegationToken UpdateDelegationRequest "
    "GetHumanReadableSummary",
    why="temporary delegation to product providers, which only AWS partners can request, isn't modeled",
)
TABLE.leave_out(
    "EnableOutboundWebIdentityFederation DisableOutboundWebIdentityFederation GetOutboundWebIdentityFederationInfo",
    why="outbound web identity federation (sts:GetWebIdentityToken) isn't modeled: no service outside this cloud "
    "would accept its tokens",
)
TABLE.leave_out(
    "AcquireRole GetRoleTemplateVersion GetAccountProperties PutAccountProperties",
    why="role templates and IAM's Role Manager aren't modeled",
)
TABLE.leave_out(
    "UpdateOpenIDConnectProvider",
    why="trusted identity propagation with OpenID Connect providers isn't modeled",
)
