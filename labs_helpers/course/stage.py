"""Setting a day's stage: the users, buckets and profiles that a lesson finds when it begins.

The stage is data (data/days/dayN.json): boto3 calls that an administrator makes, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud


def set_stage(cloud: Cloud, steps: list[dict[str, Any]]) -> None:
    """Make the calls as administrator of each step's account, and write the profiles that they ask for.

    One session an account: a further client of a session costs a tenth of the first.
    """
    clients: dict[tuple[str, str], Any] = {}
    sessions: dict[str, Any] = {}
    for step in steps:
        account = step.get("account", cloud.home)
        where = (account, step["service"])
        if where not in clients:
            if account not in sessions:
                sessions[account] = cloud.account(account)
            clients[where] = sessions[account].client(step["service"])
        answer = getattr(clients[where], step["call"])(**step.get("parameters", {}))
        if "profile" in step:
            cloud.profile(step["profile"], answer["AccessKey"])
