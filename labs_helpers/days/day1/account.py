"""Larkspur Seeds' AWS account: what its people neglected, what only looks so, and what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.actors.authenticator import Authenticator
from labs_helpers.days.day1 import lookalikes, settings  # noqa: F401  (importing registers)
from labs_helpers.days.day1.hands import Hands
from labs_helpers.days.day1.setting import SETTINGS

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

IDS = tuple(SETTINGS)
"""The ids of all neglected settings."""
OLD_DAYS = 200
"""How many days ago the account was set up, by the lab clock: its keys are as old."""
_FIRST = ("admin-app-role", "imds-v1", "open-database-port")
"""The settings whose parts others use."""


def build(cloud: Cloud) -> None:
    """Set the account up in a new cloud, as if `OLD_DAYS` days ago: settings, people, and what only looks alike.

    RuntimeError in a cloud whose clock was moved.
    """
    hands = Hands(cloud)
    cloud.clock.begin_ago(days=OLD_DAYS)
    for id in (*_FIRST, *(id for id in IDS if id not in _FIRST)):
        SETTINGS[id].make(hands)
    cloud.clock.advance(days=OLD_DAYS)
    auditor(hands)
    lookalikes.make(hands)
    for task in SETTINGS["old-key"].tasks:
        task.steps(hands)  # the job that counts has run today, as every day


def begin_anew(cloud: Cloud, id: str) -> None:
    """Bring a setting back to how it was neglected, whatever became of it. LookupError names the ids there are."""
    if id not in SETTINGS:
        raise LookupError(f"there is no setting {id!r:.60}; there are {', '.join(SETTINGS)}")
    SETTINGS[id].make(Hands(cloud))


def auditor(hands: Hands) -> None:
    """The read-only user whom the posture checker reads with."""
    hands.made_user("auditor", keys="auditor")
    hands.admin("iam").attach_user_policy(
        UserName="auditor", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )


def olivias_phone(cloud: Cloud) -> Authenticator:
    """Olivia's phone. Its virtual MFA device was made (arn:…:mfa/olivia) and never enabled for her."""
    return Authenticator(cloud, Hands(cloud).kept.blobs["phone"])
