"""Larkspur Seeds' AWS account: what its people neglected, what only looks so, and what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from labs_helpers.cloud.actors import Authenticator
from labs_helpers.course.days.day1 import lookalikes, settings  # noqa: F401  (importing registers)
from labs_helpers.course.days.day1.actors import Hands
from labs_helpers.course.days.day1.setting import SETTINGS, Stopped
from labs_helpers.course.shown.progress_line import with_progress

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

IDS = tuple(SETTINGS)
"""The ids of all neglected settings."""
OLD_DAYS = 200
"""How many days ago the account was set up, by the lab clock: its keys are as old."""
FIRST = ("admin-app-role", "imds-v1", "open-database-port")
"""The settings whose parts others use."""


def build(cloud: Cloud) -> None:
    """Set the account up in a new cloud, as if `OLD_DAYS` days ago: settings, people, and what only looks alike.

    RuntimeError in a cloud whose clock was moved.
    """
    hands = Hands(cloud)
    cloud.clock.begin_ago(days=OLD_DAYS)
    cloud.root_mfa()
    for id in with_progress((*FIRST, *(id for id in IDS if id not in FIRST)), str):
        SETTINGS[id].make(hands)
    cloud.clock.advance(days=OLD_DAYS)
    auditor(hands)
    lookalikes.make(hands)
    for task in SETTINGS["old-key"].tasks:
        task.steps(hands)  # the job that counts has run today, as every day


def begin_anew(cloud: Cloud, id: str) -> None:
    """Bring a setting back to how it was neglected, whatever became of it. LookupError names the ids there are.

    What AWS dates is as old as the new beginning: a key that is made again is new. RuntimeError for a KMS key that
    nobody may manage any more.
    """
    if id not in SETTINGS:
        raise LookupError(f"there is no setting {id!r:.60}; there are {', '.join(SETTINGS)}")
    hands = Hands(cloud)
    try:
        SETTINGS[id].make(hands)
    except (
        ClientError,
        Stopped,
    ):  # what it is made of is gone as well: the role that a policy names, for instance
        for each in (*FIRST, id):
            SETTINGS[each].make(hands)


def auditor(hands: Hands) -> None:
    """The read-only user whom the posture checker reads with."""
    hands.made_user("auditor", keys="auditor")
    hands.admin("iam").attach_user_policy(
        UserName="auditor", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )


def olivias_phone(cloud: Cloud) -> Authenticator:
    """Olivia's phone. Its virtual MFA device was made (arn:…:mfa/olivia) and never enabled for her."""
    return Authenticator(cloud, Hands(cloud).kept.blobs["phone"])
