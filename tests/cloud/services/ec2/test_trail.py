"""EC2's events have lists as sets of items.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html#cloudtrail-log-file-examples-ec2
"""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.services.ec2.trail_facts import TRAIL


@pytest.fixture(scope="module")
def ec2():
    with Cloud():
        yield boto3.client("ec2")


def event(name):
    asked = [{"AttributeKey": "EventName", "AttributeValue": name}]
    found = boto3.client("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    return json.loads(found[0]["CloudTrailEvent"])


@pytest.fixture(scope="module")
def instance(ec2):
    launched = ec2.run_instances(
        ImageId=ec2.describe_images()["Images"][0]["ImageId"], MinCount=1, MaxCount=1, InstanceType="t3.micro",
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "ward"}]}],
    )  # fmt: skip
    return launched["Instances"][0]["InstanceId"]


@pytest.mark.ledger("F-TRL-01")
def test_instances_are_a_set(ec2, instance):
    launched = event("RunInstances")
    (asked,) = launched["requestParameters"]["instancesSet"]["items"]
    assert asked.keys() == {"imageId", "minCount", "maxCount"}
    assert launched["requestParameters"]["tagSpecificationSet"] == {
        "items": [{"resourceType": "instance", "tags": [{"key": "Name", "value": "ward"}]}]
    }
    (made,) = launched["responseElements"]["instancesSet"]["items"]
    assert made["instanceId"] == instance
    assert made["instanceState"] == {"code": 0, "name": "pending"}
    assert made["launchTime"] % 1000 == 0
    assert launched["responseElements"]["requestId"] == launched["requestID"]

    ec2.stop_instances(InstanceIds=[instance])
    stopped = event("StopInstances")
    assert stopped["requestParameters"] == {
        "instancesSet": {"items": [{"instanceId": instance}]},
        "force": False,
    }
    assert stopped["responseElements"]["instancesSet"] == {
        "items": [
            {
                "instanceId": instance,
                "currentState": {"code": 64, "name": "stopping"},
                "previousState": {"code": 16, "name": "running"},
            }
        ]
    }


@pytest.mark.ledger("F-TRL-01")
def test_tags_rules_and_filters_are_sets(ec2, instance):
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "a", "Value": "b"}])
    assert event("CreateTags")["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": instance}]},
        "tagSet": {"items": [{"key": "a", "value": "b"}]},
    }
    group = ec2.create_security_group(GroupName="g", Description="of a test")["GroupId"]
    assert event("CreateSecurityGroup")["requestParameters"]["groupDescription"] == "of a test"
    opened = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[opened])
    shown = event("AuthorizeSecurityGroupIngress")
    assert shown["requestParameters"]["ipPermissions"] == {
        "items": [
            {
                "ipProtocol": "tcp",
                "fromPort": 22,
                "toPort": 22,
                "groups": {},
                "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
                "ipv6Ranges": {},
                "prefixListIds": {},
            }
        ]
    }
    assert shown["responseElements"]["_return"] is True
    (rule,) = shown["responseElements"]["securityGroupRuleSet"]["items"]
    assert rule["cidrIpv4"] == "0.0.0.0/0"
    ec2.describe_security_groups(GroupIds=[group])
    assert event("DescribeSecurityGroups")["requestParameters"] == {
        "securityGroupSet": {},
        "securityGroupIdSet": {"items": [{"groupId": group}]},
        "filterSet": {},
    }
    ec2.describe_instances(Filters=[{"Name": "vpc-id", "Values": ["vpc-0"]}])
    asked = event("DescribeInstances")
    assert asked["requestParameters"]["filterSet"] == {
        "items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "vpc-0"}]}}]
    }
    assert asked["responseElements"] is None


@pytest.mark.ledger("F-TRL-01")
def test_a_volumes_size_and_zone_have_the_documented_form(ec2):
    """https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html"""
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=10)
    shown = event("CreateVolume")
    assert shown["requestParameters"].items() >= {"size": "10", "zone": "us-east-1a"}.items()
    assert shown["responseElements"].items() >= {"size": "10", "zone": "us-east-1a"}.items()
    assert "availabilityZone" not in shown["requestParameters"] | shown["responseElements"]


@pytest.mark.ledger("F-TRL-01")
@pytest.mark.parametrize(
    ("method", "parameters", "asked"),
    [
        ("describe_regions", {}, {"regionSet": {}}),
        ("describe_regions", {"RegionNames": ["us-east-1"]},
         {"regionSet": {"items": [{"regionName": "us-east-1"}]}}),
        ("describe_availability_zones", {}, {"availabilityZoneSet": {}, "availabilityZoneIdSet": {}}),
        ("describe_key_pairs", {},
         {"keySet": {}, "keyPairIdSet": {}, "filterSet": {}, "includePublicKey": False}),
        ("describe_snapshots", {"OwnerIds": ["self"]},
         {"snapshotSet": {}, "ownersSet": {"items": [{"owner": "self"}]}, "sharedUsersSet": {},
          "filterSet": {}}),
        ("describe_addresses", {}, {"publicIpsSet": {}, "allocationIdsSet": {}, "filterSet": {}}),
        ("describe_vpc_endpoints", {"MaxResults": 5}, {"DescribeVpcEndpointsRequest": {"MaxResults": 5}}),
    ],
)  # fmt: skip
def test_empty_sets_are_recorded(ec2, method, parameters, asked):
    getattr(ec2, method)(**parameters)
    operation = "".join(part.capitalize() for part in method.split("_"))
    assert event(operation)["requestParameters"] == asked


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        (
            "RunInstances",
            {
                "ImageId": "ami-1", "MinCount": 1, "MaxCount": 2, "SubnetId": "subnet-1",
                "SecurityGroupIds": ["sg-1"],
                "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
                "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg-1"]}],
                "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True}}],
            },
        ),
        ("RunInstances", {"ImageId": "ami-1", "SecurityGroups": ["web"]}),
        ("TerminateInstances", {"InstanceIds": ["i-1", "i-2"]}),
        ("ModifyInstanceAttribute", {"InstanceId": "i-1", "Groups": ["sg-1"]}),
        ("DescribeVolumes", {"Filters": [{"Name": "a", "Values": ["b", "c"]}], "VolumeIds": ["vol-1"]}),
        ("CreateVpcEndpoint", {"VpcId": "vpc-1", "RouteTableIds": ["rtb-1"], "SecurityGroupIds": ["sg-1"]}),
        ("CreateSecurityGroup", {"GroupName": "g", "Description": "d"}),
        ("CreateVolume", {"AvailabilityZone": "us-east-1a", "Size": 80}),
        ("CreateNetworkAclEntry", {"NetworkAclId": "acl-1", "Protocol": "17", "Egress": False}),
        ("DescribeRegions", {}),
        ("DescribeImages", {"Owners": ["self"], "ExecutableUsers": ["all"], "MaxResults": 5}),
        ("DescribeSnapshots", {"OwnerIds": ["self"], "RestorableByUserIds": ["all"], "SnapshotIds": ["s-1"]}),
        ("DescribePlacementGroups", {"GroupNames": ["near"]}),
        (
            "AuthorizeSecurityGroupIngress",
            {
                "GroupId": "sg-1",
                "IpPermissions": [
                    {
                        "IpProtocol": "tcp", "UserIdGroupPairs": [{"GroupId": "sg-2"}],
                        "IpRanges": [{"CidrIp": "10.0.0.0/8"}], "Ipv6Ranges": [], "PrefixListIds": [],
                    }
                ],
            },
        ),
    ],
)  # fmt: skip
def test_the_request_can_be_read_from_the_event(operation, sent):
    """Draft policies are tested on the trail's records."""
    assert TRAIL.asked(operation, TRAIL.defaults(operation, small(sent))) == sent


def small(value):
    if isinstance(value, list):
        return [small(item) for item in value]
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: small(item) for name, item in value.items()}
    return value
