"""Checks that resources that are used together are in the same VPC. moto doesn't compare their VPCs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidParameter, InvalidParameterValue)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2 import unknown_ids
from labs_helpers.cloud.services.ec2.errors import already_associated, invalid_value

_TOGETHER: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "AssociateRouteTable": ("RouteTableId", ("SubnetId",)),
    "CreateNetworkInterface": ("SubnetId", ("Groups",)),
    "CreateRoute": ("RouteTableId", ("GatewayId", "NatGatewayId", "NetworkInterfaceId", "InstanceId")),
    "CreateTransitGatewayVpcAttachment": ("VpcId", ("SubnetIds",)),
    "CreateVpcEndpoint": ("VpcId", ("RouteTableIds", "SubnetIds", "SecurityGroupIds")),
    "ModifyNetworkInterfaceAttribute": ("NetworkInterfaceId", ("Groups",)),
    "ModifyTransitGatewayVpcAttachment": ("TransitGatewayAttachmentId", ("AddSubnetIds",)),
    "ModifyVpcEndpoint": ("VpcEndpointId", ("AddRouteTableIds", "AddSubnetIds", "AddSecurityGroupIds")),
    "ReplaceNetworkAclAssociation": ("NetworkAclId", ("AssociationId",)),
    "ReplaceRoute": ("RouteTableId", ("GatewayId", "NatGatewayId", "NetworkInterfaceId", "InstanceId")),
    "ReplaceRouteTableAssociation": ("RouteTableId", ("AssociationId",)),
}
"""By operation: the parameter that determines the VPC, and the parameters with resources in that VPC."""
_IN_A_VPC = ("subnet", "sg", "rtb", "nat", "eni", "i", "igw", "acl")


@around(
    "ec2",
    "AssociateRouteTable",
    "CreateNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
    "ReplaceNetworkAclAssociation",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
    stage=Stage.PRECONDITIONS,
)
def check_networks(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject security groups that don't exist, and resources in a different VPC from the resource that uses them.

    https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    """
    refuse_unknown_groups(call)
    refuse_other_networks(call)
    refuse_other_family(call)
    if call.operation == "AssociateRouteTable":
        _refuse_second_table(call)
    return perform()


def refuse_other_family(call: Call) -> None:
    """Raise InvalidParameterValue for an IPv4 route to an egress-only internet gateway.

    Such a gateway supports only IPv6.
    https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
    """
    given = call.parameters
    if given.get("EgressOnlyInternetGatewayId") and given.get("DestinationCidrBlock"):
        raise invalid_value("An egress-only internet gateway can be the target only of IPv6 routes")


def _refuse_second_table(call: Call) -> None:
    """Raise Resource.AlreadyAssociated for a subnet or gateway that already has another route table.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    associated = call.parameters.get("SubnetId") or call.parameters.get("GatewayId") or ""
    table = networks.table_of(call.account, call.region, associated)
    if table not in (None, call.parameters["RouteTableId"]):
        message = f"{associated} is already associated with the route table {table}"
        raise already_associated(message)


@around(
    "ec2", "CreateTransitGatewayVpcAttachment", "ModifyTransitGatewayVpcAttachment", stage=Stage.PRECONDITIONS
)
def check_attachment(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require that an attachment's subnets exist in its VPC, with at most one subnet per zone.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html
    """
    unknown_ids.refuse_unknown(call)
    refuse_other_networks(call)
    given, where = call.parameters, (call.account, call.region)
    held = networks.subnets_of_attachment(*where, given.get("TransitGatewayAttachmentId") or "")
    kept = [each for each in held if each not in (given.get("RemoveSubnetIds") or ())]
    refuse_same_zone(call, [*kept, *(given.get("SubnetIds") or given.get("AddSubnetIds") or ())])
    return perform()


def refuse_unknown_groups(call: Call) -> None:
    """Raise InvalidGroup.NotFound for the ID of a nonexistent security group in the parameter Groups.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidGroup.NotFound)
    """
    for group in call.parameters.get("Groups") or ():
        if networks.group_vpc(call.account, call.region, group) is None:
            raise unknown_ids.not_found("group", group)


def refuse_other_networks(call: Call) -> None:
    """Raise InvalidParameterValue for a resource that is in a different VPC from the resource that uses it."""
    holder, parameters = _TOGETHER[call.operation]
    where, name = (call.account, call.region), call.parameters.get(holder) or ""
    vpc = networks.vpc_of(*where, name)
    for other in _named(call, parameters) if vpc is not None else ():
        if networks.vpc_of(*where, other) != vpc and ec2.exists(*where, other):
            raise invalid_value(f"{name} and {other} belong to different networks")


def refuse_same_zone(call: Call, subnets: list[str]) -> None:
    """Raise DuplicateSubnetsInSameZone for two subnets in one Availability Zone.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (DuplicateSubnetsInSameZone)
    """
    found = [networks.subnet_facts(call.account, call.region, each) for each in set(subnets)]
    zones = [each[1] for each in found if each is not None]
    if len(set(zones)) < len(zones):
        raise ServiceError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ", 400)


def _named(call: Call, parameters: tuple[str, ...]) -> Iterator[str]:
    """Yield the IDs of the resources that are in VPCs. For an association, yield its subnet's ID."""
    for parameter in parameters:
        given = call.parameters.get(parameter) or ()
        for value in (given,) if isinstance(given, str) else given:
            associated = ec2.attached_resources(call.account, call.region, value).get("subnet")
            name = associated if parameter == "AssociationId" else value
            if name and name.rpartition("-")[0] in _IN_A_VPC:
                yield name


@around("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", stage=Stage.FOUND)
def find_sources(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject rules with security groups in VPCs that the changed group's VPC isn't connected to."""
    for rule in call.parameters.get("IpPermissions") or ():
        for pair in rule.get("UserIdGroupPairs") or ():
            refuse_unreachable(call, pair.get("GroupId"))
    return perform()


def refuse_unreachable(call: Call, source: str | None) -> None:
    """Raise InvalidGroup.NotFound for a security group in a VPC without an active peering connection.

    The peering connection must be with the VPC of the group whose rules are changed.
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
    """
    group = call.parameters.get("GroupId") or ""
    if source and not networks.is_reachable(call.account, call.region, group, source):
        raise unknown_ids.not_found("group", source)


@around("ec2", "CreateVpcPeeringConnection", stage=Stage.PRECONDITIONS)
def check_peering(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a second peering connection between two VPCs.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (VpcPeeringConnectionAlreadyExists)
    """
    vpc, peer = call.parameters.get("VpcId") or "", call.parameters.get("PeerVpcId") or ""
    if networks.has_peering(call.account, call.region, vpc, peer):
        message = f"A VPC peering connection between {vpc} and {peer} already exists."
        raise ServiceError("VpcPeeringConnectionAlreadyExists", message, 400)
    return perform()
