"""The sign-ins that grade exercise 3.9: five newsroom users, who exchange their tokens for AWS credentials.

https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.situations.described_calls import NO_CREDENTIALS

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

NAME = "newsroom"
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "exam-eva": ("editors",), "exam-aude": ("auditors",), "exam-both": ("editors", "auditors"), "exam-none": (),
    "exam-chooser": (),
}  # fmt: skip
"""The users who sign in, and their groups."""
_CHOOSER = "exam-chooser"
"""The user who sets their own attributes to the values that the mapping's rules look for, before getting
credentials."""
_PASSWORD = "Correct-horse-1"


def prepare(cloud: Cloud) -> dict[str, Any]:
    """Write a profile for each user, with the credentials that the identity pool returns for that user.

    Returns a dict with the IDs of the newsroom's pools and client, under the names that the day's stage uses. It also
    contains each user's identity and logins at the identity pool (such as `exam_eva`), and AWS's error if the classic
    flow is disabled (`newsroom_flow`). Raises `AnswerError` if the pools are missing.
    """
    session = cloud.account(cloud.home)
    idp, pools = session.client("cognito-idp"), session.client("cognito-identity")
    pool = _named(idp.list_user_pools(MaxResults=60)["UserPools"], "Name", "user pool")["Id"]
    identity_pool = _named(
        pools.list_identity_pools(MaxResults=60)["IdentityPools"], "IdentityPoolName", "identity pool"
    )["IdentityPoolId"]
    client = idp.list_user_pool_clients(UserPoolId=pool, MaxResults=1)["UserPoolClients"][0]["ClientId"]
    wanted = _wanted(pools, identity_pool)
    exam = {}
    for name, groups in PEOPLE.items():
        written = wanted if name == _CHOOSER else {}
        token = _token(idp, pool, client, name, groups, written)
        logins = {f"cognito-idp.us-east-1.amazonaws.com/{pool}": token}
        identity = _identity(pools, identity_pool, logins)
        exam[name.replace("-", "_")] = {"IdentityId": identity, "Logins": logins}
        cloud.profile(name, _credentials(pools, identity, logins))
        idp.admin_delete_user(UserPoolId=pool, Username=name)
    classic = pools.describe_identity_pool(IdentityPoolId=identity_pool).get("AllowClassicFlow")
    return {
        **exam, "newsroom_flow": {"Off": False if classic else classic},
        "newsroom": {"UserPool": {"Id": pool}}, "newsroom_app": {"UserPoolClient": {"ClientId": client}},
        "newsroom_identities": {"IdentityPoolId": identity_pool},
    }  # fmt: skip


def _named(listed: list[dict[str, Any]], key: str, what: str) -> dict[str, Any]:
    for each in listed:
        if each[key] == NAME:
            return each
    raise AnswerError(
        f'There is no {what} named "{NAME}". It existed when the day began: day.reset() restores it.'
    )


def _wanted(pools: Any, identity_pool: str) -> dict[str, str]:
    """Return, by claim, a value that matches the first rule about the claim."""
    mappings = pools.get_identity_pool_roles(IdentityPoolId=identity_pool).get("RoleMappings", {})
    wanted: dict[str, str] = {}
    for mapping in mappings.values():
        for rule in mapping.get("RulesConfiguration", {}).get("Rules", ()):
            value = f"not {rule['Value']}" if rule["MatchType"] == "NotEqual" else rule["Value"]
            wanted.setdefault(rule["Claim"], value)
    return wanted


def _token(
    idp: Any, pool: str, client: str, name: str, groups: tuple[str, ...], written: Mapping[str, str]
) -> str:
    """Return the ID token of a new user, who has set those of the `written` attributes that users can set."""
    who = {"UserPoolId": pool, "Username": name}
    with contextlib.suppress(idp.exceptions.UserNotFoundException):
        idp.admin_delete_user(**who)
    idp.admin_create_user(**who, MessageAction="SUPPRESS")
    idp.admin_set_user_password(**who, Password=_PASSWORD, Permanent=True)
    for group in groups:  # a missing group gives no role, which the judged calls reveal
        with contextlib.suppress(idp.exceptions.ResourceNotFoundException):
            idp.admin_add_user_to_group(**who, GroupName=group)

    def sign_in() -> Any:
        given = {"USERNAME": name, "PASSWORD": _PASSWORD}
        signed_in = idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
        return signed_in["AuthenticationResult"]

    tokens = sign_in()
    for claim, value in written.items():
        with contextlib.suppress(ClientError):  # not an attribute, or not one that users can write
            idp.update_user_attributes(
                AccessToken=tokens["AccessToken"], UserAttributes=[{"Name": claim, "Value": value}]
            )
    return str((sign_in() if written else tokens)["IdToken"])


def _identity(pools: Any, identity_pool: str, logins: dict[str, str]) -> str:
    """Return the user's identity or, if the pool returns none, the pool's ID, which no call accepts as an identity."""
    try:
        return str(pools.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"])
    except ClientError:
        return identity_pool


def _credentials(pools: Any, identity: str, logins: dict[str, str]) -> dict[str, Any]:
    try:
        made = pools.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    except ClientError:
        return NO_CREDENTIALS
    return {
        "AccessKeyId": made["AccessKeyId"], "SecretAccessKey": made["SecretKey"], "SessionToken": made["SessionToken"],
    }  # fmt: skip
