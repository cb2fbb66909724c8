"""The resources in EC2's associations and attachments, which authorization finds by their IDs."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.services.ec2 import moto_view


@pytest.fixture
def attached(cloud):
    account = cloud.home
    return lambda association: moto_view.attached_resources(account, "us-east-1", association)


def test_an_association_names_the_resources_in_it(cloud, attached):
    ec2, iam = boto3.client("ec2"), boto3.client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    zone = {"AvailabilityZone": "us-east-1a"}
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.1.0/24", **zone)["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc["VpcId"])["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    assert attached(association) == {"route-table": table, "subnet": subnet}

    mains = ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}])[
        "RouteTables"
    ]
    main = next(each for each in mains if each["VpcId"] == vpc["VpcId"])
    assert attached(main["Associations"][0]["RouteTableAssociationId"]) == {
        "route-table": main["RouteTableId"]
    }

    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["NetworkAcls"]
    of_subnet = next(each for each in acls[0]["Associations"] if each["SubnetId"] == subnet)
    acl = {"network-acl": acls[0]["NetworkAclId"], "subnet": subnet}
    assert attached(of_subnet["NetworkAclAssociationId"]) == acl

    block = ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], CidrBlock="100.64.0.0/16")[
        "CidrBlockAssociation"
    ]
    assert attached(block["AssociationId"]) == {"vpc": vpc["VpcId"]}
    block = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock="2600:1f16:13f5:7100::/64")
    assert attached(block["Ipv6CidrBlockAssociation"]["AssociationId"]) == {"subnet": subnet}

    launch = {"ImageId": "ami-03cf127a", "MinCount": 1, "MaxCount": 1, "Placement": zone}
    instance = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    address = ec2.allocate_address(Domain="vpc")
    association = ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)[
        "AssociationId"
    ]
    assert attached(association) == attached(address["PublicIp"]) == {"elastic-ip": address["AllocationId"]}

    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    attachment = ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1
    )["AttachmentId"]
    assert attached(attachment) == {"network-interface": interface, "instance": instance}

    iam.create_instance_profile(InstanceProfileName="plain")
    profile = ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "plain"}, InstanceId=instance)
    association = profile["IamInstanceProfileAssociation"]["AssociationId"]
    assert attached(association) == {"instance": instance}


@pytest.mark.parametrize("unknown", ["", "rtbassoc-0123456789abcdef0"])
def test_an_unknown_association_has_no_resources(cloud, attached, unknown):
    assert attached(unknown) == {}
