"""The number of KMS calls for four ways of encrypting, counted in the trail.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.course.days.day5 import costs
from labs_helpers.course.lesson.day import open_day


@pytest.fixture(scope="module")
def ways(tmp_path_factory):
    from labs_helpers.cloud import Cloud

    with Cloud(seed=5) as cloud:
        day = open_day(5, cloud=cloud, progress=tmp_path_factory.mktemp("progress") / "progress.json")
        key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        boto3.client("s3").put_bucket_encryption(
            Bucket="clinic-records",
            ServerSideEncryptionConfiguration={"Rules": [{**rule, "BucketKeyEnabled": True}]},
        )
        alice = boto3.Session(profile_name="alice")
        yield costs.Ways(alice.client("kms"), alice.client("s3"), key, "clinic-records", day)


def test_an_envelope_costs_a_call_an_object_and_a_bucket_key_one_for_many(ways):
    begun = ways.day.clock.now()
    chart = costs.by_number(ways, (1, 4))
    assert ways.day.clock.now().date() == begun.date()
    assert dict(chart.series) == {
        "KMS itself": (1, 4), "one envelope each": (1, 4), "envelopes, cached": (1, 1), "S3 with a bucket key": (1, 1),
    }  # fmt: skip


def test_kms_itself_costs_a_call_for_each_4096_bytes_and_an_envelope_one_whatever_the_size(ways):
    found = costs.counted(ways, [(1, 4_096), (1, 4_097), (1, 10_000)])
    assert found["KMS itself"] == [1, 2, 3]
    assert found["one envelope each"] == [1, 1, 1]


def test_prices_name_their_page_and_date():
    known = costs.prices()
    assert known["page"] == "https://aws.amazon.com/kms/pricing/"
    assert known["date"].startswith("202")
    assert known["requests_10000"] == 0.03
