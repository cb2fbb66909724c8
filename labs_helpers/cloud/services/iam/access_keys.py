"""Access keys of users and the root user. A request without a UserName applies to the caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import root_user
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    find_user,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    settable_status,
)

KEYS_PER_USER = 2
"""The maximum number of access keys per user, which is AWS's quota.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


def _user(call: Call) -> Any:
    """Return the user in the request, or the caller."""
    return find_user(call, call.parameters.get("UserName") or own_user_name(call))


# --- access keys ----------------------------------------------------------------------------------------------


def _root_keys(call: Call) -> list[Credentials]:
    return [
        key for key in call.state.sessions
        if not key.temporary and key.principal.kind.name == "ROOT" and key.account == call.account
    ]  # fmt: skip


@operation("iam", "CreateAccessKey")
def create_access_key(call: Call) -> dict[str, Any]:
    """Create an access key for a user or the root user. Rejects a third access key with LimitExceeded.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    ids, root = call.state.ids, root_user.is_target(call)
    user = None if root else _user(call)
    if len(_root_keys(call) if user is None else user.access_keys) >= KEYS_PER_USER:
        raise limit_exceeded("AccessKeysPerUser", KEYS_PER_USER)
    key_id, secret = ids.unique_id("AKIA"), ids.secret_key()
    if user is None:
        call.state.sessions.add(Credentials(key_id, secret, call.principal, call.account, issued=call.time))
    else:
        moto_iam.add_access_key(call.account, user.name, key_id, secret, call.time)
    name = "root" if user is None else user.name
    return {
        "AccessKey": {
            "UserName": name, "AccessKeyId": key_id, "Status": "Active", "SecretAccessKey": secret,
            "CreateDate": call.time,
        }
    }  # fmt: skip


@operation("iam", "ListAccessKeys")
def list_access_keys(call: Call) -> dict[str, Any]:
    """List a user's or the root user's access keys without their secrets.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
    """
    if root_user.is_target(call):
        keys = [
            {
                "AccessKeyId": key.access_key_id,
                "Status": "Active" if key.active else "Inactive",
                "CreateDate": key.issued,
            }
            for key in _root_keys(call)
        ]
    else:
        user = _user(call)
        keys = [
            {
                "UserName": user.name,
                "AccessKeyId": key.access_key_id,
                "Status": key.status,
                "CreateDate": key.create_date,
            }
            for key in user.access_keys
        ]
    return PAGES.page(call, "AccessKeyMetadata", keys)


@operation("iam", "UpdateAccessKey")
def update_access_key(call: Call) -> dict[str, Any]:
    """Set an access key to Active or Inactive.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
    """
    key, status = _access_key(call), settable_status(call)
    if isinstance(key, Credentials):
        call.state.sessions.add(replace(key, active=status == "Active"))
    else:
        key.status, key.changed = status, call.time
    return {}


@operation("iam", "DeleteAccessKey")
def delete_access_key(call: Call) -> dict[str, Any]:
    """Delete an access key. Raises NoSuchEntity if the user doesn't have it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
    """
    key = _access_key(call)
    if isinstance(key, Credentials):
        call.state.sessions.remove(key.access_key_id)
    else:
        moto_iam.backend(call.account).delete_access_key_by_name(key.access_key_id)
    return {}


def _access_key(call: Call) -> Any:
    key_id = call.parameters["AccessKeyId"]
    keys = _root_keys(call) if root_user.is_target(call) else _user(call).access_keys
    for key in keys:
        if key.access_key_id == key_id:
            return key
    raise no_such_entity(f"The Access Key with id {key_id} cannot be found.")
