"""Details of CloudTrail events for calls to EC2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.ec2 import trail_parameters, trail_requests
from labs_helpers.cloud.services.shared.trail_facts import REMOVED, TrailFacts

_SHARED = {
    "ModifySnapshotAttribute": ("createVolumePermission", "CREATE_VOLUME_PERMISSION", "snapshotId"),
    "ModifyImageAttribute": ("launchPermission", "launchPermission", "imageId"),
}
"""By operation: the sharing attribute, its name in events, and the parameter with the resource's ID."""
_RULES = ("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress")


def _request(operation: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the requestParameters."""
    if operation in trail_requests.OPERATIONS:
        return trail_requests.shown(operation, sent)
    if operation in _SHARED and sent.get("attribute") in (None, _SHARED[operation][0]):
        return _sharing(operation, sent)
    # OBSERVED in 2024: if the rule is specified by separate parameters, ipPermissions is empty.
    always: dict[str, Any] = {"ipPermissions": {}} if operation in _RULES else {}
    return always | trail_parameters.shown(operation, sent)


def _asked(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the API's parameters from an event's requestParameters."""
    if operation in trail_requests.OPERATIONS:
        return trail_requests.sent(operation, found)
    return trail_parameters.sent(operation, found)


def _sharing(operation: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the requestParameters of a call that shares a snapshot or an image: lists of additions and removals.

    Both forms of the call have the same parameters:
    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
    """
    attribute, shown_as, resource = _SHARED[operation]
    changes: dict[str, list[dict[str, str]]] = {}
    for verb, people in (sent.get(attribute) or {}).items():
        changes[verb] = [_sharer(each) for each in people]
    verb = sent.get("operationType", "add")
    named = [{"userId": each} for each in sent.get("userIds") or ()]
    named += [{"groups": each} for each in sent.get("groupNames") or sent.get("userGroups") or ()]
    if named:
        changes.setdefault(verb, []).extend(named)
    if not changes:
        return trail_parameters.shown(operation, sent)
    shown = {verb: {"items": people} for verb, people in changes.items()}
    return {resource: sent.get(resource), "attributeType": shown_as, attribute: shown}


def _sharer(each: Mapping[str, str]) -> dict[str, str]:
    """Return the recipient of a shared resource: everyone (`group`), an account, or part of an organization."""
    if "group" in each:
        return {"groups": each["group"]}
    return dict(each)


def _request_id(entry: Entry) -> dict[str, Any]:
    return {} if entry.answer is None else {"requestId": entry.request_id}


def _empty_response(entry: Entry) -> dict[str, Any]:
    return {"requestId": entry.request_id, "_return": True}


TRAIL = TrailFacts(
    error_prefix="Client.",
    shows_denied=True,
    hides=REMOVED,
    members=dict.fromkeys(("UserData", "KeyMaterial"), REMOVED),
    spelled={"Return": "_return"},
    sets=True,
    defaults=_request,
    asked=_asked,
    answered=trail_parameters.answer,
    nothing=_empty_response,
    beyond=_request_id,
    types={
        "instance": "AWS::EC2::Instance", "security-group": "AWS::EC2::SecurityGroup", "vpc": "AWS::EC2::VPC",
        "vpc-endpoint": "AWS::EC2::VPCEndpoint", "subnet": "AWS::EC2::Subnet",
    },
)  # fmt: skip
