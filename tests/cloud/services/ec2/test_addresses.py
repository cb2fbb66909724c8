"""Private addresses: each is in use once, and comes from the addresses of the subnet that AWS doesn't reserve.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
`rejected.json` has the requests that are rejected.
"""

from __future__ import annotations

import pytest

from tests.clouds import error_of

LAUNCH = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}


@pytest.fixture
def subnet(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]


def interface(ec2, subnet, **given):
    return ec2.create_network_interface(SubnetId=subnet, **given)["NetworkInterface"]


def test_a_subnet_gives_each_address_once_until_it_is_full(ec2, subnet):
    kept = interface(ec2, subnet, PrivateIpAddress="10.0.0.4")
    launched = ec2.run_instances(**LAUNCH | {"MaxCount": 5}, SubnetId=subnet)["Instances"]
    found = [each["PrivateIpAddress"] for each in launched]
    found += [interface(ec2, subnet)["PrivateIpAddress"] for _ in range(5)]
    assert sorted(found, key=lambda each: int(each.rpartition(".")[2])) == [
        f"10.0.0.{number}" for number in range(5, 15)
    ]
    full = "InsufficientFreeAddressesInSubnet"
    assert error_of(ec2.create_network_interface, SubnetId=subnet)[0] == full
    assert error_of(ec2.run_instances, **LAUNCH, SubnetId=subnet)[0] == full
    ec2.delete_network_interface(NetworkInterfaceId=kept["NetworkInterfaceId"])
    assert interface(ec2, subnet)["PrivateIpAddress"] == "10.0.0.4"


def test_an_address_is_free_again_after_its_instance_is_terminated(ec2, subnet):
    given = {**LAUNCH, "SubnetId": subnet, "PrivateIpAddress": "10.0.0.9"}
    [first] = ec2.run_instances(**given)["Instances"]
    assert error_of(ec2.run_instances, **given)[0] == "InvalidIPAddress.InUse"
    ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
    assert ec2.run_instances(**given)["Instances"][0]["PrivateIpAddress"] == "10.0.0.9"


def test_an_address_moves_to_another_interface_only_if_the_request_allows_it(ec2, subnet):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html (AllowReassignment)"""
    interface(ec2, subnet, PrivateIpAddress="10.0.0.9")
    given = {
        "NetworkInterfaceId": interface(ec2, subnet)["NetworkInterfaceId"],
        "PrivateIpAddresses": ["10.0.0.9"],
    }
    assert error_of(ec2.assign_private_ip_addresses, **given)[0] == "InvalidIPAddress.InUse"
    ec2.assign_private_ip_addresses(**given, AllowReassignment=True)
