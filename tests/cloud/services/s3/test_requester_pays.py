"""Requester Pays: who is asked to confirm that they pay.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
"""

from __future__ import annotations

import json

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.s3.requester_pays import PAID
from labs_helpers.cloud.services.s3.table import TABLE
from tests.clouds import allow, error_of, make_user

OTHER = "222233334444"
BUCKET = "maps-that-others-pay"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
    ],
}  # fmt: skip


@pytest.fixture
def owner(cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"map")
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(POLICY))
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    return s3


@pytest.fixture
def stranger(cloud, owner):
    return make_user(cloud, "stranger", allow("s3:*"), OTHER).client("s3")


def test_another_account_confirms_that_it_pays(owner, stranger):
    key = {"Bucket": BUCKET, "Key": "k"}
    assert error_of(stranger.get_object, **key)[0] == "AccessDenied"
    assert error_of(stranger.head_object, **key)[0] == "403"
    assert error_of(stranger.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"
    assert error_of(stranger.put_object, Bucket=BUCKET, Key="new", Body=b"1")[0] == "AccessDenied"
    assert owner.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    assert stranger.get_object(**key, RequestPayer="requester")["Body"].read() == b"map"
    assert stranger.list_objects_v2(Bucket=BUCKET, RequestPayer="requester")["KeyCount"] == 1


def test_the_owners_account_confirms_nothing(cloud, owner):
    reader = make_user(cloud, "reader", allow("s3:GetObject")).client("s3")
    for each in (owner, reader):
        assert each.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"map"


def test_nobody_stays_anonymous(owner):
    anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    for more in ({}, {"RequestPayer": "requester"}):
        assert error_of(anonymous.get_object, Bucket=BUCKET, Key="k", **more)[0] == "AccessDenied"
    owner.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    assert anonymous.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"map"


def test_a_copy_is_paid_at_its_source(cloud, stranger):
    stranger.create_bucket(Bucket="own-copy-of-maps")
    copy = {"Bucket": "own-copy-of-maps", "Key": "k", "CopySource": f"{BUCKET}/k"}
    assert error_of(stranger.copy_object, **copy)[0] == "AccessDenied"
    assert stranger.copy_object(**copy, RequestPayer="requester")["CopyObjectResult"]["ETag"]


def test_a_presigned_url_confirms_in_its_query(cloud, stranger):
    client = make_user(cloud, "signer", allow("s3:*"), OTHER).client(
        "s3", config=Config(signature_version="s3v4")
    )
    plain = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    paid = f"{plain}&x-amz-request-payer=requester"
    signed = client.generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "k", "RequestPayer": "requester"}
    )
    assert requests.get(plain, timeout=5).status_code == 403
    assert requests.get(paid, timeout=5).status_code == 403  # not signed
    header = {"x-amz-request-payer": "requester"}
    assert requests.get(signed, headers=header, timeout=5).text == "map"


def test_every_operation_with_the_parameter_asks_for_it():
    model = protocols.model("s3")
    assert model is not None
    having = {
        name for name in model.operation_names
        if TABLE.models(name) and "RequestPayer" in model.operation_model(name).input_shape.members
    }  # fmt: skip
    assert having == PAID
