"""The authorization table for RDS: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.rds.state import Databases, Instance
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.table_rows import given, has, tags_in, word


def _name(*parameters: str) -> Any:
    """Return a function that reads the resource name from a request."""

    def name(call: Call) -> str | None:
        """Return the first of the parameters that is sent, in lowercase. For an ARN, return only the last part."""
        for parameter in parameters:
            value = call.parameters.get(parameter)
            if value:
                return str(value).rpartition(":")[2].lower()
        return None

    return name


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    resource = call.state.part(Databases).tagged(ask.resource)
    return resource.tags if resource is not None else {}


TABLE = Table(
    "rds",
    "rds",
    resources={
        "db": {"DbInstanceName": _name("DBInstanceIdentifier")},
        "snapshot": {"SnapshotName": _name("DBSnapshotIdentifier", "TargetDBSnapshotIdentifier")},
    },
    tags=_tags,
)
ask = TABLE.ask
_TAGS = tags_in("Tags")


def _requested_keys(call: Call) -> Mapping[str, Any]:
    """Return the condition keys for the DB instance to create, from the request."""
    sent = call.parameters
    keys = {
        "rds:DatabaseClass": sent.get("DBInstanceClass"),
        "rds:DatabaseEngine": sent.get("Engine"),
        "rds:DatabaseName": sent.get("DBName"),
        "rds:StorageSize": sent.get("AllocatedStorage"),
        "rds:MultiAz": bool(sent.get("MultiAZ")),
        "rds:StorageEncrypted": bool(sent.get("StorageEncrypted")),
    }
    tags = {
        f"rds:req-tag/{each['Key']}": each.get("Value", "")
        for each in sent.get("Tags") or ()
        if each.get("Key")
    }
    return {name: word(value) for name, value in keys.items() if value is not None} | tags


def _existing_keys(call: Call) -> Mapping[str, Any]:
    """Return the condition keys of the existing DB instance, with its tags under RDS's own key `rds:db-tag`."""
    instance = call.state.part(Databases).instance(
        (call.account, call.region), str(call.parameters.get("DBInstanceIdentifier") or "")
    )
    if not isinstance(instance, Instance):
        return {}
    settings = instance.settings
    keys = {
        "rds:DatabaseClass": settings["DBInstanceClass"],
        "rds:DatabaseEngine": settings["Engine"],
        "rds:StorageSize": settings["AllocatedStorage"],
        "rds:MultiAz": settings["MultiAZ"],
        "rds:StorageEncrypted": settings["StorageEncrypted"],
    }
    tags = {f"rds:db-tag/{name}": value for name, value in instance.tags.items()}
    return {name: word(value) for name, value in keys.items()} | tags


def _callers_account(call: Call) -> str | None:
    """Return the caller's account as the owner of a snapshot that is shared.

    A snapshot has no policy that could allow another account, so only the policies in the caller's account
    apply.
    """
    return call.caller_account


def _snapshot_arns(*parameters: str) -> Any:
    """Return a function that reads the ARNs of the snapshots in a request."""

    def arns(call: Call) -> list[str]:
        """Return the ARNs of the snapshots that the parameters name, or `*` if they don't name any."""
        own = f"arn:aws:rds:{call.region}:{call.caller_account}:snapshot:"
        named = [str(call.parameters[each]) for each in parameters if call.parameters.get(each)]
        return [each if each.startswith("arn:") else own + each.lower() for each in named] or ["*"]

    return arns


ask("CreateDBInstance", on="db", keys=(_requested_keys, _TAGS))
ask("CreateDBInstance", action="AddTagsToResource", on="db", keys=(_TAGS,), when=has("Tags"))
ask("ModifyDBInstance DeleteDBInstance DescribeDBInstances", on="db", keys=(_existing_keys,))
ask("CreateDBSnapshot", on="db", keys=(_existing_keys, _TAGS))
ask("CreateDBSnapshot", on="snapshot", keys=(_TAGS,))
ask(
    "DescribeDBSnapshots",
    on="snapshot",
    arns=_snapshot_arns("DBSnapshotIdentifier"),
    account=_callers_account,
)
ask(
    "DeleteDBSnapshot ModifyDBSnapshotAttribute DescribeDBSnapshotAttributes",
    on="snapshot",
    arns=_snapshot_arns("DBSnapshotIdentifier"),
)
ask(
    "CopyDBSnapshot",
    on="snapshot",
    arns=_snapshot_arns("SourceDBSnapshotIdentifier", "TargetDBSnapshotIdentifier"),
    keys=(_TAGS,),
    account=_callers_account,
)
ask("RestoreDBInstanceFromDBSnapshot", on="db", keys=(_requested_keys, _TAGS))
ask(
    "RestoreDBInstanceFromDBSnapshot",
    on="snapshot",
    arns=_snapshot_arns("DBSnapshotIdentifier"),
    account=_callers_account,
)
ask(
    "AddTagsToResource RemoveTagsFromResource ListTagsForResource",
    on="db",
    arns=given("ResourceName"),
    keys=(_TAGS,),
)
