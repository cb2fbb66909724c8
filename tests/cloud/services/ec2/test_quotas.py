"""Limits on the size of one EC2 request, and the CIDR block that a VPC needs."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import error_of


def test_hosts_and_addresses_are_limited_per_request(cloud):
    ec2 = boto3.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    assert error_of(ec2.allocate_hosts, AvailabilityZone="us-east-1a")[0] == "MissingParameter"
    for count in (-1, 257):
        code, _ = error_of(
            ec2.create_network_interface, SubnetId=subnet, SecondaryPrivateIpAddressCount=count
        )
        assert code == "InvalidParameterValue"
    assert ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["SubnetId"] == subnet


def test_a_vpc_needs_a_block_and_address_pools_are_not_modelled(cloud):
    ec2 = boto3.client("ec2")
    assert error_of(ec2.create_vpc)[0] == "MissingParameter"
    with pytest.raises(NotModelled, match="IPAM"):
        ec2.create_vpc(Ipv4IpamPoolId="ipam-pool-0123456789abcdef0", Ipv4NetmaskLength=24)


def test_an_account_has_five_elastic_addresses_per_region(cloud):
    """https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-eips"""
    ec2 = boto3.client("ec2")
    made = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(5)]
    assert error_of(ec2.allocate_address, Domain="vpc")[0] == "AddressLimitExceeded"
    boto3.client("ec2", region_name="eu-west-1").allocate_address(Domain="vpc")
    ec2.release_address(AllocationId=made[0])
    ec2.allocate_address(Domain="vpc")
