"""Transit gateways: attachments, associations, and static routes.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
"""

from __future__ import annotations

import pytest

from tests.clouds import error_of

GONE = "tgw-attach-0123456789abcdef0"


@pytest.fixture
def names(ec2):
    """A gateway with an attachment, a route table with a route, and three subnets, two of them in one zone."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = {
        f"subnet_{name}": ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone
        )["Subnet"]["SubnetId"]
        for number, (name, zone) in enumerate(
            (("a", "us-east-1a"), ("same", "us-east-1a"), ("b", "us-east-1b"))
        )
    }
    gateway = ec2.create_transit_gateway(Options={"DefaultRouteTableAssociation": "disable"})[
        "TransitGateway"
    ]
    given = {"TransitGatewayId": gateway["TransitGatewayId"]}
    attached = ec2.create_transit_gateway_vpc_attachment(**given, VpcId=vpc, SubnetIds=[subnets["subnet_a"]])
    table, other = (
        ec2.create_transit_gateway_route_table(**given)["TransitGatewayRouteTable"][
            "TransitGatewayRouteTableId"
        ]
        for _ in range(2)
    )
    attachment = attached["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    ec2.associate_transit_gateway_route_table(
        TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment
    )
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table,
        DestinationCidrBlock="10.0.0.0/16",
        TransitGatewayAttachmentId=attachment,
    )
    return {**subnets, "vpc": vpc, "attachment": attachment, "table": table, "other": other}


ROUTES = [
    ({"DestinationCidrBlock": "10.0.0.0/16", "Blackhole": True}, "RouteAlreadyExists"),
    ({"DestinationCidrBlock": "everywhere", "Blackhole": True}, "InvalidParameterValue"),
    ({"DestinationCidrBlock": "10.5.0.0/16"}, "MissingParameter"),
    (
        {"DestinationCidrBlock": "10.5.0.0/16", "TransitGatewayAttachmentId": GONE},
        "InvalidTransitGatewayAttachmentID.NotFound",
    ),
]


def test_routes_that_a_table_does_not_take(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayRoute.html"""
    table = {"TransitGatewayRouteTableId": names["table"]}
    both = {"TransitGatewayAttachmentId": names["attachment"], "Blackhole": True}
    rows = [*ROUTES, ({"DestinationCidrBlock": "10.5.0.0/16", **both}, "InvalidParameterCombination")]
    found = [error_of(ec2.create_transit_gateway_route, **table, **given)[0] for given, _ in rows]
    assert found == [code for _, code in rows]
    ec2.delete_transit_gateway_route(**table, DestinationCidrBlock="10.0.0.0/16")
    ec2.create_transit_gateway_route(**table, DestinationCidrBlock="10.0.0.0/16", Blackhole=True)


def test_an_attachment_has_one_table_and_a_table_in_use_stays(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTransitGatewayRouteTable.html"""
    attachment = {"TransitGatewayAttachmentId": names["attachment"]}
    table, other = ({"TransitGatewayRouteTableId": names[name]} for name in ("table", "other"))
    code, _ = error_of(ec2.associate_transit_gateway_route_table, **other, **attachment)
    assert code == "Resource.AlreadyAssociated"
    assert error_of(ec2.delete_transit_gateway_route_table, **table)[0] == "IncorrectState"
    ec2.disassociate_transit_gateway_route_table(**table, **attachment)
    ec2.associate_transit_gateway_route_table(**other, **attachment)
    ec2.delete_transit_gateway_route_table(**table)
    gateway = ec2.create_transit_gateway()["TransitGateway"]["Options"]["AssociationDefaultRouteTableId"]
    default = {"TransitGatewayRouteTableId": gateway}
    assert error_of(ec2.delete_transit_gateway_route_table, **default)[0] == "IncorrectState"


def test_an_attachment_and_an_endpoint_have_one_subnet_per_zone(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (DuplicateSubnetsInSameZone)"""
    duplicate, attachment = "DuplicateSubnetsInSameZone", {"TransitGatewayAttachmentId": names["attachment"]}
    change = ec2.modify_transit_gateway_vpc_attachment
    assert error_of(change, **attachment, AddSubnetIds=[names["subnet_same"]])[0] == duplicate
    change(**attachment, AddSubnetIds=[names["subnet_same"]], RemoveSubnetIds=[names["subnet_a"]])
    change(**attachment, AddSubnetIds=[names["subnet_b"]])
    both = [names["subnet_a"], names["subnet_same"]]
    endpoint = {
        "VpcId": names["vpc"], "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.sqs"
    }  # fmt: skip
    assert error_of(ec2.create_vpc_endpoint, **endpoint, SubnetIds=both)[0] == duplicate
    made = ec2.create_vpc_endpoint(**endpoint, SubnetIds=[names["subnet_a"]])["VpcEndpoint"]
    given = {"VpcEndpointId": made["VpcEndpointId"], "AddSubnetIds": [names["subnet_same"]]}
    assert error_of(ec2.modify_vpc_endpoint, **given)[0] == duplicate
    other = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    attach = ec2.create_transit_gateway_vpc_attachment
    assert error_of(attach, TransitGatewayId=other, VpcId=names["vpc"], SubnetIds=both)[0] == duplicate
