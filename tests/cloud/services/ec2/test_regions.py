"""DescribeRegions and Account Management agree about an account's Regions."""

from __future__ import annotations

import boto3

from tests.clouds import error_of


def statuses(answer):
    return {each["RegionName"]: each["OptInStatus"] for each in answer["Regions"]}


def test_a_region_that_was_opted_out_of_is_listed_only_on_request(ec2):
    before = statuses(ec2.describe_regions())
    assert (before["us-east-1"], before["af-south-1"]) == ("opt-in-not-required", "opted-in")
    boto3.client("account").disable_region(RegionName="af-south-1")
    assert "af-south-1" not in statuses(ec2.describe_regions())
    assert statuses(ec2.describe_regions(AllRegions=True)) == before | {"af-south-1": "not-opted-in"}


def test_regions_by_name_and_filter(ec2):
    (one,) = ec2.describe_regions(RegionNames=["eu-west-1"])["Regions"]
    assert one == {
        "RegionName": "eu-west-1", "Endpoint": "ec2.eu-west-1.amazonaws.com", "OptInStatus": "opt-in-not-required",
    }  # fmt: skip
    found = ec2.describe_regions(Filters=[{"Name": "region-name", "Values": ["us-*"]}])
    assert set(statuses(found)) == {"us-east-1", "us-east-2", "us-west-1", "us-west-2"}
    by_endpoint = [{"Name": "endpoint", "Values": ["*.eu-west-?.amazonaws.com"]}]
    assert set(statuses(ec2.describe_regions(Filters=by_endpoint))) == {"eu-west-1", "eu-west-2", "eu-west-3"}
    assert (
        error_of(ec2.describe_regions, Filters=[{"Name": "colour", "Values": ["red"]}])[0]
        == "InvalidParameterValue"
    )
    assert error_of(ec2.describe_regions, RegionNames=["mars-1"])[0] == "InvalidParameterValue"
    assert error_of(ec2.describe_regions, DryRun=True)[0] == "DryRunOperation"
