"""Snapshots of other accounts that are public, or shared with the caller's: listed, and made volumes from.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.errors import NotModelled, ServiceError
from labs_helpers.core.record import Entry
from labs_helpers.core.registry import around
from labs_helpers.services.ec2 import moto_view as ec2

_ID = re.compile(r"snap-[0-9a-f]{8}(?:[0-9a-f]{9})?")


@around("ec2", "CreateVolume")
def create_volume(call: Call, perform: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html, SnapshotId"""
    snapshot = str(call.parameters.get("SnapshotId") or "")
    return _with(call, snapshot, call.region, "SharedSnapshotVolumeCreated", perform)


@around("ec2", "CopySnapshot")
def copy_snapshot(call: Call, perform: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html"""
    region = str(call.parameters.get("SourceRegion") or call.region)
    snapshot = str(call.parameters.get("SourceSnapshotId") or "")
    return _with(call, snapshot, region, "SharedSnapshotCopyInitiated", perform)


def _with(call: Call, snapshot: str, region: str, event: str, perform: Callable[[], Answer]) -> Answer:
    """Perform with a snapshot that somebody else owns at hand, if it is shared."""
    own = ec2.own_snapshots(call.account, region)
    lent = ec2.restorable(call.account, region).get(snapshot) if snapshot not in own else None
    if lent is None:
        if _ID.fullmatch(snapshot) and snapshot not in own:
            raise ServiceError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot}' does not exist.", 400)
        return perform()
    if lent.encrypted:
        raise NotModelled(
            f"ec2:{call.operation} from an encrypted snapshot of another account is not modelled"
        )
    with ec2.showing(call.account, region, {**own, snapshot: lent}):
        answer = perform()
    if answer.status < 300:
        _tell(call, event, snapshot, lent.owner_id)
    return answer


def _tell(call: Call, event: str, snapshot: str, owner: str) -> None:
    """The owner's trail tells who used a snapshot that was shared: an event of the service.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html#shared-snapshot-cloudtrail-logging
    """
    service = "ec2.amazonaws.com"
    shown = {
        "eventType": "AwsServiceEvent",
        "userIdentity": {"type": "AWSAccount", "accountId": call.caller_account, "invokedBy": service},
        "serviceEventDetails": {"snapshotId": snapshot},
    }
    call.state.record.add(
        Entry(
            event_id=call.state.ids.uuid(), request_id=call.state.ids.uuid(), time=call.time, service="ec2",
            operation=event, region=call.region, account=owner, principal_arn=None, caller_account=None,
            access_key_id=None, source_ip=service, user_agent=service, parameters={}, shown=shown,
        )
    )  # fmt: skip


@around("ec2", "DescribeSnapshots")
def describe(call: Call, perform: Callable[[], Answer]) -> Answer:
    """One's own snapshots, public ones, and those that are shared with one, by owner and by who may restore them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
    """
    held = {
        **ec2.own_snapshots(call.account, call.region), **ec2.restorable(call.account, call.region)
    }  # fmt: skip
    owners = {_self(call, each) for each in call.parameters.get("OwnerIds") or ()}
    restorers = {_self(call, each) for each in call.parameters.get("RestorableByUserIds") or ()}
    shown = {
        id: each
        for id, each in held.items()
        if (not owners or each.owner_id in owners or ("amazon" in owners and each.from_ami))
        and (not restorers or any(_restores(who, each) for who in restorers))
    }
    with ec2.showing(call.account, call.region, shown):
        return perform()


def _self(call: Call, who: str) -> str:
    return call.account if who == "self" else who


def _restores(who: str, snapshot: Any) -> bool:
    return who == snapshot.owner_id or ec2.may_restore(snapshot, who)


@around("ec2", "ModifySnapshotAttribute")
def share(call: Call, perform: Callable[[], Answer]) -> Answer:
    """An encrypted snapshot cannot be public.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
    """
    snapshot = ec2.own_snapshots(call.account, call.region).get(str(call.parameters.get("SnapshotId") or ""))
    added = (call.parameters.get("CreateVolumePermission") or {}).get("Add") or ()
    public = any(each.get("Group") == "all" for each in added)
    public |= call.parameters.get("OperationType") == "add" and "all" in (
        call.parameters.get("GroupNames") or ()
    )
    if snapshot is not None and snapshot.encrypted and public:
        raise ServiceError("InvalidParameter", "Encrypted snapshots can't be shared publicly", 400)
    return perform()
