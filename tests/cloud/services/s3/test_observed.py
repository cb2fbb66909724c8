"""Observed behavior of S3, including common misconceptions, through boto3. The code cites years and sources."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.clouds import error_of

BUCKET, OTHER = "shelf-observed", "shelf-of-logs"
EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, ObjectOwnership="ObjectWriter")
    client.delete_public_access_block(Bucket=BUCKET)
    return client


@pytest.fixture
def owner(s3):
    return s3.list_buckets()["Owner"]


def refusal(call, **given) -> dict:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return {name: value for name, value in error.items() if name not in ("RequestId", "HostId", "Message")}


# --- ACLs -----------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-S3-13")
def test_no_object_inherits_the_acl_of_its_bucket(s3, owner):
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    s3.put_object(Bucket=BUCKET, Key="put", Body=b"secret")
    s3.copy_object(Bucket=BUCKET, Key="copied", CopySource=f"{BUCKET}/put")
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")
    upload = {"Bucket": BUCKET, "Key": "parts", "UploadId": begun["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"secret")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=listed)
    stranger = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    assert len(stranger.list_objects_v2(Bucket=BUCKET)["Contents"]) == 3
    for key in ("put", "copied", "parts"):
        (grant,) = s3.get_object_acl(Bucket=BUCKET, Key=key)["Grants"]
        assert (grant["Grantee"]["ID"], grant["Permission"]) == (owner["ID"], "FULL_CONTROL"), key
        assert error_of(stranger.get_object, Bucket=BUCKET, Key=key)[0] == "AccessDenied", key


def test_a_new_bucket_has_the_grants_in_its_headers(s3, owner):
    s3.create_bucket(Bucket=OTHER, ObjectOwnership="ObjectWriter", GrantRead=f'id="{owner["ID"]}"')
    (grant,) = s3.get_bucket_acl(Bucket=OTHER)["Grants"]
    assert grant["Permission"] == "READ"


def test_an_acl_is_read_before_the_ownership_of_objects_is_asked(s3, owner):
    s3.create_bucket(Bucket=OTHER)  # where ACLs are disabled
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "READ"}
    for policy, code in (
        ({}, "MalformedACLError"), ({"Grants": [grant]}, "MalformedACLError"),
        ({"Owner": owner}, "MalformedACLError"),
        ({"Owner": owner, "Grants": [{**grant, "Permission": "LOOK"}]}, "MalformedACLError"),
        ({"Owner": owner, "Grants": [{**grant, "Grantee": {"Type": "Cat", "ID": "x"}}]}, "MalformedACLError"),
        ({"Owner": {"ID": "x"}, "Grants": [grant]}, "InvalidArgument"),
        ({"Owner": owner, "Grants": [{**grant, "Grantee": {"Type": "Group", "URI": EVERYONE}}]},
         "AccessControlListNotSupported"),
        ({"Owner": owner, "Grants": [grant]}, "AccessControlListNotSupported"),
    ):  # fmt: skip
        found = refusal(s3.put_bucket_acl, Bucket=OTHER, AccessControlPolicy=policy)
        assert found["Code"] == code, policy
    wrong = refusal(s3.put_bucket_acl, Bucket=OTHER, AccessControlPolicy={"Owner": {"ID": "x"}, "Grants": []})
    assert (wrong["ArgumentName"], wrong["ArgumentValue"]) == ("CanonicalUser/ID", "x")


def test_a_current_delete_marker_has_neither_acl_nor_tags_to_change(s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="k")
    s3.delete_object(Bucket=BUCKET, Key="k")
    for call, more, verb in (
        (s3.put_object_acl, {"ACL": "private"}, "PUT"),
        (s3.put_object_tagging, {"Tagging": {"TagSet": []}}, "PUT"),
        (s3.delete_object_tagging, {}, "DELETE"),
    ):  # fmt: skip
        found = refusal(call, Bucket=BUCKET, Key="k", **more)
        assert found == {"Code": "MethodNotAllowed", "Method": verb, "ResourceType": "DeleteMarker"}


# --- requests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["0000", "1111222233334", "abcd"])
def test_an_expected_owner_is_an_account(s3, account):
    named = {"Bucket": BUCKET, "ExpectedBucketOwner": account}
    for call, more in (
        (s3.get_bucket_policy, {}), (s3.delete_bucket_policy, {}), (s3.put_bucket_policy, {"Policy": "{}"}),
        (s3.list_objects_v2, {}),
    ):  # fmt: skip
        assert refusal(call, **named, **more)["Code"] == "InvalidBucketOwnerAWSAccountID"


def test_governance_can_only_be_bypassed_where_objects_are_locked(s3):
    s3.put_object(Bucket=BUCKET, Key="k")
    for bypass in (True, False):
        found = refusal(s3.delete_object, Bucket=BUCKET, Key="k", BypassGovernanceRetention=bypass)
        assert found == {"Code": "InvalidArgument", "ArgumentName": "x-amz-bypass-governance-retention"}
    listed = {"Objects": [{"Key": "k"}]}
    found = refusal(s3.delete_objects, Bucket=BUCKET, Delete=listed, BypassGovernanceRetention=True)
    assert found["Code"] == "InvalidArgument"
    s3.head_object(Bucket=BUCKET, Key="k")


def test_a_missing_bucket_is_told_before_a_wrong_document(s3):
    wrong = {"Rules": []}
    call = s3.put_bucket_encryption
    found = refusal(call, Bucket="none-such", ServerSideEncryptionConfiguration=wrong)
    assert found == {"Code": "NoSuchBucket", "BucketName": "none-such"}
    assert refusal(call, Bucket=BUCKET, ServerSideEncryptionConfiguration=wrong)["Code"] == "MalformedXML"


def test_a_policy_is_answered_without_content_and_begins_with_a_brace(s3):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/x",
    }
    answer = s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": [statement]}))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    for text in ("", "[]", " {}"):
        code, message = error_of(s3.put_bucket_policy, Bucket=BUCKET, Policy=text)
        assert (code, message) == (
            "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'",
        )  # fmt: skip


def test_buckets_have_arns(s3):
    arn = f"arn:aws:s3:::{OTHER}"
    for _ in range(2):
        assert s3.create_bucket(Bucket=OTHER)["BucketArn"] == arn
    assert s3.head_bucket(Bucket=OTHER)["BucketArn"] == arn
    assert arn in [each["BucketArn"] for each in s3.list_buckets()["Buckets"]]
    headers = s3.list_objects_v2(Bucket=OTHER)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-bucket-region"] == "us-east-1"


def test_eu_is_another_name_of_eu_west_1(cloud):
    client = boto3.client("s3", region_name="eu-west-1")
    client.create_bucket(Bucket=OTHER, CreateBucketConfiguration={"LocationConstraint": "EU"})
    assert client.get_bucket_location(Bucket=OTHER)["LocationConstraint"] == "EU"
    assert client.head_bucket(Bucket=OTHER)["BucketRegion"] == "eu-west-1"
    for wrong in ("us-west-2", "us-east-1", "mars-1"):
        elsewhere = {"LocationConstraint": wrong}
        found = refusal(client.create_bucket, Bucket="shelf-new", CreateBucketConfiguration=elsewhere)
        assert found["Code"] == "IllegalLocationConstraintException", wrong
    wrong = {"LocationConstraint": "mars-1"}
    found = refusal(boto3.client("s3").create_bucket, Bucket="shelf-new", CreateBucketConfiguration=wrong)
    assert found == {"Code": "InvalidLocationConstraint", "LocationConstraint": "mars-1"}
    assert refusal(client.list_buckets, BucketRegion="eu-east-1")["ArgumentName"] == "bucket-region"


def test_a_bucket_is_not_created_again_with_other_tags(s3):
    tags = {"Tags": [{"Key": "a", "Value": "b"}]}
    s3.create_bucket(Bucket=OTHER, CreateBucketConfiguration=tags)
    s3.create_bucket(Bucket=OTHER, CreateBucketConfiguration=tags)
    other = {"Tags": [{"Key": "a", "Value": "c"}]}
    assert refusal(s3.create_bucket, Bucket=OTHER, CreateBucketConfiguration=other) == {
        "Code": "BucketAlreadyOwnedByYou", "BucketName": OTHER,
    }  # fmt: skip
    reserved = {"Tags": [{"Key": "aws:a", "Value": "c"}]}
    found = refusal(s3.create_bucket, Bucket="shelf-new", CreateBucketConfiguration=reserved)
    assert found == {"Code": "InvalidTag", "TagKey": "aws:a"}


def test_a_page_that_begins_in_a_common_prefix_goes_on_after_it(s3):
    for key in ("a/1", "a/2", "b/1", "c"):
        s3.put_object(Bucket=BUCKET, Key=key)
    for page in (
        s3.list_objects(Bucket=BUCKET, Delimiter="/", Marker="a/1"),
        s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", StartAfter="a/1"),
        s3.list_object_versions(Bucket=BUCKET, Delimiter="/", KeyMarker="a/1"),
    ):
        assert page["CommonPrefixes"] == [{"Prefix": "b/"}]


# --- versions and conditions ----------------------------------------------------------------------------------


def test_a_version_id_is_one_that_s3_made(s3):
    s3.put_object(Bucket=BUCKET, Key="before")
    for versioned in (False, True):
        if versioned:
            s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for call in (s3.get_object, s3.delete_object, s3.get_object_tagging):
            assert refusal(call, Bucket=BUCKET, Key="before", VersionId="x") == {
                "Code": "InvalidArgument", "ArgumentName": "versionId", "ArgumentValue": "x",
            }  # fmt: skip
        listed = {"Objects": [{"Key": "before", "VersionId": "x"}]}
        (error,) = s3.delete_objects(Bucket=BUCKET, Delete=listed)["Errors"]
        assert (error["Code"], error["VersionId"]) == ("NoSuchVersion", "x")
    version = s3.put_object(Bucket=BUCKET, Key="new")["VersionId"]
    assert len(version) == 32
    found = refusal(s3.get_object, Bucket=BUCKET, Key="before", VersionId=version)
    assert found == {"Code": "NoSuchVersion", "Key": "before", "VersionId": version}


def test_an_object_from_before_versioning_has_the_version_null(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    named = {"Bucket": BUCKET, "Key": "k"}
    assert "VersionId" not in s3.get_object(**named)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_object(**named)["VersionId"] == "null"
    assert s3.put_object_tagging(**named, Tagging={"TagSet": []})["VersionId"] == "null"
    copied = s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/k")
    assert copied["CopySourceVersionId"] == "null"
    assert s3.delete_object_tagging(Bucket=BUCKET, Key="copy")["VersionId"] == copied["VersionId"]


def test_a_write_has_one_condition_of_the_right_kind(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    named = {"Bucket": BUCKET, "Key": "k"}
    copied = {**named, "CopySource": f"{BUCKET}/k", "MetadataDirective": "REPLACE"}
    for conditions, header in (
        ({"IfNoneMatch": '"x"'}, "If-None-Match"), ({"IfMatch": "*"}, "If-Match"),
        ({"IfMatch": '"x"', "IfNoneMatch": "*"}, "If-Match,If-None-Match"),
    ):  # fmt: skip
        for call, given in ((s3.put_object, named), (s3.copy_object, copied)):
            found = refusal(call, **given, **conditions)
            assert (found["Code"], found["Header"]) == ("NotImplemented", header)
            assert found["additionalMessage"]


@pytest.mark.parametrize("change", ["put_object", "delete_object"])
def test_an_object_that_changes_during_an_upload_conflicts_with_its_condition(s3, change):
    upload = {"Bucket": BUCKET, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"1")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    getattr(s3, change)(Bucket=BUCKET, Key="k")
    found = refusal(s3.complete_multipart_upload, **upload, MultipartUpload=listed, IfNoneMatch="*")
    assert found == {"Code": "ConditionalRequestConflict", "Condition": "If-None-Match", "Key": "k"}
    s3.complete_multipart_upload(**upload, MultipartUpload=listed)


def test_a_time_in_the_future_is_no_condition(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    later = datetime.now(UTC) + timedelta(days=3000)
    assert s3.get_object(Bucket=BUCKET, Key="k", IfModifiedSince=later)["Body"].read() == b"1"
    s3.head_object(Bucket=BUCKET, Key="k", IfModifiedSince=later)
    s3.copy_object(Bucket=BUCKET, Key="c", CopySource=f"{BUCKET}/k", CopySourceIfModifiedSince=later)


# --- encryption -----------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-S3-15")
def test_the_etag_of_what_kms_or_a_customers_key_encrypts_is_no_digest_of_its_content(s3):
    plain = s3.put_object(Bucket=BUCKET, Key="plain", Body=b"hello")["ETag"]
    of_kms = {"ServerSideEncryption": "aws:kms"}
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    none_blocked = {**default, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    own_key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(32)}
    seen = {s3.put_object(Bucket=BUCKET, Key="k", Body=b"hello", **of_kms)["ETag"] for _ in range(2)}
    seen.add(
        s3.copy_object(Bucket=BUCKET, Key="c", CopySource=f"{BUCKET}/plain", **of_kms)["CopyObjectResult"]["ETag"]
    )  # fmt: skip
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [none_blocked]})
    seen.add(s3.put_object(Bucket=BUCKET, Key="k", Body=b"hello")["ETag"])
    seen.add(s3.put_object(Bucket=BUCKET, Key="k", Body=b"hello", **own_key)["ETag"])
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="m")
    upload = {"Bucket": BUCKET, "Key": "m", "UploadId": begun["UploadId"]}
    seen.add(s3.upload_part(**upload, PartNumber=1, Body=b"hello")["ETag"])
    assert len(seen) == 6
    assert plain not in seen


def test_a_customers_key_excludes_another_encryption(s3):
    both = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(32), "ServerSideEncryption": "AES256"}
    found = refusal(s3.put_object, Bucket=BUCKET, Key="k", **both)
    assert (found["Code"], found["ArgumentName"]) == ("InvalidArgument", "x-amz-server-side-encryption")


def test_a_copy_onto_itself_changes_something_or_was_encrypted_on_request(s3):
    named = {"Bucket": BUCKET, "Key": "k"}
    itself = {**named, "CopySource": f"{BUCKET}/k"}
    s3.put_object(**named)
    assert refusal(s3.copy_object, **itself)["Code"] == "InvalidRequest"
    assert refusal(s3.copy_object, **itself, ACL="private")["Code"] == "InvalidRequest"
    s3.put_object(**named, ServerSideEncryption="AES256")
    s3.copy_object(**itself)
    s3.put_object(**named)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.copy_object(**itself)


# --- configurations -------------------------------------------------------------------------------------------


def test_tags_may_be_none_at_all_and_have_no_value(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Tagging="a&b=")
    tags = s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": ""}, {"Key": "b", "Value": ""}]
    s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging={"TagSet": []})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == []
    wrong = {"TagSet": [{"Key": "a", "Value": "<b>"}]}
    found = refusal(s3.put_object_tagging, Bucket=BUCKET, Key="k", Tagging=wrong)
    assert found == {"Code": "InvalidTag", "TagKey": "a", "TagValue": "<b>"}


def test_a_cross_origin_rule_may_have_an_empty_origin(s3):
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": [""], "MaxAgeSeconds": 5}]
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"] == rules
    s3.delete_bucket_cors(Bucket=BUCKET)
    assert refusal(s3.get_bucket_cors, Bucket=BUCKET) == {
        "Code": "NoSuchCORSConfiguration", "BucketName": BUCKET,
    }  # fmt: skip


@pytest.mark.ledger("F-S3-16")
def test_access_logs_can_be_turned_on_without_permission_and_then_do_not_come(s3, owner):
    s3.create_bucket(Bucket=OTHER)
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "READ_ACP"}
    wanted = {"TargetBucket": OTHER, "TargetPrefix": "logs/", "TargetGrants": [grant]}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": wanted})
    assert s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"] == wanted
    s3.put_object(Bucket=BUCKET, Key="k")
    assert s3.list_objects_v2(Bucket=OTHER)["KeyCount"] == 0
    allowed = {
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{OTHER}/*",
    }  # fmt: skip
    s3.put_bucket_policy(Bucket=OTHER, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    s3.put_object(Bucket=BUCKET, Key="k")
    assert s3.list_objects_v2(Bucket=OTHER, Prefix="logs/")["KeyCount"] > 0
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("changes", "delivered"),
    [
        ({}, True),
        ({"Action": "s3:*", "Resource": "*"}, True),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}, False),
        ({"Resource": f"arn:aws:s3:::{OTHER}/elsewhere/*"}, False),
        ({"Effect": "Deny", "Principal": "*"}, False),
    ],
)
def test_the_whole_policy_of_the_target_decides_if_access_logs_are_delivered(s3, changes, delivered):
    s3.create_bucket(Bucket=OTHER)
    wanted = {"TargetBucket": OTHER, "TargetPrefix": "logs/"}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": wanted})
    statement = {
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{OTHER}/*", **changes,
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=OTHER, Policy=json.dumps(policy))
    s3.put_object(Bucket=BUCKET, Key="k")
    assert (s3.list_objects_v2(Bucket=OTHER)["KeyCount"] > 0) == delivered


def test_access_logs_stay_in_their_region_and_account(s3):
    far = boto3.client("s3", region_name="eu-west-1")
    far.create_bucket(Bucket=OTHER, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    status = {"LoggingEnabled": {"TargetBucket": OTHER, "TargetPrefix": ""}}
    assert refusal(s3.put_bucket_logging, Bucket=BUCKET, BucketLoggingStatus=status) == {
        "Code": "CrossLocationLoggingProhibitted", "SourceBucketLocation": "us-east-1",
        "TargetBucketLocation": "eu-west-1",
    }  # fmt: skip
    status = {"LoggingEnabled": {"TargetBucket": "none-such", "TargetPrefix": ""}}
    found = refusal(s3.put_bucket_logging, Bucket=BUCKET, BucketLoggingStatus=status)
    assert found["Code"] == "InvalidTargetBucketForLogging"


def test_a_lifecycle_filter_joins_several_conditions_with_and(s3):
    tag = {"Key": "a", "Value": "b"}
    for given, code in (
        ({"Prefix": "a", "Tag": tag}, "MalformedXML"), ({"And": {"Prefix": "a"}}, "MalformedXML"),
        ({"ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}, "MalformedXML"),
        ({"And": {"ObjectSizeGreaterThan": 9, "ObjectSizeLessThan": 1}}, "InvalidRequest"),
    ):  # fmt: skip
        rule = {"ID": "r", "Status": "Enabled", "Expiration": {"Days": 1}, "Filter": given}
        call = s3.put_bucket_lifecycle_configuration
        assert refusal(call, Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})["Code"] == code, given
    rule["Filter"] = {"And": {"Prefix": "a", "Tags": [tag]}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})


def test_a_lock_says_what_was_wrong_with_it(s3):
    s3.create_bucket(Bucket=OTHER, ObjectLockEnabledForBucket=True)
    named = {"Bucket": OTHER, "Key": "k"}
    s3.put_object(**named)
    assert refusal(s3.put_object_legal_hold, **named, LegalHold={})["Code"] == "MalformedXML"
    assert refusal(s3.put_object_retention, **named)["Code"] == "MalformedXML"
    past = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2000, 1, 1, tzinfo=UTC)}
    assert refusal(s3.put_object_retention, **named, Retention=past) == {
        "Code": "InvalidArgument", "ArgumentName": "RetainUntilDate",
        "ArgumentValue": "Sat Jan 01 00:00:00 UTC 2000",
    }  # fmt: skip
    assert refusal(s3.get_object_lock_configuration, Bucket=BUCKET) == {
        "Code": "ObjectLockConfigurationNotFoundError", "BucketName": BUCKET,
    }  # fmt: skip
