"""EC2's authorization: one check per resource, especially for launches."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.ec2.table import TAGGED
from tests.cloud.operations import states
from tests.cloud.services.moto_state import fresh, of, role
from tests.cloud.services.tables import HOME, SECOND, asks, call, pairs, table

__all__ = ["fresh"]
EC2 = "arn:aws:ec2:us-east-1:111122223333"


@pytest.fixture
def image():
    """One of the images that moto knows from the start, Amazon's."""
    return next(iter(of("ec2").amis))


@pytest.fixture
def subnet():
    return next(found for zone in of("ec2").subnets.values() for found in zone.values())


def by_type(operation, **parameters):
    found = {}
    for ask in asks("ec2", operation, **parameters):
        found.setdefault((ask.action.partition(":")[2], ask.type), []).append(ask)
    return found


def test_a_launch_asks_for_everything_it_uses_and_makes(image, subnet):
    group = of("ec2").create_security_group("web", "web", subnet.vpc_id)
    of("ec2").create_key_pair("ops", "ed25519", tags={"team": "blue"})
    found = by_type(
        "RunInstances", ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet.id,
        SecurityGroupIds=[group.id], KeyName="ops", MetadataOptions={"HttpTokens": "required"},
        BlockDeviceMappings=[{"Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}],
    )  # fmt: skip
    resources = {kind: [ask.resource for ask in every] for (_, kind), every in found.items()}
    assert resources == {
        "instance": [f"{EC2}:instance/*"],
        "image": [f"arn:aws:ec2:us-east-1::image/{image}"],
        "key-pair": [f"{EC2}:key-pair/ops"],
        "subnet": [f"{EC2}:subnet/{subnet.id}"],
        "security-group": [f"{EC2}:security-group/{group.id}"],
        "network-interface": [f"{EC2}:network-interface/*"],
        "volume": [f"{EC2}:volume/*"],
    }
    keys = {kind: every[0].context for (_, kind), every in found.items()}
    assert keys["instance"]["ec2:InstanceType"] == "t3.micro"
    assert keys["instance"]["ec2:MetadataHttpTokens"] == "required"
    assert keys["instance"]["ec2:AvailabilityZone"] == subnet.availability_zone
    assert keys["image"]["ec2:Owner"] == "amazon"
    assert keys["subnet"]["ec2:Vpc"] == f"{EC2}:vpc/{subnet.vpc_id}"
    assert keys["network-interface"]["ec2:Subnet"] == f"{EC2}:subnet/{subnet.id}"
    assert keys["key-pair"]["ec2:ResourceTag/team"] == "blue"
    assert {name: keys["volume"][f"ec2:{name}"] for name in ("Encrypted", "VolumeSize", "VolumeType")} == {
        "Encrypted": "true", "VolumeSize": "20", "VolumeType": "gp3",
    }  # fmt: skip
    assert all(each["ec2:Region"] == "us-east-1" for each in keys.values())
    assert "ec2:MetadataHttpEndpoint" not in keys["instance"]


def test_a_launch_that_names_no_network_asks_for_the_default_one(image):
    found = by_type("RunInstances", ImageId=image, MinCount=1, MaxCount=1)
    subnet = found["RunInstances", "subnet"][0].resource.rpartition("/")[2]
    assert any(
        subnet in zone and str(zone[subnet].default_for_az).lower() == "true"
        for zone in of("ec2").subnets.values()
    )
    group = found["RunInstances", "security-group"][0].resource.rpartition("/")[2]
    assert of("ec2").get_security_group_from_id(group).name == "default"


def test_network_interfaces_of_the_request_count(image, subnet):
    group = of("ec2").create_security_group("web", "web", subnet.vpc_id)
    found = by_type(
        "RunInstances", ImageId=image, MinCount=1, MaxCount=1,
        NetworkInterfaces=[{"SubnetId": subnet.id, "Groups": [group.id], "AssociatePublicIpAddress": True}],
    )  # fmt: skip
    assert found["RunInstances", "subnet"][0].resource == f"{EC2}:subnet/{subnet.id}"
    assert found["RunInstances", "security-group"][0].resource == f"{EC2}:security-group/{group.id}"
    assert found["RunInstances", "network-interface"][0].context["ec2:AssociatePublicIpAddress"] == "true"


def test_volumes_are_encrypted_by_request_by_snapshot_or_by_default(image):
    def encrypted(**more):
        return by_type("RunInstances", ImageId=image, MinCount=1, MaxCount=1, **more)[
            "RunInstances", "volume"
        ][0].context["ec2:Encrypted"]

    assert encrypted() == "false"
    assert encrypted(BlockDeviceMappings=[{"Ebs": {"Encrypted": True}}]) == "true"
    of("ec2").ebs_encryption_by_default = True
    assert encrypted() == "true"


def test_tags_given_at_launch_show_and_ask_for_create_tags(image):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "blue"}]}]
    found = by_type("RunInstances", ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)
    assert found["RunInstances", "instance"][0].context["aws:RequestTag/team"] == "blue"
    assert "aws:RequestTag/team" not in found["RunInstances", "volume"][0].context
    (created,) = found["CreateTags", None]
    assert created.resource == f"{EC2}:instance/*"
    assert created.context == {
        "ec2:Region": "us-east-1", "ec2:CreateAction": "RunInstances",
        "aws:RequestTag/team": "blue", "aws:TagKeys": ["team"],
    }  # fmt: skip


def test_the_role_in_the_instance_profile_is_passed(image):
    arn = role("web", team="blue")
    iam = backend("iam", HOME)
    profile = iam.create_instance_profile("web-profile", "/", [])
    iam.add_role_to_instance_profile("web-profile", "web")
    for named in ({"Name": "web-profile"}, {"Arn": profile.arn}):
        found = by_type("RunInstances", ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile=named)
        (passed,) = found["PassRole", "role"]
        assert (passed.action, passed.resource) == ("iam:PassRole", arn)
        assert passed.context["iam:PassedToService"] == "ec2.amazonaws.com"
        assert passed.context["aws:ResourceTag/team"] == "blue"
        assert found["RunInstances", "instance"][0].context["ec2:InstanceProfile"] == profile.arn
    found = by_type(
        "AssociateIamInstanceProfile", InstanceId="i-1", IamInstanceProfile={"Name": "web-profile"}
    )
    assert found["PassRole", "role"][0].resource == arn
    assert (
        found["AssociateIamInstanceProfile", "instance"][0].context["ec2:NewInstanceProfile"] == profile.arn
    )


def test_a_launch_template_counts_under_the_request(image):
    role("web")
    iam = backend("iam", HOME)
    iam.create_instance_profile("web-profile", "/", [])
    iam.add_role_to_instance_profile("web-profile", "web")
    template = of("ec2").create_launch_template(
        "web", "1",
        {"ImageId": image, "InstanceType": "m5.large", "IamInstanceProfile": {"Name": "web-profile"}}, {},
    )  # fmt: skip
    found = by_type(
        "RunInstances",
        LaunchTemplate={"LaunchTemplateName": "web"},
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
    )
    arn = f"{EC2}:launch-template/{template.id}"
    assert found["RunInstances", "launch-template"][0].resource == arn
    assert found["RunInstances", "image"][0].context["ec2:IsLaunchTemplateResource"] == "true"
    assert found["RunInstances", "instance"][0].context["ec2:InstanceType"] == "t3.micro"
    assert found["RunInstances", "instance"][0].context["ec2:LaunchTemplate"] == arn
    assert ("PassRole", "role") in found


def test_existing_resources_show_their_keys_and_tags(subnet):
    of("ec2").create_tags([subnet.id], {"team": "blue"})
    (ask,) = asks("ec2", "DeleteSubnet", SubnetId=subnet.id)
    assert ask.resource == f"{EC2}:subnet/{subnet.id}"
    assert ask.context["ec2:ResourceTag/team"] == "blue"
    assert ask.context["ec2:SubnetID"] == subnet.id
    assert table("ec2").tags(call("ec2", "DeleteSubnet", {}), ask) == {"team": "blue"}


def test_changes_of_tags_show_the_tags_that_a_resource_has(subnet):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_tagging.html"""
    of("ec2").create_tags([subnet.id], {"team": "blue"})
    for operation in ("CreateTags", "DeleteTags"):
        (ask,) = asks("ec2", operation, Resources=[subnet.id], Tags=[{"Key": "other", "Value": "1"}])
        assert {ask.context[f"{prefix}:ResourceTag/team"] for prefix in ("aws", "ec2")} == {"blue"}


def test_what_is_not_named_is_asked_for_as_any():
    assert pairs(asks("ec2", "DeleteVpc")) == [("ec2:DeleteVpc", f"{EC2}:vpc/*")]
    assert pairs(asks("ec2", "TerminateInstances", InstanceIds=[])) == [
        ("ec2:TerminateInstances", f"{EC2}:instance/*")
    ]


def test_lists_ask_for_each():
    found = asks("ec2", "TerminateInstances", InstanceIds=["i-1", "i-2"])
    assert [ask.resource.rpartition("/")[2] for ask in found] == ["i-1", "i-2"]


def test_security_groups_go_by_id_or_name(subnet):
    group = of("ec2").create_security_group("web", "web", subnet.vpc_id)
    arn = f"{EC2}:security-group/{group.id}"
    assert pairs(asks("ec2", "DeleteSecurityGroup", GroupName="web")) == [("ec2:DeleteSecurityGroup", arn)]
    found = asks("ec2", "AuthorizeSecurityGroupIngress", GroupId=group.id, IpPermissions=[])
    assert pairs(found) == [("ec2:AuthorizeSecurityGroupIngress", arn)]
    assert found[0].context["ec2:Vpc"] == f"{EC2}:vpc/{subnet.vpc_id}"


def test_a_volume_and_its_snapshot():
    found = by_type("CreateVolume", AvailabilityZone="us-east-1a", Size=10, Encrypted=False)
    assert found["CreateVolume", "volume"][0].context == {
        "ec2:Region": "us-east-1", "ec2:AvailabilityZone": "us-east-1a",
        "ec2:Encrypted": "false", "ec2:VolumeSize": "10",
    }  # fmt: skip
    volume = of("ec2").create_volume(size=10, zone_name="us-east-1a", encrypted=True)
    found = by_type("CreateSnapshot", VolumeId=volume.id)
    assert found["CreateSnapshot", "volume"][0].context["ec2:Encrypted"] == "true"
    assert found["CreateSnapshot", "snapshot"][0].context["ec2:ParentVolume"] == f"{EC2}:volume/{volume.id}"
    assert found["CreateSnapshot", "snapshot"][0].resource == "arn:aws:ec2:us-east-1::snapshot/*"


@pytest.mark.parametrize(
    "parameters",
    [
        {"CreateVolumePermission": {"Add": [{"UserId": SECOND}, {"Group": "all"}]}},
        {"OperationType": "add", "UserIds": [SECOND], "GroupNames": ["all"]},
    ],
)
def test_sharing_a_snapshot_shows_with_whom(parameters):
    (ask,) = asks("ec2", "ModifySnapshotAttribute", SnapshotId="snap-1", **parameters)
    assert ask.context["ec2:Add/userId"] == [SECOND]
    assert ask.context["ec2:Add/group"] == ["all"]


def test_what_is_changed_shows():
    (ask,) = asks("ec2", "ModifyInstanceMetadataOptions", InstanceId="i-1", HttpTokens="optional")
    assert ask.context["ec2:Attribute/HttpTokens"] == "optional"
    assert ask.context["ec2:Attribute"] == "HttpTokens"
    (ask,) = asks("ec2", "ModifyVpcAttribute", VpcId="vpc-1", EnableDnsSupport={"Value": False})
    assert ask.context["ec2:Attribute/EnableDnsSupport"] == "false"


def test_an_endpoint_asks_for_network_and_names_its_service():
    found = by_type(
        "CreateVpcEndpoint", VpcId="vpc-1", ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=["rtb-1"]
    )
    assert {kind for _, kind in found} == {"vpc", "route-table", "vpc-endpoint"}
    assert (
        found["CreateVpcEndpoint", "vpc-endpoint"][0].context["ec2:VpceServiceName"]
        == "com.amazonaws.us-east-1.s3"
    )


def test_tagging_asks_for_each_resource_by_its_id():
    found = asks(
        "ec2",
        "CreateTags",
        Resources=["i-1", "vpc-1", "snap-1", "mystery-1"],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert [ask.resource for ask in found] == [
        f"{EC2}:instance/i-1", f"{EC2}:vpc/vpc-1", "arn:aws:ec2:us-east-1::snapshot/snap-1", "*",
    ]  # fmt: skip


def test_flow_logs_to_s3_ask_for_log_deliveries():
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-create-flow-log.html"""
    given = {"ResourceIds": ["vpc-1"], "ResourceType": "VPC", "LogDestination": "arn:aws:s3:::logs"}
    wanted = {("CreateLogDelivery", None), ("DeleteLogDelivery", None)}
    assert wanted <= set(by_type("CreateFlowLogs", **given, LogDestinationType="s3"))
    assert not wanted & set(by_type("CreateFlowLogs", **given, LogDestinationType="cloud-watch-logs"))


def test_flow_logs_pass_their_role_and_ask_for_what_they_watch():
    arn = role("flow")
    found = by_type("CreateFlowLogs", ResourceIds=["vpc-1"], ResourceType="VPC", DeliverLogsPermissionArn=arn)
    assert found["PassRole", "role"][0].resource == arn
    assert found["PassRole", "role"][0].context["iam:PassedToService"] == "vpc-flow-logs.amazonaws.com"
    assert found["CreateFlowLogs", "vpc"][0].resource == f"{EC2}:vpc/vpc-1"


def test_every_operation_with_tags_has_a_type_of_resource_to_tag():
    model = get_session().get_service_model("ec2")
    done = states("ec2")
    tagging = {
        name
        for name in (*done.done, *done.in_part)
        if "TagSpecifications" in getattr(model.operation_model(name).input_shape, "members", {})
    }
    assert tagging - TAGGED.keys() == set()
    assert {kind for kinds in TAGGED.values() for kind in kinds} <= {*model.shape_for("ResourceType").enum}


def test_a_reservation_of_addresses_with_tags_asks_for_create_tags(subnet):
    tags = [{"ResourceType": "subnet-cidr-reservation", "Tags": [{"Key": "team", "Value": "blue"}]}]
    found = by_type("CreateSubnetCidrReservation", SubnetId=subnet.id, TagSpecifications=tags)
    (created,) = found["CreateTags", None]
    assert created.resource == f"{EC2}:subnet-cidr-reservation/*"
