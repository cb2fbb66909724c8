"""Manual snapshots: taken, copied, shared with accounts or with all, restored, deleted.

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
from labs_helpers.cloud.services.rds.instances import (
    PAGES,
    databases,
    described,
    found_instance,
    keep,
    key_for_storage,
    place,
    refuse_taken,
    refuse_taken_snapshot,
    shared_settings,
    tag_list,
    tags_of,
    take,
)
from labs_helpers.cloud.services.rds.state import Snapshot

_RESTORED = frozenset(
    "DBInstanceIdentifier DBSnapshotIdentifier DBInstanceClass Port AvailabilityZone MultiAZ PubliclyAccessible "
    "AutoMinorVersionUpgrade Engine Tags StorageType VpcSecurityGroupIds CopyTagsToSnapshot DeletionProtection "
    "EnableIAMDatabaseAuthentication".split()
)
_ACCOUNT = re.compile(r"\d{12}")
_MOST_ACCOUNTS = 20
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html"""


def _not_found(named: str) -> ServiceError:
    return ServiceError("DBSnapshotNotFound", f"DBSnapshot {named} not found.", 404)


def _own(call: Call, parameter: str = "DBSnapshotIdentifier") -> Snapshot:
    """The account's own snapshot that a parameter names. Raises DBSnapshotNotFound."""
    named = str(call.parameters.get(parameter) or "")
    found = databases(call).snapshot(place(call), named)
    if found is None or found.account != call.account:
        raise _not_found(named)
    return found


def _restorable(call: Call, parameter: str) -> Snapshot:
    """The snapshot that a parameter names, if the caller's account may restore it; others' are named by ARN.

    What is not shared with an account is not there for it. Raises DBSnapshotNotFound.
    """
    named = str(call.parameters.get(parameter) or "")
    found = databases(call).snapshot(place(call), named)
    if found is None or found.region != call.region:
        raise _not_found(named)
    if found.account == call.account or found.public or found.is_shared_with(call.account):
        return found
    raise _not_found(named)


@operation("rds", "CreateDBSnapshot")
def create(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html"""
    named = parameters.name(call, "DBSnapshotIdentifier", 255)
    made = take(call, found_instance(call), named, tags_of(call))
    return {"DBSnapshot": _described(made, "creating")}


@operation("rds", "CopyDBSnapshot")
def copy(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html"""
    parameters.only(
        call, ("SourceDBSnapshotIdentifier", "TargetDBSnapshotIdentifier", "KmsKeyId", "Tags", "CopyTags")
    )
    source = _restorable(call, "SourceDBSnapshotIdentifier")
    named = parameters.name(call, "TargetDBSnapshotIdentifier", 255)
    refuse_taken_snapshot(call, named)
    settings = dict(source.settings)
    if call.parameters.get("KmsKeyId"):
        settings |= {"StorageEncrypted": True, "KmsKeyId": key_for_storage(call, call.parameters["KmsKeyId"])}
    elif settings["StorageEncrypted"]:
        key_for_storage(call, settings["KmsKeyId"])
    tags = {**(source.tags if call.parameters.get("CopyTags") else {}), **tags_of(call)}
    made = Snapshot(
        named, call.account, call.region, source.of, source.of_resource, source.of_made, call.time, settings,
        source=source.arn, tags=tags,
    )  # fmt: skip
    databases(call).snapshots[place(call), named] = made
    return {"DBSnapshot": _described(made, "creating")}


@operation("rds", "DescribeDBSnapshots")
def describe(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html"""
    given = call.parameters
    parameters.only(
        call,
        ("DBInstanceIdentifier", "DBSnapshotIdentifier", "SnapshotType", "MaxRecords", "Marker", "IncludeShared",
         "IncludePublic"),
    )  # fmt: skip
    if given.get("DBSnapshotIdentifier"):
        return {"DBSnapshots": [_described(_restorable(call, "DBSnapshotIdentifier"))]}
    if given.get("DBInstanceIdentifier"):
        found_instance(call)
    here = [each for _, each in sorted(databases(call).snapshots.items()) if _is_listed(call, each)]
    of = str(given.get("DBInstanceIdentifier") or "").lower()
    return PAGES.page(call, "DBSnapshots", [_described(each) for each in here if not of or each.of == of])


def _is_listed(call: Call, snapshot: Snapshot) -> bool:
    """Own snapshots, and on demand those that are shared with the account, or with all."""
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
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshotAttributes.html"""
    return {"DBSnapshotAttributesResult": _attributes(_own(call))}


@operation("rds", "ModifyDBSnapshotAttribute")
def modify_attribute(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html"""
    found, given = _own(call), call.parameters
    if given.get("AttributeName") != "restore":
        raise parameters.invalid(f"Invalid snapshot attribute: {given.get('AttributeName')}.")
    added, removed = list(given.get("ValuesToAdd") or ()), list(given.get("ValuesToRemove") or ())
    for each in (*added, *removed):
        if each != "all" and not _ACCOUNT.fullmatch(each):
            raise parameters.invalid(f"Invalid value for the attribute restore: {each}.")
    if "all" in added and found.settings["StorageEncrypted"]:
        raise parameters.invalid("Encrypted DB snapshots can't be shared as public.")
    if added and _default_key(call, found):
        raise ServiceError(
            "InvalidDBSnapshotState",
            "DB snapshots encrypted with the default RDS encryption key can't be shared.",
            400,
        )
    kept = [each for each in dict.fromkeys([*found.restorable_by, *added]) if each not in removed]
    if len([each for each in kept if each != "all"]) > _MOST_ACCOUNTS:
        raise ServiceError(
            "SharedSnapshotQuotaExceeded",
            f"A manual DB snapshot can be shared with {_MOST_ACCOUNTS} accounts at most.",
            400,
        )
    found.restorable_by = kept
    return {"DBSnapshotAttributesResult": _attributes(found)}


def _default_key(call: Call, snapshot: Snapshot) -> bool:
    """Whether the AWS managed key encrypts it, which nobody else can use.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html
    """
    return snapshot.settings["StorageEncrypted"] and snapshot.settings["KmsKeyId"] == default_key(call, "rds")


def _attributes(snapshot: Snapshot) -> dict[str, Any]:
    values = [{"AttributeName": "restore", "AttributeValues": list(snapshot.restorable_by)}]
    return {"DBSnapshotIdentifier": snapshot.name, "DBSnapshotAttributes": values}


@operation("rds", "DeleteDBSnapshot")
def delete(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html"""
    found = _own(call)
    del databases(call).snapshots[place(call), found.name]
    return {"DBSnapshot": _described(found, "deleted")}


@operation("rds", "RestoreDBInstanceFromDBSnapshot")
def restore(call: Call) -> dict[str, Any]:
    """A new instance with the data and most settings of the old one, in the caller's account.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
    """
    parameters.only(call, _RESTORED)
    named, source = parameters.name(call, "DBInstanceIdentifier"), _restorable(call, "DBSnapshotIdentifier")
    refuse_taken(call, named)
    if source.settings["StorageEncrypted"]:
        key_for_storage(call, source.settings["KmsKeyId"])
    given = call.parameters
    asked = {
        name: given[name]
        for name in ("DBInstanceClass", "Port", "StorageType")
        if given.get(name) is not None
    }
    settings = {
        **source.settings,
        **asked,
        **shared_settings(call),
        "PubliclyAccessible": given.get("PubliclyAccessible", True),
    }
    return {"DBInstance": described(keep(call, named, settings, tags_of(call)), "creating")}


def _described(snapshot: Snapshot, status: str = "available") -> dict[str, Any]:
    """A snapshot as RDS describes it. One that is shared with others shows its ARN for a name to them as well."""
    settings = snapshot.settings
    shown = {
        "DBSnapshotIdentifier": snapshot.name,
        "DBSnapshotArn": snapshot.arn,
        "DBInstanceIdentifier": snapshot.of,
        "DbiResourceId": snapshot.of_resource,
        "InstanceCreateTime": snapshot.of_made,
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
        shown["SnapshotCreateTime"] = shown["OriginalSnapshotCreateTime"] = snapshot.made
    return shown
