"""S3 asks KMS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""

from __future__ import annotations

import base64
import json

import boto3
import pytest
import requests

from tests.cloud.services.kms.test_trail import events, last
from tests.clouds import allow, error_of, make_user

HOME, OTHER, REGION, BUCKET = "111122223333", "444455556666", "us-east-1", "payroll"
OBJECT = f"arn:aws:s3:::{BUCKET}/a"
KMS = {"ServerSideEncryption": "aws:kms"}


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def of(user, service="s3"):
    return user.client(service, region_name=REGION)


def put(s3, key, name="a", **more):
    return s3.put_object(Bucket=BUCKET, Key=name, Body=b"data", **KMS, SSEKMSKeyId=key, **more)


def get(s3, name="a"):
    return s3.get_object(Bucket=BUCKET, Key=name)


def default(s3, key=None, algorithm="aws:kms", **more):
    rule = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": rule, **more}]
    })  # fmt: skip


def test_the_callers_address_goes_along_when_s3_asks_on_their_behalf(cloud, s3, key):
    """A deny by aws:SourceIp without aws:ViaAWSService does not stop forward access sessions from the right place.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html
    """
    put(s3, key)
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    alice = of(make_user(cloud, "alice", allow(["s3:GetObject", "kms:Decrypt"], Condition=here)))
    assert get(alice)["Body"].read() == b"data"
    with cloud.calling_from("198.51.100.7"):
        assert error_of(alice.get_object, Bucket=BUCKET, Key="a")[0] == "AccessDenied"


@pytest.mark.ledger("F-KMS-09")
def test_writing_asks_for_a_data_key_and_reading_for_its_decryption(s3, kms, key):
    answer = put(s3, key)
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    read = get(s3)
    assert (read["Body"].read(), read["ServerSideEncryption"], read["SSEKMSKeyId"]) == (
        b"data",
        "aws:kms",
        key,
    )
    head = s3.head_object(Bucket=BUCKET, Key="a")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    wrote, opened = last("GenerateDataKey"), last("Decrypt")
    assert wrote["requestParameters"] == {
        "keyId": key, "keySpec": "AES_256", "encryptionContext": {"aws:s3:arn": OBJECT},
    }  # fmt: skip
    assert opened["requestParameters"]["encryptionContext"] == {"aws:s3:arn": OBJECT}
    for event in (wrote, opened):
        assert event["userIdentity"]["arn"] == f"arn:aws:iam::{HOME}:user/admin"
        assert event["userIdentity"]["invokedBy"] == event["sourceIPAddress"] == "s3.amazonaws.com"
        assert event["resources"][0]["ARN"] == key
    assert len(events("Decrypt")) == 1


@pytest.mark.ledger("F-KMS-09")
def test_the_keys_permission_is_needed_beside_s3s(s3, kms, key, cloud):
    put(s3, key)
    alice = of(make_user(cloud, "alice", allow("s3:*")))
    code, message = error_of(get, alice)
    assert code == "AccessDenied"
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in message
    assert error_of(put, alice, key)[0] == "AccessDenied"
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{HOME}:user/alice", Operations=["Decrypt"])
    assert get(alice)["Body"].read() == b"data"
    assert error_of(put, alice, key)[0] == "AccessDenied"


@pytest.mark.ledger("F-KMS-09")
def test_a_disabled_or_deleted_key_stops_the_read(s3, kms, key):
    put(s3, key)
    kms.disable_key(KeyId=key)
    assert error_of(get, s3) == ("KMS.DisabledException", f"{key} is disabled.")
    assert error_of(put, s3, key)[0] == "KMS.DisabledException"
    s3.head_object(Bucket=BUCKET, Key="a")
    kms.schedule_key_deletion(KeyId=key)
    assert error_of(get, s3)[0] == "KMS.KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert get(s3)["Body"].read() == b"data"


@pytest.mark.ledger("F-KMS-09")
def test_a_key_can_be_kept_for_s3(s3, kms, key, cloud):
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    own = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": via},
    ]})  # fmt: skip
    alice = make_user(cloud, "alice", own)
    put(of(alice), key)
    assert get(of(alice))["Body"].read() == b"data"
    assert (
        error_of(of(alice, "kms").generate_data_key, KeyId=key, KeySpec="AES_256")[0]
        == "AccessDeniedException"
    )


def test_the_objects_arn_is_a_condition(s3, kms, key, cloud):
    context = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": OBJECT}}
    own = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": context},
    ]})  # fmt: skip
    alice = of(make_user(cloud, "alice", own))
    put(alice, key)
    assert error_of(put, alice, key, "b")[0] == "AccessDenied"


def test_without_a_key_it_is_the_aws_managed_one_which_stays_in_its_account(s3, kms, cloud):
    answer = s3.put_object(Bucket=BUCKET, Key="a", Body=b"data", **KMS)
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert answer["SSEKMSKeyId"] == managed
    alice = of(make_user(cloud, "alice", allow("s3:*")))
    assert get(alice)["Body"].read() == b"data"
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=allow("s3:*", f"arn:aws:s3:::{BUCKET}/*", Principal={"AWS": OTHER})
    )
    theirs = of(make_user(cloud, "theirs", allow(["s3:*", "kms:*"]), OTHER))
    assert error_of(get, theirs)[0] == "AccessDenied"


def test_sse_s3_asks_nobody(s3, kms):
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"data")
    assert get(s3)["ServerSideEncryption"] == "AES256"
    assert events("GenerateDataKey") == events("Decrypt") == []


def test_nobody_reads_without_a_signature(s3, kms, key):
    put(s3, key)
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*", Principal="*")
    )
    answer = requests.get(f"https://{BUCKET}.s3.amazonaws.com/a", timeout=10)
    assert answer.status_code == 400
    assert "require AWS Signature Version 4" in answer.text
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a"})
    assert requests.get(url, timeout=10).content == b"data"


def test_another_accounts_key_needs_both_sides(s3, kms, cloud):
    other = cloud.account(OTHER).client("kms", region_name=REGION)
    policy = json.loads(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}))
    key = other.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    assert error_of(put, s3, key)[0] == "AccessDenied"
    policy["Statement"][0]["Principal"] = {"AWS": [f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{HOME}:root"]}
    other.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    put(s3, key)
    assert get(s3)["Body"].read() == b"data"


def test_the_bucket_default_counts_and_the_request_overrides_it(s3, kms, key):
    default(s3, key)
    answer = s3.put_object(Bucket=BUCKET, Key="a", Body=b"data")
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    plain = s3.put_object(Bucket=BUCKET, Key="b", Body=b"data", ServerSideEncryption="AES256")
    assert plain["ServerSideEncryption"] == "AES256"
    other = kms.create_key()["KeyMetadata"]["Arn"]
    assert put(s3, other, "c")["SSEKMSKeyId"] == other
    kms.disable_key(KeyId=key)
    assert error_of(get, s3, "a")[0] == "KMS.DisabledException"
    assert get(s3, "b")["Body"].read() == b"data"


def test_who_asks_for_kms_and_names_no_key_gets_the_aws_managed_one_whatever_the_default_is(s3, kms, key):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, of the header for the key"""
    default(s3, key)
    managed = s3.put_object(Bucket=BUCKET, Key="a", Body=b"data", **KMS)["SSEKMSKeyId"]
    assert managed == kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


def test_a_key_may_be_named_by_id_or_alias(s3, kms, key):
    kms.create_alias(AliasName="alias/pay", TargetKeyId=key)
    for name in (key.rpartition("/")[2], "alias/pay", f"arn:aws:kms:{REGION}:{HOME}:alias/pay"):
        assert put(s3, name)["SSEKMSKeyId"] == key


def test_dual_layer_encryption_asks_too(s3, kms, key):
    given = {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key}
    answer = s3.put_object(Bucket=BUCKET, Key="a", Body=b"data", **given)
    assert answer["ServerSideEncryption"] == get(s3)["ServerSideEncryption"] == "aws:kms:dsse"
    kms.disable_key(KeyId=key)
    assert error_of(get, s3)[0] == "KMS.DisabledException"


def test_the_request_may_add_to_the_encryption_context(s3, kms, key):
    own = base64.b64encode(json.dumps({"Dept": "IT"}).encode()).decode()
    answer = put(s3, key, SSEKMSEncryptionContext=own)
    assert answer["SSEKMSEncryptionContext"] == own
    get(s3)
    assert last("Decrypt")["requestParameters"]["encryptionContext"] == {"Dept": "IT", "aws:s3:arn": OBJECT}
    for wrong in ("no base64!", base64.b64encode(b"[1]").decode(), base64.b64encode(b'{"a": 1}').decode()):
        assert error_of(put, s3, key, SSEKMSEncryptionContext=wrong)[0] == "InvalidArgument"


def test_a_bucket_key_saves_questions_and_is_bound_to_the_bucket(s3, kms, key, cloud):
    for i in range(5):
        assert put(s3, key, f"o{i}", BucketKeyEnabled=True)["BucketKeyEnabled"] is True
    for i in range(5):
        assert get(s3, f"o{i}")["BucketKeyEnabled"] is True
    assert len(events("GenerateDataKey")) == 1
    assert len(events("Decrypt")) <= 1
    context = {"aws:s3:arn": f"arn:aws:s3:::{BUCKET}"}
    assert last("GenerateDataKey")["requestParameters"]["encryptionContext"] == context
    alice = of(make_user(cloud, "alice", allow("s3:*")))
    assert error_of(get, alice, "o1")[0] == "AccessDenied"
    kms.disable_key(KeyId=key)
    assert error_of(get, s3, "o1")[0] == "KMS.DisabledException"


def test_a_bucket_key_by_default_is_asked_for_again_in_time(s3, kms, key, cloud):
    default(s3, key, BucketKeyEnabled=True)
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"data")
    s3.put_object(Bucket=BUCKET, Key="b", Body=b"data")
    assert len(events("GenerateDataKey")) == 1
    cloud.clock.advance(hours=1)
    s3.put_object(Bucket=BUCKET, Key="c", Body=b"data")
    assert len(events("GenerateDataKey")) == 2


def test_a_copy_opens_its_source_and_seals_its_target(s3, kms, key, cloud):
    put(s3, key)
    target = kms.create_key()["KeyMetadata"]["Arn"]
    source = {"Bucket": BUCKET, "Key": "a"}
    answer = s3.copy_object(Bucket=BUCKET, Key="b", CopySource=source, **KMS, SSEKMSKeyId=target)
    assert answer["SSEKMSKeyId"] == target
    assert last("Decrypt")["requestParameters"]["encryptionContext"] == {"aws:s3:arn": OBJECT}
    assert last("GenerateDataKey")["requestParameters"]["encryptionContext"] == {
        "aws:s3:arn": f"arn:aws:s3:::{BUCKET}/b"
    }
    plain = s3.copy_object(Bucket=BUCKET, Key="c", CopySource=source)
    assert plain.get("ServerSideEncryption", "AES256") == "AES256"
    kms.disable_key(KeyId=key)
    assert error_of(s3.copy_object, Bucket=BUCKET, Key="d", CopySource=source)[0] == "KMS.DisabledException"
    assert get(s3, "c")["Body"].read() == b"data"


def test_each_version_is_opened_with_its_own_key(s3, kms, key):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first = put(s3, key)["VersionId"]
    other = kms.create_key()["KeyMetadata"]["Arn"]
    put(s3, other)
    kms.disable_key(KeyId=key)
    assert get(s3)["SSEKMSKeyId"] == other
    assert error_of(s3.get_object, Bucket=BUCKET, Key="a", VersionId=first)[0] == "KMS.DisabledException"


def test_an_upload_in_parts_needs_data_key_and_decryption(s3, kms, key, cloud):
    own = allow(["s3:*", "kms:GenerateDataKey"])
    writer = of(make_user(cloud, "writer", own))
    begun = writer.create_multipart_upload(Bucket=BUCKET, Key="big", **KMS, SSEKMSKeyId=key)
    assert (begun["ServerSideEncryption"], begun["SSEKMSKeyId"]) == ("aws:kms", key)
    part = {"Bucket": BUCKET, "Key": "big", "UploadId": begun["UploadId"]}
    assert error_of(writer.upload_part, **part, PartNumber=1, Body=b"x")[0] == "AccessDenied"
    tag = s3.upload_part(**part, PartNumber=1, Body=b"x")["ETag"]
    assert error_of(writer.list_parts, **part)[0] == "AccessDenied"
    assert [each["ETag"] for each in s3.list_parts(**part)["Parts"]] == [tag]
    done = s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert (done["ServerSideEncryption"], done["SSEKMSKeyId"]) == ("aws:kms", key)
    assert get(s3, "big")["Body"].read() == b"x"
    kms.disable_key(KeyId=key)
    assert error_of(get, s3, "big")[0] == "KMS.DisabledException"


def test_whoever_may_not_decrypt_looks_at_an_object_but_not_at_its_checksum(s3, key, cloud):
    put(s3, key)
    guest = of(make_user(cloud, "guest", allow("s3:GetObject")))
    assert guest.head_object(Bucket=BUCKET, Key="a")["SSEKMSKeyId"] == key
    assert error_of(guest.head_object, Bucket=BUCKET, Key="a", ChecksumMode="ENABLED")[0] == "403"
    assert s3.head_object(Bucket=BUCKET, Key="a", ChecksumMode="ENABLED")["ETag"]


def test_a_rotated_key_still_opens_what_it_sealed(s3, kms, key):
    put(s3, key)
    kms.rotate_key_on_demand(KeyId=key)
    assert get(s3)["Body"].read() == b"data"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"SSEKMSKeyId": "alias/none", **KMS}, "KMS.NotFoundException"),
        ({"SSEKMSKeyId": f"arn:aws:kms:eu-west-1:{HOME}:key/11111111-2222-3333-4444-555555555555", **KMS},
         "KMS.NotFoundException"),
        ({"SSEKMSKeyId": "11111111-2222-3333-4444-555555555555"}, "InvalidArgument"),
        ({"SSEKMSKeyId": "alias/none", "ServerSideEncryption": "AES256"}, "InvalidArgument"),
    ],
)  # fmt: skip
def test_what_s3_refuses(s3, more, code):
    assert error_of(s3.put_object, Bucket=BUCKET, Key="a", Body=b"x", **more)[0] == code
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_only_symmetric_keys_encrypt_objects(s3, kms):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    assert error_of(put, s3, key)[0] == "KMS.InvalidKeyUsageException"
