"""Operations that create, copy, share, restore, and delete manual snapshots.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
"""

from __future__ import annotations

import re
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms.for_services import default_key
from labs_helpers.cloud.services.rds import parameters
from labs_helpers.cloud.services.rds.db_instances import (
    PAGES,
    databases,
    instance_description,
    key_for_storage,
    location,
    named_instance,
    refuse_existing_instance,
    refuse_existing_snapshot,
    shared_settings,
    store_instance,
    tag_list,
    tags_of,
    take_snapshot,
)
from labs_helpers.cloud.services.rds.state import Snapshot

_RESTORE_PARAMETERS = frozenset(
    "DBInstanceIdentifier DBSnapshotIdentifier DBInstanceClass Port AvailabilityZone MultiAZ PubliclyAccessible "
    "AutoMinorVersionUpgrade Engine Tags StorageType VpcSecurityGroupIds CopyTagsToSnapshot DeletionProtection "
    "EnableIAMDatabaseAuthentication".split()
)
_ACCOUNT = re.compile(r"\d{12}")
_MOST_ACCOUNTS = 20
"""The maximum number of accounts that one snapshot can be shared with.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
"""


def _not_found(named: str) -> ServiceError:
    return ServiceError("DBSnapshotNotFound", f"DBSnapshot {named} not found.", 404)


def _own_snapshot(call: Call, parameter: str = "DBSnapshotIdentifier") -> Snapshot:
    """Return the account's own snapshot that a parameter names, or raise DBSnapshotNotFound."""
    named = str(call.parameters.get(parameter) or "")
    snapshot = databases(call).snapshot(location(call), named)
    if snapshot is None or snapshot.account != call.account:
        raise _not_found(named)
    return snapshot


def _restorable_snapshot(call: Call, parameter: str) -> Snapshot:
    """Return the snapshot that a parameter names, if the caller's account can restore it.

    Another account's snapshot is named by its ARN. Raises DBSnapshotNotFound, even if the snapshot exists but isn't
    shared with the caller's account.
    """
    named = str(call.parameters.get(parameter) or "")
    snapshot = databases(call).snapshot(location(call), named)
    if snapshot is None or snapshot.region != call.region:
        raise _not_found(named)
    if snapshot.account == call.account or snapshot.public or snapshot.is_shared_with(call.account):
        return snapshot
    raise _not_found(named)


@operation("rds", "CreateDBSnapshot")
def create(call: Call) -> dict[str, Any]:
    """Create a manual snapshot of a DB instance, with the instance's current settings.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
    """
    named = parameters.name(call, "DBSnapshotIdentifier", 255)
    snapshot = take_snapshot(call, named_instance(call), named, tags_of(call))
    return {"DBSnapshot": _snapshot_description(snapshot, "creating")}


@operation("rds", "CopyDBSnapshot")
def copy(call: Call) -> dict[str, Any]:
    """Copy a snapshot that the caller's account can restore, encrypted with the same or another KMS key.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html
    """
    parameters.accept_only(
        call, ("SourceDBSnapshotIdentifier", "TargetDBSnapshotIdentifier", "KmsKeyId", "Tags", "CopyTags")
    )
    source = _restorable_snapshot(call, "SourceDBSnapshotIdentifier")
    named = parameters.name(call, "TargetDBSnapshotIdentifier", 255)
    refuse_existing_snapshot(call, named)
    settings = dict(source.settings)
    if call.parameters.get("KmsKeyId"):
        settings |= {"StorageEncrypted": True, "KmsKeyId": key_for_storage(call, call.parameters["KmsKeyId"])}
    elif settings["StorageEncrypted"]:
        key_for_storage(call, settings["KmsKeyId"])
    tags = {**(source.tags if call.parameters.get("CopyTags") else {}), **tags_of(call)}
    snapshot = Snapshot(
        named, call.account, call.region, source.instance_name, source.instance_resource_id,
        source.instance_created, call.time, settings, source=source.arn, tags=tags,
    )  # fmt: skip
    databases(call).snapshots[location(call), named] = snapshot
    return {"DBSnapshot": _snapshot_description(snapshot, "creating")}


@operation("rds", "DescribeDBSnapshots")
def describe(call: Call) -> dict[str, Any]:
    """Return the snapshot that the request specifies, or a page of the account's own, shared, or public snapshots.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html
    """
    given = call.parameters
    parameters.accept_only(
        call,
        ("DBInstanceIdentifier", "DBSnapshotIdentifier", "SnapshotType", "MaxRecords", "Marker", "IncludeShared",
         "IncludePublic"),
    )  # fmt: skip
    if given.get("DBSnapshotIdentifier"):
        return {"DBSnapshots": [_snapshot_description(_restorable_snapshot(call, "DBSnapshotIdentifier"))]}
    if given.get("DBInstanceIdentifier"):
        named_instance(call)
    listed = [each for _, each in sorted(databases(call).snapshots.items()) if _is_listed(call, each)]
    instance = str(given.get("DBInstanceIdentifier") or "").lower()
    if instance:
        listed = [each for each in listed if each.instance_name == instance]
    return PAGES.page(call, "DBSnapshots", [_snapshot_description(each) for each in listed])


def _is_listed(call: Call, snapshot: Snapshot) -> bool:
    """Return whether a snapshot is listed: the account owns it or, if requested, it is shared or public."""
    kind, given = call.parameters.get("SnapshotType"), call.parameters
    if kind not in (None, "", "manual", "automated", "shared", "public", "awsbackup"):
        raise parameters.invalid(f"Invalid snapshot type: {kind}.")
    if snapshot.region != call.region:
        return False
    if snapshot.account == call.account:
        return kind in (None, "", "manual") or (kind == "public" and snapshot.public)
    shared = snapshot.is_shared_with(call.account) and (
        kind == "shared" or (not kind and given.get("IncludeShared"))
    )
    public = snapshot.public and (kind == "public" or (not kind and given.get("IncludePublic")))
    return bool(shared or public)


@operation("rds", "DescribeDBSnapshotAttributes")
def describe_attributes(call: Call) -> dict[str, Any]:
    """Return the accounts that can restore one of the account's own snapshots, or `all`.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshotAttributes.html
    """
    return {"DBSnapshotAttributesResult": _sharing(_own_snapshot(call))}


@operation("rds", "ModifyDBSnapshotAttribute")
def modify_attribute(call: Call) -> dict[str, Any]:
    """Share a snapshot with accounts, make it public, or stop sharing it.

    An encrypted snapshot can't be public. If it is encrypted with the AWS managed key, it can't be shared at all.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html
    """
    snapshot, given = _own_snapshot(call), call.parameters
    if given.get("AttributeName") != "restore":
        raise parameters.invalid(f"Invalid snapshot attribute: {given.get('AttributeName')}.")
    added, removed = list(given.get("ValuesToAdd") or ()), list(given.get("ValuesToRemove") or ())
    for each in (*added, *removed):
        if each != "all" and not _ACCOUNT.fullmatch(each):
            raise parameters.invalid(f"Invalid value for the attribute restore: {each}.")
    if "all" in added and snapshot.settings["StorageEncrypted"]:
        raise parameters.invalid("Encrypted DB snapshots can't be shared as public.")
    if added and _has_default_key(call, snapshot):
        raise ServiceError(
            "InvalidDBSnapshotState",
            "DB snapshots encrypted with the default RDS encryption key can't be shared.",
            400,
        )
    kept = [each for each in dict.fromkeys([*snapshot.restorable_by, *added]) if each not in removed]
    if len([each for each in kept if each != "all"]) > _MOST_ACCOUNTS:
        raise ServiceError(
            "SharedSnapshotQuotaExceeded",
            f"A manual DB snapshot can be shared with at most {_MOST_ACCOUNTS} accounts.",
            400,
        )
    snapshot.restorable_by = kept
    return {"DBSnapshotAttributesResult": _sharing(snapshot)}


def _has_default_key(call: Call, snapshot: Snapshot) -> bool:
    """Return whether the AWS managed key, which no other account can use, encrypts the snapshot.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html
    """
    settings = snapshot.settings
    return bool(settings["StorageEncrypted"]) and settings["KmsKeyId"] == default_key(call, "rds")


def _sharing(snapshot: Snapshot) -> dict[str, Any]:
    values = [{"AttributeName": "restore", "AttributeValues": list(snapshot.restorable_by)}]
    return {"DBSnapshotIdentifier": snapshot.name, "DBSnapshotAttributes": values}


@operation("rds", "DeleteDBSnapshot")
def delete(call: Call) -> dict[str, Any]:
    """Delete one of the account's own snapshots.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html
    """
    snapshot = _own_snapshot(call)
    del databases(call).snapshots[location(call), snapshot.name]
    return {"DBSnapshot": _snapshot_description(snapshot, "deleted")}


@operation("rds", "RestoreDBInstanceFromDBSnapshot")
def restore(call: Call) -> dict[str, Any]:
    """Create a DB instance in the caller's account, with the data and most settings of the snapshot's instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
    """
    parameters.accept_only(call, _RESTORE_PARAMETERS)
    named, source = (
        parameters.name(call, "DBInstanceIdentifier"),
        _restorable_snapshot(call, "DBSnapshotIdentifier"),
    )
    refuse_existing_instance(call, named)
    if source.settings["StorageEncrypted"]:
        key_for_storage(call, source.settings["KmsKeyId"])
    given = call.parameters
    changes = {
        name: given[name]
        for name in ("DBInstanceClass", "Port", "StorageType")
        if given.get(name) is not None
    }
    settings = {
        **source.settings,
        **changes,
        **shared_settings(call),
        "PubliclyAccessible": given.get("PubliclyAccessible", True),
    }
    return {
        "DBInstance": instance_description(store_instance(call, named, settings, tags_of(call)), "creating")
    }


def _snapshot_description(snapshot: Snapshot, status: str = "available") -> dict[str, Any]:
    """Return a snapshot as RDS describes it. A copy names its source by ARN."""
    settings = snapshot.settings
    shown = {
        "DBSnapshotIdentifier": snapshot.name,
        "DBSnapshotArn": snapshot.arn,
        "DBInstanceIdentifier": snapshot.instance_name,
        "DbiResourceId": snapshot.instance_resource_id,
        "InstanceCreateTime": snapshot.instance_created,
        "Engine": settings["Engine"],
        "EngineVersion": settings["EngineVersion"],
        "AllocatedStorage": settings["AllocatedStorage"],
        "AvailabilityZone": settings["AvailabilityZone"],
        "MasterUsername": settings["MasterUsername"],
        "Port": settings["Port"],
        "StorageType": settings["StorageType"],
        "Encrypted": settings["StorageEncrypted"],
        "IAMDatabaseAuthenticationEnabled": settings["EnableIAMDatabaseAuthentication"],
        "SnapshotType": "manual",
        "Status": status,
        "PercentProgress": 0 if status == "creating" else 100,
        "TagList": tag_list(snapshot.tags),
    }
    if settings.get("KmsKeyId"):
        shown["KmsKeyId"] = settings["KmsKeyId"]
    if snapshot.source:
        shown["SourceDBSnapshotIdentifier"] = snapshot.source
    if status != "creating":
        shown["SnapshotCreateTime"] = shown["OriginalSnapshotCreateTime"] = snapshot.created
    return shown
