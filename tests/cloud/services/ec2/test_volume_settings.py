"""Sizes, IOPS, and throughput of volumes.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
"""

from __future__ import annotations

import pytest

from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.services.ec2.volume_settings import check_volume_settings

WRONG, UNSUPPORTED = "InvalidParameterValue", "InvalidParameterCombination"
REJECTED = [
    ("gp3", 10, 1_000, None, WRONG), ("gp3", 1_000, 90_000, None, WRONG), ("gp3", 10, 6_000, None, WRONG),
    ("gp3", 10, None, 100, WRONG), ("gp3", 100, 16_000, 3_000, WRONG), ("gp3", 10, 3_000, 1_000, WRONG),
    ("io1", 10, 50, None, WRONG), ("io1", 10, 2_000, None, WRONG), ("io2", 1_000, 300_000, None, WRONG),
    ("io1", 3, 100, None, WRONG), ("st1", 100, None, None, WRONG), ("standard", 2_000, None, None, WRONG),
    ("gp2", 10, 1_000, None, UNSUPPORTED), (None, 10, 1_000, None, UNSUPPORTED), ("st1", 200, 100, None, UNSUPPORTED),
    ("gp2", 10, None, 200, UNSUPPORTED), ("io2", 10, 100, 200, UNSUPPORTED),
]  # fmt: skip
ACCEPTED = [
    ("gp3", 1, 3_000, 125), ("gp3", 160, 80_000, 2_000), ("gp3", 10, None, 750), ("gp3", 65_536, None, None),
    ("io1", 4, 200, None), ("io2", 256, 256_000, None), ("gp2", 16_384, None, None), (None, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "size", "iops", "throughput", "code"), REJECTED)
def test_settings_that_a_volume_cannot_have(kind, size, iops, throughput, code):
    with pytest.raises(ServiceError) as caught:
        check_volume_settings(kind, size, iops, throughput)
    assert caught.value.code == code


@pytest.mark.parametrize(("kind", "size", "iops", "throughput"), ACCEPTED)
def test_settings_that_a_volume_can_have(kind, size, iops, throughput):
    check_volume_settings(kind, size, iops, throughput)


def test_a_volume_with_multi_attach_is_attached_to_one_instance_only(ec2):
    given = {"AvailabilityZone": "us-east-1a", "Size": 4, "VolumeType": "io2", "Iops": 100}
    volume = {
        "VolumeId": ec2.create_volume(**given, MultiAttachEnabled=True)["VolumeId"],
        "Device": "/dev/sdf",
    }
    launch = {"ImageId": "ami-12c6146b", "Placement": {"AvailabilityZone": "us-east-1a"}}
    one, other = (
        each["InstanceId"] for each in ec2.run_instances(**launch, MinCount=2, MaxCount=2)["Instances"]
    )
    ec2.attach_volume(**volume, InstanceId=one)
    with pytest.raises(NotModelled, match="Multi-Attach"):
        ec2.attach_volume(**volume, InstanceId=other)
