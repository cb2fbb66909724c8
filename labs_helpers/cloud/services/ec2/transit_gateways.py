"""Checks for transit gateway associations and routes that EC2 rejects, but moto creates.

AWS doesn't document all of the error codes.
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2 import unknown_ids
from labs_helpers.cloud.services.ec2.errors import already_associated, missing_parameter, wrong_state
from labs_helpers.cloud.services.ec2.requests import check_cidr_block

Perform = Callable[[], Answer]


@around("ec2", "CreateTransitGatewayRoute", stage=Stage.PRECONDITIONS)
def create_transit_gateway_route(call: Call, perform: Perform) -> Answer:
    """Require a destination without a route, and either an existing attachment or a blackhole as the target.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (RouteAlreadyExists)
    """
    unknown_ids.refuse_unknown(call)
    given, where = call.parameters, (call.account, call.region)
    block, attachment = given["DestinationCidrBlock"], given.get("TransitGatewayAttachmentId")
    check_cidr_block(block)
    if attachment and given.get("Blackhole"):
        message = "A route can't have both an attachment and a blackhole as its target"
        raise ServiceError("InvalidParameterCombination", message, 400)
    if not attachment and not given.get("Blackhole"):
        raise missing_parameter(
            "The request must contain the parameter transitGatewayAttachmentId or blackhole"
        )
    if block in networks.transit_routes(*where, given["TransitGatewayRouteTableId"]):
        raise ServiceError("RouteAlreadyExists", f"The route {block} already exists in the route table", 400)
    return perform()


@around("ec2", "AssociateTransitGatewayRouteTable", stage=Stage.PRECONDITIONS)
def associate_transit_gateway_table(call: Call, perform: Perform) -> Answer:
    """Reject the association of an attachment with a second route table.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateTransitGatewayRouteTable.html
    """
    attachment = call.parameters["TransitGatewayAttachmentId"]
    if networks.transit_table_of(call.account, call.region, attachment) is not None:
        message = f"{attachment} is already associated with a route table"
        raise already_associated(message)
    return perform()


@around("ec2", "DeleteTransitGatewayRouteTable", stage=Stage.PRECONDITIONS)
def delete_transit_gateway_table(call: Call, perform: Perform) -> Answer:
    """Reject the deletion of a route table that has associations or is its gateway's default table.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTransitGatewayRouteTable.html
    """
    table = call.parameters["TransitGatewayRouteTableId"]
    if networks.transit_table_in_use(call.account, call.region, table):
        raise wrong_state(f"{table} has associations or is a default route table")
    return perform()
