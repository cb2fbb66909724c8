"""The form of EC2's CloudTrail events.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-with-cloudtrail.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.ec2 import trail_parameters
from labs_helpers.cloud.services.shared.trail_facts import REMOVED, TrailFacts


def _request(operation: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the requestParameters; both forms of ModifySnapshotAttribute have one: lists of additions and removals.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
    """
    if operation != "ModifySnapshotAttribute" or sent.get("attribute") not in (
        None,
        "createVolumePermission",
    ):
        return trail_parameters.shown(operation, sent)
    changes: dict[str, list[dict[str, str]]] = {}
    for verb, people in (sent.get("createVolumePermission") or {}).items():
        changes[verb] = [
            {"groups": each["group"]} if "group" in each else {"userId": each["userId"]} for each in people
        ]
    verb = sent.get("operationType", "add")
    named = [{"userId": each} for each in sent.get("userIds") or ()]
    named += [{"groups": each} for each in sent.get("groupNames") or ()]
    if named:
        changes.setdefault(verb, []).extend(named)
    shown = {verb: {"items": people} for verb, people in changes.items()}
    return {
        "snapshotId": sent.get("snapshotId"),
        "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": shown,
    }


def _request_id(entry: Entry) -> dict[str, Any]:
    return {} if entry.answer is None else {"requestId": entry.request_id}


def _empty_response(entry: Entry) -> dict[str, Any]:
    return {"requestId": entry.request_id, "_return": True}


TRAIL = TrailFacts(
    error_prefix="Client.",
    hides=REMOVED,
    members=dict.fromkeys(("UserData", "KeyMaterial"), REMOVED),
    spelled={"Return": "_return"},
    sets=True,
    defaults=_request,
    asked=trail_parameters.sent,
    nothing=_empty_response,
    beyond=_request_id,
    types={
        "instance": "AWS::EC2::Instance", "security-group": "AWS::EC2::SecurityGroup", "vpc": "AWS::EC2::VPC",
        "vpc-endpoint": "AWS::EC2::VPCEndpoint", "subnet": "AWS::EC2::Subnet",
    },
)  # fmt: skip
