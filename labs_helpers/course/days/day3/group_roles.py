"""What exercise 3.9 is judged with: four people of the newsroom, who sign in and trade their tokens for credentials.

https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.grading.answers import AnswerError

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

NAME = "newsroom"
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "exam-eva": ("editors",), "exam-aude": ("auditors",), "exam-both": ("editors", "auditors"), "exam-none": (),
}  # fmt: skip
"""Who signs in, and the groups that they are in."""
_NOTHING = {"AccessKeyId": "ASIANOCREDENTIALS000", "SecretAccessKey": "none", "SessionToken": "none"}
_PASSWORD = "Correct-horse-1"


def prepare(cloud: Cloud) -> dict[str, Any]:
    """Write a profile for each of the people, with the credentials that the identity pool gives them; give the ids of
    the newsroom's pools and client, under the names that the day's stage keeps them by, and as `exam` who the last of
    the people is at the identity pool.

    Who gets none has a profile of keys that nothing takes, so that the check says whose work does not go on.
    Raises `AnswerError` where the pools are missing.
    """
    session = cloud.account(cloud.home)
    idp, pools = session.client("cognito-idp"), session.client("cognito-identity")
    pool = _named(idp.list_user_pools(MaxResults=60)["UserPools"], "Name", "user pool")["Id"]
    identity_pool = _named(
        pools.list_identity_pools(MaxResults=60)["IdentityPools"], "IdentityPoolName", "identity pool"
    )["IdentityPoolId"]
    client = idp.list_user_pool_clients(UserPoolId=pool, MaxResults=1)["UserPoolClients"][0]["ClientId"]
    for name, groups in PEOPLE.items():
        token = _token(idp, pool, client, name, groups)
        provider = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
        logins = {provider: token}
        cloud.profile(name, _credentials(pools, identity_pool, logins))
        idp.admin_delete_user(UserPoolId=pool, Username=name)
    identity = pools.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"]
    return {
        "exam": {"IdentityId": identity, "Logins": logins},
        "newsroom": {"UserPool": {"Id": pool}}, "newsroom_app": {"UserPoolClient": {"ClientId": client}},
        "newsroom_identities": {"IdentityPoolId": identity_pool},
    }  # fmt: skip


def _named(listed: list[dict[str, Any]], key: str, what: str) -> dict[str, Any]:
    for each in listed:
        if each[key] == NAME:
            return each
    raise AnswerError(
        f'There is no {what} named "{NAME}". It was there when the day began: day.reset() brings it back.'
    )


def _token(idp: Any, pool: str, client: str, name: str, groups: tuple[str, ...]) -> str:
    who = {"UserPoolId": pool, "Username": name}
    with contextlib.suppress(idp.exceptions.UserNotFoundException):
        idp.admin_delete_user(**who)
    idp.admin_create_user(**who, MessageAction="SUPPRESS")
    idp.admin_set_user_password(**who, Password=_PASSWORD, Permanent=True)
    for group in groups:  # one that there is not gives no role: the tries tell
        with contextlib.suppress(idp.exceptions.ResourceNotFoundException):
            idp.admin_add_user_to_group(**who, GroupName=group)
    given = {"USERNAME": name, "PASSWORD": _PASSWORD}
    signed_in = idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    return str(signed_in["AuthenticationResult"]["IdToken"])


def _credentials(pools: Any, identity_pool: str, logins: dict[str, str]) -> dict[str, Any]:
    try:
        identity = pools.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"]
        made = pools.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    except ClientError:
        return _NOTHING
    return {
        "AccessKeyId": made["AccessKeyId"], "SecretAccessKey": made["SecretKey"], "SessionToken": made["SessionToken"],
    }  # fmt: skip
