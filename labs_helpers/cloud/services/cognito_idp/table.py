"""The permissions that the operations on Cognito user pools require.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html
The page that lists public operations, operations with a user's token, and operations that IAM authorizes:
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.state import UserPools
from labs_helpers.cloud.services.cognito_idp.tokens import verification
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table, account_in
from labs_helpers.cloud.services.shared.table_rows import given, passes_role, tags_in

_PAGE = "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pools-API-operations.html"


def _owner(call: Call) -> str | None:
    """Return the pool's account for public operations, which callers in any account or without one can call.

    For operations that IAM authorizes, a pool in another account isn't found, because pools have no resource
    policies.
    """
    if call.operation not in TABLE.public_operations:
        return None
    pools, parameters = call.state.part(UserPools), call.parameters
    challenge = pools.challenges.get(parameters.get("Session") or "")
    pool = (
        pools.of_client(call.region, parameters.get("ClientId"))
        or verification.issuing_pool(call.state, parameters.get("AccessToken"))
        or pools.find(call.region, challenge.pool if challenge else None)
        or pools.find(call.region, parameters.get("UserPoolId"))
    )
    return pool.account if pool is not None and pool.region == call.region else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    pool = call.state.part(UserPools).find(call.region, ask.resource.rpartition("/")[2])
    return dict(pool.tags) if pool is not None and pool.account == account_in(ask.resource) else {}


TABLE = Table(
    "cognito-idp",
    "cognito-idp",
    resources={"userpool": {"UserPoolId": "UserPoolId"}},
    owner=_owner,
    tags=_tags,
)
ask = TABLE.ask

# These operations are called without credentials or with a user's token. According to the API reference, IAM
# policies don't apply to them.
TABLE.public(
    "SignUp ConfirmSignUp ResendConfirmationCode ForgotPassword ConfirmForgotPassword InitiateAuth "
    "RespondToAuthChallenge GetTokensFromRefreshToken RevokeToken GetClientToken UpdateAuthEventFeedback",
    source=_PAGE,
)
TABLE.public(
    "AssociateSoftwareToken ChangePassword ConfirmDevice DeleteUser DeleteUserAttributes ForgetDevice GetDevice "
    "GetUser GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut ListDevices SetUserMFAPreference "
    "SetUserSettings UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute "
    "ListUserSessions RevokeUserSession StartWebAuthnRegistration CompleteWebAuthnRegistration ListWebAuthnCredentials "
    "DeleteWebAuthnCredential",
    source=_PAGE,
)

# Pools
ask("CreateUserPool", keys=(tags_in("UserPoolTags"),))
ask("UpdateUserPool", on="userpool", keys=(tags_in("UserPoolTags"),))
ask(
    "DeleteUserPool DescribeUserPool AddCustomAttributes GetUserPoolMfaConfig SetUserPoolMfaConfig",
    on="userpool",
)
ask("ListUserPools DescribeUserPoolDomain")
ask("CreateUserPoolDomain UpdateUserPoolDomain DeleteUserPoolDomain", on="userpool")
ask("TagResource UntagResource", on="userpool", arns=given("ResourceArn"), keys=(tags_in("Tags", "TagKeys"),))
ask("ListTagsForResource", on="userpool", arns=given("ResourceArn"))

# App clients, their resource servers, providers, branding and risk settings
ask(
    "CreateUserPoolClient UpdateUserPoolClient DeleteUserPoolClient DescribeUserPoolClient ListUserPoolClients "
    "AddUserPoolClientSecret DeleteUserPoolClientSecret ListUserPoolClientSecrets "
    "CreateResourceServer UpdateResourceServer DeleteResourceServer DescribeResourceServer ListResourceServers "
    "CreateIdentityProvider UpdateIdentityProvider DeleteIdentityProvider DescribeIdentityProvider "
    "ListIdentityProviders GetIdentityProviderByIdentifier GetSigningCertificate "
    "CreateManagedLoginBranding UpdateManagedLoginBranding DeleteManagedLoginBranding DescribeManagedLoginBranding "
    "DescribeManagedLoginBrandingByClient "
    "DescribeRiskConfiguration SetRiskConfiguration GetLogDeliveryConfiguration SetLogDeliveryConfiguration",
    on="userpool",
)

# Users, groups
ask(
    "AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser AdminDeleteSoftwareToken AdminDeleteUser "
    "AdminDeleteUserAttributes AdminDisableProviderForUser AdminDisableUser AdminEnableUser AdminForgetDevice "
    "AdminGetDevice AdminGetUser AdminGetUserAuthFactors AdminInitiateAuth AdminLinkProviderForUser AdminListDevices "
    "AdminListGroupsForUser AdminListUserAuthEvents AdminListUserSessions AdminRemoveUserFromGroup "
    "AdminResetUserPassword AdminRespondToAuthChallenge AdminRevokeUserSession AdminSetUserMFAPreference "
    "AdminSetUserPassword AdminSetUserSettings AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus "
    "AdminUpdateUserAttributes AdminUserGlobalSignOut ListUsers ListUsersInGroup "
    "CreateGroup UpdateGroup DeleteGroup GetGroup ListGroups",
    on="userpool",
)

# The Service Authorization Reference doesn't list these newer operations yet. Each operation requires the
# action with its own name on the pool.
ask(
    "GetUserPoolSessionConfiguration SetUserPoolSessionConfiguration GetUserPoolClientSessionConfiguration "
    "SetUserPoolClientSessionConfiguration",
    on="userpool",
)


def _roles(*path: str) -> Callable[[Call], list[str]]:
    """Return a function that finds the role at a path of nested parameters, if the call has one."""

    def roles(call: Call) -> list[str]:
        value: Any = call.parameters
        for name in path:
            value = (value or {}).get(name)
        return [value] if isinstance(value, str) and value else []

    return roles


# Roles that Cognito will assume (for SMS messages and for analytics), and roles that a group offers:
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-sms-email-message.html
for _operations, _path in (
    ("CreateUserPool UpdateUserPool", ("SmsConfiguration", "SnsCallerArn")),
    ("CreateUserPool UpdateUserPool", ("SmsConfiguration", "EumsSms", "CallerArn")),
    ("SetUserPoolMfaConfig", ("SmsMfaConfiguration", "SmsConfiguration", "SnsCallerArn")),
    ("SetUserPoolMfaConfig", ("SmsMfaConfiguration", "SmsConfiguration", "EumsSms", "CallerArn")),
    ("CreateGroup UpdateGroup", ("RoleArn",)),
    ("CreateUserPoolClient UpdateUserPoolClient", ("AnalyticsConfiguration", "RoleArn")),
):
    passes_role(TABLE, _operations, "cognito-idp.amazonaws.com", _roles(*_path))
