"""Customers: their user pool with its app client, and the identity pool that exchanges tokens for credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.course.days.day6.company import Company


def user_pool(company: Company, name: str, part: Any, before: Any) -> None:
    """Create or update the user pool, its app client, and the identity pool that trusts it."""
    idp = company.client("cognito-idp", part["account"])
    policy = {"PasswordPolicy": {"MinimumLength": part["minimum_length"]}}
    sign_up = {"AllowAdminCreateUserOnly": not part["self_sign_up"]}
    if before is None:
        made = idp.create_user_pool(
            PoolName=name,
            Policies=policy,
            AdminCreateUserConfig=sign_up,
            AutoVerifiedAttributes=["email"],
            UsernameAttributes=["email"],
        )
        company.known["user-pool"] = made["UserPool"]["Id"]
        made = idp.create_user_pool_client(
            UserPoolId=company.known["user-pool"], ClientName="website", **_client_options(part)
        )
        company.known["client"] = made["UserPoolClient"]["ClientId"]
    else:
        idp.update_user_pool(
            UserPoolId=company.known["user-pool"],
            Policies=policy,
            AdminCreateUserConfig=sign_up,
            AutoVerifiedAttributes=["email"],
        )
        idp.update_user_pool_client(
            UserPoolId=company.known["user-pool"],
            ClientId=company.known["client"],
            ClientName="website",
            **_client_options(part),
        )
    if before is not None or part["mfa"] != "OFF":  # UpdateUserPool without an MFA setting switches MFA off
        software = {"SoftwareTokenMfaConfiguration": {"Enabled": True}} if part["mfa"] != "OFF" else {}
        idp.set_user_pool_mfa_config(
            UserPoolId=company.known["user-pool"], MfaConfiguration=part["mfa"], **software
        )
    _identity_pool(company, part, before)


def _client_options(part: Mapping[str, Any]) -> dict[str, Any]:
    hides = "ENABLED" if part["hide_who_exists"] else "LEGACY"
    return {"ExplicitAuthFlows": part["flows"], "PreventUserExistenceErrors": hides}


def _identity_pool(company: Company, part: Any, before: Any) -> None:
    identity = company.client("cognito-identity", part["account"])
    region, pool = company.known["home"], company.known["user-pool"]
    options = {
        "IdentityPoolName": part["identity_pool"],
        "AllowUnauthenticatedIdentities": part["guest"] is not None,
        "AllowClassicFlow": part["allow_classic"],
        "CognitoIdentityProviders": [
            {
                "ProviderName": f"cognito-idp.{region}.amazonaws.com/{pool}",
                "ClientId": company.known["client"],
                "ServerSideTokenCheck": True,
            }
        ],
    }
    if before is None:
        made = identity.create_identity_pool(**options)
        company.known["identity-pool"] = made["IdentityPoolId"]
    else:
        identity.update_identity_pool(IdentityPoolId=company.known["identity-pool"], **options)


def pool_roles(company: Company, name: str, part: Any, before: Any) -> None:
    """Set the identity pool's roles for customers and guests."""
    roles = {"authenticated": part["customer"], "unauthenticated": part["guest"]}
    identity = company.client("cognito-identity", part["account"])
    account = company.known[part["account"]]
    identity.set_identity_pool_roles(
        IdentityPoolId=company.known["identity-pool"],
        Roles={kind: f"arn:aws:iam::{account}:role/customers/{role}" for kind, role in roles.items() if role},
    )
