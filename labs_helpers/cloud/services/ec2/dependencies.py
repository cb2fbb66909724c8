"""Resources that EC2 doesn't delete or attach because others depend on them. moto performs these requests.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2.errors import invalid_value

Perform = Callable[[], Answer]


def _has_dependents(message: str) -> ServiceError:
    return ServiceError("DependencyViolation", message, 400)


@around("ec2", "DeleteSubnet", stage=Stage.PRECONDITIONS)
def delete_subnet(call: Call, perform: Perform) -> Answer:
    """Keep a subnet in which instances or network interfaces are.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
    """
    subnet = call.parameters["SubnetId"]
    if networks.subnet_in_use(call.account, call.region, subnet):
        raise _has_dependents(f"The subnet '{subnet}' has dependencies and cannot be deleted.")
    return perform()


@around("ec2", "DeleteSecurityGroup", stage=Stage.PRECONDITIONS)
def delete_group(call: Call, perform: Perform) -> Answer:
    """Keep a security group to which a rule of another security group refers.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    group = call.parameters.get("GroupId")
    if group and networks.group_in_a_rule(call.account, call.region, group):
        raise _has_dependents(f"resource {group} has a dependent object")
    return perform()


@around("ec2", "DeleteRouteTable", stage=Stage.PRECONDITIONS)
def delete_table(call: Call, perform: Perform) -> Answer:
    """Keep a VPC's main route table.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html
    """
    table = call.parameters["RouteTableId"]
    if networks.is_main_table(call.account, call.region, table):
        raise _has_dependents(f"The routeTable '{table}' has dependencies and cannot be deleted.")
    return perform()


@around("ec2", "DeleteRoute", stage=Stage.PRECONDITIONS)
def delete_route(call: Call, perform: Perform) -> Answer:
    """Keep the local route, which every route table has.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    given = call.parameters
    table, block = (
        given["RouteTableId"],
        given.get("DestinationCidrBlock") or given.get("DestinationIpv6CidrBlock"),
    )
    if block and networks.is_local_route(call.account, call.region, table, block):
        raise invalid_value(f"cannot remove local route {block} in route table {table}")
    return perform()


@around("ec2", "AttachInternetGateway", stage=Stage.PRECONDITIONS)
def attach_gateway(call: Call, perform: Perform) -> Answer:
    """Attach one internet gateway to a VPC at most.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways
    """
    vpc, gateway = call.parameters["VpcId"], call.parameters["InternetGatewayId"]
    if networks.gateway_of_vpc(call.account, call.region, vpc) not in (None, gateway):
        raise invalid_value(f"Network {vpc} already has an internet gateway attached")
    return perform()


@around("ec2", "AttachVolume", stage=Stage.PRECONDITIONS)
def attach_volume(call: Call, perform: Perform) -> Answer:
    """Attach a volume to one instance only; Multi-Attach isn't modeled.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (VolumeInUse)
    """
    volume = call.parameters["VolumeId"]
    if networks.is_attached(call.account, call.region, volume):
        raise ServiceError("VolumeInUse", f"{volume} is already attached to an instance", 400)
    return perform()


@around("ec2", "DeleteNetworkInterface", stage=Stage.PRECONDITIONS)
def delete_interface(call: Call, perform: Perform) -> Answer:
    """Keep a network interface that is attached to an instance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidNetworkInterface.InUse)
    """
    interface = call.parameters["NetworkInterfaceId"]
    if networks.interface_in_use(call.account, call.region, interface):
        message = f"Network interface '{interface}' is currently in use."
        raise ServiceError("InvalidNetworkInterface.InUse", message, 400)
    return perform()
