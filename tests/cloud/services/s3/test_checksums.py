"""The checksum algorithms, and which checksums objects, parts and copies have, through boto3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64

import boto3
import pytest
from botocore.config import Config

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.s3 import checksums
from tests.clouds import error_of

BUCKET, PART = "shelf-of-sums", b"x" * 10


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.mark.parametrize(
    ("algorithm", "check"),
    [
        ("CRC32", "cbf43926"), ("CRC32C", "e3069283"), ("CRC64NVME", "ae8b14860a799888"),
        ("SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)  # fmt: skip
def test_an_algorithm_has_its_published_check_value(algorithm, check):
    """The checksum of 123456789: the catalogue of parametrised CRC algorithms, FIPS 180-4."""
    assert base64.b64decode(checksums.of(b"123456789", algorithm)).hex() == check


def test_an_object_sent_without_a_checksum_gets_crc64nvme_and_so_does_its_copy(s3):
    plain = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    put = plain.put_object(Bucket=BUCKET, Key="k", Body=b"hello")
    assert (put["ChecksumCRC64NVME"], put["ChecksumType"]) == ("M3eFcAZSQlc=", "FULL_OBJECT")
    copied = s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/k")["CopyObjectResult"]
    assert (copied["ChecksumCRC64NVME"], copied["ChecksumType"]) == ("M3eFcAZSQlc=", "FULL_OBJECT")
    other = s3.copy_object(Bucket=BUCKET, Key="c", CopySource=f"{BUCKET}/k", ChecksumAlgorithm="CRC32C")
    assert other["CopyObjectResult"]["ChecksumCRC32C"] == checksums.of(b"hello", "CRC32C")
    head = s3.head_object(Bucket=BUCKET, Key="c", ChecksumMode="ENABLED")
    assert head["ChecksumCRC32C"] == checksums.of(b"hello", "CRC32C")


def uploaded(s3, *, sums: bool = False, **given):
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="m", **given)
    upload = {"Bucket": BUCKET, "Key": "m", "UploadId": begun["UploadId"]}
    algorithm = given.get("ChecksumAlgorithm")
    part = s3.upload_part(
        **upload, PartNumber=1, Body=PART, **({"ChecksumAlgorithm": algorithm} if algorithm else {})
    )
    own = {f"Checksum{algorithm}": part[f"Checksum{algorithm}"]} if sums else {}
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], **own}]}
    return upload, begun, part, listed


def test_an_upload_in_parts_is_encrypted_by_default_and_has_a_checksum(s3):
    upload, begun, part, listed = uploaded(s3)
    done = s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    assert [each["ServerSideEncryption"] for each in (begun, part, done)] == ["AES256"] * 3
    assert "ChecksumAlgorithm" not in begun
    assert (done["ChecksumCRC64NVME"], done["ChecksumType"]) == ("2OvkvjD5Qaw=", "FULL_OBJECT")
    assert done["Location"] == f"https://{BUCKET}.s3.us-east-1.amazonaws.com/m"


def test_a_composite_checksum_is_that_of_the_parts_checksums(s3):
    upload, begun, part, listed = uploaded(s3, ChecksumAlgorithm="SHA256", sums=True)
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == ("SHA256", "COMPOSITE")
    shown = s3.list_parts(**upload)
    assert (shown["ChecksumAlgorithm"], shown["ChecksumType"]) == ("SHA256", "COMPOSITE")
    assert shown["Parts"][0]["ChecksumSHA256"] == part["ChecksumSHA256"]
    without = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    code, message = error_of(s3.complete_multipart_upload, **upload, MultipartUpload=without)
    assert code == "InvalidRequest"
    assert "It was missing for part 1" in message
    done = s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    expected = checksums.of_parts([PART], "SHA256", "COMPOSITE")
    assert (done["ChecksumSHA256"], done["ChecksumType"]) == (f"{expected}-1", "COMPOSITE")
    head = s3.head_object(Bucket=BUCKET, Key="m", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == f"{expected}-1"
    attributes = s3.get_object_attributes(
        Bucket=BUCKET, Key="m", ObjectAttributes=["Checksum", "ObjectParts"]
    )
    assert attributes["Checksum"] == {"ChecksumSHA256": expected, "ChecksumType": "COMPOSITE"}
    assert attributes["ObjectParts"]["TotalPartsCount"] == 1
    assert attributes["ObjectParts"]["Parts"] == [
        {"PartNumber": 1, "Size": 10, "ChecksumSHA256": part["ChecksumSHA256"]}
    ]


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("CRC64NVME", "COMPOSITE"), ("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT")]
)
def test_an_algorithm_does_not_have_every_type_of_checksum(s3, algorithm, kind):
    begin = {"Bucket": BUCKET, "Key": "m", "ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    code, message = error_of(s3.create_multipart_upload, **begin)
    assert code == "InvalidRequest"
    assert f"The {kind} checksum type cannot be used with" in message


def test_a_part_has_the_checksum_of_its_upload(s3):
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="m", ChecksumAlgorithm="SHA256")
    code, message = error_of(
        s3.upload_part, Bucket=BUCKET, Key="m", UploadId=begun["UploadId"], PartNumber=1, Body=PART
    )
    assert code == "InvalidRequest"
    assert message.endswith("expected checksum Type: sha256, actual checksum Type: crc32")


def test_a_wrong_end_of_an_upload_names_the_part(s3):
    upload, _, part, listed = uploaded(s3)
    complete = s3.complete_multipart_upload
    wrong = {"Parts": [{"PartNumber": 1, "ETag": "x"}]}
    with pytest.raises(s3.exceptions.ClientError) as caught:
        complete(**upload, MultipartUpload=wrong)
    error = caught.value.response["Error"]
    assert (error["Code"], error["ETag"], error["PartNumber"]) == ("InvalidPart", "x", "1")
    s3.upload_part(**upload, PartNumber=2, Body=PART)
    small = {"Parts": [*listed["Parts"], {"PartNumber": 2, "ETag": part["ETag"]}]}
    with pytest.raises(s3.exceptions.ClientError) as caught:
        complete(**upload, MultipartUpload=small)
    error = caught.value.response["Error"]
    assert (error["Code"], error["MinSizeAllowed"], error["ProposedSize"]) == (
        "EntityTooSmall", "5242880", "10",
    )  # fmt: skip
    assert error_of(complete, **upload)[0] == "InvalidRequest"
    assert error_of(complete, **upload, MultipartUpload={"Parts": []})[0] == "MalformedXML"
    assert error_of(complete, **upload, MultipartUpload=listed, MpuObjectSize=9)[0] == "InvalidRequest"


def test_a_part_of_an_object_can_be_read(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (partNumber)"""
    upload, _, _, listed = uploaded(s3)
    s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    part = s3.get_object(Bucket=BUCKET, Key="m", PartNumber=1)
    assert (part["PartsCount"], part["ContentRange"], part["Body"].read()) == (1, "bytes 0-9/10", PART)


def test_an_algorithm_that_the_cloud_does_not_know_is_refused_by_name(s3):
    with pytest.raises(NotModelled, match="XXHASH64"):
        s3.create_multipart_upload(Bucket=BUCKET, Key="m", ChecksumAlgorithm="XXHASH64")
