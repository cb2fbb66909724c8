"""Operations that share snapshots, or that list, copy, and use other accounts' snapshots.

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
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2 import moto_snapshots as snapshots
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.dependencies import check_image_name
from labs_helpers.cloud.services.ec2.errors import invalid_value, wrong_state
from labs_helpers.cloud.services.kms.managed import managed_key

_ID = re.compile(r"snap-[0-9a-f]{8}(?:[0-9a-f]{9})?")

UNBLOCKED, NEW, ALL = "unblocked", "block-new-sharing", "block-all-sharing"


class Blocks:
    """The settings of block public access for snapshots, by account and Region.

    If there is no setting, public sharing isn't blocked.
    """

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], str] = {}

    def of(self, account: str, region: str) -> str:
        """Return an account's block public access setting for snapshots in a Region.

        Declarative policies are ignored.
        """
        return self.states.get((account, region), UNBLOCKED)


@operation("ec2", "EnableSnapshotBlockPublicAccess")
def block(call: Call) -> dict[str, Any]:
    """Block public sharing of snapshots in the Region, unless a declarative policy sets the state.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html
    """
    state = call.parameters.get("State")
    if state not in (NEW, ALL):
        raise invalid_value(f"Value ({state}) for parameter State is invalid.")
    declared.check_not_declared(call, declared.snapshot_block(call, call.account))
    call.state.part(Blocks).states[call.account, call.region] = state
    return {"State": state}


@operation("ec2", "DisableSnapshotBlockPublicAccess")
def unblock(call: Call) -> dict[str, Any]:
    """Allow public sharing of snapshots in the Region, unless a declarative policy sets the state.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisableSnapshotBlockPublicAccess.html
    """
    declared.check_not_declared(call, declared.snapshot_block(call, call.account))
    call.state.part(Blocks).states.pop((call.account, call.region), None)
    return {"State": UNBLOCKED}


@operation("ec2", "GetSnapshotBlockPublicAccessState")
def block_state(call: Call) -> dict[str, Any]:
    """Return the Region's block public access state, and whether the account or a declarative policy manages it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
    """
    managed = "account" if declared.snapshot_block(call, call.account) is None else "declarative-policy"
    return {"State": _effective_state(call, call.account, call.region), "ManagedBy": managed}


def _effective_state(call: Call, account: str, region: str) -> str:
    """Return the state in the organization's declarative policy, or else the account's own setting."""
    return declared.snapshot_block(call, account) or call.state.part(Blocks).of(account, region)


def _shared_with_caller(call: Call, region: str) -> dict[str, Any]:
    """Return other accounts' snapshots that the account can restore.

    If the state is block-all-sharing, public snapshots aren't available to other accounts.
    https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
    """
    return {
        id: each
        for id, each in ec2.restorable(call.account, region).items()
        if _effective_state(call, each.owner_id, region) != ALL or ec2.is_shared_with(each, call.account)
    }


@around("ec2", "CreateVolume", stage=Stage.FOUND)
def create_volume(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Create a volume. Its snapshot can be another account's public or shared snapshot.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html (SnapshotId)
    """
    snapshot = str(call.parameters.get("SnapshotId") or "")
    return _perform_with_shared(call, snapshot, call.region, "SharedSnapshotVolumeCreated", perform)


@around("ec2", "RegisterImage", stage=Stage.FOUND)
def find_registered(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a new image if the account can't use one of its snapshots. moto doesn't check them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RegisterImage.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidSnapshot.NotFound)
    """
    for each in call.parameters.get("BlockDeviceMappings") or ():
        _usable(call, str((each.get("Ebs") or {}).get("SnapshotId") or ""), call.region)
    return perform()


@around("ec2", "CopySnapshot", stage=Stage.FOUND)
def copy_snapshot(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Copy a snapshot, which can be another account's public or shared snapshot.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html
    """
    region = str(call.parameters.get("SourceRegion") or call.region)
    snapshot = str(call.parameters.get("SourceSnapshotId") or "")
    return _perform_with_shared(call, snapshot, region, "SharedSnapshotCopyInitiated", perform)


@around("ec2", "CopyImage", stage=Stage.PRECONDITIONS)
def copy_image(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Copy an image, which can belong to another account that shared the image and its snapshot.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/CopyingAMIs.html
    """
    check_image_name(call)
    region, name = str(call.parameters["SourceRegion"]), str(call.parameters["SourceImageId"])
    image = networks.shared_image(call.account, region, name)
    if image is None:
        return perform()
    if image.ebs_snapshot.id not in _shared_with_caller(call, region):
        message = "You do not have permission to access the storage of this ami"
        raise ServiceError("InvalidRequest", message, 400)
    _usable(call, image.ebs_snapshot.id, region)
    with networks.lent_image(call.account, region, image):
        return perform()


@around("ec2", "ModifySnapshotTier", stage=Stage.PRECONDITIONS)
def archive(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject archiving a snapshot if its image isn't disabled. AWS doesn't document the error code.

    https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html
    """
    name = str(call.parameters["SnapshotId"])
    if snapshots.has_enabled_image(call.account, call.region, name):
        raise ServiceError("InvalidSnapshot.InUse", f"The snapshot {name} is currently in use by an AMI", 400)
    return perform()


def _perform_with_shared(
    call: Call, snapshot: str, region: str, event: str, perform: Callable[[], Answer]
) -> Answer:
    """Perform the call as if another account's shared snapshot were the account's own, and record the use.

    Raises InvalidSnapshot.NotFound for a well-formed ID of a snapshot that the account doesn't own and that
    isn't shared with the account.
    """
    shared = _usable(call, snapshot, region)
    if shared is None:
        return perform()
    own = ec2.own_snapshots(call.account, region)
    with ec2.showing(call.account, region, {**own, snapshot: shared}):
        answer = perform()
    if answer.status < 300:
        _record_use(call, event, snapshot, shared.owner_id)
    return answer


def _usable(call: Call, snapshot: str, region: str) -> Any | None:
    """Return another account's snapshot that the call can use, or None for the account's own snapshot.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (IncorrectState)
    """
    if snapshot in ec2.own_snapshots(call.account, region):
        if snapshots.failed(call.account, region, snapshot):
            raise wrong_state(f"The snapshot '{snapshot}' is in the 'error' state.")
        if snapshots.archived(call.account, region, snapshot):
            raise wrong_state(f"The snapshot '{snapshot}' is archived. Restore it first.")
        return None
    shared = _shared_with_caller(call, region).get(snapshot)
    if shared is None and _ID.fullmatch(snapshot):
        raise _no_such_snapshot(snapshot)
    if shared is not None and shared.encrypted:
        raise NotModelled(f"ec2:{call.operation} from an encrypted snapshot of another account isn't modeled")
    return shared


def _no_such_snapshot(name: str) -> ServiceError:
    return ServiceError("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.", 400)


def _record_use(call: Call, event: str, snapshot: str, owner: str) -> None:
    """Record the use of a shared snapshot as a service event in its owner's trail.

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
    """List the account's own, public, and shared snapshots, filtered by OwnerIds and RestorableByUserIds.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
    """
    held = {
        **ec2.own_snapshots(call.account, call.region), **ec2.restorable(call.account, call.region)
    }  # fmt: skip
    owners = {_account_number(call, each) for each in call.parameters.get("OwnerIds") or ()}
    restorers = {_account_number(call, each) for each in call.parameters.get("RestorableByUserIds") or ()}
    shown = {
        id: each
        for id, each in held.items()
        if (not owners or each.owner_id in owners or ("amazon" in owners and each.from_ami))
        and (not restorers or any(_can_restore(account, each) for account in restorers))
    }
    with ec2.showing(call.account, call.region, shown):
        return perform()


def _account_number(call: Call, account: str) -> str:
    return call.account if account == "self" else account


def _can_restore(account: str, snapshot: Any) -> bool:
    return account == snapshot.owner_id or ec2.may_restore(snapshot, account)


@around("ec2", "ModifySnapshotAttribute", stage=Stage.PERMITTED)
def share(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Share a snapshot. Rejects public sharing if the snapshot is encrypted or the Region blocks it.

    Only the owner can share a snapshot. A snapshot that is encrypted with the AWS managed key can't be shared
    at all. A request can't both add and remove permissions.

    AWS doesn't document the error codes.
    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
    """
    name = str(call.parameters.get("SnapshotId") or "")
    snapshot = ec2.own_snapshots(call.account, call.region).get(name)
    if snapshot is None and _ID.fullmatch(name):
        raise _no_such_snapshot(name)
    changes = call.parameters.get("CreateVolumePermission") or {}
    added = changes.get("Add") or ()
    if added and changes.get("Remove"):
        raise ServiceError("InvalidParameterCombination", "Add and Remove can't be in the same request", 400)
    public = any(each.get("Group") == "all" for each in added)
    public |= call.parameters.get("OperationType") == "add" and "all" in (
        call.parameters.get("GroupNames") or ()
    )
    users = [
        *(call.parameters.get("UserIds") or ()),
        *(each.get("UserId") for each in added if each.get("UserId")),
    ]
    for user in users:
        if not re.fullmatch(r"\d{12}", user):
            raise ServiceError("InvalidUserID.Malformed", f'Invalid user id: "{user}"', 400)
    if public and _effective_state(call, call.account, call.region) != UNBLOCKED:
        message = "Public sharing of snapshots is blocked in this Region for this account."
        raise ServiceError("OperationNotPermitted", message, 400)
    if snapshot is not None and snapshot.encrypted and public:
        raise ServiceError("InvalidParameter", "Encrypted snapshots can't be shared publicly", 400)
    adds = added or call.parameters.get("OperationType") == "add"
    if snapshot is not None and snapshot.encrypted and users and adds and _has_managed_key(call, snapshot):
        raise ServiceError(
            "InvalidParameter", "Encrypted snapshots with EBS default key cannot be shared", 400
        )
    answer = perform()
    if snapshot is not None:  # moto performs only changes that are specified with OperationType
        ec2.change_sharing(snapshot, changes)
    return answer


@around("ec2", "ModifyImageAttribute", stage=Stage.PERMITTED)
def share_image(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Share an image. Rejects sharing a disabled image, and public sharing if the snapshot is encrypted.

    An image with a snapshot that is encrypted with the AWS managed key can't be shared at all. AWS doesn't
    document the error codes.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-explicit.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-intro.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html
    """
    given = call.parameters
    added = (given.get("LaunchPermission") or {}).get("Add") or ()
    public = any(each.get("Group") == "all" for each in added)
    if given.get("OperationType") == "add":
        public |= "all" in (given.get("UserGroups") or ())
        added = added or given.get("UserIds") or given.get("UserGroups") or ()
    if added and networks.image_unavailable(call.account, call.region, given["ImageId"]):
        raise ServiceError("InvalidAMIID.Unavailable", f"The image '{given['ImageId']}' isn't available", 400)
    name = snapshots.of_image(call.account, call.region, given["ImageId"]) if added else None
    snapshot = ec2.own_snapshots(call.account, call.region).get(name or "")
    if snapshot is not None and snapshot.encrypted and (public or _has_managed_key(call, snapshot)):
        message = "Images with snapshots that are encrypted with the EBS default key can't be shared"
        if public:
            message = "Images with encrypted snapshots can't be shared publicly"
        raise ServiceError("InvalidParameter", message, 400)
    return perform()


def _has_managed_key(call: Call, snapshot: Any) -> bool:
    key = managed_key(call.state, call.account, call.region, "ebs")
    return key is not None and key.arn in (snapshot.kms_key_id, snapshot.volume.kms_key_id)
