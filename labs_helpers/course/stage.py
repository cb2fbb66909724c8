"""Setting a day's stage: the users, buckets and profiles that a lesson finds when it begins.

The stage is data (data/days/dayN.json): boto3 calls that an administrator makes, in order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

DOCUMENTS = ("PolicyDocument", "AssumeRolePolicyDocument", "Policy")
"""Parameters that take a policy as JSON text."""


def set_stage(cloud: Cloud, steps: list[dict[str, Any]]) -> None:
    """Make the calls, and write the profiles that they ask for.

    An administrator of a step's account makes it, or the profile that it names. One session each: a further client of
    a session costs a tenth of the first.
    """
    clients: dict[tuple[str, str], Any] = {}
    sessions: dict[str, Any] = {}
    for step in steps:
        who = step.get("who") or step.get("account") or cloud.home
        where = (who, step["service"])
        if where not in clients:
            if who not in sessions:
                sessions[who] = boto3.Session(profile_name=who) if step.get("who") else cloud.account(who)
            clients[where] = sessions[who].client(step["service"])
        answer = getattr(clients[where], step["call"])(**as_text(step.get("parameters", {})))
        if step.get("profile"):
            cloud.profile(step["profile"], answer.get("AccessKey") or answer["Credentials"])


def as_text(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters in which policy documents, objects in data/, are the JSON text that AWS takes."""
    return {
        name: json.dumps(value) if name in DOCUMENTS and isinstance(value, dict) else value
        for name, value in parameters.items()
    }
