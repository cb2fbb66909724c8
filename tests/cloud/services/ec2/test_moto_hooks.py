"""What EC2 does besides what a request names: detach, move, unshare, and delete."""

from __future__ import annotations

import pytest

from tests.clouds import error_of

LAUNCH = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}


@pytest.fixture
def subnet(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]


def launch(ec2, **given):
    return ec2.run_instances(**LAUNCH, **given)["Instances"][0]["InstanceId"]


def interface(ec2, subnet):
    made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    return made["NetworkInterfaceId"]


def statuses(ec2, subnet):
    """Return the status of each network interface in a subnet."""
    inside = [{"Name": "subnet-id", "Values": [subnet]}]
    found = ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
    return {each["NetworkInterfaceId"]: each["Status"] for each in found}


def test_termination_deletes_the_interfaces_of_the_launch_and_detaches_others(ec2, subnet):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-termination-works.html"""
    primary, attached = interface(ec2, subnet), interface(ec2, subnet)
    instance = launch(ec2, SubnetId=subnet)
    ec2.attach_network_interface(NetworkInterfaceId=attached, InstanceId=instance, DeviceIndex=1)
    kept = [{"DeviceIndex": 0, "SubnetId": subnet, "DeleteOnTermination": False}]
    instances = [
        instance,
        launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": primary}]),
        launch(ec2, NetworkInterfaces=kept),
    ]
    assert sorted(statuses(ec2, subnet).values()) == ["in-use"] * 4
    for _ in range(2):
        ec2.terminate_instances(InstanceIds=instances)
    left = statuses(ec2, subnet)
    assert len(left) == 3
    assert set(left.values()) == {"available"}
    for name in left:
        ec2.delete_network_interface(NetworkInterfaceId=name)
    ec2.delete_subnet(SubnetId=subnet)


def address(ec2):
    return ec2.allocate_address(Domain="vpc")["AllocationId"]


def holders(ec2):
    """Return the instance of each Elastic IP address, and the public address of each instance."""
    addresses = {
        each["AllocationId"]: each.get("InstanceId") or None for each in ec2.describe_addresses()["Addresses"]
    }
    found = ec2.describe_instances()["Reservations"]
    return addresses, {i["InstanceId"]: i.get("PublicIpAddress") for each in found for i in each["Instances"]}


def test_an_address_moves_to_the_instance_of_the_latest_request(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html"""
    first, second = launch(ec2), launch(ec2)
    one, other = address(ec2), address(ec2)
    ec2.associate_address(AllocationId=one, InstanceId=first)
    given = {"AllocationId": one, "InstanceId": second}
    assert (
        error_of(ec2.associate_address, **given, AllowReassociation=False)[0] == "Resource.AlreadyAssociated"
    )
    ec2.associate_address(**given)
    addresses, public = holders(ec2)
    assert addresses == {one: second, other: None}
    assert public[first] is None
    ec2.associate_address(AllocationId=other, InstanceId=second)
    assert holders(ec2)[0] == {one: None, other: second}
    ec2.terminate_instances(InstanceIds=[second])
    assert holders(ec2)[0] == {one: None, other: None}


def test_blocks_are_stored_in_canonical_form(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html (CidrBlock)"""
    vpc = ec2.create_vpc(CidrBlock="100.68.0.18/18")["Vpc"]
    assert vpc["CidrBlock"] == "100.68.0.0/18"
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="100.68.1.7/24")["Subnet"]
    assert subnet["CidrBlock"] == "100.68.1.0/24"
    added = ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], CidrBlock="100.70.0.18/18")
    assert added["CidrBlockAssociation"]["CidrBlock"] == "100.70.0.0/18"


def _groups(ec2, vpc, *names):
    return [
        ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"] for name in names
    ]


def test_rules_and_routes_have_canonical_blocks(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html (CidrIp)"""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    [group] = _groups(ec2, vpc, "web")
    port = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    rule = {
        **port,
        "IpRanges": [{"CidrIp": "100.68.0.18/18"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::7/32"}],
    }
    added = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])["SecurityGroupRules"]
    assert [each.get("CidrIpv4") or each["CidrIpv6"] for each in added] == ["100.68.0.0/18", "2001:db8::/32"]
    same = {"GroupId": group, "IpPermissions": [{**port, "IpRanges": [{"CidrIp": "100.68.0.0/18"}]}]}
    assert error_of(ec2.authorize_security_group_ingress, **same)[0] == "InvalidPermission.Duplicate"
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    table = {"RouteTableId": ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]}
    route = {**table, "DestinationCidrBlock": "100.68.0.18/18"}
    ec2.create_route(**route, GatewayId=gateway)
    [shown] = ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"]
    assert "100.68.0.0/18" in [each.get("DestinationCidrBlock") for each in shown["Routes"]]
    assert error_of(ec2.create_route, **route, GatewayId=gateway)[0] == "RouteAlreadyExists"
    ec2.replace_route(**route, GatewayId=gateway)
    ec2.delete_route(**route)


def test_all_rules_of_a_request_are_returned(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html"""
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    [group] = _groups(ec2, vpc, "web")
    rules = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        for port in (80, 443)
    ]
    for authorize in (ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress):
        added = authorize(GroupId=group, IpPermissions=rules)["SecurityGroupRules"]
        assert [each["FromPort"] for each in added] == [80, 443]


def test_a_rule_of_any_type_can_be_changed(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html"""
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group, one, other = _groups(ec2, vpc, "web", "one", "other")
    lists = [
        ec2.create_managed_prefix_list(PrefixListName=name, MaxEntries=1, AddressFamily="IPv4")["PrefixList"][
            "PrefixListId"
        ]
        for name in "ab"
    ]
    rule = {
        "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "UserIdGroupPairs": [{"GroupId": one}],
        "PrefixListIds": [{"PrefixListId": lists[0]}],
    }  # fmt: skip
    added = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])["SecurityGroupRules"]
    wanted = {
        "CidrIpv4": "192.0.2.0/24", "CidrIpv6": "2001:db8::/32", "ReferencedGroupId": other, "PrefixListId": lists[1],
    }  # fmt: skip
    kinds = {"ReferencedGroupInfo": "ReferencedGroupId"}
    changes = []
    for each in added:
        [kind] = [kinds.get(name, name) for name in each if kinds.get(name, name) in wanted]
        change = {"IpProtocol": "-1", kind: wanted[kind]}
        changes.append({"SecurityGroupRuleId": each["SecurityGroupRuleId"], "SecurityGroupRule": change})
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=changes)
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert shown["IpProtocol"] == "-1"
    assert [each["CidrIp"] for each in shown["IpRanges"]] == ["192.0.2.0/24"]
    assert [each["CidrIpv6"] for each in shown["Ipv6Ranges"]] == ["2001:db8::/32"]
    assert [each["GroupId"] for each in shown["UserIdGroupPairs"]] == [other]
    assert [each["PrefixListId"] for each in shown["PrefixListIds"]] == [lists[1]]


def test_a_disabled_image_is_shared_with_nobody_after_it_is_enabled(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisableImage.html"""
    image = ec2.create_image(InstanceId=launch(ec2), Name="web")["ImageId"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "444455556666"}]})
    ec2.disable_image(ImageId=image)
    ec2.enable_image(ImageId=image)
    shown = ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")
    assert shown["LaunchPermissions"] == []


def test_delete_tags_without_tags_deletes_all(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html (Tag.N)"""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": key, "Value": "1"} for key in "ab"])
    ec2.delete_tags(Resources=[vpc])
    assert ec2.describe_tags()["Tags"] == []


def test_a_prefix_list_keeps_its_name(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html"""
    given = {"PrefixListName": "offices", "MaxEntries": 1, "AddressFamily": "IPv4"}
    name = ec2.create_managed_prefix_list(**given)["PrefixList"]["PrefixListId"]
    ec2.modify_managed_prefix_list(PrefixListId=name, CurrentVersion=1, AddEntries=[{"Cidr": "10.0.0.0/8"}])
    [shown] = ec2.describe_managed_prefix_lists(PrefixListIds=[name])["PrefixLists"]
    assert shown["PrefixListName"] == "offices"


def tcp(port):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


def test_unknown_rules_are_returned_in_the_default_vpc(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html"""
    group = ec2.create_security_group(GroupName="web", Description="d")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(80)])
    answer = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(80), tcp(22)])
    assert [each["FromPort"] for each in answer["UnknownIpPermissions"]] == [22]
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert shown["IpPermissions"] == []


def test_a_reboot_starts_nothing(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html"""
    running, stopped, terminated = instances = [launch(ec2) for _ in range(3)]
    ec2.stop_instances(InstanceIds=[stopped])
    ec2.terminate_instances(InstanceIds=[terminated])
    ec2.reboot_instances(InstanceIds=instances)
    shown = ec2.describe_instances(InstanceIds=instances)["Reservations"]
    states = {each["InstanceId"]: each["State"]["Name"] for r in shown for each in r["Instances"]}
    assert states == {running: "running", stopped: "stopped", terminated: "terminated"}
