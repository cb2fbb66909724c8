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
    primary, secondary = "10.0.0.8", "10.0.0.9"
    one, other = (
        interface(ec2, subnet, **given)["NetworkInterfaceId"] for given in ({"PrivateIpAddress": primary}, {})
    )
    ec2.assign_private_ip_addresses(NetworkInterfaceId=one, PrivateIpAddresses=[secondary])
    given = {"NetworkInterfaceId": other, "PrivateIpAddresses": [secondary]}
    assert error_of(ec2.assign_private_ip_addresses, **given)[0] == "InvalidIPAddress.InUse"
    ec2.assign_private_ip_addresses(**given, AllowReassignment=True)
    shown = ec2.describe_network_interfaces(NetworkInterfaceIds=[one, other])["NetworkInterfaces"]
    held = {
        each["NetworkInterfaceId"]: [address["PrivateIpAddress"] for address in each["PrivateIpAddresses"]]
        for each in shown
    }
    assert held[one] == [primary]
    assert secondary in held[other]
    given = {"NetworkInterfaceId": other, "PrivateIpAddresses": [primary], "AllowReassignment": True}
    assert error_of(ec2.assign_private_ip_addresses, **given)[0] == "InvalidIPAddress.InUse"


def test_a_primary_address_stays(ec2, subnet):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignPrivateIpAddresses.html"""
    made = interface(ec2, subnet)
    name, primary = made["NetworkInterfaceId"], made["PrivateIpAddress"]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=name, PrivateIpAddresses=["10.0.0.9"])
    given = {"NetworkInterfaceId": name, "PrivateIpAddresses": ["10.0.0.9", primary]}
    assert error_of(ec2.unassign_private_ip_addresses, **given)[0] == "InvalidParameterValue"
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=name, PrivateIpAddresses=["10.0.0.9"])
    [shown] = ec2.describe_network_interfaces(NetworkInterfaceIds=[name])["NetworkInterfaces"]
    assert [each["PrivateIpAddress"] for each in shown["PrivateIpAddresses"]] == [primary]
