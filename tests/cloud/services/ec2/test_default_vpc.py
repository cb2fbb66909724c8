"""The default VPC that every Region of an account has: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html"""

from __future__ import annotations

import boto3
import pytest


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_it_has_an_internet_gateway_and_a_route_to_it_in_the_main_route_table(cloud, region):
    ec2 = boto3.client("ec2", region_name=region)
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc["VpcId"]}]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}])[
        "RouteTables"
    ]
    (route,) = [each for each in table["Routes"] if each["DestinationCidrBlock"] == "0.0.0.0/0"]
    assert (route["GatewayId"], route["State"]) == (gateway["InternetGatewayId"], "active")


def test_it_is_there_again_after_a_reset_and_once_only(cloud):
    boto3.client("ec2").describe_vpcs()
    cloud.reset()
    assert len(boto3.client("ec2").describe_internet_gateways()["InternetGateways"]) == 1


def test_a_vpc_of_one_s_own_has_none(cloud):
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    mine = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    assert ec2.describe_internet_gateways(Filters=mine)["InternetGateways"] == []
