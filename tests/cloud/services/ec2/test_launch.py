"""Launches: each parameter applies to every instance, whether the request or a launch template contains it."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.clouds import error_of

CASES = json.loads((Path(__file__).parent / "launch_parameters.json").read_text(encoding="utf-8"))
IMAGE = "ami-12c6146b"


@pytest.fixture(scope="module")
def ec2():
    with Cloud(seed=1):
        boto3.client("iam").create_instance_profile(InstanceProfileName="web")
        yield boto3.client("ec2")


def launched(ec2, **given):
    return [each["InstanceId"] for each in ec2.run_instances(MinCount=1, MaxCount=2, **given)["Instances"]]


def shown(ec2, instance, case):
    if "attribute" in case:
        return ec2.describe_instance_attribute(InstanceId=instance, Attribute=case["attribute"])
    described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return described[case["member"]]


def template(ec2, name, data):
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": IMAGE, **data})
    return {"LaunchTemplateName": name}


def test_a_parameter_applies_to_every_instance(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html"""
    wrong = []
    for number, case in enumerate(CASES):
        from_template = {"LaunchTemplate": template(ec2, f"case-{number}", case["given"])}
        sent = dict(case["given"])
        if "UserData" in sent:
            sent["UserData"] = "x"
        for given in ({"ImageId": IMAGE, **sent}, from_template):
            instances = launched(ec2, **given)
            assert len(instances) == 2
            for instance in instances:
                found = shown(ec2, instance, case)
                if any(found.get(name) != value for name, value in case["shown"].items()):
                    wrong.append((case["given"], "LaunchTemplate" in given, found))
    assert wrong == []


def test_the_request_overrides_its_launch_template(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html"""
    named = template(ec2, "overridden", {"MetadataOptions": {"HttpTokens": "required"}})
    instances = launched(ec2, LaunchTemplate=named, MetadataOptions={"HttpTokens": "optional"})
    case = {"member": "MetadataOptions"}
    assert [shown(ec2, each, case)["HttpTokens"] for each in instances] == ["optional", "optional"]


def test_a_volume_of_a_launch_template_is_encrypted(ec2):
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html"""
    device = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "Encrypted": True}}
    [instance, _] = launched(
        ec2, LaunchTemplate=template(ec2, "encrypted", {"BlockDeviceMappings": [device]})
    )
    attached = [{"Name": "attachment.instance-id", "Values": [instance]}]
    volumes = ec2.describe_volumes(Filters=attached)["Volumes"]
    assert sorted(each["Encrypted"] for each in volumes) == [False, True]


@pytest.mark.parametrize("from_template", [True, False])
@pytest.mark.parametrize(
    ("asked", "devices"),
    [
        ([{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}], ["/dev/sda1", "/dev/sdf"]),
        ([{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 9}}], ["/dev/sda1"]),
    ],
)
def test_each_instance_has_one_root_volume(ec2, asked, devices, from_template):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html"""
    given = {"BlockDeviceMappings": asked}
    if from_template:
        given = {"LaunchTemplate": template(ec2, f"root-{len(devices)}", given)}
    else:
        given["ImageId"] = IMAGE
    for instance in launched(ec2, **given):
        described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        assert [each["DeviceName"] for each in described["BlockDeviceMappings"]] == devices


def test_a_launch_template_without_an_image_needs_one_in_the_request(ec2):
    ec2.create_launch_template(LaunchTemplateName="bare", LaunchTemplateData={"InstanceType": "t3.micro"})
    named = {"LaunchTemplateName": "bare"}
    error = error_of(ec2.run_instances, MinCount=1, MaxCount=1, LaunchTemplate=named)
    assert error[0] == "MissingParameter"
    assert len(launched(ec2, ImageId=IMAGE, LaunchTemplate=named)) == 2


def test_a_volume_is_detached_without_its_instance_id(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVolume.html (InstanceId)"""
    [instance, _] = launched(ec2, ImageId=IMAGE, Placement={"AvailabilityZone": "us-east-1a"})
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    assert ec2.detach_volume(VolumeId=volume)["InstanceId"] == instance
    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == "available"


def test_a_version_inherits_from_its_source_version(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html (SourceVersion)"""
    named = template(
        ec2, "two-versions", {"InstanceType": "t3.micro", "MetadataOptions": {"HttpTokens": "required"}}
    )
    ec2.create_launch_template_version(
        **named, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.large"}
    )
    ec2.create_launch_template_version(**named, LaunchTemplateData={"ImageId": IMAGE})
    launches = [
        launched(ec2, LaunchTemplate={**named, "Version": version})[0] for version in ("2", "$Latest")
    ]
    case = {"member": "MetadataOptions"}
    assert [shown(ec2, each, case)["HttpTokens"] for each in launches] == ["required", "optional"]
    assert shown(ec2, launches[0], {"attribute": "instanceType"})["InstanceType"] == {"Value": "t3.large"}


def test_replaced_security_groups_no_longer_apply(ec2):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html (GroupId)"""
    old, new, other = (
        ec2.create_security_group(GroupName=name, Description="d")["GroupId"]
        for name in ("old", "new", "other")
    )
    [instance, _] = launched(ec2, ImageId=IMAGE, SecurityGroupIds=[old])

    def groups():
        described = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        [interface] = described["NetworkInterfaces"]
        [same] = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface["NetworkInterfaceId"]])[
            "NetworkInterfaces"
        ]
        return [
            [each["GroupId"] for each in listed]
            for listed in (described["SecurityGroups"], interface["Groups"], same["Groups"])
        ], interface["NetworkInterfaceId"]

    assert groups()[0] == [[old]] * 3
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[new])
    assert groups()[0] == [[new]] * 3
    ec2.modify_network_interface_attribute(NetworkInterfaceId=groups()[1], Groups=[other])
    assert groups()[0] == [[other]] * 3
