"""Requests that S3 rejects without a signature, although the bucket's policy allows everyone.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import json

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud.moto import protocols
from tests.clouds import error_of, make_user

BUCKET = "shelf-for-everyone"
URL = f"https://{BUCKET}.s3.amazonaws.com/k"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
    ],
}  # fmt: skip

pytestmark = pytest.mark.ledger("F-S3-17")


@pytest.fixture
def owner(cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"book")
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(POLICY))
    return s3


@pytest.fixture
def anonymous(owner):
    return boto3.client("s3", config=Config(signature_version=UNSIGNED))


@pytest.fixture
def reader(cloud, owner):
    """A user who has no policy, and whom the bucket policy allows everything."""
    return make_user(cloud, "reader").client("s3", config=Config(signature_version="s3v4"))


def test_an_unsigned_request_copies_nothing(owner, anonymous, reader):
    copy = {"Bucket": BUCKET, "Key": "copy", "CopySource": f"{BUCKET}/k"}
    assert error_of(anonymous.copy_object, **copy) == (
        "AccessDenied", "Anonymous users cannot copy objects.  Please authenticate.",
    )  # fmt: skip
    assert owner.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    reader.copy_object(**copy)
    upload = reader.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    part = {
        "Bucket": BUCKET,
        "Key": "parts",
        "UploadId": upload,
        "PartNumber": 1,
        "CopySource": f"{BUCKET}/k",
    }
    assert error_of(anonymous.upload_part_copy, **part)[0] == "AccessDenied"
    reader.upload_part_copy(**part)


def test_an_unsigned_request_starts_no_multipart_upload(owner, anonymous, reader):
    assert error_of(anonymous.create_multipart_upload, Bucket=BUCKET, Key="parts") == (
        "AccessDenied", "Anonymous users cannot initiate multipart uploads.  Please authenticate.",
    )  # fmt: skip
    assert "Uploads" not in owner.list_multipart_uploads(Bucket=BUCKET)
    anonymous.put_object(Bucket=BUCKET, Key="whole", Body=b"1")
    # AWS gives the same answer where no policy allows the upload.
    owner.delete_bucket_policy(Bucket=BUCKET)
    message = error_of(anonymous.create_multipart_upload, Bucket=BUCKET, Key="parts")[1]
    assert message.startswith("Anonymous users cannot")


def test_an_unsigned_read_sets_no_headers_of_the_response(owner, anonymous, reader):
    model = protocols.model("s3")
    assert model is not None
    members = model.operation_model("GetObject").input_shape.members
    settable = [name for name in members if name.startswith("Response")]
    assert len(settable) == 6
    for parameter in settable:
        value = "2030-01-01T00:00:00Z" if parameter == "ResponseExpires" else "text/html"
        read = {"Bucket": BUCKET, "Key": "k", parameter: value}
        assert error_of(anonymous.get_object, **read)[0] == "InvalidRequest", parameter
        assert error_of(anonymous.head_object, **read)[0] == "400", parameter
    answer = requests.get(f"{URL}?response-content-type=text/html", timeout=5)
    assert answer.status_code == 400
    assert "Request specific response headers cannot be used for anonymous GET requests." in answer.text
    url = reader.generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "k", "ResponseContentType": "text/html"}
    )
    assert requests.get(url, timeout=5).headers["content-type"] == "text/html"
    assert requests.get(URL, timeout=5).text == "book"
