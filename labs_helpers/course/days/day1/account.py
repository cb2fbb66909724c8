"""The AWS account of Larkspur Seeds: its neglected settings, its harmless lookalikes, and the shop's own resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from labs_helpers.cloud.actors import Authenticator
from labs_helpers.course.days.day1 import lookalikes, settings  # noqa: F401  (importing registers)
from labs_helpers.course.days.day1.actors import ShopAccount
from labs_helpers.course.days.day1.setting_registry import SETTINGS, WorkStopped
from labs_helpers.course.shown.mistakes import UnknownName, checked
from labs_helpers.course.shown.progress_line import with_progress

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

IDS = tuple(SETTINGS)
"""The IDs of all neglected settings."""
OLD_DAYS = 200
"""The age of the account and its keys, in days on the lab clock."""
FIRST = ("admin-app-role", "imds-v1", "open-database-port")
"""The settings that are created first, because other settings need their resources."""


def build(cloud: Cloud) -> None:
    """Set up the account in a new cloud, with creation dates `OLD_DAYS` days ago: settings, people, and lookalikes.

    Raises `RuntimeError` if the cloud's clock was moved.
    """
    account = ShopAccount(cloud)
    cloud.clock.begin_ago(days=OLD_DAYS)
    cloud.root_mfa()
    for id in with_progress((*FIRST, *(id for id in IDS if id not in FIRST)), str):
        SETTINGS[id].make(account)
    cloud.clock.advance(days=OLD_DAYS)
    create_auditor(account)
    lookalikes.create_all(account)
    for task in SETTINGS["old-key"].tasks:
        task.steps(account)  # the metrics job runs every day, so its key was used today


@checked
def begin_anew(cloud: Cloud, id: str) -> None:
    """Return a setting to its neglected state, from any state.

    Raises `LookupError`, which lists the known IDs, for an unknown ID. The restored setting has new dates: a key that
    is created again, for example, is new. Raises `RuntimeError` for a KMS key whose policy locks out every
    administrator.
    """
    if id not in SETTINGS:
        raise UnknownName(f"there is no setting {id!r:.60}; the settings are {', '.join(SETTINGS)}")
    account = ShopAccount(cloud)
    try:
        SETTINGS[id].make(account)
    except (ClientError, WorkStopped):
        # A resource that the setting depends on is gone as well, such as the role that a policy names.
        for each in (*FIRST, id):
            SETTINGS[each].make(account)


def create_auditor(account: ShopAccount) -> None:
    """Create the read-only user that the posture checker runs as."""
    account.ensure_user("auditor", keys="auditor")
    account.admin("iam").attach_user_policy(
        UserName="auditor", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )


def olivias_phone(cloud: Cloud) -> Authenticator:
    """Return Olivia's phone. Its virtual MFA device exists (arn:…:mfa/olivia) but was never enabled for her."""
    return Authenticator(cloud, ShopAccount(cloud).created.blobs["phone"])
