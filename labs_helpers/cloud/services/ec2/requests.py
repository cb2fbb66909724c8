"""Checks that EC2 performs but moto doesn't, such as for malformed IDs and invalid security group rules.

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
from labs_helpers.cloud.services.ec2 import addresses, same_network, unknown_ids
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.errors import interface_in_use, invalid_value, missing_parameter
from labs_helpers.cloud.services.ec2.instance_states import check_user_data
from labs_helpers.cloud.services.ec2.launch import launch
from labs_helpers.cloud.services.ec2.metadata_options import check_options
from labs_helpers.cloud.services.ec2.volume_settings import check_volume_settings

_PREFIXES = {
    "instance": "i", "group": "sg", "volume": "vol", "snapshot": "snap", "vpc": "vpc", "subnet": "subnet",
    "image": "ami",
}  # fmt: skip
"""The prefix of IDs, by resource type."""
_TAKES_IDS = (
    "DescribeInstances", "DescribeInstanceStatus", "StartInstances", "StopInstances", "RebootInstances",
    "TerminateInstances", "DescribeInstanceAttribute", "ModifyInstanceAttribute", "ModifyInstanceMetadataOptions",
    "DescribeSecurityGroups", "DeleteSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "DescribeVolumes", "DescribeSnapshots",
    "DescribeSnapshotAttribute", "ModifySnapshotAttribute", "DeleteSnapshot", "DescribeVpcs", "DescribeSubnets",
    "DescribeImages",
)  # fmt: skip


_NAMING = (
    "DescribeCustomerGateways", "DescribeHosts", "DescribeLaunchTemplates", "DescribeManagedPrefixLists",
    "DescribeNatGateways", "DescribeNetworkAcls", "DescribeTransitGatewayAttachments",
    "DescribeTransitGatewayPeeringAttachments", "DescribeTransitGatewayRouteTables",
    "DescribeTransitGatewayVpcAttachments", "DescribeTransitGateways", "DescribeVpcPeeringConnections",
    "DescribeVpnGateways", "ReplaceRoute", "CreateTrafficMirrorSession", "CreateTrafficMirrorTarget",
    "CreateTransitGatewayRouteTable", "DescribeNetworkInterfaces", "DescribeInstanceCreditSpecifications",
    "DescribeCarrierGateways", "DescribeEgressOnlyInternetGateways", "DescribeFlowLogs", "DescribeKeyPairs",
    "DescribeIamInstanceProfileAssociations", "DescribePrefixLists", "DescribeSpotFleetRequests",
    "DescribeSpotInstanceRequests", "DescribeTrafficMirrorFilters", "DescribeTrafficMirrorSessions",
    "DescribeTrafficMirrorTargets", "DeleteLaunchTemplate", "DeleteTrafficMirrorSession", "GetManagedPrefixListEntries",
    "GetTransitGatewayRouteTableAssociations", "GetTransitGatewayRouteTablePropagations",
    "ModifySubnetAttribute", "ModifyTrafficMirrorSession", "ModifyVpcAttribute", "SearchTransitGatewayRoutes",
)  # fmt: skip
"""Operations for which moto ignores nonexistent IDs or returns the error for another resource type."""


@around("ec2", *_NAMING, stage=Stage.FOUND)
def check_named(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise the error for the ID of a nonexistent resource.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    _check_page(call)
    unknown_ids.refuse_unknown(call)
    return perform()


_IDS_OR_PAGES = {
    "DescribeHosts": "HostIds", "DescribeInstanceCreditSpecifications": "InstanceIds",
    "DescribeInstanceStatus": "InstanceIds", "DescribeInstances": "InstanceIds",
    "DescribeNetworkInterfaces": "NetworkInterfaceIds",
}  # fmt: skip
"""The parameter that an operation's request can't contain together with MaxResults.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""


def _check_page(call: Call) -> None:
    name = _IDS_OR_PAGES.get(call.operation)
    if name and call.parameters.get(name) and call.parameters.get("MaxResults"):
        message = f"The parameter {name} cannot be used with the parameter MaxResults"
        raise ServiceError("InvalidParameterCombination", message, 400)


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
    _check_page(call)
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
    """Reject an invalid or reserved name, an invalid description, a name in use, and a nonexistent VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    """
    name = call.parameters.get("GroupName") or ""
    for parameter in ("GroupName", "Description"):
        given = call.parameters.get(parameter) or ""
        if not _GROUP_TEXT.fullmatch(given):
            raise invalid_value(f"Value ({given}) for parameter {parameter} is invalid.")
    if name.startswith("sg-"):
        message = (
            f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        )
        raise invalid_value(message)
    if name == "default":
        message = "Cannot use reserved security group name: default"
        raise invalid_value(message)
    unknown_ids.refuse_unknown(call)
    if networks.has_group_named(call.account, call.region, call.parameters.get("VpcId"), name):
        message = f"The security group '{name}' already exists"
        raise ServiceError("InvalidGroup.Duplicate", message, 400)
    return perform()


_GROUP_TEXT = re.compile(r"[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{0,255}")


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
    """Reject requests without rules, rules without a source, and invalid protocols, ports, and CIDR blocks.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """
    rules = list(_rules_of(call.parameters))
    if not rules and not call.parameters.get("SourceSecurityGroupName"):
        raise missing_parameter("The request must contain the parameter ipPermissions")
    for rule in rules:
        _check_protocol(rule)
        _check_ports(rule)
        _check_source(rule)
        for block in _cidr_blocks(rule):
            check_cidr_block(block)
    return perform()


def _rules_of(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from given.get("IpPermissions") or ()
    if given.get("IpProtocol"):
        yield {**given, "IpRanges": [{"CidrIp": given["CidrIp"]}] if given.get("CidrIp") else []}


def _check_protocol(rule: Mapping[str, Any]) -> None:
    """Raise an error if a protocol is neither a valid number nor a known name.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    protocol = str(rule.get("IpProtocol", "")).lower()
    if protocol in _PROTOCOLS or (protocol.isdecimal() and int(protocol) <= 255):
        return
    raise invalid_value(f"Invalid value '{rule.get('IpProtocol')}' for IP protocol. Unknown protocol.")


@around(
    "ec2",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    stage=Stage.FOUND,
)
def find_rules(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise the error for a rule ID that the security group doesn't have, and for malformed CIDR blocks.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
    """
    changes = call.parameters.get("SecurityGroupRules") or ()
    given = call.parameters.get("SecurityGroupRuleIds") or [each["SecurityGroupRuleId"] for each in changes]
    for rule in given:
        if not networks.has_rule(call.account, call.region, call.parameters.get("GroupId") or "", rule):
            message = f"The security group rule ID '{rule}' does not exist"
            raise ServiceError("InvalidSecurityGroupRuleId.NotFound", message, 400)
    for change in changes:
        rule_given = change.get("SecurityGroupRule") or {}
        same_network.refuse_unreachable(call, rule_given.get("ReferencedGroupId"))
        for block in filter(None, (rule_given.get("CidrIpv4"), rule_given.get("CidrIpv6"))):
            check_cidr_block(block)
    return perform()


_PROTOCOLS = ("-1", "all", "tcp", "udp", "icmp", "icmpv6")


@around(
    "ec2",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    stage=Stage.KEPT,
    refuses=False,
)
def change_all_rules_or_none(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Restore a security group's rules if one rule in the request fails, because moto changes the other rules.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """
    group = call.parameters.get("GroupId") or call.parameters.get("GroupName") or ""
    restore = networks.keep_rules(call.account, call.region, group)
    try:
        answer = perform()
    except Exception:
        restore()
        raise
    if answer.status >= 400:
        restore()
    return answer


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


_SOURCES = (
    "IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds", "SourceSecurityGroupName",
)  # fmt: skip


def _check_source(rule: Mapping[str, Any]) -> None:
    if not any(rule.get(name) for name in _SOURCES):
        message = "Missing source specification: include source security group or CIDR information"
        raise missing_parameter(message)


def _cidr_blocks(rule: Mapping[str, Any]) -> Iterator[str]:
    for each in rule.get("IpRanges") or ():
        yield each.get("CidrIp") or ""
    for each in rule.get("Ipv6Ranges") or ():
        yield each.get("CidrIpv6") or ""


def check_cidr_block(block: str) -> None:
    """Raise InvalidParameterValue for a malformed CIDR block."""
    try:
        ipaddress.ip_network(block, strict=False)
        valid = "/" in block
    except ValueError:
        valid = False
    if not valid:
        raise invalid_value(f"CIDR block {block} is malformed")


_LONGEST_NAME = 255


@around("ec2", "CreateKeyPair", "ImportKeyPair", stage=Stage.VALIDATED)
def check_key_name(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a name with more than 255 characters, or with characters that aren't ASCII.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html
    """
    name = call.parameters["KeyName"]
    if len(name) > _LONGEST_NAME or not name.isascii():
        raise invalid_value(f"Value ({name}) for parameter KeyName is invalid. Up to 255 ASCII characters.")
    return perform()


_TEMPLATE_NAME = re.compile(r"[A-Za-z0-9().\-/_]{3,128}")


@around("ec2", "CreateLaunchTemplate", stage=Stage.VALIDATED)
def check_template_name(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a name with characters other than letters, numbers, and ().-/_.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
    """
    name = call.parameters["LaunchTemplateName"]
    if not _TEMPLATE_NAME.fullmatch(name):
        message = (
            f"Launch template names can contain letters, numbers, and the characters ().-/_, not '{name}'"
        )
        raise ServiceError("InvalidLaunchTemplateName.MalformedException", message, 400)
    return perform()


@around("ec2", "RunInstances", stage=Stage.VALIDATED, before=("check_image",), refuses=False)
def apply_template(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the launch template's parameters to the request's parameters for the following steps.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
    """
    sent = call.parameters
    call.parameters = launch(call).given
    try:
        return perform()
    finally:
        call.parameters = sent


@around("ec2", "RunInstances", stage=Stage.VALIDATED)
def check_image(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require an ImageId (in the request or in its launch template), valid metadata options, and short user data.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    given = call.parameters
    check_options(given.get("MetadataOptions") or {})
    check_user_data(given.get("UserData"))
    unknown = given.get("LaunchTemplate") and not _template_data(call)
    if not given.get("ImageId") and not unknown:
        raise missing_parameter("The request must contain the parameter ImageId")
    return perform()


@around("ec2", "RunInstances", stage=Stage.FOUND, after=("find_profile",))
def find_image_and_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise the error for a nonexistent image or key pair, or for a failed or disabled image.

    moto would launch the instances anyway.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html
    """
    where, given = (call.account, call.region), call.parameters
    image, key = given.get("ImageId"), given.get("KeyName")
    if image and not ec2.exists(*where, image) and not networks.may_launch(*where, image):
        raise unknown_ids.no_such("image", image)
    if image and networks.image_unavailable(*where, image):
        raise ServiceError("InvalidAMIID.Unavailable", f"The image '{image}' isn't available", 400)
    if key and not networks.key_pair_exists(*where, key):
        raise ServiceError("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist", 400)
    _check_subnet(call, given)
    _check_groups(call, given)
    _check_interfaces(call, given)
    for each in given.get("BlockDeviceMappings") or ():
        disk = each.get("Ebs") or {}
        settings = (disk.get(name) for name in ("VolumeType", "VolumeSize", "Iops", "Throughput"))
        check_volume_settings(*settings)
    addresses.check_launch(call, given)
    return perform()


def _template_data(call: Call) -> Mapping[str, Any]:
    """Return the data of the request's launch template, which is empty for an unknown template or version."""
    found = ec2.launch_template(call.account, call.region, call.parameters["LaunchTemplate"])
    return found[1] if found is not None else {}


def _check_subnet(call: Call, given: Mapping[str, Any]) -> None:
    """Require that a launch specifies either the subnet's zone or no zone.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidParameterValue)
    """
    subnet = given.get("SubnetId") or ""
    found = networks.subnet_facts(call.account, call.region, subnet)
    if found is None:
        return
    zone, given_zone = found[1], (given.get("Placement") or {}).get("AvailabilityZone")
    if given_zone and given_zone != zone:
        raise invalid_value(f"The subnet '{subnet}' is in the Availability Zone {zone}, not in {given_zone}.")


def _check_interfaces(call: Call, given: Mapping[str, Any]) -> None:
    """Require the existing network interfaces of a launch to be unattached.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidNetworkInterface.InUse)
    """
    for each in given.get("NetworkInterfaces") or ():
        name = each.get("NetworkInterfaceId") or ""
        if networks.interface_in_use(call.account, call.region, name):
            raise interface_in_use(name)


def _check_groups(call: Call, given: Mapping[str, Any]) -> None:
    """Require that the security groups of a launch and of its interfaces exist in the subnet's VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidParameter)
    """
    interfaces = given.get("NetworkInterfaces") or ()
    for each in interfaces or (given,):
        subnet = each.get("SubnetId") or ("" if interfaces else addresses.default_subnet(call, given))
        found = networks.subnet_facts(call.account, call.region, subnet)
        for group in each.get("Groups") or each.get("SecurityGroupIds") or ():
            vpc = networks.group_vpc(call.account, call.region, group)
            if vpc is None:
                raise unknown_ids.not_found("group", group)
            if found is not None and vpc != found[0]:
                message = f"Security group {group} and subnet {subnet} belong to different networks."
                raise ServiceError("InvalidParameter", message, 400)


@around("ec2", "CreateTags", stage=Stage.FOUND)
def find_tagged(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise the error for a nonexistent resource before any resource is tagged. moto accepts any ID.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
    """
    for name in call.parameters.get("Resources") or ():
        kind = unknown_ids.kind_of_id(name)
        if kind and not _can_tag(call, kind, name):
            raise unknown_ids.not_found(kind, name)
    return perform()


def _can_tag(call: Call, kind: str, name: str) -> bool:
    if ec2.exists(call.account, call.region, name):
        return True
    if kind == "image":
        return networks.may_launch(call.account, call.region, name)
    return kind == "snapshot" and name in ec2.restorable(call.account, call.region)


@around("ec2", "CreateVolume", stage=Stage.VALIDATED)
def check_volume(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require an existing zone, settings that the volume type allows, and at least the snapshot's size.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
    """
    _refuse_unknown_zone(call)
    size = call.parameters.get("Size")
    snapshot = call.parameters.get("SnapshotId") or ""
    least = networks.snapshot_size(call.region, snapshot) if snapshot else None
    if size is not None and least is not None and size < least:
        message = f"Volume of {size}GiB is smaller than snapshot '{snapshot}', expect size >= {least}GiB"
        raise invalid_value(message)
    given = call.parameters
    check_volume_settings(
        given.get("VolumeType"), least if size is None else size, given.get("Iops"), given.get("Throughput")
    )
    return perform()


_SMALLEST_SUBNET = 28


@around("ec2", "CreateSubnet", stage=Stage.VALIDATED)
def check_subnet_size(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an IPv4 block that is smaller than /28, and a zone in another Region.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
    """
    _check_subnet_zone(call)
    block = call.parameters.get("CidrBlock") or ""
    length = block.rpartition("/")[2]
    if length.isdecimal() and _SMALLEST_SUBNET < int(length) <= 32:
        raise ServiceError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.", 400)
    return perform()


@around("ec2", "AllocateHosts", "CreateDefaultSubnet", stage=Stage.VALIDATED)
def check_zone(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a zone in another Region.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultSubnet.html
    """
    if call.operation == "AllocateHosts":
        _refuse_unknown_zone(call)
    _check_subnet_zone(call)
    return perform()


def _refuse_unknown_zone(call: Call) -> None:
    """Raise InvalidZone.NotFound for a zone that the Region doesn't have.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidZone.NotFound)
    """
    zone = call.parameters.get("AvailabilityZone")
    if zone and zone not in networks.zones(call.account, call.region):
        raise ServiceError("InvalidZone.NotFound", f"The zone '{zone}' does not exist.", 400)


def _check_subnet_zone(call: Call) -> None:
    zone, zones = call.parameters.get("AvailabilityZone"), networks.zones(call.account, call.region)
    if zone and zone not in zones:
        raise invalid_value(
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(zones)}."
        )


_TARGETS = (
    "GatewayId", "InstanceId", "NatGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId", "TransitGatewayId",
    "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "VpcEndpointId", "CoreNetworkArn",
    "OdbNetworkArn",
)  # fmt: skip


@around("ec2", "CreateRoute", stage=Stage.FOUND)
def check_target(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require exactly one target for a route, and require that the target exists.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
    """
    given = [name for name in _TARGETS if call.parameters.get(name)]
    if not given:
        raise missing_parameter("The request must contain exactly one target, such as gatewayId")
    if len(given) > 1:
        message = f"The request must contain exactly one target, not {' and '.join(given)}"
        raise ServiceError("InvalidParameterCombination", message, 400)
    return check_named(call, perform)
