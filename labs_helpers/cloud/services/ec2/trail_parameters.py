"""EC2's requestParameters, in which lists become sets of `items`, often with different names from those in the API.

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
"""The name of the set by the API's name with a small first letter, and the name of each of its values."""
_ENDPOINTS = ("CreateVpcEndpoint", "ModifyVpcEndpoint")
"""Operations for whose lists no form is documented: they stay as they are."""
_ALWAYS: dict[str, dict[str, Any]] = {
    "DescribeInstances": {"instancesSet": {}, "filterSet": {}},
    "DescribeSecurityGroups": {"securityGroupSet": {}, "securityGroupIdSet": {}, "filterSet": {}},
    "StopInstances": {"force": False},
}
"""Members that an event has even if the request omits them."""
_LAUNCHED = ("imageId", "minCount", "maxCount", "keyName")
"""The parameters of RunInstances that its event has in the instancesSet."""
_RANGES = ("ipRanges", "ipv6Ranges", "prefixListIds")


def shown(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's requestParameters for a call's parameters. Member names begin with a lowercase letter."""
    parameters: dict[str, Any] = dict(_ALWAYS.get(operation, {}))
    for name, value in given.items():
        if name not in _SETS or not isinstance(value, list) or operation in _ENDPOINTS:
            own = operation == "CreateSecurityGroup" and name == "description"
            parameters["groupDescription" if own else name] = value
            continue
        set_name, item_name = _SETS[name]
        parameters[set_name] = _set(
            [{item_name: item} for item in value] if item_name else [_item(name, v) for v in value]
        )
    if operation == "RunInstances":
        launched = {name: parameters.pop(name) for name in _LAUNCHED if name in parameters}
        parameters = ({"instancesSet": _set([launched])} if launched else {}) | parameters
    return parameters


def sent(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the API's parameters for an event's requestParameters. This function is the inverse of `shown`."""
    parameters: dict[str, Any] = {}
    for name, value in found.items():
        items = value.get("items", []) if isinstance(value, Mapping) else None
        if operation == "RunInstances" and name == "instancesSet":
            for each in items or ():
                parameters |= {_capitalized(key): item for key, item in each.items()}
        elif items is not None and (known_set := _set_member(operation, name, items)):
            member, item_name = known_set
            if items:
                parameters[_capitalized(member)] = [
                    item.get(item_name) if item_name else _with_api_names(item) for item in items
                ]
        elif operation == "CreateSecurityGroup" and name == "groupDescription":
            parameters["Description"] = value
        else:
            parameters[_capitalized(name)] = value
    return parameters


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
    """Return the API's name of a set, and the name of its values in it, or None if it isn't a set."""
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
