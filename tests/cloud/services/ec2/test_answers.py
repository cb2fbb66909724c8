"""EC2's errors for nonexistent IDs, and pagination."""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.mark.ledger("F-GATE-02")
@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("delete_nat_gateway", {"NatGatewayId": "nat-0123456789abcdef0"}, "NatGatewayNotFound"),
        ("delete_nat_gateway", {"NatGatewayId": "x"}, "NatGatewayMalformed"),
        ("delete_transit_gateway", {"TransitGatewayId": "tgw-0123456789abcdef0"}, "InvalidTransitGatewayID.NotFound"),
        ("delete_managed_prefix_list", {"PrefixListId": "pl-0123456789abcdef0"}, "InvalidPrefixListID.NotFound"),
        ("delete_transit_gateway_vpc_attachment", {"TransitGatewayAttachmentId": "tgw-attach-0123456789abcdef0"},
         "InvalidTransitGatewayAttachmentID.NotFound"),
        ("create_launch_template_version", {"LaunchTemplateData": {}}, "MissingParameter"),
        ("associate_iam_instance_profile",
         {"InstanceId": "i-0123456789abcdef0", "IamInstanceProfile": {"Name": "none"}}, "InvalidParameterValue"),
        ("create_subnet", {"VpcId": "default", "CidrBlock": "no such thing"}, None),
    ],
)  # fmt: skip
def test_an_id_of_nothing_is_not_found(cloud, operation, parameters, code):
    ec2 = boto3.client("ec2")
    if parameters.get("VpcId") == "default":
        parameters = {**parameters, "VpcId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"]}
    found, _ = error_of(getattr(ec2, operation), **parameters)
    assert found == (code or "InvalidParameterValue")
    assert cloud.record[-1].error_code == found


def test_instance_types_come_a_page_at_a_time(cloud):
    ec2 = boto3.client("ec2")
    first = ec2.describe_instance_types()
    assert len(first["InstanceTypes"]) == 100
    second = ec2.describe_instance_types(NextToken=first["NextToken"], MaxResults=5)
    assert len(second["InstanceTypes"]) == 5
    assert second["InstanceTypes"][0]["InstanceType"] > first["InstanceTypes"][-1]["InstanceType"]
    assert error_of(ec2.describe_instance_types, NextToken="nonsense")[0] == "InvalidNextToken"
    assert len(ec2.describe_instance_types(InstanceTypes=["t3.micro"])["InstanceTypes"]) == 1


@pytest.mark.ledger("F-GATE-02")
@pytest.mark.parametrize(
    ("least", "most", "code"),
    [
        (1, 2**31 - 1, "VcpuLimitExceeded"), (2**31 - 1, 2**31 - 1, "VcpuLimitExceeded"),
        (0, 1, "InvalidParameterValue"), (2, 1, "InvalidParameterValue"), (-1, -1, "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_more_instances_than_a_lab_may_have_are_refused_at_once(cloud, least, most, code):
    ec2 = boto3.client("ec2")
    assert error_of(ec2.run_instances, ImageId="ami-03cf127a", MinCount=least, MaxCount=most)[0] == code
    assert ec2.describe_instances()["Reservations"] == []


@pytest.mark.ledger("F-GATE-02")
def test_a_vpc_without_a_block_is_refused_and_no_description_breaks(cloud):
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert error_of(ec2.create_vpc)[0] == "MissingParameter"
    assert error_of(ec2.associate_vpc_cidr_block, VpcId=vpc)[0] == "MissingParameter"
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


UNKNOWN = {
    "describe_vpcs": ({"VpcIds": ["vpc-0123456789abcdef0"]}, "InvalidVpcID.NotFound", "vpc ID"),
    "delete_vpc": ({"VpcId": "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound", "vpc ID"),
    "describe_addresses": (
        {"AllocationIds": ["eipalloc-0123456789abcdef0"]}, "InvalidAllocationID.NotFound", "allocation ID",
    ),
    "describe_launch_templates": (
        {"LaunchTemplateIds": ["lt-0123456789abcdef0"]}, "InvalidLaunchTemplateId.NotFound", "launch template ID",
    ),
    "describe_network_acls": (
        {"NetworkAclIds": ["acl-0123456789abcdef0"]}, "InvalidNetworkAclID.NotFound", "networkAcl ID",
    ),
    "describe_nat_gateways": ({"NatGatewayIds": ["nat-0123456789abcdef0"]}, "NatGatewayNotFound", "NatGateway"),
    "describe_transit_gateways": (
        {"TransitGatewayIds": ["tgw-0123456789abcdef0"]}, "InvalidTransitGatewayID.NotFound", "transit gateway ID",
    ),
    "describe_vpc_peering_connections": (
        {"VpcPeeringConnectionIds": ["pcx-0123456789abcdef0"]}, "InvalidVpcPeeringConnectionID.NotFound",
        "vpcPeeringConnection ID",
    ),
    "describe_vpn_gateways": (
        {"VpnGatewayIds": ["vgw-0123456789abcdef0"]}, "InvalidVpnGatewayID.NotFound", "vpnGateway ID",
    ),
    "describe_internet_gateways": (
        {"InternetGatewayIds": ["igw-0123456789abcdef0"]}, "InvalidInternetGatewayID.NotFound", "internetGateway ID",
    ),
    "accept_vpc_peering_connection": (
        {"VpcPeeringConnectionId": "pcx-0123456789abcdef0"}, "InvalidVpcPeeringConnectionID.NotFound",
        "vpcPeeringConnection ID",
    ),
    "describe_snapshot_attribute": (
        {"SnapshotId": "snap-0123456789abcdef0", "Attribute": "createVolumePermission"}, "InvalidSnapshot.NotFound",
        "snapshot",
    ),
    "describe_snapshots": (
        {"SnapshotIds": ["snap-0123456789abcdef0"]}, "InvalidSnapshot.NotFound", "snapshot",
    ),
    "delete_snapshot": ({"SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound", "snapshot"),
}  # fmt: skip


@pytest.mark.parametrize("method", UNKNOWN)
def test_an_unknown_id_is_named_in_the_error(cloud, method):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    given, code, called = UNKNOWN[method]
    (identifier,) = (value[0] if isinstance(value, list) else value for value in list(given.values())[:1])
    refused = error_of(getattr(boto3.client("ec2"), method), **given)
    assert refused == (code, f"The {called} '{identifier}' does not exist")


@pytest.mark.parametrize(
    ("method", "given", "parameter"),
    [
        ("enable_vpc_classic_link_dns_support", {}, "vpcId"),
        ("revoke_security_group_ingress", {}, "groupName or groupId"),
        ("associate_route_table", {"RouteTableId": "$"}, "subnetId"),
    ],
)
def test_an_id_that_is_left_out_is_named_in_the_error(cloud, method, given, parameter):
    ec2 = boto3.client("ec2")
    tables = {"RouteTableId": ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]} if given else {}
    refused = error_of(getattr(ec2, method), **tables)
    assert refused == ("MissingParameter", f"The request must contain the parameter {parameter}")
