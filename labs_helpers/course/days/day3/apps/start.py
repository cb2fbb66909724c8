"""One function that creates the applications' resources in a user pool and starts the applications at their hosts.

Each application has its own app client. The site's app client has a secret. The phone app's client has no secret,
because anyone who has the phone could read the secret.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs_helpers.course.days.day3.apps import api, site
from labs_helpers.course.days.day3.apps.oauth import App
from labs_helpers.course.days.day3.apps.phone import Phone

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

SITE, API, PHONE = "diary.example", "api.diary.example", "diaryapp://callback"
BUCKET, ROLE, RESOURCES = "diary-pages", "diary-member", "diary-api"


@dataclass(frozen=True, slots=True)
class Apps:
    """The running applications: the addresses of the site and the API, the phone app, and the created resources."""

    site: str
    api: str
    phone: Phone
    login: str
    """The address of the pool's sign-in pages, https://…"""
    identity_pool: str
    bucket: str


def start(cloud: Cloud, pool: str) -> Apps:
    """Create clients, scopes, an identity pool with its role, and a bucket; start the applications.

    The pool keeps its domain, or gets the domain `diary` if it has none. Raises `ClientError` if AWS denies a call, and
    `ValueError` if the applications are already running.
    """
    session = cloud.account(cloud.home)
    idp = session.client("cognito-idp")
    login = f"https://{_domain(idp, pool)}.auth.us-east-1.amazoncognito.com"
    idp.create_resource_server(
        UserPoolId=pool, Identifier=RESOURCES, Name="Diary API",
        Scopes=[{"ScopeName": name, "ScopeDescription": f"{name} pages"} for name in ("read", "write")],
    )  # fmt: skip
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    scopes = ["openid", "email", f"{RESOURCES}/read", f"{RESOURCES}/write"]
    made = {
        name: _client(idp, pool, name, url, scopes, secret=name == "diary site")
        for name, url in (("diary site", f"https://{SITE}/callback"), ("diary on the phone", PHONE))
    }
    app = App(login, issuer, f"https://{SITE}/callback", " ".join(scopes), **made["diary site"])
    on_phone = App(login, issuer, PHONE, " ".join(scopes), **made["diary on the phone"])
    identity_pool = _identity_pool(session, pool, app.client_id)
    cloud.site(SITE, site.create_app(app, identity_pool, BUCKET, cloud.clock))
    cloud.site(API, api.create_app(issuer, (app.client_id, on_phone.client_id), cloud.clock))
    return Apps(
        f"https://{SITE}", f"https://{API}", Phone(on_phone, cloud.clock), login, identity_pool, BUCKET
    )


def _domain(idp: Any, pool: str) -> str:
    given = idp.describe_user_pool(UserPoolId=pool)["UserPool"].get("Domain")
    if not given:
        idp.create_user_pool_domain(Domain="diary", UserPoolId=pool)
    return str(given or "diary")


def _client(
    idp: Any, pool: str, name: str, callback: str, scopes: list[str], *, secret: bool
) -> dict[str, Any]:
    made = idp.create_user_pool_client(
        UserPoolId=pool, ClientName=name, GenerateSecret=secret, CallbackURLs=[callback],
        LogoutURLs=[callback.removesuffix("callback")], AllowedOAuthFlows=["code"], AllowedOAuthScopes=scopes,
        AllowedOAuthFlowsUserPoolClient=True, SupportedIdentityProviders=["COGNITO"],
        PreventUserExistenceErrors="ENABLED", ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
        WriteAttributes=["email"],
    )["UserPoolClient"]  # fmt: skip
    return {"client_id": made["ClientId"], "secret": made.get("ClientSecret")}


def _identity_pool(session: Any, pool: str, client: str) -> str:
    """Create an identity pool for the site's members, each with their own prefix in the bucket."""
    pools, iam, s3 = (session.client(name) for name in ("cognito-identity", "iam", "s3"))
    made = pools.create_identity_pool(
        IdentityPoolName="diary site", AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[
            {"ProviderName": f"cognito-idp.us-east-1.amazonaws.com/{pool}", "ClientId": client}
        ],
    )["IdentityPoolId"]  # fmt: skip
    trust = {
        "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": made},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    }  # fmt: skip
    own = f"arn:aws:s3:::{BUCKET}/${{cognito-identity.amazonaws.com:sub}}/*"
    may = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": own}
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=ROLE, PolicyName="OwnPages", PolicyDocument=_policy(may))
    pools.set_identity_pool_roles(IdentityPoolId=made, Roles={"authenticated": role})
    s3.create_bucket(Bucket=BUCKET)
    return str(made)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
