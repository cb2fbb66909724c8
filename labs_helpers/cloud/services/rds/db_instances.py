"""Operations that create, describe, modify, and delete DB instances.

DB instances are available immediately, because learners gain nothing from waiting.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.kms import for_services
from labs_helpers.cloud.services.rds import parameters
from labs_helpers.cloud.services.rds.state import Databases, Instance, Snapshot
from labs_helpers.cloud.services.shared.paging import Pages

_CREATE_PARAMETERS = frozenset(
    "DBName DBInstanceIdentifier AllocatedStorage DBInstanceClass Engine MasterUsername MasterUserPassword "
    "VpcSecurityGroupIds AvailabilityZone BackupRetentionPeriod Port MultiAZ EngineVersion AutoMinorVersionUpgrade "
    "PubliclyAccessible Tags StorageType StorageEncrypted KmsKeyId CopyTagsToSnapshot DeletionProtection "
    "EnableIAMDatabaseAuthentication".split()
)
_MODIFY_PARAMETERS = frozenset(
    "DBInstanceIdentifier AllocatedStorage DBInstanceClass VpcSecurityGroupIds ApplyImmediately MasterUserPassword "
    "BackupRetentionPeriod MultiAZ AutoMinorVersionUpgrade PubliclyAccessible CopyTagsToSnapshot DeletionProtection "
    "EnableIAMDatabaseAuthentication".split()
)
_LEAST, _MOST = 20, 100


def _wrong_size(size: int, most: int) -> ServiceError:
    return parameters.invalid(f"Invalid value {size} for MaxRecords. Must be between {_LEAST} and {most}")


PAGES = Pages(
    lambda _: parameters.invalid("Invalid or expired marker"), token="Marker", size="MaxRecords", least=_LEAST,
    most=_MOST, wrong_size=_wrong_size,
)  # fmt: skip


def databases(call: Call) -> Databases:
    """Return the DB instances and snapshots in the call's cloud."""
    return call.state.part(Databases)


def location(call: Call) -> tuple[str, str]:
    """Return the account and Region on which the call operates."""
    return call.account, call.region


def named_instance(call: Call, parameter: str = "DBInstanceIdentifier") -> Instance:
    """Return the DB instance that a parameter specifies. Raises DBInstanceNotFound if it doesn't exist."""
    named = str(call.parameters.get(parameter) or "")
    instance = databases(call).instance(location(call), named)
    if instance is None:
        raise ServiceError("DBInstanceNotFound", f"DBInstance {named.lower()} not found.", 404)
    return instance


def tags_of(call: Call) -> dict[str, str]:
    """Return the request's tags. Raises InvalidParameterValue for a tag that RDS doesn't accept.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
    """
    tags = {each.get("Key") or "": each.get("Value") or "" for each in call.parameters.get("Tags") or ()}
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith(("aws:", "rds:")):
            raise parameters.invalid(
                f"The tag {key!r} is not valid: 1 to 128 characters, not beginning with aws: or rds:."
            )
    if len(tags) > 50:
        raise parameters.invalid("A resource can have at most 50 tags.")
    return tags


@operation("rds", "CreateDBInstance")
def create(call: Call) -> dict[str, Any]:
    """Create a DB instance. Rejects an unknown engine, a weak password, or an identifier that is in use.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    parameters.accept_only(call, _CREATE_PARAMETERS)
    given, named = call.parameters, parameters.name(call, "DBInstanceIdentifier")
    engine = str(given.get("Engine") or "").lower()
    if engine not in parameters.ENGINES:
        raise parameters.invalid(f"Invalid DB engine: {given.get('Engine')}")
    _require(call, "MasterUsername", "MasterUserPassword", "AllocatedStorage")
    _check_password(str(given["MasterUserPassword"]))
    refuse_existing_instance(call, named)
    tags = tags_of(call)
    settings = {
        "DBInstanceClass": _instance_class(given["DBInstanceClass"]),
        "Engine": engine,
        "EngineVersion": given.get("EngineVersion") or parameters.VERSIONS.get(engine, "1"),
        "DBName": given.get("DBName"),
        "MasterUsername": given["MasterUsername"],
        "AllocatedStorage": given["AllocatedStorage"],
        "StorageType": given.get("StorageType") or "gp3",
        "Port": given.get("Port") or parameters.port_of(engine),
        "KmsKeyId": _storage_key(call) if given.get("StorageEncrypted") else None,
        "StorageEncrypted": bool(given.get("StorageEncrypted")),
        # Without a DB subnet group an instance is public unless the request specifies otherwise.
        "PubliclyAccessible": given.get("PubliclyAccessible", True),
        "BackupRetentionPeriod": _retention_days(given.get("BackupRetentionPeriod", 1)),
        **shared_settings(call),
    }
    return {"DBInstance": instance_description(store_instance(call, named, settings, tags), "creating")}


def shared_settings(call: Call) -> dict[str, Any]:
    """Return the settings that CreateDBInstance and RestoreDBInstanceFromDBSnapshot share, from the request."""
    given = call.parameters
    return {
        "MultiAZ": bool(given.get("MultiAZ")),
        "AutoMinorVersionUpgrade": given.get("AutoMinorVersionUpgrade", True),
        "CopyTagsToSnapshot": bool(given.get("CopyTagsToSnapshot")),
        "DeletionProtection": bool(given.get("DeletionProtection")),
        "EnableIAMDatabaseAuthentication": bool(given.get("EnableIAMDatabaseAuthentication")),
        "AvailabilityZone": given.get("AvailabilityZone") or f"{call.region}a",
        "VpcSecurityGroupIds": _security_groups(call),
    }


def store_instance(call: Call, named: str, settings: dict[str, Any], tags: dict[str, str]) -> Instance:
    """Store and return a new DB instance in the caller's account, with a new resource ID."""
    resource_id = f"db-{call.state.ids.token(26).upper()}"
    instance = Instance(named, call.account, call.region, resource_id, call.time, settings, tags)
    databases(call).instances[location(call), named] = instance
    return instance


def refuse_existing_instance(call: Call, named: str) -> None:
    """Raise DBInstanceAlreadyExists if the account has a DB instance with this identifier in the Region."""
    if databases(call).instance(location(call), named) is not None:
        raise ServiceError("DBInstanceAlreadyExists", "DB instance already exists", 400)


def _require(call: Call, *names: str) -> None:
    for each in names:
        if not call.parameters.get(each):
            raise ServiceError(
                "InvalidParameterValue", f"The parameter {each} must be provided and must not be blank.", 400
            )


def _check_password(password: str) -> None:
    if len(password) < 8:
        raise parameters.invalid(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
        )
    if any(sign in '/"@ ' or not " " < sign <= "~" for sign in password):
        raise parameters.invalid(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', "
            "'@', '\"', ' ' may be used."
        )


def _instance_class(given: str) -> str:
    if not given.startswith("db."):
        raise parameters.invalid(f"Invalid DB Instance class: {given}")
    return given


def _retention_days(days: int) -> int:
    if not 0 <= days <= 35:
        raise parameters.invalid(f"Invalid backup retention period: {days}. Must be between 0 and 35.")
    return days


def _security_groups(call: Call) -> list[str]:
    named = list(call.parameters.get("VpcSecurityGroupIds") or ())
    for each in named:
        if not ec2.exists(call.account, call.region, each):
            raise parameters.invalid(f"Invalid security group , groupId= {each}, groupName=.")
    default = ec2.default_security_group(call.account, call.region, None)
    return named or ([default] if default else [])


def _storage_key(call: Call) -> str:
    named = call.parameters.get("KmsKeyId")
    return key_for_storage(call, named) if named else for_services.default_key(call, "rds")


def key_for_storage(call: Call, named: str) -> str:
    """Return the ARN of the key that encrypts the storage.

    RDS describes the key and creates a grant on behalf of the caller.

    No request is sent to KMS for the AWS managed key. Raises KMSKeyNotAccessibleFault if KMS denies either call.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
    """
    default = for_services.default_key(call, "rds")
    key = for_services.key_named(call, named, "rds")
    arn = key.arn if key is not None else named
    if arn == default:
        return arn
    try:
        for_services.ask(call, "DescribeKey", KeyId=arn)
        for_services.ask(
            call,
            "CreateGrant",
            KeyId=arn,
            GranteePrincipal=f"rds.{call.region}.amazonaws.com",
            Operations=["Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey"],
        )
    except ServiceError as error:
        raise ServiceError(
            "KMSKeyNotAccessibleFault",
            f"The specified KMS key [{named}] does not exist, is not enabled or you do not have permissions to "
            "access it.",
            400,
        ) from error
    return arn


@operation("rds", "DescribeDBInstances")
def describe(call: Call) -> dict[str, Any]:
    """Return the DB instance that the request specifies, or a page of all DB instances in the account and Region.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
    """
    parameters.accept_only(call, ("DBInstanceIdentifier", "MaxRecords", "Marker"))
    if call.parameters.get("DBInstanceIdentifier"):
        return {"DBInstances": [instance_description(named_instance(call))]}
    held = [each for (where, _), each in sorted(databases(call).instances.items()) if where == location(call)]
    return PAGES.page(call, "DBInstances", [instance_description(each) for each in held])


@operation("rds", "ModifyDBInstance")
def modify(call: Call) -> dict[str, Any]:
    """Modify a DB instance immediately, regardless of ApplyImmediately, because maintenance windows aren't modeled.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    parameters.accept_only(call, _MODIFY_PARAMETERS)
    instance, given = named_instance(call), dict(call.parameters)
    pending = {}
    if given.pop("MasterUserPassword", None):
        _check_password(str(call.parameters["MasterUserPassword"]))
        pending = {"PendingModifiedValues": {"MasterUserPassword": "****"}}
    for each in ("DBInstanceIdentifier", "ApplyImmediately"):
        given.pop(each, None)
    if given.get("VpcSecurityGroupIds"):
        _security_groups(call)
    if given.get("BackupRetentionPeriod") is not None:
        _retention_days(given["BackupRetentionPeriod"])
    if given.get("DBInstanceClass"):
        _instance_class(given["DBInstanceClass"])
    instance.settings |= {each: value for each, value in given.items() if value is not None}
    return {"DBInstance": {**instance_description(instance), **pending}}


def take_snapshot(call: Call, of: Instance, named: str, tags: dict[str, str]) -> Snapshot:
    """Store and return a new snapshot of a DB instance. Raises DBSnapshotAlreadyExists if the identifier is in use.

    The DB instance's tags are copied if its CopyTagsToSnapshot is true.
    """
    refuse_existing_snapshot(call, named)
    more = of.tags if of.settings["CopyTagsToSnapshot"] else {}
    snapshot = Snapshot(
        named, call.account, call.region, of.name, of.resource_id, of.created, call.time, dict(of.settings),
        tags={**more, **tags},
    )  # fmt: skip
    databases(call).snapshots[location(call), named] = snapshot
    return snapshot


def refuse_existing_snapshot(call: Call, named: str) -> None:
    """Raise DBSnapshotAlreadyExists if the account has a snapshot with this identifier in the Region."""
    if (location(call), named) in databases(call).snapshots:
        raise ServiceError(
            "DBSnapshotAlreadyExists",
            f"Cannot create the snapshot because a snapshot with the identifier {named} already exists.",
            400,
        )


@operation("rds", "DeleteDBInstance")
def delete(call: Call) -> dict[str, Any]:
    """Delete a DB instance and create the final snapshot unless SkipFinalSnapshot is set.

    Rejects an instance with deletion protection, and a request with neither or both of SkipFinalSnapshot and
    FinalDBSnapshotIdentifier.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
    """
    instance, final = named_instance(call), call.parameters.get("FinalDBSnapshotIdentifier")
    if instance.settings["DeletionProtection"]:
        raise parameters.combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again."
        )
    if call.parameters.get("SkipFinalSnapshot"):
        if final:
            raise parameters.combination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a database instance with "
                "SkipFinalSnapshot set to true."
            )
    elif not final:
        raise parameters.combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        )
    else:
        take_snapshot(call, instance, parameters.name(call, "FinalDBSnapshotIdentifier", 255), {})
    del databases(call).instances[location(call), instance.name]
    return {"DBInstance": instance_description(instance, "deleting")}


def instance_description(instance: Instance, status: str = "available") -> dict[str, Any]:
    """Return the description of a DB instance. Only an available instance has an endpoint and a creation time."""
    settings = dict(instance.settings)
    groups, port = settings.pop("VpcSecurityGroupIds"), settings.pop("Port")
    iam = settings.pop("EnableIAMDatabaseAuthentication")
    shown = {
        **{name: value for name, value in settings.items() if value is not None},
        "DBInstanceIdentifier": instance.name,
        "DBInstanceArn": instance.arn,
        "DBInstanceStatus": status,
        "DbiResourceId": instance.resource_id,
        "DbInstancePort": 0,
        "IAMDatabaseAuthenticationEnabled": iam,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": each, "Status": "active"} for each in groups],
        "TagList": tag_list(instance.tags),
        **_default_groups(str(settings["Engine"]), str(settings["EngineVersion"])),
        **_subnet_group(instance),
    }
    if status == "available":
        shown["InstanceCreateTime"] = instance.created
        shown["Endpoint"] = {"Address": address(instance), "Port": port}
    return shown


def _default_groups(engine: str, version: str) -> dict[str, Any]:
    """Return the engine's default parameter group and option group, `default.mysql8.4` and `default:mysql-8-4`.

    Both are named after the major version: one number for PostgreSQL, two for the other engines.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/parameter-groups-overview.html
    """
    if engine not in parameters.VERSIONS:
        return {}  # The parameter group families of the other engines aren't modeled.
    major = version.split(".")[: 1 if engine == "postgres" else 2]
    parameter_group, option_group = (
        f"default.{engine}{'.'.join(major)}",
        f"default:{'-'.join([engine, *major])}",
    )
    return {
        "DBParameterGroups": [{"DBParameterGroupName": parameter_group, "ParameterApplyStatus": "in-sync"}],
        "OptionGroupMemberships": [{"OptionGroupName": option_group, "Status": "in-sync"}],
    }


def _subnet_group(instance: Instance) -> dict[str, Any]:
    """Return the DB subnet group `default`: the default subnets of the default VPC.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html#USER_VPC.Subnets
    """
    network = ec2.default_network(instance.account, instance.region)
    if network is None:
        return {}
    subnets = [
        {"SubnetIdentifier": id, "SubnetAvailabilityZone": {"Name": zone}, "SubnetStatus": "Active"}
        for id, zone in network[1].items()
    ]
    group = {
        "DBSubnetGroupName": "default",
        "DBSubnetGroupDescription": "default",
        "VpcId": network[0],
        "SubnetGroupStatus": "Complete",
        "Subnets": subnets,
    }
    return {"DBSubnetGroup": group}


def address(instance: Instance) -> str:
    """Return a DB instance's DNS name, which contains twelve letters from its resource ID before the Region."""
    own = instance.resource_id[3:15].lower()
    return f"{instance.name}.{own}.{instance.region}.rds.amazonaws.com"


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Return tags in RDS's form, as a list of keys and values."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def _tagged_resource(call: Call) -> Instance | Snapshot:
    arn = call.parameters["ResourceName"]
    resource = databases(call).tagged(arn)
    if resource is None:
        kind = "DBSnapshot" if ":snapshot:" in arn else "DBInstance"
        raise ServiceError(f"{kind}NotFound", f"The specified resource name does not match: {arn}", 404)
    return resource


@operation("rds", "AddTagsToResource")
def add_tags(call: Call) -> dict[str, Any]:
    """Add tags to a DB instance or snapshot, or replace the values of existing tags.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html
    """
    _tagged_resource(call).tags.update(tags_of(call))
    return {}


@operation("rds", "RemoveTagsFromResource")
def remove_tags(call: Call) -> dict[str, Any]:
    """Remove tags from a DB instance or snapshot. Keys that it doesn't have are ignored.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveTagsFromResource.html
    """
    resource = _tagged_resource(call)
    for each in call.parameters["TagKeys"]:
        resource.tags.pop(each, None)
    return {}


@operation("rds", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    """Return the tags of a DB instance or snapshot. Raises an error if the ARN doesn't identify either.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ListTagsForResource.html
    """
    return {"TagList": tag_list(_tagged_resource(call).tags)}
