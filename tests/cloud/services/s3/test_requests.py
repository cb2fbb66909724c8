"""Malformed requests that S3 rejects, and the configuration of buckets.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import allow, error_of, make_user

BUCKET = "larkspur-orders"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="k", Body=b"hello")
    return client


def refused(call, **given) -> str:
    return error_of(call, Bucket=BUCKET, **given)[0]


def test_a_location_is_a_region_that_there_is(s3):
    for wrong in ("us-east-1", "mars-1"):
        location = {"LocationConstraint": wrong}
        code, _ = error_of(s3.create_bucket, Bucket="larkspur-wreaths", CreateBucketConfiguration=location)
        assert code == "InvalidLocationConstraint", wrong


def test_an_objects_own_metadata_has_two_kilobytes_at_most(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata"""
    fits = {"a": "x" * 2047}
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"", Metadata=fits)
    more = {**fits, "b": ""}
    assert refused(s3.put_object, Key="k", Body=b"", Metadata=more) == "MetadataTooLarge"
    assert refused(s3.create_multipart_upload, Key="k", Metadata=more) == "MetadataTooLarge"
    copied = {"CopySource": f"{BUCKET}/k", "MetadataDirective": "REPLACE", "Metadata": more}
    assert refused(s3.copy_object, Key="k2", **copied) == "MetadataTooLarge"


def test_a_bucket_has_one_rule_of_ownership(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html"""
    for rules in ([], [{"ObjectOwnership": "ObjectWriter"}] * 2):
        assert refused(s3.put_bucket_ownership_controls, OwnershipControls={"Rules": rules}) == "MalformedXML"


def test_a_refused_cors_configuration_leaves_the_one_there_was(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html"""
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    for rules, code in (
        ([{**rule, "AllowedMethods": ["PATCH"]}], "InvalidRequest"), ([rule] * 101, "MalformedXML"),
        ([], "MalformedXML"),
    ):  # fmt: skip
        assert refused(s3.put_bucket_cors, CORSConfiguration={"CORSRules": rules}) == code
    assert s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"] == [rule]


def test_a_key_has_1024_bytes_at_most(s3):
    assert refused(s3.put_object, Key="k" * 1025, Body=b"") == "KeyTooLongError"
    assert refused(s3.put_object, Key="ä" * 513, Body=b"") == "KeyTooLongError"
    s3.put_object(Bucket=BUCKET, Key="k" * 1024, Body=b"")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ContentMD5": base64.b64encode(bytes(16)).decode()}, "BadDigest"),
        ({"ContentMD5": "no digest"}, "InvalidDigest"),
        ({"ChecksumSHA256": base64.b64encode(bytes(32)).decode()}, "BadDigest"),
        ({"ChecksumSHA1": base64.b64encode(bytes(20)).decode()}, "BadDigest"),
        ({"ChecksumCRC32": base64.b64encode(bytes(4)).decode()}, "BadDigest"),
        ({"ChecksumSHA256": "AAAA"}, "InvalidRequest"),
    ],
)
def test_content_that_is_not_what_its_digest_says_is_not_stored(s3, given, code):
    assert refused(s3.put_object, Key="new", Body=b"hello", **given) == code
    assert refused(s3.get_object, Key="new") == "NoSuchKey"


def test_content_that_is_what_its_digest_says_is_stored(s3):
    """PutObject succeeds with both digests; a wrong one raises BadDigest."""
    digest = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    md5 = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    s3.put_object(Bucket=BUCKET, Key="new", Body=b"hello", ChecksumSHA256=digest)
    s3.put_object(Bucket=BUCKET, Key="new", Body=b"hello", ContentMD5=md5)


def test_a_listing_takes_no_negative_number_and_no_token_of_somebody_elses(s3):
    assert refused(s3.list_objects_v2, MaxKeys=-1) == "InvalidArgument"
    assert refused(s3.list_objects_v2, ContinuationToken="garbage") == "InvalidArgument"
    s3.put_object(Bucket=BUCKET, Key="l", Body=b"")
    token = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["NextContinuationToken"]
    after = s3.list_objects_v2(Bucket=BUCKET, ContinuationToken=token)
    assert [each["Key"] for each in after["Contents"]] == ["l"]


def test_an_object_is_copied_onto_itself_only_to_change_it(s3):
    source = f"{BUCKET}/k"
    assert refused(s3.copy_object, Key="k", CopySource=source) == "InvalidRequest"
    s3.copy_object(
        Bucket=BUCKET, Key="k", CopySource=source, MetadataDirective="REPLACE", Metadata={"a": "b"}
    )
    assert s3.head_object(Bucket=BUCKET, Key="k")["Metadata"] == {"a": "b"}


def test_parts_come_in_rising_order(s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="m")["UploadId"]
    tags = [
        s3.upload_part(Bucket=BUCKET, Key="m", UploadId=upload, PartNumber=n, Body=b"x")["ETag"]
        for n in (1, 2)
    ]
    parts = [{"PartNumber": 2, "ETag": tags[1]}, {"PartNumber": 1, "ETag": tags[0]}]
    assert refused(
        s3.complete_multipart_upload, Key="m", UploadId=upload, MultipartUpload={"Parts": parts}
    ) == ("InvalidPartOrder")


@pytest.mark.parametrize("name", ["xn--a", "sthree-a", "a-s3alias", "a--ol-s3", "a.mrap", "a..b", "10.0.0.1"])
def test_names_that_buckets_cannot_have(s3, name):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    assert error_of(s3.create_bucket, Bucket=name)[0] == "InvalidBucketName"


# Configurations


def rule(**more):
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}} | more


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([rule(Expiration={"Days": 0})], "InvalidArgument"),
        ([rule(), rule()], "InvalidArgument"),
        ([rule(ID="r" * 256)], "InvalidArgument"),
        ([{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}}], "InvalidRequest"),
        ([rule(Status="On")], "MalformedXML"),
    ],
)
def test_lifecycles_that_are_none(s3, rules, code):
    assert refused(s3.put_bucket_lifecycle_configuration, LifecycleConfiguration={"Rules": rules}) == code
    assert refused(s3.get_bucket_lifecycle_configuration) == "NoSuchLifecycleConfiguration"


def test_default_encryption_names_a_key_only_for_kms(s3):
    def by_default(**given):
        return {"Rules": [{"ApplyServerSideEncryptionByDefault": given}]}

    wrong = by_default(SSEAlgorithm="AES256", KMSMasterKeyID="alias/x")
    assert refused(s3.put_bucket_encryption, ServerSideEncryptionConfiguration=wrong) == "InvalidArgument"
    wrong = by_default(SSEAlgorithm="AES257")
    assert refused(s3.put_bucket_encryption, ServerSideEncryptionConfiguration=wrong) == "MalformedXML"


def test_a_website_needs_an_index(s3):
    assert refused(s3.put_bucket_website, WebsiteConfiguration={}) == "InvalidArgument"
    s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "MalformedXML"),
        ([{"Redirect": {}}], "MalformedXML"),
        ([{"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}], "InvalidRequest"),
        ([{"Condition": {}, "Redirect": {"ReplaceKeyWith": "a"}}], "InvalidRequest"),
    ],
)
def test_a_website_redirects_to_one_key_under_a_condition(s3, rules, code):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_RoutingRule.html"""
    given = {"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": rules}
    assert refused(s3.put_bucket_website, WebsiteConfiguration=given) == code
    given["RoutingRules"] = [
        {"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}}
    ]
    s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration=given)
    assert s3.get_bucket_website(Bucket=BUCKET)["RoutingRules"] == given["RoutingRules"]


def test_a_listing_encodes_a_space_as_a_plus_sign(s3):
    """OBSERVED in 2021: https://github.com/bcgov/gwells/pull/1801"""
    for key in ("run a/x+y.txt", "run 50%.csv"):
        s3.put_object(Bucket=BUCKET, Key=key)

    def keys(**more):
        return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="run ", **more)["Contents"]]

    assert keys(EncodingType="url") == ["run+50%25.csv", "run+a/x%2By.txt"]
    assert keys() == ["run 50%.csv", "run a/x+y.txt"]


def test_wrong_headers_are_named_with_their_values(s3):
    s3.put_object(Bucket=BUCKET, Key="k")
    with pytest.raises(ClientError) as unknown:
        s3.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=["Foo"])
    assert unknown.value.response["Error"]["ArgumentValue"] == "Foo"
    s3.put_object(Bucket=BUCKET, Key="k", Tagging="a=b")
    assert (
        s3.head_object(Bucket=BUCKET, Key="k")["TagCount"]
        == s3.get_object(Bucket=BUCKET, Key="k")["TagCount"]
        == 1
    )
    with pytest.raises(ClientError) as without_kms:
        s3.put_object(Bucket=BUCKET, Key="k", ServerSideEncryption="AES256", SSEKMSKeyId="k")
    told = without_kms.value.response["Error"]
    assert (told["ArgumentName"], told["ArgumentValue"]) == ("x-amz-server-side-encryption", "AES256")


def test_the_owner_pays_until_the_bucket_says_otherwise(s3):
    assert s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"] == "Requester"


# Notifications


def notify(s3, arn):
    wanted = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    return s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=wanted)


def open_queue(queue, url, arn, **condition):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    if condition:
        statement["Condition"] = condition
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def test_a_bucket_notifies_only_a_queue_that_lets_it(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"""
    queue, arn = boto3.client("sqs"), "arn:aws:sqs:us-east-1:111122223333:news"
    assert refused(s3.put_bucket_notification_configuration, NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    }) == "InvalidArgument"  # fmt: skip
    url = queue.create_queue(QueueName="news")["QueueUrl"]
    assert error_of(lambda: notify(s3, arn))[0] == "InvalidArgument"
    open_queue(
        queue, url, arn, ArnLike={"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"},
        StringEquals={"aws:SourceAccount": "111122223333"},
    )  # fmt: skip
    notify(s3, arn)
    s3.put_object(Bucket=BUCKET, Key="order-1", Body=b"tulips")
    told = [
        json.loads(one["Body"])
        for one in queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    ]
    assert set(told[0]) == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert told[0]["Event"] == "s3:TestEvent"
    assert told[0]["RequestId"]
    assert told[1]["Records"][0]["s3"]["object"]["key"] == "order-1"
    queue.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    s3.put_object(Bucket=BUCKET, Key="order-2", Body=b"roses")
    assert queue.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
        "Attributes"
    ] == {"ApproximateNumberOfMessages": "0"}


# Keys that customers bring


@pytest.fixture
def unblocked(s3):
    """A bucket that takes SSE-C again.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
    """
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return s3


MINE = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
OTHER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "o" * 32}


def test_new_buckets_block_sse_c(s3):
    assert refused(s3.put_object, Key="c", Body=b"", **MINE) == "AccessDenied"
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


def test_an_object_with_a_customers_key_is_read_only_with_it(unblocked):
    s3 = unblocked
    made = s3.put_object(Bucket=BUCKET, Key="c", Body=b"secret", **MINE)
    assert made["SSECustomerAlgorithm"] == "AES256"
    assert "ServerSideEncryption" not in made
    assert refused(s3.get_object, Key="c") == "InvalidRequest"
    assert refused(s3.get_object, Key="c", **OTHER) == "AccessDenied"
    assert error_of(s3.head_object, Bucket=BUCKET, Key="c")[0] == "400"
    assert s3.get_object(Bucket=BUCKET, Key="c", **MINE)["Body"].read() == b"secret"
    assert refused(s3.get_object, Key="k", **MINE) == "InvalidRequest"


def test_a_copy_brings_the_sources_key_too(unblocked):
    s3 = unblocked
    s3.put_object(Bucket=BUCKET, Key="c", Body=b"secret", **MINE)
    source = {"CopySource": f"{BUCKET}/c"}
    assert refused(s3.copy_object, Key="d", **source) == "InvalidRequest"
    theirs = {f"CopySource{name}": value for name, value in MINE.items()}
    s3.copy_object(Bucket=BUCKET, Key="d", **source, **theirs)
    assert s3.get_object(Bucket=BUCKET, Key="d")["Body"].read() == b"secret"


def test_parts_bring_the_key_of_their_upload(unblocked):
    s3 = unblocked
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="m", **MINE)["UploadId"]
    part = {"Key": "m", "UploadId": upload, "PartNumber": 1, "Body": b"x"}
    assert refused(s3.upload_part, **part) == "InvalidRequest"
    assert refused(s3.upload_part, **part, **OTHER) == "AccessDenied"
    tag = s3.upload_part(Bucket=BUCKET, **part, **MINE)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3.complete_multipart_upload(Bucket=BUCKET, Key="m", UploadId=upload, MultipartUpload=parts)
    assert refused(s3.get_object, Key="m") == "InvalidRequest"
    assert s3.get_object(Bucket=BUCKET, Key="m", **MINE)["Body"].read() == b"x"


# --- lifecycles -----------------------------------------------------------------------------------------------

FINE = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}


def test_a_lifecycle_is_shown_as_it_was_given(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html"""
    tags = [{"Key": "a", "Value": "b"}]
    both = {"And": {"Prefix": "a", "Tags": tags, "ObjectSizeGreaterThan": 5}}
    rules = [
        FINE,
        {"Status": "Disabled", "Filter": both, "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    answer = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    first, second = answer["Rules"]
    assert (first, {**second, "ID": ""}) == (FINE, {**rules[1], "ID": ""})
    assert second["ID"]  # S3 gives one where the rule has none
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    assert refused(s3.get_bucket_lifecycle_configuration) == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Expiration": {"Days": 90, "Date": datetime(2030, 1, 1, tzinfo=UTC)}}, "MalformedXML"),
        ({"Expiration": {"Days": 90, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"Expiration": {"Date": datetime(2030, 1, 1, 5, tzinfo=UTC)}}, "InvalidArgument"),
        ({"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument"),
        ({"Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]}, "InvalidArgument"),
        (
            {"Transitions": [{"Date": datetime(2030, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER"}]},
            "InvalidRequest",
        ),
        (
            {
                "Filter": {"Tag": {"Key": "a", "Value": "b"}},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
            "InvalidRequest",
        ),
    ],
)
def test_a_lifecycles_times_make_sense_together(s3, change, code):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html"""
    given = {"LifecycleConfiguration": {"Rules": [{**FINE, **change}]}}
    assert refused(s3.put_bucket_lifecycle_configuration, **given) == code
    assert refused(s3.get_bucket_lifecycle_configuration) == "NoSuchLifecycleConfiguration"


def test_only_archived_objects_are_restored(s3):
    """OBSERVED in 2024: https://github.com/s3tools/s3cmd/pull/1375"""
    s3.create_bucket(Bucket="archive")
    for key, storage in (("live", "STANDARD"), ("instant", "GLACIER_IR"), ("cold", "GLACIER")):
        s3.put_object(Bucket="archive", Key=key, Body=b"x", StorageClass=storage)
    words = "Restore is not allowed for the object's current storage class"
    for key in ("live", "instant"):
        refused = error_of(s3.restore_object, Bucket="archive", Key=key, RestoreRequest={"Days": 1})
        assert refused == ("InvalidObjectState", words)
    assert (
        error_of(s3.restore_object, Bucket="archive", Key="none", RestoreRequest={"Days": 1})[0]
        == "NoSuchKey"
    )
    with pytest.raises(NotModelled, match="SELECT"):
        s3.restore_object(Bucket="archive", Key="cold", RestoreRequest={"Type": "SELECT", "Tier": "Bulk"})
    assert error_of(s3.get_object, Bucket="archive", Key="cold")[0] == "InvalidObjectState"
    asked = s3.restore_object(Bucket="archive", Key="cold", RestoreRequest={"Days": 1})
    assert asked["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert s3.get_object(Bucket="archive", Key="cold")["Body"].read() == b"x"


def sent(method: str, query: str, body: bytes, digest: str | None) -> requests.Response:
    """The answer to a request on the bucket with a digest of its body in this header, or without one."""
    compute = hashlib.md5 if digest == "Content-MD5" else hashlib.sha256
    headers = {digest: base64.b64encode(compute(body).digest()).decode()} if digest else {}
    request = AWSRequest(method, f"https://{BUCKET}.s3.amazonaws.com/?{query}", data=body, headers=headers)
    S3SigV4Auth(boto3.Session().get_credentials(), "s3", "us-east-1").add_auth(request)
    return requests.request(method, request.url, data=body, headers=dict(request.headers), timeout=5)


@pytest.mark.parametrize("digest", [None, "Content-MD5", "x-amz-checksum-sha256"])
def test_some_lists_and_settings_are_taken_only_with_a_digest(s3, digest):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    lock = (
        b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
    )
    deletion = b"<Delete><Object><Key>k</Key></Object></Delete>"
    for answer in (sent("POST", "delete", deletion, digest), sent("PUT", "object-lock", lock, digest)):
        refused = "Missing required header for this request: Content-MD5" in answer.text
        assert (answer.status_code, refused) == ((200, False) if digest else (400, True))
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == (0 if digest else 1)


@pytest.mark.parametrize("by", ["request", "bucket", "part"])
def test_a_lock_needs_a_digest_of_the_content(s3, by):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
    named = {"Bucket": "larkspur-locked-orders", "Key": "k"}
    s3.create_bucket(Bucket=named["Bucket"], ObjectLockEnabledForBucket=True)
    plain = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    write, lock = plain.put_object, {"ObjectLockLegalHoldStatus": "ON"} if by == "request" else {}
    if by == "bucket":
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        s3.put_object_lock_configuration(Bucket=named["Bucket"], ObjectLockConfiguration=configuration)
    if by == "part":
        upload = s3.create_multipart_upload(**named, ObjectLockLegalHoldStatus="ON")
        write, lock = plain.upload_part, {"UploadId": upload["UploadId"], "PartNumber": 1}
    code, message = error_of(write, **named, Body=b"x", **lock)
    what = "Part" if by == "part" else "Object"
    assert (code, f"is required for Put {what} requests" in message) == ("InvalidRequest", True)
    assert error_of(s3.head_object, **named)[0] == "404"
    write(**named, Body=b"x", **lock, ContentMD5=base64.b64encode(hashlib.md5(b"x").digest()).decode())
    plain.put_object(Bucket=BUCKET, Key="free", Body=b"x")


def test_a_refused_copy_does_not_tell_that_its_source_has_tags(cloud, s3):
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"x", Tagging="a=b")
    writer = make_user(cloud, "writer", allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*")).client("s3")
    for key in ("k", "tagged"):
        code, message = error_of(writer.copy_object, Bucket=BUCKET, Key="new", CopySource=f"{BUCKET}/{key}")
        assert (code, "perform: s3:GetObject on" in message) == ("AccessDenied", True)
