"""Accounts with somebody in them: moto makes an account when it is first touched, and leaves it empty."""

from __future__ import annotations

from labs_helpers.core.clock import Clock
from labs_helpers.core.ids import Ids
from labs_helpers.services.iam import moto_view as moto_iam

ADMINISTRATOR_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


def create_administrator(account: str, user_name: str, ids: Ids, clock: Clock) -> dict[str, str]:
    """An IAM user with AWS's AdministratorAccess policy, as an account's first user has.

    Returns its access key as CreateAccessKey does: AccessKeyId, SecretAccessKey, UserName.
    """
    iam = moto_iam.backend(account)
    user = iam.create_user("us-east-1", user_name)
    user.id = ids.unique_id("AIDA")
    iam.managed_policies[ADMINISTRATOR_POLICY].attach_to(user)
    key = {"AccessKeyId": ids.unique_id("AKIA"), "SecretAccessKey": ids.secret_key(), "UserName": user_name}
    moto_iam.add_access_key(account, user_name, key["AccessKeyId"], key["SecretAccessKey"], clock.now())
    return key


def give_administrator_rights(account: str, role_name: str, ids: Ids) -> None:
    """Attach AWS's AdministratorAccess to the role that moto puts, bare, into each account that Organizations makes."""
    role = moto_iam.find_role(account, role_name)
    assert role is not None, f"moto made no role {role_name} in {account}"
    role.id = ids.unique_id("AROA")
    moto_iam.backend(account).managed_policies[ADMINISTRATOR_POLICY].attach_to(role)
