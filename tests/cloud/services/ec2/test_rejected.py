"""Requests that EC2 rejects as a whole and that moto performs, wholly or in part.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from tests.clouds import error_of

CASES = json.loads((Path(__file__).parent / "rejected.json").read_text(encoding="utf-8"))
SHOWN = (
    "instances", "security_group_rules", "tags", "subnets", "route_tables", "network_acls", "internet_gateways",
    "network_interfaces", "volumes", "vpc_endpoints", "vpc_peering_connections", "addresses", "key_pairs",
)  # fmt: skip

OPEN = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'
LONG = {
    "long_user_data": "x" * 16_385, "long_token": "x" * 65, "long_key": "x" * 129, "long_value": "x" * 257,
    "long_policy": OPEN + " " * (20_481 - len(OPEN)),
}  # fmt: skip
UNTAGGED = ("attachment", "list_of_aws", "main_association")


@pytest.fixture(scope="module")
def ec2():
    with Cloud(seed=1):
        yield boto3.client("ec2")


@pytest.fixture(scope="module")
def names(ec2):
    """What the table's requests name: a VPC with an instance, and what depends on it."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group, used = (
        ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"]
        for name in ("web", "db")
    )
    port = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    rules = [{**port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}], "UserIdGroupPairs": [{"GroupId": used}]}]
    added = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)["SecurityGroupRules"]
    launch = {"ImageId": "ami-12c6146b", "SubnetId": subnet, "SecurityGroupIds": [group]}
    launched = ec2.run_instances(**launch, MinCount=3, MaxCount=3)["Instances"]
    instance, protected, ended = (each["InstanceId"] for each in launched)
    ec2.modify_instance_attribute(InstanceId=protected, DisableApiTermination={"Value": True})
    ec2.terminate_instances(InstanceIds=[ended])
    gateway, second = (
        ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2)
    )
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    sizes = {"volume": {"Size": 1}, "large": {"Size": 2}, "sealed": {"Size": 1, "Encrypted": True}}
    zone = launched[0]["Placement"]["AvailabilityZone"]
    volumes = {name: ec2.create_volume(AvailabilityZone=zone, **each) for name, each in sizes.items()}
    ec2.create_image(InstanceId=instance, Name="taken")
    archived = ec2.create_snapshot(VolumeId=volumes["large"]["VolumeId"])["SnapshotId"]
    ec2.modify_snapshot_tier(SnapshotId=archived, StorageTier="archive")
    [taken] = ec2.describe_images(Owners=["self"])["Images"]
    large, sealed = (ec2.create_snapshot(VolumeId=volumes[name]["VolumeId"]) for name in ("large", "sealed"))
    ec2.attach_volume(VolumeId=volumes["volume"]["VolumeId"], InstanceId=instance, Device="/dev/sdf")
    main, block = tables[0]["RouteTableId"], "198.51.100.0/24"
    ec2.create_route(RouteTableId=main, DestinationCidrBlock=block, GatewayId=gateway)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[main]
    )
    peer = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=protected)
    entries = ec2.create_managed_prefix_list(PrefixListName="list", MaxEntries=2, AddressFamily="IPv4")
    return {
        **of_default_vpc(ec2), **held_by_others(ec2), **LONG, **peered(ec2), **without_root(ec2),
        "attachment": launched[0]["NetworkInterfaces"][0]["Attachment"]["AttachmentId"],
        "main_association": tables[0]["Associations"][0]["RouteTableAssociationId"],
        "endpoint": endpoint["VpcEndpoint"]["VpcEndpointId"], "peer": peer, "address": address,
        "association": ec2.associate_route_table(RouteTableId=main, SubnetId=subnet)["AssociationId"],
        "transit": ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"],
        "archived": archived, "image_snapshot": taken["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"],
        "ipv6_gateway": ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"][
            "EgressOnlyInternetGatewayId"
        ],
        "list": entries["PrefixList"]["PrefixListId"],
        "list_of_aws": ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"],
        "rule": added[0]["SecurityGroupRuleId"], "vpc": vpc, "subnet": subnet,
        "group": group, "used": used, "instance": instance, "protected": protected,
        "ended": ended, "interface": launched[0]["NetworkInterfaces"][0]["NetworkInterfaceId"], "gateway": gateway,
        "second_gateway": second, "main_table": tables[0]["RouteTableId"], "snapshot": large["SnapshotId"],
        "encrypted": sealed["SnapshotId"], "volume": volumes["volume"]["VolumeId"],
        "large": volumes["large"]["VolumeId"],
        "far": ec2.create_volume(AvailabilityZone="us-east-1f", Size=1)["VolumeId"],
        "root": launched[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeId"],
        "acl": ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"],
        "other_group": ec2.create_security_group(GroupName="other", Description="d")["GroupId"],
    }  # fmt: skip


def held_by_others(ec2):
    """Gateways and a prefix list that others use, a VPC with a group, and a disabled image."""
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.2.1.0/24")["Subnet"]["SubnetId"]
    customer = ec2.create_customer_gateway(BgpAsn=65000, PublicIp="192.0.2.1", Type="ipsec.1")[
        "CustomerGateway"
    ]
    attached, connected = (ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"] for _ in "ab")
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=attached)
    ec2.create_vpn_connection(
        CustomerGatewayId=customer["CustomerGatewayId"], VpnGatewayId=connected, Type="ipsec.1"
    )
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=transit, VpcId=vpc, SubnetIds=[subnet])
    listed = ec2.create_managed_prefix_list(PrefixListName="used", MaxEntries=2, AddressFamily="IPv4")
    name = listed["PrefixList"]["PrefixListId"]
    grouped = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="only", Description="d", VpcId=grouped)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "PrefixListIds": [{"PrefixListId": name}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [grouped]}])["NetworkAcls"]
    snapshot = ec2.create_snapshot(
        VolumeId=ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    )
    device = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot["SnapshotId"]}}
    disabled = ec2.register_image(Name="disabled", RootDeviceName="/dev/xvda", BlockDeviceMappings=[device])
    ec2.disable_image(ImageId=disabled["ImageId"])
    iam = boto3.client("iam")
    iam.create_instance_profile(InstanceProfileName="web")
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, ClientToken="used")
    here, away = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.2.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in ((2, "a"), (3, "b"))
    )
    beside = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=here)["Instances"][0]
    near, far = (
        ec2.create_network_interface(SubnetId=each)["NetworkInterface"]["NetworkInterfaceId"]
        for each in (here, away)
    )
    own, other = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in "ab")
    ec2.associate_route_table(RouteTableId=own, SubnetId=here)
    return {
        "vpn_vpc": vpc, "beside": beside["InstanceId"], "near": near, "away": far, "second_table": other,
        "tabled_subnet": here,
        "customer_gateway": customer["CustomerGatewayId"], "attached_gateway": attached, "connected_gateway": connected,
        "used_transit": transit, "used_list": name, "grouped_vpc": grouped, "default_acl": acls[0]["NetworkAclId"],
        "disabled": disabled["ImageId"],
    }  # fmt: skip


def peered(ec2):
    """Two VPCs with an active peering connection, a rejected one, and a VPC without DNS."""
    one, other, third = (
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in (4, 5, 6)
    )
    active, rejected = (
        ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=peer)["VpcPeeringConnection"][
            "VpcPeeringConnectionId"
        ]
        for peer in (other, third)
    )
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=active)
    ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=rejected)
    ec2.modify_vpc_attribute(VpcId=third, EnableDnsSupport={"Value": False})
    return {"peered_vpc": other, "rejected": rejected, "unnamed_vpc": third}


def without_root(ec2):
    """A stopped instance whose root volume is detached."""
    [launched] = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    name = launched["InstanceId"]
    ec2.stop_instances(InstanceIds=[name])
    ec2.detach_volume(VolumeId=launched["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])
    return {"rootless": name}


def of_default_vpc(ec2):
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    acls = ec2.describe_network_acls(Filters=inside)["NetworkAcls"]
    return {
        "other_subnet": ec2.describe_subnets(Filters=inside)["Subnets"][0]["SubnetId"],
        "other_table": ec2.describe_route_tables(Filters=inside)["RouteTables"][0]["RouteTableId"],
        "other_acl_association": acls[0]["Associations"][0]["NetworkAclAssociationId"],
    }


def filled(value, names):
    if isinstance(value, dict):
        return {name: filled(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, names) for inner in value]
    return names[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def code_of(call, given):
    try:
        call(**given)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def state(ec2):
    answers = [getattr(ec2, f"describe_{name}")() for name in SHOWN]
    return [{name: value for name, value in each.items() if name != "ResponseMetadata"} for each in answers]


def test_requests_are_rejected_and_change_nothing(ec2, names):
    before, wrong = state(ec2), []
    for case in CASES:
        code = code_of(getattr(ec2, case["call"]), filled(case["given"], names))
        if code != case["code"]:
            wrong.append((case["call"], case["code"], code))
    assert wrong == []
    assert state(ec2) == before


def test_instances_in_other_zones_are_terminated_in_spite_of_a_protected_one(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html"""
    launched = [
        ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, Placement={"AvailabilityZone": zone}
        )["Instances"][0]["InstanceId"]
        for zone in ("us-east-1a", "us-east-1a", "us-east-1b")
    ]
    ec2.modify_instance_attribute(InstanceId=launched[0], DisableApiTermination={"Value": True})
    assert error_of(ec2.terminate_instances, InstanceIds=launched)[0] == "OperationNotPermitted"
    shown = ec2.describe_instances(InstanceIds=launched)["Reservations"]
    states = {each["InstanceId"]: each["State"]["Name"] for r in shown for each in r["Instances"]}
    assert [states[name] for name in launched] == ["running", "running", "terminated"]


def test_a_subnet_can_be_deleted_when_its_nat_gateway_is(ec2, names):
    """https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html"""
    subnet = ec2.create_subnet(VpcId=names["vpc"], CidrBlock="10.0.2.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert error_of(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    inside = [{"Name": "subnet-id", "Values": [subnet]}]
    [interface] = ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
    given = {"NetworkInterfaceId": interface["NetworkInterfaceId"]}
    assert error_of(ec2.delete_network_interface, **given)[0] == "InvalidNetworkInterface.InUse"
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.release_address(AllocationId=address)


def test_tags_can_be_put_on_everything_that_exists(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html"""
    ids = [
        name for key, name in names.items() if key not in (*LONG, *UNTAGGED) and not name.startswith("ami-")
    ]
    ids += ["ami-12c6146b", ec2.create_key_pair(KeyName="pair")["KeyPairId"]]
    ids.append(ec2.allocate_address(Domain="vpc")["AllocationId"])
    ids.append(
        ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.nano"})[
            "LaunchTemplate"
        ]["LaunchTemplateId"]
    )
    ec2.create_tags(Resources=ids, Tags=[{"Key": "team", "Value": "red"}])
    found = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["team"]}])["Tags"]
    assert {each["ResourceId"] for each in found} == set(ids)


def test_a_peering_of_overlapping_vpcs_fails(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcPeeringConnection.html"""
    twin = ec2.create_vpc(CidrBlock="10.0.128.0/17")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=names["vpc"], PeerVpcId=twin)["VpcPeeringConnection"]
    connection = {"VpcPeeringConnectionId": made["VpcPeeringConnectionId"]}
    ids = [made["VpcPeeringConnectionId"]]
    [shown] = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=ids)["VpcPeeringConnections"]
    assert shown["Status"]["Code"] == "failed"
    assert error_of(ec2.accept_vpc_peering_connection, **connection)[0] == "InvalidStateTransition"


def test_only_the_requester_deletes_a_pending_peering(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcPeeringConnection.html"""
    account = "444455556666"
    theirs = Cloud.running().account(account).client("ec2")
    peer = theirs.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=names["vpc"], PeerVpcId=peer, PeerOwnerId=account)
    connection = {"VpcPeeringConnectionId": made["VpcPeeringConnection"]["VpcPeeringConnectionId"]}
    assert error_of(theirs.delete_vpc_peering_connection, **connection)[0] == "OperationNotPermitted"
    theirs.accept_vpc_peering_connection(**connection)
    theirs.delete_vpc_peering_connection(**connection)
    assert error_of(ec2.delete_vpc_peering_connection, **connection)[0] == "InvalidStateTransition"


def test_a_rule_can_name_a_group_of_a_vpc_with_an_active_peering(ec2, names):
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html"""
    far = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="far", Description="d", VpcId=far)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "UserIdGroupPairs": [{"GroupId": group}]}
    given = {"GroupId": names["used"], "IpPermissions": [rule]}
    made = ec2.create_vpc_peering_connection(VpcId=names["vpc"], PeerVpcId=far)["VpcPeeringConnection"]
    assert error_of(ec2.authorize_security_group_ingress, **given)[0] == "InvalidGroup.NotFound"
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    ec2.authorize_security_group_ingress(**given)


def test_a_rule_can_name_a_group_of_a_peer_account(ec2, names):
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html"""
    account = "444455556666"
    theirs = Cloud.running().account(account).client("ec2")
    peer = theirs.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    group = theirs.create_security_group(GroupName="far", Description="d", VpcId=peer)["GroupId"]
    made = ec2.create_vpc_peering_connection(VpcId=names["vpc"], PeerVpcId=peer, PeerOwnerId=account)
    pair = {"GroupId": group, "UserId": account}
    rule = {"IpProtocol": "tcp", "FromPort": 82, "ToPort": 82, "UserIdGroupPairs": [pair]}
    given = {"GroupId": names["used"], "IpPermissions": [rule]}
    assert error_of(ec2.authorize_security_group_ingress, **given)[0] == "InvalidGroup.NotFound"
    theirs.accept_vpc_peering_connection(
        VpcPeeringConnectionId=made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    )
    [added] = ec2.authorize_security_group_ingress(**given)["SecurityGroupRules"]
    assert added["ReferencedGroupInfo"]["UserId"] == account


def test_deleted_endpoints_and_unknown_ones(ec2, names):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html"""
    made = ec2.create_vpc_endpoint(VpcId=names["peer"], ServiceName="com.amazonaws.us-east-1.dynamodb")
    assert made["VpcEndpoint"]["VpcEndpointType"] == "Gateway"
    endpoint, unknown = made["VpcEndpoint"]["VpcEndpointId"], "vpce-0123456789abcdef0"
    failed = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint, unknown])["Unsuccessful"]
    assert [(each["ResourceId"], each["Error"]["Code"]) for each in failed] == [
        (unknown, "InvalidVpcEndpointId.NotFound")
    ]
    assert (
        error_of(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint])[0] == "InvalidVpcEndpointId.NotFound"
    )


def test_the_services_with_endpoints(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html"""
    shown = ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.s3"])["ServiceDetails"]
    kinds = [kind["ServiceType"] for each in shown for kind in each["ServiceType"]]
    assert sorted(kinds) == ["Gateway", "Interface"]
    unknown = {"ServiceNames": ["com.amazonaws.us-east-1.none"]}
    assert error_of(ec2.describe_vpc_endpoint_services, **unknown)[0] == "InvalidServiceName"


def test_a_default_vpc_releases_an_address_in_use(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html"""
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance)
    ec2.release_address(AllocationId=address)


def test_a_peering_of_transit_gateways_is_answered_once(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptTransitGatewayPeeringAttachment.html"""
    far = boto3.client("ec2", region_name="us-west-2")
    here, there = (each.create_transit_gateway()["TransitGateway"]["TransitGatewayId"] for each in (ec2, far))
    made = ec2.create_transit_gateway_peering_attachment(
        TransitGatewayId=here,
        PeerTransitGatewayId=there,
        PeerAccountId="111122223333",
        PeerRegion="us-west-2",
    )["TransitGatewayPeeringAttachment"]
    attachment = {"TransitGatewayAttachmentId": made["TransitGatewayAttachmentId"]}
    far.accept_transit_gateway_peering_attachment(**attachment)
    for answer in (
        far.accept_transit_gateway_peering_attachment,
        far.reject_transit_gateway_peering_attachment,
    ):
        assert error_of(answer, **attachment)[0] == "IncorrectState"
