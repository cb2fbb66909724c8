"""EC2's resources in requests: their ARNs, and the condition keys of those that exist and those that are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.shared.table_rows import request_tags

NEW = "*"
"""In place of the id of a resource that the call will make: `…:volume/*`."""
_WITHOUT_ACCOUNT = frozenset(("image", "snapshot"))
_KINDS = {
    "acl": "network-acl", "ami": "image", "dopt": "dhcp-options", "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip", "eni": "network-interface", "fl": "vpc-flow-log", "i": "instance",
    "igw": "internet-gateway", "key": "key-pair", "lt": "launch-template", "nat": "natgateway", "pcx":
    "vpc-peering-connection", "pl": "prefix-list", "rtb": "route-table", "sg": "security-group",
    "sgr": "security-group-rule", "snap": "snapshot", "subnet": "subnet", "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment", "tgw-rtb": "transit-gateway-route-table", "vgw": "vpn-gateway",
    "vol": "volume", "vpc": "vpc", "vpce": "vpc-endpoint", "vpce-svc": "vpc-endpoint-service", "vpn":
    "vpn-connection", "cgw": "customer-gateway", "cagw": "carrier-gateway", "h": "dedicated-host", "fleet": "fleet",
    "sfr": "spot-fleet-request", "sir": "spot-instances-request", "scr": "subnet-cidr-reservation",
    "tmf": "traffic-mirror-filter", "tms": "traffic-mirror-session", "tmt": "traffic-mirror-target",
}  # fmt: skip
"""Prefix of an id → resource type: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""


def kind_of(resource: str) -> str | None:
    """The resource type of an id, None if its prefix is not known."""
    return _KINDS.get(resource.rpartition("-")[0])


def arn(call: Call, kind: str, resource: str) -> str:
    """The ARN of a resource by its id. Images and snapshots carry no account in it."""
    account = "" if kind in _WITHOUT_ACCOUNT else call.account
    return f"arn:aws:ec2:{call.region}:{account}:{kind}/{resource}"


def existing(
    call: Call, kind: str, resources: Iterable[str], more: Mapping[str, Any] | None = None
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """(ARN, condition keys) of resources that a request names, among them ec2:ResourceTag."""
    for resource in dict.fromkeys(resources):
        keys: dict[str, Any] = {"ec2:Region": call.region}
        keys |= {
            f"ec2:{name}": value
            for name, value in ec2.attributes(call.account, call.region, kind, resource).items()
        }
        for name, value in resource_tags(call, kind, resource).items():
            keys[f"ec2:ResourceTag/{name}"] = value
        yield arn(call, kind, resource), {**keys, **(more or {})}


def resource_tags(call: Call, kind: str, resource: str) -> Mapping[str, str]:
    """The tags of a resource; a key pair's stand under its id, while its ARN has its name."""
    if kind == "key-pair":
        resource = ec2.key_pair_id(call.account, call.region, resource)
    return ec2.tags(call.account, call.region, resource)


def made(
    call: Call, kind: str, keys: Mapping[str, Any], request: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """The condition keys of a resource that the call makes: those that are known of it, and the tags it gets.

    `request` holds the TagSpecifications where they are not the call's parameters alone (launch templates).
    """
    found: dict[str, Any] = {"ec2:Region": call.region}
    found |= {f"ec2:{name}": str(value) for name, value in keys.items() if value not in (None, "")}
    for each in (request or call.parameters).get("TagSpecifications") or ():
        if each.get("ResourceType") == kind:
            found |= request_tags(_tags(each))
    return found


def tag_specification(call: Call, each: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """(ARN, keys) for ec2:CreateTags on what a request makes and tags at once.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    keys = {"ec2:Region": call.region, "ec2:CreateAction": call.operation, **request_tags(_tags(each))}
    return arn(call, each.get("ResourceType") or "*", NEW), keys


def _tags(specification: Mapping[str, Any]) -> Mapping[str, str]:
    return {tag.get("Key", ""): tag.get("Value", "") for tag in specification.get("Tags") or ()}


def given_groups(call: Call, request: Mapping[str, Any]) -> list[str]:
    """The ids of the security groups that a request names in any of its ways."""
    ids = [request.get("GroupId"), *(request.get("SecurityGroupIds") or ())]
    names = [request.get("GroupName"), *(request.get("SecurityGroups") or ())]
    ids += [ec2.security_group_named(call.account, call.region, name) or name for name in names if name]
    return [group for group in ids if group]
