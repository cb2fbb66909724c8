"""Creation of IAM users and roles in an account. Initially, an account in moto has neither users nor roles."""

from __future__ import annotations

from datetime import datetime

from labs_helpers.cloud.core.clock import Clock
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.services.iam import moto_view as moto_iam

ADMINISTRATOR_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


def create_administrator(account: str, user_name: str, ids: Ids, clock: Clock) -> dict[str, str]:
    """Create an IAM user with AWS's AdministratorAccess policy, like the first user in an account.

    Returns an access key in the same form as CreateAccessKey: AccessKeyId, SecretAccessKey, UserName.
    """
    iam = moto_iam.backend(account)
    user = iam.create_user("us-east-1", user_name)
    user.id = ids.unique_id("AIDA")
    iam.managed_policies[ADMINISTRATOR_POLICY].attach_to(user)
    key = {"AccessKeyId": ids.unique_id("AKIA"), "SecretAccessKey": ids.secret_key(), "UserName": user_name}
    moto_iam.add_access_key(account, user_name, key["AccessKeyId"], key["SecretAccessKey"], clock.now())
    return key


def add_role(
    account: str,
    name: str,
    trust: str,
    policies: tuple[str, ...],
    ids: Ids,
    created: datetime,
    *,
    path: str = "/",
    linked_service: str | None = None,
    description: str = "",
    duration: int = 3600,
) -> None:
    """Create a role that Organizations or Identity Center adds to an account, with AWS managed policies.

    With `linked_service` (a service principal), only that service can change the role. `duration` is in
    seconds.
    """
    iam = moto_iam.backend(account)
    role = iam.create_role(name, trust, path, None, description, [], duration, linked_service=linked_service)
    del iam.roles[role.id]
    role.id, role.create_date = ids.unique_id("AROA"), created
    iam.roles[role.id] = role
    for arn in policies:
        iam.managed_policies[arn].attach_to(role)
