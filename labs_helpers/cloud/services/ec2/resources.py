"""Resources in EC2 requests: ARNs and condition keys of existing and new resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.shared.table_rows import request_tags

NEW = "*"
"""The ID in the ARN of a resource that the call will create, such as `…:volume/*`."""
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
"""The resource type by an ID's prefix: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""


def kind_of(resource: str) -> str | None:
    """Return the resource type that an ID's prefix indicates, or None if the prefix is unknown."""
    return _KINDS.get(resource.rpartition("-")[0])


def arn(call: Call, kind: str, resource: str) -> str:
    """Return the ARN for a resource ID. The ARNs of images and snapshots don't contain an account ID."""
    account = "" if kind in _WITHOUT_ACCOUNT else call.account
    return f"arn:aws:ec2:{call.region}:{account}:{kind}/{resource}"


def existing(
    call: Call, kind: str, resources: Iterable[str], more: Mapping[str, Any] | None = None
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield the ARN and the condition keys, including ec2:ResourceTag, of each existing resource in a request."""
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
    """Return a resource's tags. A key pair's ARN contains its name, but its tags are stored under its ID."""
    if kind == "key-pair":
        resource = ec2.key_pair_id(call.account, call.region, resource)
    return ec2.tags(call.account, call.region, resource)


def new_resource_keys(
    call: Call, kind: str, keys: Mapping[str, Any], request: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Return the condition keys of a resource that the call creates, including those for the tags in the request.

    `request` (by default, the call's parameters) contains the TagSpecifications.
    """
    known: dict[str, Any] = {"ec2:Region": call.region}
    known |= {f"ec2:{name}": str(value) for name, value in keys.items() if value not in (None, "")}
    for each in (request or call.parameters).get("TagSpecifications") or ():
        if each.get("ResourceType") == kind:
            known |= request_tags(_tags(each))
    return known


def tag_specification(call: Call, each: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the ARN and the condition keys for ec2:CreateTags on resources that the request creates with tags.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    keys = {"ec2:Region": call.region, "ec2:CreateAction": call.operation, **request_tags(_tags(each))}
    return arn(call, each.get("ResourceType") or "*", NEW), keys


def _tags(specification: Mapping[str, Any]) -> Mapping[str, str]:
    return {tag.get("Key", ""): tag.get("Value", "") for tag in specification.get("Tags") or ()}


def given_groups(call: Call, request: Mapping[str, Any]) -> list[str]:
    """Return the IDs of the security groups that a request specifies by ID or by name."""
    ids = [request.get("GroupId"), *(request.get("SecurityGroupIds") or ())]
    names = [request.get("GroupName"), *(request.get("SecurityGroups") or ())]
    ids += [ec2.security_group_named(call.account, call.region, name) or name for name in names if name]
    return [group for group in ids if group]
