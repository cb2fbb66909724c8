"""Credentials for identities: a token for STS (classic flow), or a role's credentials (enhanced flow).

https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from joserfc import jws

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_identity.errors import invalid, misconfigured, not_authorized
from labs_helpers.cloud.services.cognito_identity.logins import Login
from labs_helpers.cloud.services.cognito_identity.pool_identities import authenticate
from labs_helpers.cloud.services.cognito_identity.pools import SERVICE, all_pools
from labs_helpers.cloud.services.cognito_identity.state import HOST, Identity, IdentityPool

TOKEN_LIFE = timedelta(minutes=10)
"""The lifetime of a token from GetOpenIdToken.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html
"""
_TAGS = "https://aws.amazon.com/tags"
_GUESTS = (
    "apigateway execute-api appsync cloudwatch codewhisperer cognito-identity cognito-idp cognito-sync comprehend "
    "dynamodb firehose gamelift geo iot kinesisanalytics lambda lex logs machinelearning mobileanalytics "
    "mobiletargeting personalize polly rekognition s3 sdb ses sns sqs transcribe translate kinesis"
).split()
_GUESTS_PARTLY = (
    "kms:Encrypt kms:Decrypt kms:ReEncrypt* kms:GenerateDataKey* sagemaker:InvokeEndpoint textract:DetectDocumentText "
    "textract:AnalyzeDocument sumerian:View* rum:PutRumEvents"
).split()
GUEST_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [*(f"{each}:*" for each in _GUESTS), *_GUESTS_PARTLY],
                "Resource": "*",
            }
        ],
    },
    separators=(",", ":"),
)
"""The session policy that limits guests in the enhanced flow to these services."""


def sign_token(call: Call, pool: IdentityPool, identity: Identity, given: list[Login], life: timedelta,
         tags: Mapping[str, str]) -> str:  # fmt: skip
    """Return a signed token that identifies an identity and its sign-in to STS."""
    pools = all_pools(call)
    if call.state.issuers.find(f"https://{HOST}") is None:
        call.state.issuers.register(f"https://{HOST}", pools.jwks)
    now = int(call.time.timestamp())
    claims: dict[str, Any] = {
        "sub": identity.id, "aud": pool.id, "iss": f"https://{HOST}", "iat": now,
        "exp": now + int(life.total_seconds()),
        "amr": list(dict.fromkeys(word for each in given for word in each.amr)) or ["unauthenticated"],
    }  # fmt: skip
    if tags:
        claims[_TAGS] = {"principal_tags": {name: [value] for name, value in tags.items()}}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    token: str = jws.serialize_compact({"kid": pools.key.kid, "alg": "RS256"}, payload, pools.key)
    return token


def session_tags(pool: IdentityPool, given: list[Login]) -> dict[str, str]:
    """Return the session tags that the attribute map derives from a token's claims. Missing claims are skipped."""
    for each in given:
        kept = pool.tag_maps.get(each.provider) or pool.tag_maps.get(each.name)
        if kept is not None:
            return {
                tag: str(each.claims[claim])[:256]
                for tag, claim in kept["PrincipalTags"].items()
                if isinstance(each.claims.get(claim), str | int | bool)
            }
    return {}


@operation(SERVICE, "GetOpenIdToken")
def get_open_id_token(call: Call) -> dict[str, Any]:
    """Return a token with which the caller can assume a role that trusts the identity pool (classic flow).

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html
    """
    pool, identity, given = authenticate(call)
    if not pool.settings.get("AllowClassicFlow"):
        raise invalid("Basic (classic) flow is not enabled, please use enhanced flow.")
    if any(login.saml for login in given):
        raise invalid("Basic (classic) flow is not supported with SAML providers, please use enhanced flow.")
    token = sign_token(call, pool, identity, given, TOKEN_LIFE, session_tags(pool, given))
    return {"IdentityId": identity.id, "Token": token}


@operation(SERVICE, "GetCredentialsForIdentity")
def get_credentials_for_identity(call: Call) -> dict[str, Any]:
    """Choose a role for the identity, and return the role's credentials from STS (enhanced flow).

    https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
    """
    pool, identity, given = authenticate(call)
    role = _role(pool, given, call.parameters.get("CustomRoleArn"))
    token = sign_token(call, pool, identity, given, TOKEN_LIFE, session_tags(pool, given))
    parameters = {
        "RoleArn": role, "RoleSessionName": "CognitoIdentityCredentials", "WebIdentityToken": token,
        **({} if given else {"Policy": GUEST_POLICY}),
    }  # fmt: skip
    caller = call.state.caller
    assert caller is not None
    try:
        answer = caller.as_service(
            HOST, "sts", "AssumeRoleWithWebIdentity", parameters, account=pool.account, region=call.region,
            source_arn=pool.arn,
        )  # fmt: skip
    except ServiceError as refusal:
        raise misconfigured() from refusal
    keys = answer["Credentials"]
    return {
        "IdentityId": identity.id,
        "Credentials": {
            "AccessKeyId": keys["AccessKeyId"], "SecretKey": keys["SecretAccessKey"],
            "SessionToken": keys["SessionToken"], "Expiration": keys["Expiration"],
        },
    }  # fmt: skip


def _role(pool: IdentityPool, given: list[Login], custom: str | None) -> str:
    """Return the role that a mapping chooses, or the pool's role for guests or authenticated identities."""
    if not given:
        if custom:
            raise not_authorized("CustomRoleArn is for identities that signed in.")
        return _default_role(pool, "unauthenticated")
    for login in given:
        mapping = pool.mappings.get(login.name) or pool.mappings.get(login.provider)
        if mapping is not None:
            return _mapped_role(pool, mapping, login, custom)
    for login in given:
        if login.roles:
            return _choose_role(pool, login.roles, _only(login.roles), custom, "Deny")
    if custom and custom != pool.roles.get("authenticated"):
        raise not_authorized("The CustomRoleArn isn't one of the identity's roles.")
    return _default_role(pool, "authenticated")


def _default_role(pool: IdentityPool, kind: str) -> str:
    if kind not in pool.roles:
        raise misconfigured()
    return pool.roles[kind]


def _mapped_role(pool: IdentityPool, mapping: Mapping[str, Any], login: Login, custom: str | None) -> str:
    resolution = mapping["AmbiguousRoleResolution"]
    if mapping["Type"] == "Token":
        return _choose_role(pool, *_roles_of_login(login), custom, resolution)
    matching = [
        rule["RoleARN"] for rule in mapping["RulesConfiguration"]["Rules"] if _matches(rule, login.claims)
    ]
    return _choose_role(pool, matching, matching[0] if matching else None, custom, resolution)


def _choose_role(
    pool: IdentityPool, allowed: Sequence[str], preferred: str | None, custom: str | None, resolution: str
) -> str:
    """Return the requested role if it is allowed, or else the preferred role, or else the fallback role."""
    if custom:
        if custom not in allowed:
            raise not_authorized("The CustomRoleArn isn't one of the identity's roles.")
        return custom
    if preferred:
        return preferred
    if resolution == "AuthenticatedRole":
        return _default_role(pool, "authenticated")
    if allowed:
        raise not_authorized(
            "Access denied: several roles match, and CustomRoleArn doesn't name one of them."
        )
    raise not_authorized("Access denied: no role matches, and the role mapping denies access in this case.")


def _roles_of_login(login: Login) -> tuple[Sequence[str], str | None]:
    """Return the roles in a user pool's token or a SAML assertion, and the preferred role, if there is one."""
    if login.saml:
        return login.roles, _only(login.roles)
    roles, preferred = login.claims.get("cognito:roles") or [], login.claims.get("cognito:preferred_role")
    allowed = [str(each) for each in roles] if isinstance(roles, list) else str(roles).split(",")
    return allowed, str(preferred) if preferred else None


def _only(roles: Sequence[str]) -> str | None:
    return roles[0] if len(roles) == 1 else None


def _matches(rule: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Return True if a claim matches a rule.

    A missing claim never matches. If a claim has several values, one matching value is enough.
    """
    claim = claims.get(rule["Claim"])
    if claim is None:
        return False
    values = [str(each) for each in claim] if isinstance(claim, list) else [str(claim)]
    wanted = rule["Value"]
    match rule["MatchType"]:
        case "Equals":
            return wanted in values
        case "NotEqual":
            return wanted not in values
        case "StartsWith":
            return any(each.startswith(wanted) for each in values)
    return any(wanted in each for each in values)
