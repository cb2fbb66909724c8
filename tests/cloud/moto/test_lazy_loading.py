"""Lazily loaded data equals the data that moto and botocore would have loaded at the beginning."""

from __future__ import annotations

import sys

import boto3
import botocore.loaders
from moto.core import loaders as moto_loaders
from moto.utilities.utils import load_resource

from labs_helpers.cloud.moto import lazy_loading, public_images
from labs_helpers.cloud.moto.backends import existing


def test_the_offerings_of_a_region_are_those_of_moto(cloud):
    ec2 = boto3.client("ec2", "eu-central-1")
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType="availability-zone")
    answered = {
        (each["InstanceType"], each["Location"]) for page in pages for each in page["InstanceTypeOfferings"]
    }
    kept = load_resource("ec2/resources/instance_type_offerings/availability-zone/eu-central-1.json")
    assert answered == {(each["InstanceType"], each["Location"]) for each in kept}


def test_every_region_that_moto_knows_has_its_offerings(cloud):
    boto3.client("ec2", "us-east-1").describe_instances()
    offerings = sys.modules[lazy_loading._INSTANCE_TYPES].INSTANCE_TYPE_OFFERINGS
    assert set(offerings) == {"region", "availability-zone", "availability-zone-id"}
    for where, regions in offerings.items():
        assert "us-east-1" in regions
        assert "nowhere-1" not in regions
        assert len(list(regions)) == len(regions)
        assert {each["LocationType"] for each in regions["us-east-1"]} == {where}


def test_public_images_and_their_snapshots_are_there_whichever_is_asked_for_first(cloud):
    first, second = boto3.client("ec2", "us-east-1"), boto3.client("ec2", "us-east-2")
    images = len(first.describe_images(Owners=["amazon"])["Images"])
    assert images > 100
    assert len(first.describe_snapshots()["Snapshots"]) == images
    assert second.describe_snapshots()["Snapshots"]
    assert len(second.describe_images(Owners=["amazon"])["Images"]) == len(
        second.describe_snapshots()["Snapshots"]
    )


def test_an_own_snapshot_stands_beside_those_of_the_images(cloud):
    ec2 = boto3.client("ec2", "us-east-1")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    mine = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    assert mine in {each["SnapshotId"] for each in ec2.describe_snapshots()["Snapshots"]}
    assert [each["SnapshotId"] for each in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]] == [mine]


def test_a_region_whose_network_alone_is_asked_for_has_no_images_made(cloud):
    boto3.client("ec2", "us-west-2").describe_vpcs()
    ec2 = existing("ec2", cloud.home, "us-west-2")
    assert public_images.unmade(ec2)
    assert ec2.amis
    assert not public_images.unmade(ec2)


def test_botocores_files_are_read_alike():
    own = botocore.loaders.create_loader().load_service_model("sts", "service-2")
    assert lazy_loading.loader().load_service_model("sts", "service-2") == own


def test_moto_reads_the_model_that_a_client_has_loaded(cloud):
    """Except S3's, whose paths botocore rewrites when it sends."""
    boto3.client("sqs")
    boto3.client("s3").list_objects_v2(
        Bucket=boto3.client("s3").create_bucket(Bucket="shelf")["Location"][1:]
    )
    own = lazy_loading._shared_loader(None).load_service_model("sqs", "service-2")
    whole = moto_loaders.create_loader().load_service_model("sqs", "service-2")
    read = lazy_loading._loader_for_moto().load_service_model("sqs", "service-2")
    assert read["operations"] == whole["operations"]
    assert read["shapes"].keys() == whole["shapes"].keys()
    list_of_accounts = read["shapes"]["AWSAccountIdList"]
    assert list_of_accounts == whole["shapes"]["AWSAccountIdList"]
    assert list_of_accounts != own["shapes"]["AWSAccountIdList"], (
        "moto has extras of its own for this service"
    )
    assert any(read["shapes"][name] is shape for name, shape in own["shapes"].items())
    of_s3 = lazy_loading._loader_for_moto().load_service_model("s3", "service-2")
    assert of_s3["operations"]["ListObjectsV2"]["http"]["requestUri"] == "/{Bucket}?list-type=2"


def test_motos_models_lack_the_documentation_alone():
    def documented(part: object) -> bool:
        if isinstance(part, list):
            return any(documented(each) for each in part)
        return isinstance(part, dict) and (
            isinstance(part.get("documentation"), str) or any(documented(each) for each in part.values())
        )

    whole = moto_loaders.create_loader().load_service_model("apigateway", "service-2")
    read = lazy_loading._loader_for_moto().load_service_model("apigateway", "service-2")
    assert documented(whole)
    assert not documented(read)
    assert set(read["operations"]) == set(whole["operations"])
    for name, shape in whole["shapes"].items():
        assert set(read["shapes"][name].get("members", ())) == set(shape.get("members", ()))
