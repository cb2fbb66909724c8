"""EC2's requestParameters: lists are sets of `items`, many of them by names of their own.

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
"""Member with a small first letter → the set that it is shown as, and what each of its values is called there."""
_ENDPOINTS = ("CreateVpcEndpoint", "ModifyVpcEndpoint")
"""Operations whose lists are shown in no documented form: they stay as they are."""
_ALWAYS: dict[str, dict[str, Any]] = {
    "DescribeInstances": {"instancesSet": {}, "filterSet": {}},
    "DescribeSecurityGroups": {"securityGroupSet": {}, "securityGroupIdSet": {}, "filterSet": {}},
    "StopInstances": {"force": False},
}
"""What is shown though the request leaves it out."""
_LAUNCHED = ("imageId", "minCount", "maxCount", "keyName")
"""What RunInstances shows as the members of its instancesSet."""
_RANGES = ("ipRanges", "ipv6Ranges", "prefixListIds")


def shown(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """requestParameters of the parameters that a call sent, these with a small first letter."""
    found: dict[str, Any] = dict(_ALWAYS.get(operation, {}))
    for name, value in given.items():
        if name not in _SETS or not isinstance(value, list) or operation in _ENDPOINTS:
            own = operation == "CreateSecurityGroup" and name == "description"
            found["groupDescription" if own else name] = value
            continue
        called, each = _SETS[name]
        found[called] = _set([{each: item} for item in value] if each else [_item(name, v) for v in value])
    if operation == "RunInstances":
        launched = {name: found.pop(name) for name in _LAUNCHED if name in found}
        found = ({"instancesSet": _set([launched])} if launched else {}) | found
    return found


def sent(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that requestParameters tell of, by the API's names: the reverse of `shown`."""
    asked: dict[str, Any] = {}
    for name, value in found.items():
        items = value.get("items", []) if isinstance(value, Mapping) else None
        if operation == "RunInstances" and name == "instancesSet":
            for each in items or ():
                asked |= {_capital(key): item for key, item in each.items()}
        elif items is not None and (known := _of_set(operation, name, items)):
            member, each = known
            if items:
                asked[_capital(member)] = [item.get(each) if each else _named(item) for item in items]
        elif operation == "CreateSecurityGroup" and name == "groupDescription":
            asked["Description"] = value
        else:
            asked[_capital(name)] = value
    return asked


def _item(name: str, item: dict[str, Any]) -> dict[str, Any]:
    if name == "filters":
        values = item.get("values", [])
        return {"name": item.get("name"), "valueSet": _set([{"value": value} for value in values])}
    if name == "ipPermissions":
        kept = {key: value for key, value in item.items() if key not in (*_RANGES, "userIdGroupPairs")}
        groups = _set(item.get("userIdGroupPairs", []))
        return kept | {"groups": groups} | {each: _set(item.get(each, [])) for each in _RANGES}
    if name == "networkInterfaces" and "groups" in item:
        groups = _set([{"groupId": group} for group in item["groups"]])
        return {key: value for key, value in item.items() if key != "groups"} | {"groupSet": groups}
    return item


def _set(items: list[Any]) -> dict[str, Any]:
    return {"items": items} if items else {}


def _of_set(operation: str, name: str, items: list[dict[str, Any]]) -> tuple[str, str] | None:
    """The member that is shown as a set, and what its values are called there."""
    for member, (called, each) in _SETS.items():
        of_launch = operation == "RunInstances" or member not in ("securityGroupIds", "securityGroups")
        if called == name and of_launch and (not each or all(each in item for item in items)):
            return member, each
    return None


def _named(value: Any) -> Any:
    """A value by the API's names."""
    if isinstance(value, list):
        return [_named(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "valueSet" in value:
        values = [item.get("value") for item in value["valueSet"].get("items", ())]
        return {"Name": value.get("name"), "Values": values}
    found = {}
    for name, item in value.items():
        if name == "groupSet":
            found["Groups"] = [each.get("groupId") for each in item.get("items", ())]
        elif name == "groups" and isinstance(item, Mapping):
            found["UserIdGroupPairs"] = _named(item.get("items", []))
        elif name in _RANGES:
            found[_capital(name)] = _named(item.get("items", []))
        else:
            found[_capital(name)] = _named(item)
    return found


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
