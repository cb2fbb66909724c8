"""DB instances: made, described, changed, deleted. They are there at once: waiting would teach nothing.

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

_TAKEN = frozenset(
    "DBName DBInstanceIdentifier AllocatedStorage DBInstanceClass Engine MasterUsername MasterUserPassword "
    "VpcSecurityGroupIds AvailabilityZone BackupRetentionPeriod Port MultiAZ EngineVersion AutoMinorVersionUpgrade "
    "PubliclyAccessible Tags StorageType StorageEncrypted KmsKeyId CopyTagsToSnapshot DeletionProtection "
    "EnableIAMDatabaseAuthentication".split()
)
_CHANGED = frozenset(
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
    return call.state.part(Databases)


def place(call: Call) -> tuple[str, str]:
    return call.account, call.region


def found_instance(call: Call, parameter: str = "DBInstanceIdentifier") -> Instance:
    """The DB instance that a parameter names. Raises DBInstanceNotFound."""
    named = str(call.parameters.get(parameter) or "")
    found = databases(call).instance(place(call), named)
    if found is None:
        raise ServiceError("DBInstanceNotFound", f"DBInstance {named.lower()} not found.", 404)
    return found


def tags_of(call: Call) -> dict[str, str]:
    """The tags of a request. Raises InvalidParameterValue.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
    """
    tags = {each.get("Key") or "": each.get("Value") or "" for each in call.parameters.get("Tags") or ()}
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith(("aws:", "rds:")):
            raise parameters.invalid(
                f"The tag {key!r} is not valid: 1 to 128 characters, not beginning with aws: or rds:."
            )
    if len(tags) > 50:
        raise parameters.invalid("A resource has 50 tags at most.")
    return tags


@operation("rds", "CreateDBInstance")
def create(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"""
    parameters.only(call, _TAKEN)
    given, named = call.parameters, parameters.name(call, "DBInstanceIdentifier")
    engine = str(given.get("Engine") or "").lower()
    if engine not in parameters.ENGINES:
        raise parameters.invalid(f"Invalid DB engine: {given.get('Engine')}")
    _needed(call, "MasterUsername", "MasterUserPassword", "AllocatedStorage")
    _password(str(given["MasterUserPassword"]))
    refuse_taken(call, named)
    tags = tags_of(call)
    settings = {
        "DBInstanceClass": _class(given["DBInstanceClass"]),
        "Engine": engine,
        "EngineVersion": given.get("EngineVersion") or parameters.VERSIONS.get(engine, "1"),
        "DBName": given.get("DBName"),
        "MasterUsername": given["MasterUsername"],
        "AllocatedStorage": given["AllocatedStorage"],
        "StorageType": given.get("StorageType") or "gp3",
        "Port": given.get("Port") or parameters.port_of(engine),
        "KmsKeyId": _key(call) if given.get("StorageEncrypted") else None,
        "StorageEncrypted": bool(given.get("StorageEncrypted")),
        # Without a DB subnet group an instance is public unless the request says otherwise.
        "PubliclyAccessible": given.get("PubliclyAccessible", True),
        "BackupRetentionPeriod": _retention(given.get("BackupRetentionPeriod", 1)),
        **shared_settings(call),
    }
    return {"DBInstance": described(keep(call, named, settings, tags), "creating")}


def shared_settings(call: Call) -> dict[str, Any]:
    """What a new instance gets that is made, or made from a snapshot."""
    given = call.parameters
    return {
        "MultiAZ": bool(given.get("MultiAZ")),
        "AutoMinorVersionUpgrade": given.get("AutoMinorVersionUpgrade", True),
        "CopyTagsToSnapshot": bool(given.get("CopyTagsToSnapshot")),
        "DeletionProtection": bool(given.get("DeletionProtection")),
        "EnableIAMDatabaseAuthentication": bool(given.get("EnableIAMDatabaseAuthentication")),
        "AvailabilityZone": given.get("AvailabilityZone") or f"{call.region}a",
        "VpcSecurityGroupIds": _groups(call),
    }


def keep(call: Call, named: str, settings: dict[str, Any], tags: dict[str, str]) -> Instance:
    resource_id = f"db-{call.state.ids.token(26).upper()}"
    made = Instance(named, call.account, call.region, resource_id, call.time, settings, tags)
    databases(call).instances[place(call), named] = made
    return made


def refuse_taken(call: Call, named: str) -> None:
    if databases(call).instance(place(call), named) is not None:
        raise ServiceError("DBInstanceAlreadyExists", "DB instance already exists", 400)


def _needed(call: Call, *names: str) -> None:
    for each in names:
        if not call.parameters.get(each):
            raise ServiceError(
                "InvalidParameterValue", f"The parameter {each} must be provided and must not be blank.", 400
            )


def _password(password: str) -> None:
    if len(password) < 8:
        raise parameters.invalid(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
        )
    if any(sign in '/"@ ' or not " " < sign <= "~" for sign in password):
        raise parameters.invalid(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', "
            "'@', '\"', ' ' may be used."
        )


def _class(given: str) -> str:
    if not given.startswith("db."):
        raise parameters.invalid(f"Invalid DB Instance class: {given}")
    return given


def _retention(days: int) -> int:
    if not 0 <= days <= 35:
        raise parameters.invalid(f"Invalid backup retention period: {days}. Must be between 0 and 35.")
    return days


def _groups(call: Call) -> list[str]:
    named = list(call.parameters.get("VpcSecurityGroupIds") or ())
    for each in named:
        if not ec2.exists(call.account, call.region, each):
            raise parameters.invalid(f"Invalid security group , groupId= {each}, groupName=.")
    default = ec2.default_security_group(call.account, call.region, None)
    return named or ([default] if default else [])


def _key(call: Call) -> str:
    named = call.parameters.get("KmsKeyId")
    return key_for_storage(call, named) if named else for_services.default_key(call, "rds")


def key_for_storage(call: Call, named: str) -> str:
    """The ARN of the key that storage is encrypted with: RDS looks at it and is granted its use, as its caller.

    Raises KMSKeyNotAccessibleFault.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
    """
    default = for_services.default_key(call, "rds")
    found = for_services.key_named(call, named, "rds")
    arn = found.arn if found is not None else named
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
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html"""
    parameters.only(call, ("DBInstanceIdentifier", "MaxRecords", "Marker"))
    if call.parameters.get("DBInstanceIdentifier"):
        return {"DBInstances": [described(found_instance(call))]}
    held = [each for (where, _), each in sorted(databases(call).instances.items()) if where == place(call)]
    return PAGES.page(call, "DBInstances", [described(each) for each in held])


@operation("rds", "ModifyDBInstance")
def modify(call: Call) -> dict[str, Any]:
    """Changes take effect at once, whether or not ApplyImmediately asks for it: the maintenance window is not told.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    parameters.only(call, _CHANGED)
    found, given = found_instance(call), dict(call.parameters)
    pending = {}
    if given.pop("MasterUserPassword", None):
        _password(str(call.parameters["MasterUserPassword"]))
        pending = {"PendingModifiedValues": {"MasterUserPassword": "****"}}
    for each in ("DBInstanceIdentifier", "ApplyImmediately"):
        given.pop(each, None)
    if given.get("VpcSecurityGroupIds"):
        _groups(call)
    if given.get("BackupRetentionPeriod") is not None:
        _retention(given["BackupRetentionPeriod"])
    if given.get("DBInstanceClass"):
        _class(given["DBInstanceClass"])
    found.settings |= {each: value for each, value in given.items() if value is not None}
    return {"DBInstance": {**described(found), **pending}}


def take(call: Call, of: Instance, named: str, tags: dict[str, str]) -> Snapshot:
    """Take a snapshot under a name. Raises DBSnapshotAlreadyExists."""
    refuse_taken_snapshot(call, named)
    more = of.tags if of.settings["CopyTagsToSnapshot"] else {}
    made = Snapshot(
        named, call.account, call.region, of.name, of.resource_id, of.made, call.time, dict(of.settings),
        tags={**more, **tags},
    )  # fmt: skip
    databases(call).snapshots[place(call), named] = made
    return made


def refuse_taken_snapshot(call: Call, named: str) -> None:
    if (place(call), named) in databases(call).snapshots:
        raise ServiceError(
            "DBSnapshotAlreadyExists",
            f"Cannot create the snapshot because a snapshot with the identifier {named} already exists.",
            400,
        )


@operation("rds", "DeleteDBInstance")
def delete(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html"""
    found, final = found_instance(call), call.parameters.get("FinalDBSnapshotIdentifier")
    if found.settings["DeletionProtection"]:
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
        take(call, found, parameters.name(call, "FinalDBSnapshotIdentifier", 255), {})
    del databases(call).instances[place(call), found.name]
    return {"DBInstance": described(found, "deleting")}


def described(instance: Instance, status: str = "available") -> dict[str, Any]:
    """A DB instance as RDS describes it. One that is just being made has no endpoint yet."""
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
        shown["InstanceCreateTime"] = instance.made
        shown["Endpoint"] = {"Address": address(instance), "Port": port}
    return shown


def _default_groups(engine: str, version: str) -> dict[str, Any]:
    """The engine's default parameter and option group, `default.mysql8.4` and `default:mysql-8-4`, named by the major
    version: one number for PostgreSQL, two for the others.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/parameter-groups-overview.html
    """
    if engine not in parameters.VERSIONS:
        return {}  # the families of the other engines are not modelled
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
    """The DB subnet group `default`: the default subnets of the default VPC.

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
    """The name under which a DB instance is reached; RDS puts a part of its own before the Region."""
    own = instance.resource_id[3:15].lower()
    return f"{instance.name}.{own}.{instance.region}.rds.amazonaws.com"


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def _tagged(call: Call) -> Instance | Snapshot:
    arn = call.parameters["ResourceName"]
    found = databases(call).tagged(arn)
    if found is None:
        kind = "DBSnapshot" if ":snapshot:" in arn else "DBInstance"
        raise ServiceError(f"{kind}NotFound", f"The specified resource name does not match: {arn}", 404)
    return found


@operation("rds", "AddTagsToResource")
def add_tags(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html"""
    _tagged(call).tags.update(tags_of(call))
    return {}


@operation("rds", "RemoveTagsFromResource")
def remove_tags(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveTagsFromResource.html"""
    found = _tagged(call)
    for each in call.parameters["TagKeys"]:
        found.tags.pop(each, None)
    return {}


@operation("rds", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ListTagsForResource.html"""
    return {"TagList": tag_list(_tagged(call).tags)}
