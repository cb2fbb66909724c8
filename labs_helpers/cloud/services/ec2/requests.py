"""Checks that EC2 performs but moto doesn't: malformed IDs, invalid security group rules, undeletable groups.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2 import unknown_ids
from labs_helpers.cloud.services.ec2.errors import invalid_value, missing_parameter

_PREFIXES = {
    "instance": "i", "group": "sg", "volume": "vol", "snapshot": "snap", "vpc": "vpc", "subnet": "subnet",
    "image": "ami",
}  # fmt: skip
"""The beginning of IDs by kind."""
_TAKES_IDS = (
    "DescribeInstances", "DescribeInstanceStatus", "StartInstances", "StopInstances", "RebootInstances",
    "TerminateInstances", "DescribeInstanceAttribute", "ModifyInstanceAttribute", "ModifyInstanceMetadataOptions",
    "DescribeSecurityGroups", "DeleteSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "DescribeVolumes", "DescribeSnapshots",
    "DescribeSnapshotAttribute", "ModifySnapshotAttribute", "DeleteSnapshot", "DescribeVpcs", "DescribeSubnets",
    "DescribeImages",
)  # fmt: skip


_DESCRIBED = (
    "DescribeCustomerGateways", "DescribeHosts", "DescribeLaunchTemplates", "DescribeManagedPrefixLists",
    "DescribeNatGateways", "DescribeNetworkAcls", "DescribeTransitGatewayAttachments",
    "DescribeTransitGatewayPeeringAttachments", "DescribeTransitGatewayRouteTables",
    "DescribeTransitGatewayVpcAttachments", "DescribeTransitGateways", "DescribeVpcPeeringConnections",
    "DescribeVpnGateways",
)  # fmt: skip
"""Operations in which moto ignores IDs that don't exist, or returns another resource's error."""


@around("ec2", *_DESCRIBED, stage=Stage.FOUND)
def check_described(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise the error for the ID of a nonexistent resource.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    error = unknown_ids.unknown_id(call)
    if error is not None:
        raise error
    return perform()


@around("ec2", "DescribeSecurityGroups", stage=Stage.FOUND)
def check_groups(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise InvalidGroup.NotFound for the ID of a nonexistent security group.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
    """
    for group in call.parameters.get("GroupIds") or ():
        if not ec2.exists(call.account, call.region, group):
            raise unknown_ids.not_found("group", group)
    return perform()


@around("ec2", *_TAKES_IDS, stage=Stage.VALIDATED)
def check_ids(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise an error for a malformed ID.

    An ID must be the resource type's prefix, followed by 8 or 17 hexadecimal digits.
    """
    for name, given in call.parameters.items():
        kind = unknown_ids.kind_of(name) if name.endswith(("Id", "Ids")) else None
        if kind not in _PREFIXES:
            continue
        shape = rf"{_PREFIXES[kind]}-([0-9a-f]{{8}}|[0-9a-f]{{17}})"
        for value in [given] if isinstance(given, str) else given:
            if not re.fullmatch(shape, value):
                raise unknown_ids.malformed(kind, value, f' (expecting "{_PREFIXES[kind]}-...")')
    return perform()


@around("ec2", "CreateSecurityGroup", stage=Stage.VALIDATED)
def check_new_group(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject the reserved name `default` and names that look like IDs.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    """
    name = call.parameters.get("GroupName") or ""
    if name.startswith("sg-"):
        message = (
            f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        )
        raise invalid_value(message)
    if name == "default":
        message = "Cannot use reserved security group name: default"
        raise invalid_value(message)
    return perform()


@around("ec2", "DeleteSecurityGroup", stage=Stage.PERMITTED)
def keep_default_group(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise CannotDelete for a VPC's default security group.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    given = call.parameters
    group = given.get("GroupId")
    if given.get("GroupName") == "default" or (
        group and ec2.is_default_group(call.account, call.region, group)
    ):
        message = f'the specified group: "{group or "default"}" name: "default" cannot be deleted by a user'
        raise ServiceError("CannotDelete", message, 400)
    return perform()


# Rules


@around(
    "ec2",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    stage=Stage.VALIDATED,
    before=("check_ids",),
)
def check_rules(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject TCP or UDP rules without a valid port range, and malformed CIDR blocks.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """
    for rule in _rules_of(call.parameters):
        _check_ports(rule)
        for block in _cidr_blocks(rule):
            _check_cidr_block(block)
    return perform()


def _rules_of(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from given.get("IpPermissions") or ()
    if given.get("IpProtocol"):
        yield {**given, "IpRanges": [{"CidrIp": given["CidrIp"]}] if given.get("CidrIp") else []}


def _check_ports(rule: Mapping[str, Any]) -> None:
    if str(rule.get("IpProtocol", "")).lower() not in ("tcp", "udp", "6", "17"):
        return
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if first is None or last is None:
        message = "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."
        raise invalid_value(message)
    valid = first == last == -1
    if not valid and not (0 <= first <= last <= 65_535):
        raise invalid_value(f"Invalid TCP/UDP port range ({first}:{last})")


def _cidr_blocks(rule: Mapping[str, Any]) -> Iterator[str]:
    for each in rule.get("IpRanges") or ():
        yield each.get("CidrIp") or ""
    for each in rule.get("Ipv6Ranges") or ():
        yield each.get("CidrIpv6") or ""


def _check_cidr_block(block: str) -> None:
    try:
        ipaddress.ip_network(block, strict=False)
        valid = "/" in block
    except ValueError:
        valid = False
    if not valid:
        raise invalid_value(f"CIDR block {block} is malformed")


@around("ec2", "RunInstances", stage=Stage.VALIDATED)
def check_image(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require an ImageId if the request doesn't specify a launch template.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    if not call.parameters.get("ImageId") and not call.parameters.get("LaunchTemplate"):
        raise missing_parameter("The request must contain the parameter ImageId")
    return perform()
