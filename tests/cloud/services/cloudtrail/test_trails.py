"""Trails: their deliveries, the bucket policies that these require, and the digests that verify them."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
from datetime import timedelta

import boto3
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from labs_helpers.cloud.audit.trail_setup import bucket_policy, open_trail
from labs_helpers.cloud.services.cloudtrail.delivered_files import deliver
from tests.clouds import allow, error_of, make_user, new_member, trust

HOME, PARTNER = "111122223333", "444455556666"
BUCKET = "trail-of-home"
ARN = f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/course"


@pytest.fixture
def s3(cloud):
    return boto3.client("s3")


@pytest.fixture
def trail(cloud):
    return boto3.client("cloudtrail")


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(BUCKET, ARN))
    return BUCKET


@pytest.fixture
def logging(trail, bucket):
    """A trail of management events that logs."""
    trail.create_trail(Name="course", S3BucketName=bucket, EnableLogFileValidation=True)
    trail.start_logging(Name="course")
    return trail


def keys(s3, folder="CloudTrail/", bucket=BUCKET):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [item["Key"] for page in pages for item in page.get("Contents", ()) if f"/{folder}" in item["Key"]]


def read(s3, key, bucket=BUCKET):
    return json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def records(s3, bucket=BUCKET):
    return [record for key in keys(s3, bucket=bucket) for record in read(s3, key, bucket)["Records"]]


def logged(s3, bucket=BUCKET):
    return [record["eventName"] for record in records(s3, bucket)]


# Delivery


@pytest.mark.ledger("F-TRL-02")
def test_log_files_are_there_when_somebody_looks(cloud, iam, s3, logging):
    iam.create_user(UserName="alice")
    now = cloud.clock.now()
    found = keys(s3)
    assert len(found) == 1
    assert re.fullmatch(
        rf"AWSLogs/{HOME}/CloudTrail/us-east-1/{now:%Y/%m/%d}/{HOME}_CloudTrail_us-east-1_\d{{8}}T\d{{4}}Z_\w{{16}}\.json\.gz",
        found[0],
    )
    assert logged(s3) == ["StartLogging", "CreateUser"]
    status = logging.get_trail_status(Name="course")
    assert status["IsLogging"]
    assert "LatestDeliveryError" not in status
    assert status["LatestDeliveryTime"]


@pytest.mark.ledger("F-TRL-02")
def test_delivered_records_are_those_of_the_history(cloud, iam, s3, logging):
    iam.create_user(UserName="alice")
    history = {
        event["EventId"]: json.loads(event["CloudTrailEvent"]) for event in logging.lookup_events()["Events"]
    }
    for record in records(s3):
        if record["eventName"] != "LookupEvents":
            assert history[record["eventID"]] == record


@pytest.mark.ledger("F-TRL-02")
def test_moving_the_clock_delivers_without_a_look(cloud, iam, logging):
    iam.create_user(UserName="alice")
    assert deliveries(cloud) == 0
    cloud.clock.advance(minutes=6)
    iam.list_users()
    assert deliveries(cloud) == 1


def deliveries(cloud) -> int:
    return sum(
        entry.principal_arn == "cloudtrail.amazonaws.com" and entry.operation == "PutObject"
        for entry in cloud.record
    )


@pytest.mark.ledger("F-TRL-02")
def test_nothing_is_delivered_where_the_bucket_policy_no_longer_allows_it(cloud, iam, s3, logging):
    s3.delete_bucket_policy(Bucket=BUCKET)
    iam.create_user(UserName="alice")
    assert keys(s3) == []
    status = logging.get_trail_status(Name="course")
    assert status["LatestDeliveryError"] == "AccessDenied"
    assert "LatestDeliveryTime" not in status
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(BUCKET, ARN))
    assert "CreateUser" in logged(s3)
    assert "LatestDeliveryError" not in logging.get_trail_status(Name="course")


@pytest.mark.ledger("F-TRL-02")
def test_a_policy_for_another_trail_does_not_let_this_one_write(cloud, iam, s3, logging):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(BUCKET, ARN.replace("course", "other")))
    iam.create_user(UserName="alice")
    assert keys(s3) == []
    assert logging.get_trail_status(Name="course")["LatestDeliveryError"] == "AccessDenied"


@pytest.mark.ledger("F-TRL-02")
def test_the_last_thing_that_is_delivered_is_who_stopped_it(cloud, iam, s3, logging):
    logging.stop_logging(Name="course")
    iam.create_user(UserName="alice")
    assert logged(s3) == ["StartLogging", "StopLogging"]
    status = logging.get_trail_status(Name="course")
    assert status["IsLogging"] is False
    assert status["StopLoggingTime"]
    logging.start_logging(Name="course")
    iam.create_user(UserName="bob")
    assert logged(s3)[-1] == "CreateUser"


@pytest.mark.ledger("F-TRL-02")
def test_bucket_of_another_account_takes_the_files_if_its_policy_says_so(cloud, iam, trail):
    archive = cloud.account(PARTNER).client("s3")
    archive.create_bucket(Bucket="archive-of-partner")
    arguments = {"Name": "course", "S3BucketName": "archive-of-partner"}
    assert error_of(trail.create_trail, **arguments)[0] == "InsufficientS3BucketPolicyException"
    archive.put_bucket_policy(Bucket="archive-of-partner", Policy=bucket_policy("archive-of-partner", ARN))
    trail.create_trail(**arguments)
    trail.start_logging(Name="course")
    iam.create_user(UserName="alice")
    assert "CreateUser" in logged(archive, "archive-of-partner")


def test_region_of_a_trail(cloud, iam, s3, trail, bucket):
    west = boto3.client("cloudtrail", region_name="eu-west-1")
    arn = ARN.replace("us-east-1", "eu-west-1")
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, arn))
    west.create_trail(Name="course", S3BucketName=bucket)
    west.start_logging(Name="course")
    iam.create_user(UserName="alice")
    boto3.client("sts", region_name="eu-west-1").get_caller_identity()
    assert logged(s3) == ["StartLogging", "GetCallerIdentity"]
    west.update_trail(Name="course", IsMultiRegionTrail=True)
    iam.create_user(UserName="bob")
    assert "CreateUser" in logged(s3)
    assert any("/CloudTrail/us-east-1/" in key for key in keys(s3))
    assert any("/CloudTrail/eu-west-1/" in key for key in keys(s3))


def test_prefix_comes_before_the_folder(cloud, iam, s3, trail, bucket):
    policy = bucket_policy(bucket, ARN)
    arguments = {"Name": "course", "S3BucketName": bucket, "S3KeyPrefix": "audit"}
    assert error_of(trail.create_trail, **arguments)[0] == "InsufficientS3BucketPolicyException"
    s3.put_bucket_policy(Bucket=bucket, Policy=policy.replace("/AWSLogs/", "/audit/AWSLogs/"))
    trail.create_trail(**arguments)
    trail.start_logging(Name="course")
    assert keys(s3)[0].startswith(f"audit/AWSLogs/{HOME}/CloudTrail/")


# Selectors


@pytest.mark.ledger("F-TRL-04")
def test_data_events_only_where_selectors_ask(cloud, s3, logging):
    for name in ("watched-shelf", "other-shelf"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"x")
    assert "PutObject" not in logged(s3)
    logging.put_event_selectors(
        TrailName="course",
        EventSelectors=[
            {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::watched-shelf/"]}]}
        ],
    )
    for name in ("watched-shelf", "other-shelf"):
        s3.put_object(Bucket=name, Key="k", Body=b"x")
        s3.get_object(Bucket=name, Key="k")
    found = [record for record in records(s3) if record["eventCategory"] == "Data"]
    assert [record["eventName"] for record in found] == ["PutObject", "GetObject"]
    assert {record["requestParameters"]["bucketName"] for record in found} == {"watched-shelf"}


@pytest.mark.ledger("F-TRL-04")
def test_read_write_type_and_management_events(cloud, iam, s3, logging):
    logging.put_event_selectors(TrailName="course", EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    iam.list_users()
    iam.create_user(UserName="alice")
    assert "CreateUser" in logged(s3)
    assert "ListUsers" not in logged(s3)
    logging.put_event_selectors(
        TrailName="course",
        EventSelectors=[
            {
                "IncludeManagementEvents": False,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
            }
        ],
    )
    iam.create_user(UserName="bob")
    assert not any((record["requestParameters"] or {}).get("userName") == "bob" for record in records(s3))


@pytest.mark.ledger("F-TRL-04")
def test_advanced_selectors(cloud, iam, s3, logging):
    s3.create_bucket(Bucket="watched-shelf")
    logging.put_event_selectors(
        TrailName="course",
        AdvancedEventSelectors=[
            {
                "Name": "deletions outside of tmp",
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]},
                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                    {
                        "Field": "resources.ARN",
                        "StartsWith": ["arn:aws:s3:::watched-shelf/"],
                        "NotStartsWith": ["arn:aws:s3:::watched-shelf/tmp/"],
                    },
                    {"Field": "eventName", "StartsWith": ["Delete"]},
                    {"Field": "readOnly", "Equals": ["false"]},
                ],
            }
        ],
    )  # fmt: skip
    before = len(records(s3))
    for key in ("a", "tmp/a"):
        s3.put_object(Bucket="watched-shelf", Key=key, Body=b"x")
        s3.delete_object(Bucket="watched-shelf", Key=key)
    iam.create_user(UserName="alice")
    new = records(s3)[before:]
    assert [(record["eventName"], record["requestParameters"]["key"]) for record in new] == [
        ("DeleteObject", "a")
    ]
    selectors = logging.get_event_selectors(TrailName="course")
    assert "EventSelectors" not in selectors
    assert len(selectors["AdvancedEventSelectors"]) == 1
    assert logging.get_trail(Name="course")["Trail"]["HasCustomEventSelectors"] is True


@pytest.mark.ledger("F-TRL-04")
@pytest.mark.parametrize(
    "arguments",
    [
        {"EventSelectors": [{"ReadWriteType": "Sometimes"}]},
        {"EventSelectors": [{}] * 6},
        {"EventSelectors": [{"DataResources": [{"Type": "AWS::SNS::Topic", "Values": ["arn:aws:sns"]}]}]},
        {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["my-bucket"]}]}]},
        {"EventSelectors": [{"ExcludeManagementEventSources": ["iam.amazonaws.com"]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "readOnly", "Equals": ["true"]}]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "resources.ARN", "Equals": ["arn:aws:s3"]}]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "StartsWith": ["t"]}]}]},
        *({"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": [category]}, *fields]}]}
          for category, *fields in (
              ("Management", {"Field": "readOnly", "Equals": ["maybe"]}),
              ("Management", {"Field": "eventName", "Equals": ["CreateUser"]}),
              ("Management", {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}),
              ("Management", {"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]}),
              ("Data", {"Field": "resources.type", "Equals": ["objects"]}),
              ("NetworkActivity", {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]},
               {"Field": "errorCode", "Equals": ["AccessDenied"]}),
          )),
        {"AdvancedEventSelectors": [{"Name": "n" * 1001, "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]}]}]},
    ],
)  # fmt: skip
def test_selectors_that_are_refused(cloud, logging, arguments):
    assert (
        error_of(logging.put_event_selectors, TrailName="course", **arguments)[0]
        == "InvalidEventSelectorsException"
    )


@pytest.mark.ledger("F-TRL-04")
def test_a_trail_can_leave_out_the_events_of_kms(cloud, iam, s3, logging):
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html"""
    fields = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
    ]
    logging.put_event_selectors(TrailName="course", AdvancedEventSelectors=[{"FieldSelectors": fields}])
    boto3.client("kms").create_key()
    iam.create_user(UserName="alice")
    names = logged(s3)
    assert "CreateUser" in names
    assert "CreateKey" not in names


@pytest.mark.ledger("F-TRL-04")
def test_a_trail_without_selectors_takes_management_events(cloud, logging):
    assert logging.get_event_selectors(TrailName="course")["EventSelectors"] == [
        {
            "ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [],
            "ExcludeManagementEventSources": [],
        }
    ]  # fmt: skip


# Digests


def validate(s3, trail, key: str) -> dict:
    """A digest file, validated as AWS's page on custom implementations describes.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
    """
    answer = s3.get_object(Bucket=BUCKET, Key=key)
    content = gzip.decompress(answer["Body"].read())
    digest = json.loads(content)
    assert (digest["digestS3Bucket"], digest["digestS3Object"]) == (BUCKET, key)
    assert answer["Metadata"]["signature-algorithm"] == digest["digestSignatureAlgorithm"] == "SHA256withRSA"
    public = {one["Fingerprint"]: one["Value"] for one in trail.list_public_keys()["PublicKeyList"]}
    public_key = serialization.load_der_public_key(public[digest["digestPublicKeyFingerprint"]])
    text = "\n".join(
        (
            digest["digestEndTime"], f"{BUCKET}/{key}", hashlib.sha256(content).hexdigest(),
            digest["previousDigestSignature"] or "null",
        )
    )  # fmt: skip
    public_key.verify(
        bytes.fromhex(answer["Metadata"]["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    for file in digest["logFiles"]:
        log = gzip.decompress(s3.get_object(Bucket=file["s3Bucket"], Key=file["s3Object"])["Body"].read())
        assert hashlib.sha256(log).hexdigest() == file["hashValue"]
        assert file["hashAlgorithm"] == "SHA-256"
    return digest


def test_digests_after_a_reset_are_signed_with_a_key_that_the_trail_lists(cloud):
    for _ in range(2):
        cloud.clock.advance(days=400)
        open_trail(cloud, BUCKET, "course")
        boto3.client("iam").list_users()
        cloud.clock.advance(hours=2)
        s3, trail = boto3.client("s3"), boto3.client("cloudtrail")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET, Prefix="AWSLogs/")["Contents"]]
        validate(s3, trail, next(key for key in keys if "CloudTrail-Digest" in key))
        cloud.reset()


@pytest.mark.ledger("F-TRL-02")
def test_digests_validate_and_follow_one_another(cloud, iam, s3, logging):
    iam.create_user(UserName="alice")
    assert len(keys(s3)) == 1
    cloud.clock.advance(hours=1, minutes=1)
    iam.create_user(UserName="bob")
    assert len(keys(s3, "CloudTrail-Digest/")) == 1
    cloud.clock.advance(hours=2)
    found = keys(s3, "CloudTrail-Digest/")
    assert len(found) == 3
    digests = [validate(s3, logging, key) for key in found]
    assert digests[0]["previousDigestS3Object"] is None
    assert digests[0]["previousDigestSignature"] is None
    for before, after in itertools.pairwise(digests):
        assert after["previousDigestS3Object"] == before["digestS3Object"]
        content = gzip.decompress(s3.get_object(Bucket=BUCKET, Key=before["digestS3Object"])["Body"].read())
        assert after["previousDigestHashValue"] == hashlib.sha256(content).hexdigest()
        assert after["digestStartTime"] == before["digestEndTime"]
    assert [file["s3Object"] for digest in digests for file in digest["logFiles"]] == keys(s3)[
        : sum(len(one["logFiles"]) for one in digests)
    ]
    first = digests[0]
    assert first["awsAccountId"] == HOME
    assert first["oldestEventTime"] <= first["newestEventTime"]
    assert re.fullmatch(
        rf"AWSLogs/{HOME}/CloudTrail-Digest/us-east-1/\d{{4}}/\d\d/\d\d/"
        rf"{HOME}_CloudTrail-Digest_us-east-1_course_us-east-1_\d{{8}}T\d{{6}}Z\.json\.gz",
        found[0],
    )
    assert logging.get_trail_status(Name="course")["LatestDigestDeliveryTime"]


@pytest.mark.ledger("F-TRL-02")
def test_a_changed_log_file_or_digest_does_not_validate(cloud, iam, s3, logging):
    iam.create_user(UserName="alice")
    deliver(cloud._state)
    log, digest = keys(s3)[0], keys(s3, "CloudTrail-Digest/")[0]
    validate(s3, logging, digest)
    changed = read(s3, log)
    changed["Records"] = [record for record in changed["Records"] if record["eventName"] != "CreateUser"]
    s3.put_object(Bucket=BUCKET, Key=log, Body=gzip.compress(json.dumps(changed).encode()))
    with pytest.raises(AssertionError):
        validate(s3, logging, digest)
    answer = s3.get_object(Bucket=BUCKET, Key=digest)
    forged = json.loads(gzip.decompress(answer["Body"].read()))
    forged["logFiles"] = []
    s3.put_object(
        Bucket=BUCKET,
        Key=digest,
        Body=gzip.compress(json.dumps(forged).encode()),
        Metadata=answer["Metadata"],
    )
    with pytest.raises(InvalidSignature):
        validate(s3, logging, digest)


@pytest.mark.ledger("F-TRL-02")
def test_delivering_on_demand_includes_a_digest_each_time(cloud, iam, s3, logging):
    for name in ("alice", "bob", "carol"):
        iam.create_user(UserName=name)
        deliver(cloud._state)
    digests = [validate(s3, logging, key) for key in keys(s3, "CloudTrail-Digest/")]
    assert len(digests) == 3
    assert digests[2]["previousDigestS3Object"] == digests[1]["digestS3Object"]


def test_a_month_without_a_look_is_a_day_of_digests_at_most(cloud, iam, s3, logging):
    cloud.clock.advance(days=30)
    found = [validate(s3, logging, key) for key in keys(s3, "CloudTrail-Digest/")]
    assert len(found) == 24
    for before, after in itertools.pairwise(found):
        assert after["previousDigestS3Object"] == before["digestS3Object"]


def test_no_digests_without_validation(cloud, iam, s3, trail, bucket):
    trail.create_trail(Name="course", S3BucketName=bucket)
    trail.start_logging(Name="course")
    deliver(cloud._state)
    assert keys(s3, "CloudTrail-Digest/") == []
    assert len(keys(s3)) >= 1


def test_public_keys_outside_of_the_time_are_not_listed(cloud, trail):
    now = cloud.clock.now()
    assert trail.list_public_keys()["PublicKeyList"]
    assert trail.list_public_keys(EndTime=now - timedelta(days=800))["PublicKeyList"] == []
    assert (
        error_of(trail.list_public_keys, StartTime=now, EndTime=now - timedelta(days=1))[0]
        == "InvalidTimeRangeException"
    )


# Making and changing trails


@pytest.mark.ledger("F-TRL-02")
def test_create_trail_needs_the_bucket_and_its_policy(cloud, s3, trail):
    assert (
        error_of(trail.create_trail, Name="course", S3BucketName="no-such-bucket")[0]
        == "S3BucketDoesNotExistException"
    )
    s3.create_bucket(Bucket=BUCKET)
    code, message = error_of(trail.create_trail, Name="course", S3BucketName=BUCKET)
    assert (code, message) == (
        "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {BUCKET}",
    )  # fmt: skip
    reads_only = json.loads(bucket_policy(BUCKET, ARN))
    del reads_only["Statement"][1]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(reads_only))
    assert (
        error_of(trail.create_trail, Name="course", S3BucketName=BUCKET)[0]
        == "InsufficientS3BucketPolicyException"
    )
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(BUCKET, ARN))
    assert trail.create_trail(Name="course", S3BucketName=BUCKET)["TrailARN"] == ARN
    assert (
        error_of(trail.create_trail, Name="course", S3BucketName=BUCKET)[0] == "TrailAlreadyExistsException"
    )


@pytest.mark.parametrize(
    "name", ["ab", "x" * 129, "-trail", "trail-", "a__b", "a b c", "192.168.5.4", "trail!"]
)
def test_names_that_are_refused(cloud, trail, bucket, name):
    assert error_of(trail.create_trail, Name=name, S3BucketName=bucket)[0] == "InvalidTrailNameException"


def test_unknown_trails_and_malformed_arns(cloud, trail):
    for operation in ("get_trail", "get_trail_status", "start_logging", "stop_logging", "delete_trail"):
        code, message = error_of(getattr(trail, operation), Name="ghost")
        assert code == "TrailNotFoundException"
        assert (
            message == f"Unknown trail: arn:aws:cloudtrail:us-east-1:{HOME}:trail/ghost for the user: {HOME}"
        )
    assert error_of(trail.get_trail, Name="arn:aws:cloudtrail:nonsense")[0] == "CloudTrailARNInvalidException"


def test_a_trail_is_described_changed_and_deleted(cloud, trail, bucket):
    trail.create_trail(Name="course", S3BucketName=bucket, TagsList=[{"Key": "team", "Value": "blue"}])
    assert trail.list_trails()["Trails"] == [{"TrailARN": ARN, "Name": "course", "HomeRegion": "us-east-1"}]
    described = trail.describe_trails()["trailList"][0]
    assert described["S3BucketName"] == bucket
    assert described["HasCustomEventSelectors"] is False
    assert described["IsOrganizationTrail"] is False
    assert described["LogFileValidationEnabled"] is False
    assert trail.list_tags(ResourceIdList=[ARN])["ResourceTagList"][0]["TagsList"] == [
        {"Key": "team", "Value": "blue"}
    ]
    assert (
        error_of(trail.update_trail, Name="course", S3BucketName="no-such-bucket")[0]
        == "S3BucketDoesNotExistException"
    )
    assert trail.update_trail(Name=ARN, EnableLogFileValidation=True)["LogFileValidationEnabled"] is True
    arguments = {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False}
    assert (
        error_of(trail.update_trail, Name="course", **arguments)[0] == "InvalidParameterCombinationException"
    )
    west = boto3.client("cloudtrail", region_name="eu-west-1")
    assert west.describe_trails()["trailList"] == []
    trail.update_trail(Name="course", IsMultiRegionTrail=True)
    assert west.describe_trails()["trailList"][0]["HomeRegion"] == "us-east-1"
    assert west.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert error_of(west.stop_logging, Name="course")[0] == "InvalidHomeRegionException"
    trail.delete_trail(Name="course")
    assert trail.list_trails()["Trails"] == []


def test_other_accounts_trails_are_unknown(cloud, logging):
    partner = cloud.account(PARTNER).client("cloudtrail")
    assert error_of(partner.get_trail, Name=ARN)[0] in ("TrailNotFoundException", "AccessDeniedException")
    assert partner.list_trails()["Trails"] == []


def test_a_reset_cloud_has_no_trails(cloud, logging):
    cloud.reset()
    assert boto3.client("cloudtrail").list_trails()["Trails"] == []
    boto3.client("iam").create_user(UserName="alice")
    assert deliveries(cloud) == 0


# Organisations


def test_organisation_trail_needs_an_organisation(cloud, trail, bucket):
    arguments = {"Name": "course", "S3BucketName": bucket, "IsOrganizationTrail": True}
    assert error_of(trail.create_trail, **arguments)[0] == "OrganizationsNotInUseException"


def test_an_organisation_lets_cloudtrail_in_before_it_has_a_trail(cloud, s3, trail, bucket):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-an-organizational-trail-by-using-the-aws-cli.html"""
    organizations, iam = boto3.client("organizations"), boto3.client("iam")
    arguments = {"Name": "course", "S3BucketName": bucket, "IsOrganizationTrail": True}
    organizations.create_organization(FeatureSet="CONSOLIDATED_BILLING")
    assert error_of(trail.create_trail, **arguments)[0] == "OrganizationNotInAllFeaturesModeException"
    organizations.accept_handshake(HandshakeId=organizations.enable_all_features()["Handshake"]["Id"])
    assert error_of(trail.create_trail, **arguments)[0] == "CloudTrailAccessNotEnabledException"
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    policy = bucket_policy(bucket, ARN).replace(f"/AWSLogs/{HOME}/*", "/AWSLogs/*")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    maker = make_user(cloud, "maker", allow(["cloudtrail:*", "organizations:*"]))
    theirs = maker.client("cloudtrail", region_name="us-east-1")
    assert error_of(theirs.create_trail, **arguments)[0] == (
        "InsufficientDependencyServiceAccessPermissionException"
    )
    trail.create_trail(**arguments)
    role = iam.get_role(RoleName="AWSServiceRoleForCloudTrail")["Role"]
    assert role["Path"] == "/aws-service-role/cloudtrail.amazonaws.com/"
    theirs.update_trail(Name="course", EnableLogFileValidation=True)


def test_three_members_administer_cloudtrail_at_most(cloud, trail):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html"""
    boto3.client("organizations").create_organization(FeatureSet="ALL")
    members = [new_member(f"member-{number}") for number in range(4)]
    for member in members[:3]:
        trail.register_organization_delegated_admin(MemberAccountId=member)
    register = trail.register_organization_delegated_admin
    assert error_of(register, MemberAccountId=members[3])[0] == "DelegatedAdminAccountLimitExceededException"
    trail.deregister_organization_delegated_admin(DelegatedAdminAccountId=members[0])
    register(MemberAccountId=members[3])


@pytest.mark.ledger("F-TRL-02")
def test_organisation_trail_collects_its_members_events(cloud, s3, trail, bucket):
    organizations = boto3.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    member = new_member("member")
    arguments = {
        "Name": "course",
        "S3BucketName": bucket,
        "IsOrganizationTrail": True,
        "IsMultiRegionTrail": True,
        "EnableLogFileValidation": True,
    }
    assert error_of(trail.create_trail, **arguments)[0] == "InsufficientS3BucketPolicyException"
    policy = json.loads(bucket_policy(bucket, ARN))
    policy["Statement"][1]["Resource"] = [
        f"arn:aws:s3:::{bucket}/AWSLogs/{HOME}/*", f"arn:aws:s3:::{bucket}/AWSLogs/{organization['Id']}/*",
    ]  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    trail.create_trail(**arguments)
    trail.start_logging(Name="course")
    inside = cloud.account(member)
    inside.client("iam").create_user(UserName="alice")
    cloud.account(PARTNER).client("iam").create_user(UserName="outsider")
    found = keys(s3)
    assert {key.split("/CloudTrail/")[0] for key in found} == {
        f"AWSLogs/{organization['Id']}/{HOME}", f"AWSLogs/{organization['Id']}/{member}",
    }  # fmt: skip
    users = {
        (one["requestParameters"] or {}).get("userName"): one["recipientAccountId"] for one in records(s3)
    }
    assert users["alice"] == member
    assert "outsider" not in users
    seen = inside.client("cloudtrail", region_name="us-east-1")
    assert seen.describe_trails()["trailList"][0]["IsOrganizationTrail"] is True
    assert error_of(seen.stop_logging, Name=ARN)[0] in (
        "NotOrganizationMasterAccountException",
        "AccessDeniedException",
    )
    other = {"Name": "mine", "S3BucketName": bucket, "IsOrganizationTrail": True}
    assert error_of(seen.create_trail, **other)[0] == "NotOrganizationMasterAccountException"
    deliver(cloud._state)
    for key in keys(s3, "CloudTrail-Digest/"):
        validate(s3, trail, key)


def test_delegated_administrator_makes_trails_of_the_management_account(cloud, s3, trail, bucket):
    organizations = boto3.client("organizations")
    assert error_of(trail.register_organization_delegated_admin, MemberAccountId=PARTNER)[0] == (
        "OrganizationsNotInUseException"
    )
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
    member = new_member("member")
    policy = bucket_policy(bucket, ARN).replace(f"/AWSLogs/{HOME}/*", "/AWSLogs/*")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    theirs = cloud.account(member).client("cloudtrail", region_name="us-east-1")
    arguments = {"Name": "course", "S3BucketName": bucket, "IsOrganizationTrail": True}
    assert error_of(theirs.create_trail, **arguments)[0] == "NotOrganizationMasterAccountException"
    for account, code in (
        (HOME, "CannotDelegateManagementAccountException"), (PARTNER, "AccountNotFoundException"),
    ):  # fmt: skip
        assert error_of(trail.register_organization_delegated_admin, MemberAccountId=account)[0] == code
    trail.register_organization_delegated_admin(MemberAccountId=member)
    assert (
        error_of(trail.register_organization_delegated_admin, MemberAccountId=member)[0]
        == "AccountRegisteredException"
    )
    assert theirs.create_trail(**arguments)["TrailARN"] == ARN
    theirs.start_logging(Name=ARN)
    assert keys(s3)[0].startswith(f"AWSLogs/{organization['Id']}/")
    trail.deregister_organization_delegated_admin(DelegatedAdminAccountId=member)
    refused = error_of(trail.deregister_organization_delegated_admin, DelegatedAdminAccountId=member)
    assert refused[0] == "AccountNotRegisteredException"
    assert error_of(theirs.stop_logging, Name=ARN)[0] in (
        "NotOrganizationMasterAccountException", "AccessDeniedException",
    )  # fmt: skip


@pytest.mark.ledger("F-TRL-03")
def test_each_accounts_trail_gets_its_own_copy_of_a_cross_account_call(cloud, s3, logging):
    partner = cloud.account(PARTNER)
    theirs, their_bucket = partner.client("s3"), "trail-of-partner"
    arn = f"arn:aws:cloudtrail:us-east-1:{PARTNER}:trail/theirs"
    theirs.create_bucket(Bucket=their_bucket)
    theirs.put_bucket_policy(Bucket=their_bucket, Policy=bucket_policy(their_bucket, arn))
    client = partner.client("cloudtrail")
    client.create_trail(Name="theirs", S3BucketName=their_bucket)
    client.start_logging(Name="theirs")
    role = partner.client("iam").create_role(
        RoleName="shared", AssumeRolePolicyDocument=trust({"AWS": HOME})
    )["Role"]["Arn"]
    boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="work")
    mine = [record for record in records(s3) if record["eventName"] == "AssumeRole"]
    other = [record for record in records(theirs, their_bucket) if record["eventName"] == "AssumeRole"]
    assert len(mine) == len(other) == 1
    assert mine[0]["sharedEventID"] == other[0]["sharedEventID"]
    assert mine[0]["userIdentity"]["type"] == "IAMUser"
    assert other[0]["userIdentity"]["type"] == "AWSAccount"


# The course's trail


def test_open_trail_logs_data_events_of_everything_but_its_own_bucket(cloud, s3):
    arn = open_trail(cloud, BUCKET, "course")
    assert arn == ARN
    s3.create_bucket(Bucket="shelf-of-alice")
    s3.put_object(Bucket="shelf-of-alice", Key="k", Body=b"x")
    first = logged(s3)
    assert first == ["StartLogging", "CreateBucket", "PutObject"]
    assert logged(s3) == first
