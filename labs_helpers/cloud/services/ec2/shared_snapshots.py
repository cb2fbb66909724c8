"""Snapshots of other accounts that are public, or shared with the caller's: listed, and made volumes from.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import declared
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.errors import invalid_value

_ID = re.compile(r"snap-[0-9a-f]{8}(?:[0-9a-f]{9})?")

UNBLOCKED, NEW, ALL = "unblocked", "block-new-sharing", "block-all-sharing"


class Blocks:
    """Whether an account's Region blocks public sharing of snapshots: by (account, Region), left out unblocked."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], str] = {}

    def of(self, account: str, region: str) -> str:
        return self.states.get((account, region), UNBLOCKED)


@operation("ec2", "EnableSnapshotBlockPublicAccess")
def block(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html"""
    state = call.parameters.get("State")
    if state not in (NEW, ALL):
        raise invalid_value(f"Value ({state}) for parameter State is invalid.")
    declared.check_not_declared(call, declared.snapshot_block(call, call.account))
    call.state.part(Blocks).states[call.account, call.region] = state
    return {"State": state}


@operation("ec2", "DisableSnapshotBlockPublicAccess")
def unblock(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisableSnapshotBlockPublicAccess.html"""
    declared.check_not_declared(call, declared.snapshot_block(call, call.account))
    call.state.part(Blocks).states.pop((call.account, call.region), None)
    return {"State": UNBLOCKED}


@operation("ec2", "GetSnapshotBlockPublicAccessState")
def block_state(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html"""
    managed = "account" if declared.snapshot_block(call, call.account) is None else "declarative-policy"
    return {"State": _state(call, call.account, call.region), "ManagedBy": managed}


def _state(call: Call, account: str, region: str) -> str:
    """What an organisation declares, else the account's own setting."""
    return declared.snapshot_block(call, account) or call.state.part(Blocks).of(account, region)


def _lent(call: Call, region: str) -> dict[str, Any]:
    """The snapshots of others that the account may restore. Under block-all-sharing public ones count as private.

    https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
    """
    return {
        id: each
        for id, each in ec2.restorable(call.account, region).items()
        if _state(call, each.owner_id, region) != ALL or ec2.is_shared_with(each, call.account)
    }


@around("ec2", "CreateVolume", stage=Stage.FOUND)
def create_volume(call: Call, perform: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html, SnapshotId"""
    snapshot = str(call.parameters.get("SnapshotId") or "")
    return _with(call, snapshot, call.region, "SharedSnapshotVolumeCreated", perform)


@around("ec2", "CopySnapshot", stage=Stage.FOUND)
def copy_snapshot(call: Call, perform: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html"""
    region = str(call.parameters.get("SourceRegion") or call.region)
    snapshot = str(call.parameters.get("SourceSnapshotId") or "")
    return _with(call, snapshot, region, "SharedSnapshotCopyInitiated", perform)


def _with(call: Call, snapshot: str, region: str, event: str, perform: Callable[[], Answer]) -> Answer:
    """Perform with a snapshot that somebody else owns at hand, if it is shared."""
    own = ec2.own_snapshots(call.account, region)
    lent = _lent(call, region).get(snapshot) if snapshot not in own else None
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


@around("ec2", "DescribeSnapshots", stage=Stage.PERFORMED, refuses=False)
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


@around("ec2", "ModifySnapshotAttribute", stage=Stage.PERMITTED)
def share(call: Call, perform: Callable[[], Answer]) -> Answer:
    """An encrypted snapshot cannot be public, nor any whose Region blocks it; AWS's pages name no code for either.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
    """
    snapshot = ec2.own_snapshots(call.account, call.region).get(str(call.parameters.get("SnapshotId") or ""))
    added = (call.parameters.get("CreateVolumePermission") or {}).get("Add") or ()
    public = any(each.get("Group") == "all" for each in added)
    public |= call.parameters.get("OperationType") == "add" and "all" in (
        call.parameters.get("GroupNames") or ()
    )
    if public and _state(call, call.account, call.region) != UNBLOCKED:
        message = "Public sharing of snapshots is blocked in this Region for this account."
        raise ServiceError("OperationNotPermitted", message, 400)
    if snapshot is not None and snapshot.encrypted and public:
        raise ServiceError("InvalidParameter", "Encrypted snapshots can't be shared publicly", 400)
    return perform()
