"""EC2's requestParameters. Lists become sets of `items`, and the names often differ from those in the API.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html#cloudtrail-log-file-examples-ec2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SETS = {
    "instanceIds": ("instancesSet", "instanceId"),
    "resources": ("resourcesSet", "resourceId"),
    "groupIds": ("securityGroupIdSet", "groupId"),
    "groupNames": ("securityGroupSet", "groupName"),
    "securityGroupIds": ("groupSet", "groupId"),
    "securityGroups": ("groupSet", "groupName"),
    "groups": ("groupSet", "groupId"),
    "volumeIds": ("volumeSet", "volumeId"),
    "snapshotIds": ("snapshotSet", "snapshotId"),
    "imageIds": ("imagesSet", "imageId"),
    "vpcIds": ("vpcSet", "vpcId"),
    "tags": ("tagSet", ""),
    "filters": ("filterSet", ""),
    "tagSpecifications": ("tagSpecificationSet", ""),
    "blockDeviceMappings": ("blockDeviceMapping", ""),
    "networkInterfaces": ("networkInterfaceSet", ""),
    "ipPermissions": ("ipPermissions", ""),
}
"""By the API's name with a lowercase first letter: the set's name in events, and the name of its values."""
_OWN_SETS = {
    "DescribeAccountAttributes": {"attributeNames": "accountAttributeNameSet"},
    "DescribeAddresses": {"publicIps": "publicIpsSet", "allocationIds": "allocationIdsSet"},
    "DescribeAvailabilityZones": {"zoneNames": "availabilityZoneSet", "zoneIds": "availabilityZoneIdSet"},
    "DescribeBundleTasks": {"bundleIds": "bundlesSet"},
    "DescribeCustomerGateways": {"customerGatewayIds": "customerGatewaySet"},
    "DescribeDhcpOptions": {"dhcpOptionsIds": "dhcpOptionsSet"},
    "DescribeImages": {
        "executableUsers": "executableBySet", "imageIds": "imagesSet", "owners": "ownersSet",
    },
    "DescribeInstanceStatus": {"instanceIds": "instancesSet"},
    "DescribeInstances": {"instanceIds": "instancesSet"},
    "DescribeInternetGateways": {"internetGatewayIds": "internetGatewayIdSet"},
    "DescribeKeyPairs": {"keyNames": "keySet", "keyPairIds": "keyPairIdSet"},
    "DescribeNetworkAcls": {"networkAclIds": "networkAclIdSet"},
    "DescribeNetworkInterfaces": {"networkInterfaceIds": "networkInterfaceIdSet"},
    "DescribePlacementGroups": {"groupNames": "placementGroupSet", "groupIds": "placementGroupIdSet"},
    "DescribeRegions": {"regionNames": "regionSet"},
    "DescribeReservedInstances": {"reservedInstancesIds": "reservedInstancesSet"},
    "DescribeRouteTables": {"routeTableIds": "routeTableIdSet"},
    "DescribeSecurityGroups": {"groupNames": "securityGroupSet", "groupIds": "securityGroupIdSet"},
    "DescribeSnapshots": {
        "snapshotIds": "snapshotSet", "ownerIds": "ownersSet", "restorableByUserIds": "sharedUsersSet",
    },
    "DescribeSpotInstanceRequests": {"spotInstanceRequestIds": "spotInstanceRequestIdSet"},
    "DescribeSpotPriceHistory": {
        "instanceTypes": "instanceTypeSet", "productDescriptions": "productDescriptionSet",
    },
    "DescribeSubnets": {"subnetIds": "subnetSet"},
    "DescribeTags": {},
    "DescribeVolumeStatus": {"volumeIds": "volumeSet"},
    "DescribeVolumes": {"volumeIds": "volumeSet"},
    "DescribeVpcPeeringConnections": {"vpcPeeringConnectionIds": "vpcPeeringConnectionIdSet"},
    "DescribeVpcs": {"vpcIds": "vpcSet"},
    "DescribeVpnConnections": {"vpnConnectionIds": "vpnConnectionSet"},
    "DescribeVpnGateways": {"vpnGatewayIds": "vpnGatewaySet"},
}  # fmt: skip
"""The sets in events of operations that describe resources. The events always contain these sets, even empty ones.

OBSERVED in CloudTrail events from 2023 to 2025, and in code that reads such events.
"""
_OWN_ITEMS = {
    "executableUsers": "user", "owners": "owner", "ownerIds": "owner", "restorableByUserIds": "user",
}  # fmt: skip
"""The names of the values in these sets. In other sets, a value's name is the API's name for the list without "s"."""
_UNFILTERED = (
    "DescribeAvailabilityZones", "DescribeBundleTasks", "DescribeRegions", "DescribeSpotPriceHistory",
)  # fmt: skip
"""Operations whose events have a filterSet only if the request has filters."""
_DEFAULTS: dict[str, dict[str, Any]] = {
    "AttachVolume": {"deleteOnTermination": False},
    "CreateNetworkAclEntry": {"icmpTypeCode": {}, "portRange": {}},
    "DeleteSnapshot": {"force": False},
    "DeleteVolume": {"reportVolumeFailure": False},
    "DescribeInstanceStatus": {"includeAllInstances": False},
    "DescribeKeyPairs": {"includePublicKey": False},
    "ReplaceNetworkAclEntry": {"icmpTypeCode": {}, "portRange": {}},
    "RunInstances": {
        "blockDeviceMapping": {}, "monitoring": {"enabled": False}, "disableApiTermination": False,
        "disableApiStop": False,
    },
    "StopInstances": {"force": False},
}  # fmt: skip
"""Members that an event contains even if the request omits them, in addition to the sets in `_OWN_SETS`."""
_RENAMED: dict[str, dict[str, str]] = {
    "CreateNetworkAclEntry": {"protocol": "aclProtocol"},
    "CreateSecurityGroup": {"description": "groupDescription"},
    "CreateVolume": {"availabilityZone": "zone"},
    "ReplaceNetworkAclEntry": {"protocol": "aclProtocol"},
}
"""Members whose names differ from the API's. `CreateVolume` has `zone` in the response as well.

https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html
"""
_LAUNCHED = ("imageId", "minCount", "maxCount", "keyName")
"""The parameters of RunInstances that the event contains in the instancesSet."""
_RANGES = ("ipRanges", "ipv6Ranges", "prefixListIds")


def shown(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's requestParameters for a call's parameters. Member names begin with a lowercase letter."""
    parameters = _always(operation)
    for name, value in given.items():
        known_set = _set_of(operation, name)
        if known_set is None or not isinstance(value, list):
            parameters[_renamed(operation, name)] = _as_text(operation, name, value)
            continue
        set_name, item_name = known_set
        parameters[set_name] = _set(
            [{item_name: item} for item in value] if item_name else [_item(name, v) for v in value]
        )
    if operation == "RunInstances":
        launched = {name: parameters.pop(name) for name in _LAUNCHED if name in parameters}
        parameters = ({"instancesSet": _set([launched])} if launched else {}) | parameters
    return parameters


def answer(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's responseElements for a response's members."""
    if operation != "CreateVolume":
        return dict(found)
    return {_renamed(operation, name): _as_text(operation, name, value) for name, value in found.items()}


def sent(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the API's parameters for an event's requestParameters. This function is the inverse of `shown`."""
    parameters: dict[str, Any] = {}
    always = _always(operation)
    api_names = {shown_as: name for name, shown_as in _RENAMED.get(operation, {}).items()}
    for name, value in found.items():
        items = value.get("items", []) if isinstance(value, Mapping) else None
        if name in always and value == always[name]:
            continue
        if operation == "RunInstances" and name == "instancesSet":
            for each in items or ():
                parameters |= {_capitalized(key): item for key, item in each.items()}
        elif items is not None and (known_set := _set_member(operation, name, items)):
            member, item_name = known_set
            if items:
                parameters[_capitalized(member)] = [
                    item.get(item_name) if item_name else _with_api_names(item) for item in items
                ]
        else:
            read = int(value) if operation == "CreateVolume" and name == "size" else value
            parameters[_capitalized(api_names.get(name, name))] = read
    return parameters


def _always(operation: str) -> dict[str, Any]:
    """Return the members that an operation's events always have, with their values if the request omits them."""
    sets = [*_OWN_SETS.get(operation, {}).values()]
    if operation in _OWN_SETS and operation not in _UNFILTERED:
        sets.append("filterSet")
    return {name: {} for name in sets} | _DEFAULTS.get(operation, {})


def _set_of(operation: str, name: str) -> tuple[str, str] | None:
    """Return the name of the set for a list in the API, and the name of its values."""
    own = _OWN_SETS.get(operation, {})
    return (own[name], _own_item(name)) if name in own else _SETS.get(name)


def _own_item(name: str) -> str:
    return _OWN_ITEMS.get(name, name.removesuffix("s"))


def _renamed(operation: str, name: str) -> str:
    return _RENAMED.get(operation, {}).get(name, name)


def _as_text(operation: str, name: str, value: Any) -> Any:
    """Return a member's value. The size of a new volume becomes a string."""
    return str(value) if operation == "CreateVolume" and name == "size" else value


def _item(name: str, item: dict[str, Any]) -> dict[str, Any]:
    if name == "filters":
        values = item.get("values", [])
        return {"name": item.get("name"), "valueSet": _set([{"value": value} for value in values])}
    if name == "ipPermissions":
        kept = {key: value for key, value in item.items() if key not in (*_RANGES, "userIdGroupPairs")}
        groups = _set(item.get("userIdGroupPairs", []))
        return kept | {"groups": groups} | {item_name: _set(item.get(item_name, [])) for item_name in _RANGES}
    if name == "networkInterfaces" and "groups" in item:
        groups = _set([{"groupId": group} for group in item["groups"]])
        return {key: value for key, value in item.items() if key != "groups"} | {"groupSet": groups}
    return item


def _set(items: list[Any]) -> dict[str, Any]:
    return {"items": items} if items else {}


def _set_member(operation: str, name: str, items: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Return the API's name for a set and for the set's values, or None if the member isn't a set."""
    for member, set_name in _OWN_SETS.get(operation, {}).items():
        if set_name == name:
            return member, _own_item(member)
    for member, (set_name, item_name) in _SETS.items():
        of_launch = operation == "RunInstances" or member not in ("securityGroupIds", "securityGroups")
        if set_name == name and of_launch and (not item_name or all(item_name in item for item in items)):
            return member, item_name
    return None


def _with_api_names(value: Any) -> Any:
    """Return a value with the API's names."""
    if isinstance(value, list):
        return [_with_api_names(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "valueSet" in value:
        values = [item.get("value") for item in value["valueSet"].get("items", ())]
        return {"Name": value.get("name"), "Values": values}
    renamed = {}
    for name, item in value.items():
        if name == "groupSet":
            renamed["Groups"] = [item_name.get("groupId") for item_name in item.get("items", ())]
        elif name == "groups" and isinstance(item, Mapping):
            renamed["UserIdGroupPairs"] = _with_api_names(item.get("items", []))
        elif name in _RANGES:
            renamed[_capitalized(name)] = _with_api_names(item.get("items", []))
        else:
            renamed[_capitalized(name)] = _with_api_names(item)
    return renamed


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]
