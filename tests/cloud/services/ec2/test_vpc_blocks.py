"""Secondary CIDR blocks of VPCs.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

from __future__ import annotations

import pytest

from tests.clouds import error_of

RESTRICTED = [
    ("10.0.0.0/16", "192.168.0.0/16"),
    ("10.0.0.0/16", "172.16.0.0/16"),
    ("10.0.0.0/16", "198.19.0.0/16"),
    ("172.16.0.0/16", "10.0.0.0/16"),
    ("192.168.0.0/16", "10.0.0.0/16"),
    ("100.64.0.0/16", "10.0.0.0/16"),
    ("10.0.0.0/16", "10.0.128.0/17"),
    ("10.0.0.0/16", "10.2.0.0/15"),
    ("10.0.0.0/16", "10.2.0.0/29"),
]
PERMITTED = [
    ("10.0.0.0/16", "100.64.0.0/16"),
    ("10.0.0.0/16", "203.0.113.0/24"),
    ("172.16.0.0/16", "172.20.0.0/28"),
]


def vpc(ec2, block):
    return ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]


@pytest.mark.parametrize(("primary", "added"), RESTRICTED)
def test_blocks_that_a_vpc_cannot_have(ec2, primary, added):
    given = {"VpcId": vpc(ec2, primary), "CidrBlock": added}
    assert error_of(ec2.associate_vpc_cidr_block, **given)[0] == "InvalidVpc.Range"


@pytest.mark.parametrize(("primary", "added"), PERMITTED)
def test_a_block_stays_as_long_as_it_contains_a_subnet(ec2, primary, added):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html"""
    name = vpc(ec2, primary)
    made = ec2.associate_vpc_cidr_block(VpcId=name, CidrBlock=added)["CidrBlockAssociation"]
    association = {"AssociationId": made["AssociationId"]}
    subnet = ec2.create_subnet(VpcId=name, CidrBlock=added)["Subnet"]["SubnetId"]
    assert error_of(ec2.disassociate_vpc_cidr_block, **association)[0] == "DependencyViolation"
    ec2.delete_subnet(SubnetId=subnet)
    ec2.disassociate_vpc_cidr_block(**association)
    ec2.associate_vpc_cidr_block(VpcId=name, CidrBlock=added)


def test_an_ipv6_block_stays_as_long_as_a_subnet_uses_it(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html"""
    name = vpc(ec2, "10.0.0.0/16")
    made = ec2.associate_vpc_cidr_block(VpcId=name, AmazonProvidedIpv6CidrBlock=True)
    [block] = ec2.describe_vpcs(VpcIds=[name])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    inside = block["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=name, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    used = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=inside)["Ipv6CidrBlockAssociation"]
    association = {"AssociationId": made["Ipv6CidrBlockAssociation"]["AssociationId"]}
    assert error_of(ec2.disassociate_vpc_cidr_block, **association)[0] == "DependencyViolation"
    ec2.disassociate_subnet_cidr_block(AssociationId=used["AssociationId"])
    ec2.disassociate_vpc_cidr_block(**association)
