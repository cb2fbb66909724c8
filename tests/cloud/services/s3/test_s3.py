"""S3 behind the gate, through boto3 and plain HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.s3 import moto_view as state
from tests.clouds import allow, error_of, make_user

HOME, PARTNER, OUTSIDER = "111122223333", "444455556666", "999988887777"
BUCKET = "payroll"
EVERYTHING = {
    "BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False,
}  # fmt: skip


@pytest.fixture
def s3(cloud):
    """The home account's administrator, with a bucket of one object."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="2026.csv", Body=b"alice,9000")
    return client


@pytest.fixture
def anonymous(cloud):
    return boto3.client("s3", config=Config(signature_version=UNSIGNED))


def read(client, key="2026.csv", **more):
    return client.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def share(client, *statements, bucket=BUCKET):
    """Put a bucket policy of these statements; Effect and Resource have defaults."""
    defaults = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    document = {"Version": "2012-10-17", "Statement": [{**defaults, **one} for one in statements]}
    return client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def open_up(client, **settings):
    client.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={**EVERYTHING, **settings})


def denied(call, **parameters):
    code, message = error_of(call, **parameters)
    assert code in ("AccessDenied", "403"), code
    return message


# Identity policy and bucket policy


@pytest.mark.ledger("F-S3-01")
def test_user_without_a_policy_reads_nothing(cloud, s3):
    message = denied(make_user(cloud, "alice").client("s3").get_object, Bucket=BUCKET, Key="2026.csv")
    assert message == (
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: s3:GetObject on resource: "
        '"arn:aws:s3:::payroll/2026.csv" because no identity-based policy allows the s3:GetObject action'
    )


@pytest.mark.ledger("F-S3-01")
def test_bucket_policy_alone_suffices_within_the_account(cloud, s3):
    alice = make_user(cloud, "alice").client("s3")
    share(s3, {"Principal": {"AWS": f"arn:aws:iam::{HOME}:user/alice"}})
    assert read(alice) == b"alice,9000"


@pytest.mark.ledger("F-S3-01")
def test_deny_in_the_bucket_policy_beats_the_identity_policy(cloud, s3):
    share(s3, {"Effect": "Deny", "Principal": "*"})
    message = denied(s3.get_object, Bucket=BUCKET, Key="2026.csv")
    assert message.endswith("with an explicit deny in a resource-based policy")


@pytest.mark.ledger("F-S3-01")
def test_another_account_needs_both_policies(cloud, s3):
    bob = make_user(cloud, "bob", account=PARTNER).client("s3")
    eve = make_user(cloud, "eve", allow("s3:*"), account=PARTNER).client("s3")
    assert denied(eve.get_object, Bucket=BUCKET, Key="2026.csv") == "Access Denied"
    share(s3, {"Principal": {"AWS": PARTNER}})
    assert read(eve) == b"alice,9000"
    assert denied(bob.get_object, Bucket=BUCKET, Key="2026.csv") == "Access Denied"


@pytest.mark.ledger("F-S3-01")
def test_conditions_of_a_bucket_policy_are_read(cloud, s3):
    alice = make_user(cloud, "alice").client("s3")
    condition = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    share(s3, {"Principal": "*", "Condition": condition})
    denied(alice.get_object, Bucket=BUCKET, Key="2026.csv")
    with cloud.calling_from("198.51.100.7"):
        assert read(alice) == b"alice,9000"


def test_bucket_policy_belongs_to_the_buckets_account(cloud, s3):
    eve = cloud.account(PARTNER).client("s3")
    share(
        s3,
        {
            "Principal": {"AWS": PARTNER}, "Resource": f"arn:aws:s3:::{BUCKET}",
            "Action": ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
        },
    )  # fmt: skip
    assert error_of(eve.get_bucket_policy, Bucket=BUCKET)[0] == "MethodNotAllowed"
    assert error_of(eve.delete_bucket_policy, Bucket=BUCKET)[0] == "MethodNotAllowed"
    assert error_of(eve.put_bucket_policy, Bucket=BUCKET, Policy="{}")[0] == "MethodNotAllowed"


def test_root_user_can_always_replace_the_bucket_policy(cloud, s3):
    share(s3, {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}"})
    denied(s3.delete_bucket_policy, Bucket=BUCKET)
    root = cloud.root().client("s3")
    denied(root.list_objects_v2, Bucket=BUCKET)
    root.delete_bucket_policy(Bucket=BUCKET)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_bucket_of_another_account_is_not_deleted(cloud, s3):
    assert denied(cloud.account(PARTNER).client("s3").delete_bucket, Bucket=BUCKET) == "Access Denied"
    s3.delete_object(Bucket=BUCKET, Key="2026.csv")
    s3.delete_bucket(Bucket=BUCKET)
    assert error_of(s3.list_objects_v2, Bucket=BUCKET)[0] == "NoSuchBucket"


def test_what_another_account_writes_is_in_the_owners_bucket(cloud, s3):
    share(s3, {"Principal": {"AWS": PARTNER}, "Action": "s3:PutObject"})
    cloud.account(PARTNER).client("s3").put_object(Bucket=BUCKET, Key="partner.csv", Body=b"1")
    assert read(s3, "partner.csv") == b"1"
    denied(cloud.account(PARTNER).client("s3").get_object, Bucket=BUCKET, Key="partner.csv")


# PutBucketPolicy


def test_malformed_bucket_policy_is_refused_and_the_old_one_stays(cloud, s3):
    share(s3, {"Principal": {"AWS": PARTNER}})
    before = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    code, message = error_of(share, s3, {"Principal": {"AWS": f"arn:aws:iam::{HOME}:user/nobody"}})
    assert (code, message) == ("MalformedPolicy", "Invalid principal in policy")
    code, message = error_of(share, s3, {"Principal": {"AWS": PARTNER}, "Resource": "arn:aws:s3:::other/*"})
    assert (code, message) == ("MalformedPolicy", "Policy has invalid resource")
    assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == before


# Block Public Access


@pytest.mark.ledger("F-S3-01")
def test_new_bucket_refuses_public_policies(cloud, s3):
    with pytest.raises(ClientError) as caught:
        share(s3, {"Principal": "*"})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"]["Message"] == (
        "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: s3:PutBucketPolicy on resource: "
        '"arn:aws:s3:::payroll" because public policies are prevented by the BlockPublicPolicy setting '
        "in S3 Block Public Access."
    )


@pytest.mark.ledger("F-S3-01")
def test_public_policy_lets_anyone_read_until_restrict_public_buckets_is_on(cloud, s3, anonymous):
    open_up(s3)
    share(s3, {"Principal": "*"}, {"Principal": {"AWS": PARTNER}, "Action": "s3:PutObject"})
    partner = cloud.account(PARTNER).client("s3")
    assert read(anonymous) == b"alice,9000"
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/2026.csv").content == b"alice,9000"
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"]
    partner.put_object(Bucket=BUCKET, Key="partner.csv", Body=b"")

    open_up(s3, RestrictPublicBuckets=True)
    assert denied(anonymous.get_object, Bucket=BUCKET, Key="2026.csv") == "Access Denied"
    # One public statement shuts out the account that another statement names.
    denied(partner.put_object, Bucket=BUCKET, Key="partner.csv", Body=b"")
    assert read(make_user(cloud, "alice").client("s3")) == b"alice,9000"

    share(s3, {"Principal": {"AWS": PARTNER}, "Action": "s3:PutObject"})
    partner.put_object(Bucket=BUCKET, Key="partner.csv", Body=b"")
    assert not s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"]


def test_anonymous_reads_nothing_by_default(cloud, s3, anonymous):
    assert denied(anonymous.get_object, Bucket=BUCKET, Key="2026.csv") == "Access Denied"
    assert denied(anonymous.list_objects_v2, Bucket=BUCKET) == "Access Denied"
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/2026.csv").status_code == 403


# Object Ownership and ACLs


@pytest.mark.ledger("F-S3-01")
def test_new_bucket_has_no_acls(cloud, s3):
    open_up(s3)
    for call in (s3.put_object, s3.put_object_acl):
        code, message = error_of(call, Bucket=BUCKET, Key="2026.csv", ACL="public-read")
        assert (code, message) == ("AccessControlListNotSupported", "The bucket does not allow ACLs")
    assert error_of(s3.put_bucket_acl, Bucket=BUCKET, ACL="private")[0] == "AccessControlListNotSupported"
    s3.put_object(Bucket=BUCKET, Key="x", ACL="bucket-owner-full-control")
    assert (
        error_of(s3.create_bucket, Bucket="open", ACL="public-read")[0]
        == "InvalidBucketAclWithObjectOwnership"
    )
    code, _ = error_of(s3.create_bucket, Bucket="open", ACL="public-read", ObjectOwnership="ObjectWriter")
    assert code == "InvalidBucketAclWithBlockPublicAccessError"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [BUCKET]


@pytest.mark.ledger("F-S3-01")
def test_public_acl_counts_where_acls_are_on_and_not_ignored(cloud, s3, anonymous):
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    message = denied(s3.put_object_acl, Bucket=BUCKET, Key="2026.csv", ACL="public-read")
    assert message.endswith(
        "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
    )
    open_up(s3)
    s3.put_object_acl(Bucket=BUCKET, Key="2026.csv", ACL="public-read")
    assert read(anonymous) == b"alice,9000"
    denied(anonymous.put_object, Bucket=BUCKET, Key="2026.csv", Body=b"0")
    denied(anonymous.list_objects_v2, Bucket=BUCKET)

    open_up(s3, IgnorePublicAcls=True)
    denied(anonymous.get_object, Bucket=BUCKET, Key="2026.csv")
    open_up(s3)
    share(s3, {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    denied(anonymous.get_object, Bucket=BUCKET, Key="2026.csv")


def test_acl_for_authenticated_users_leaves_out_the_anonymous(cloud, s3, anonymous):
    open_up(s3)
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_object_acl(Bucket=BUCKET, Key="2026.csv", ACL="authenticated-read")
    denied(anonymous.get_object, Bucket=BUCKET, Key="2026.csv")
    assert read(make_user(cloud, "eve", allow("s3:*"), account=OUTSIDER).client("s3")) == b"alice,9000"
    denied(make_user(cloud, "bob", account=OUTSIDER).client("s3").get_object, Bucket=BUCKET, Key="2026.csv")


def test_acl_in_the_body_is_read(cloud, s3, anonymous):
    open_up(s3)
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    s3.put_object_acl(
        Bucket=BUCKET, Key="2026.csv",
        AccessControlPolicy={
            "Owner": s3.list_buckets()["Owner"], "Grants": [{"Grantee": everyone, "Permission": "READ"}],
        },
    )  # fmt: skip
    assert read(anonymous) == b"alice,9000"


def test_bucket_acl_keeps_ownership_from_being_enforced(cloud, s3):
    open_up(s3)
    writer, enforced = (
        {"Rules": [{"ObjectOwnership": name}]} for name in ("ObjectWriter", "BucketOwnerEnforced")
    )
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=writer)
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    code, _ = error_of(s3.put_bucket_ownership_controls, Bucket=BUCKET, OwnershipControls=enforced)
    assert code == "InvalidBucketAclWithObjectOwnership"


# New buckets


def test_new_bucket_blocks_public_access_and_encrypts(cloud, s3):
    settings = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert settings == dict.fromkeys(EVERYTHING, True)
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    s3.delete_bucket_encryption(Bucket=BUCKET)
    assert s3.head_object(Bucket=BUCKET, Key="2026.csv")["ServerSideEncryption"] == "AES256"
    assert s3.get_bucket_encryption(Bucket=BUCKET)


def test_bucket_names_are_unique_among_accounts(cloud, s3):
    s3.create_bucket(Bucket=BUCKET)  # in us-east-1, creating one's own bucket again changes nothing
    assert (
        error_of(cloud.account(PARTNER).client("s3").create_bucket, Bucket=BUCKET)[0] == "BucketAlreadyExists"
    )
    assert state.bucket_owner(BUCKET) == HOME
    ireland = boto3.client("s3", region_name="eu-west-1")
    assert error_of(ireland.create_bucket, Bucket="ireland")[0] == "IllegalLocationConstraintException"
    ireland.create_bucket(Bucket="ireland", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket="ireland")["LocationConstraint"] == "eu-west-1"


def test_bucket_can_be_created_with_tags(cloud, s3):
    tags = [{"Key": "team", "Value": "red"}]
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": tags})
    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == tags


# Which action, which keys


@pytest.mark.ledger("F-S3-02")
def test_list_head_and_get_need_their_own_actions(cloud, s3):
    reader = make_user(cloud, "reader", allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")).client("s3")
    lister = make_user(cloud, "lister", allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}")).client("s3")
    assert reader.head_object(Bucket=BUCKET, Key="2026.csv")["ContentLength"] == 10
    denied(reader.list_objects_v2, Bucket=BUCKET)
    denied(reader.head_bucket, Bucket=BUCKET)
    assert lister.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    lister.head_bucket(Bucket=BUCKET)
    denied(lister.head_object, Bucket=BUCKET, Key="2026.csv")
    denied(lister.list_buckets)


@pytest.mark.ledger("F-S3-02")
def test_home_folders_by_prefix(cloud, s3):
    condition = {"StringLike": {"s3:prefix": "home/${aws:username}/*"}}
    alice = make_user(
        cloud, "alice", allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", Condition=condition)
    ).client("s3")
    assert alice.list_objects_v2(Bucket=BUCKET, Prefix="home/alice/")["KeyCount"] == 0
    denied(alice.list_objects_v2, Bucket=BUCKET, Prefix="home/bob/")
    denied(alice.list_objects_v2, Bucket=BUCKET)


@pytest.mark.ledger("F-S3-02")
def test_uploads_can_be_made_to_encrypt(cloud, s3):
    share(
        s3,
        {
            "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
        },
    )  # fmt: skip
    denied(s3.put_object, Bucket=BUCKET, Key="x", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="x", Body=b"", ServerSideEncryption="aws:kms")


@pytest.mark.ledger("F-S3-02")
def test_object_tags_decide_who_reads(cloud, s3):
    condition = {"StringEquals": {"s3:ExistingObjectTag/class": "open"}}
    alice = make_user(cloud, "alice", allow("s3:GetObject", Condition=condition)).client("s3")
    denied(alice.get_object, Bucket=BUCKET, Key="2026.csv")
    s3.put_object_tagging(
        Bucket=BUCKET, Key="2026.csv", Tagging={"TagSet": [{"Key": "class", "Value": "open"}]}
    )
    assert read(alice) == b"alice,9000"


@pytest.mark.ledger("F-S3-02")
def test_missing_key_is_hidden_from_those_who_may_not_list(cloud, s3):
    alice = make_user(cloud, "alice", allow("s3:GetObject")).client("s3")
    message = denied(alice.get_object, Bucket=BUCKET, Key="2027.csv")
    assert 'perform: s3:ListBucket on resource: "arn:aws:s3:::payroll"' in message
    assert error_of(alice.head_object, Bucket=BUCKET, Key="2027.csv")[0] == "403"
    assert error_of(s3.get_object, Bucket=BUCKET, Key="2027.csv")[0] == "NoSuchKey"
    assert error_of(s3.head_object, Bucket=BUCKET, Key="2027.csv")[0] == "404"


def test_head_answers_have_no_body(cloud, s3, anonymous):
    for key in ("2026.csv", "2027.csv"):
        answer = requests.head(f"https://{BUCKET}.s3.amazonaws.com/{key}")
        assert (answer.status_code, answer.content) == (403, b"")


def test_missing_bucket_is_no_secret(cloud, s3, anonymous):
    alice = make_user(cloud, "alice").client("s3")
    for client in (alice, anonymous):
        assert error_of(client.get_object, Bucket="nowhere", Key="x")[0] == "NoSuchBucket"
        assert error_of(client.head_bucket, Bucket="nowhere")[0] == "404"


# Presigned URLs


@pytest.mark.ledger("F-S3-02")
def test_presigned_url_carries_its_signers_rights(cloud, s3):
    alice = make_user(cloud, "alice", allow("s3:GetObject")).client("s3")
    bob = make_user(cloud, "bob").client("s3")
    item = {"Bucket": BUCKET, "Key": "2026.csv"}
    assert requests.get(alice.generate_presigned_url("get_object", item)).content == b"alice,9000"
    answer = requests.get(bob.generate_presigned_url("get_object", item))
    assert answer.status_code == 403
    assert "user/bob is not authorized to perform: s3:GetObject" in answer.text
    upload = alice.generate_presigned_url("put_object", item)
    assert requests.put(upload, data=b"0").status_code == 403
    boto3.client("iam").delete_user_policy(UserName="alice", PolicyName="own")
    assert requests.get(alice.generate_presigned_url("get_object", item)).status_code == 403


@pytest.mark.ledger("F-S3-02")
def test_presigned_upload_stores_the_object(cloud, s3):
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "new.csv"})
    assert requests.put(url, data=b"1").status_code == 200
    assert read(s3, "new.csv") == b"1"


@pytest.mark.ledger("F-S3-02")
def test_presigned_url_cannot_be_changed(cloud, s3):
    s3.put_object(Bucket=BUCKET, Key="secret.csv", Body=b"0")
    url = boto3.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url(
        "get_object", {"Bucket": BUCKET, "Key": "2026.csv"}
    )
    assert requests.get(url).status_code == 200
    for changed in (
        url.replace("2026.csv", "secret.csv"),
        url.replace("X-Amz-Expires=3600", "X-Amz-Expires=360000"),
    ):
        assert changed != url
        answer = requests.get(changed)
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)


@pytest.mark.ledger("F-S3-02")
def test_a_presigned_url_that_cannot_be_read_is_told_from_such_a_header(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList"""
    signer = boto3.client("s3", config=Config(signature_version="s3v4"))
    item = {"Bucket": BUCKET, "Key": "2026.csv"}
    for url in (
        signer.generate_presigned_url("get_object", item, ExpiresIn=604_801),
        signer.generate_presigned_url("get_object", item).replace("aws4_request", "aws5_request"),
        signer.generate_presigned_url("get_object", item).replace("X-Amz-Expires=3600", "X-Amz-Expires=soon"),
    ):
        answer = requests.get(url)
        assert (answer.status_code, "AuthorizationQueryParametersError" in answer.text) == (400, True), url


@pytest.mark.ledger("F-S3-02")
@pytest.mark.parametrize("header", [{"x-amz-copy-source": f"{BUCKET}/2026.csv"}, {"x-amz-tagging": "a=b"}])
def test_presigned_url_takes_no_header_that_was_not_signed(cloud, s3, header):
    url = boto3.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url(
        "put_object", {"Bucket": BUCKET, "Key": "mine"}
    )
    answer = requests.put(url, headers=header)
    assert answer.status_code == 403
    assert "There were headers present in the request which were not signed" in answer.text
    assert requests.put(url).status_code == 200


@pytest.mark.ledger("F-S3-02")
def test_presigned_url_expires(cloud, s3, monkeypatch):
    url = boto3.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url(
        "get_object", {"Bucket": BUCKET, "Key": "2026.csv"}, ExpiresIn=60
    )
    assert requests.get(url).status_code == 200
    later = datetime.now(UTC) + timedelta(seconds=61)
    monkeypatch.setattr(type(cloud.clock), "real", staticmethod(lambda: later))
    answer = requests.get(url)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)


@pytest.mark.ledger("F-S3-02")
def test_bucket_policy_can_limit_the_age_of_presigned_urls(cloud, s3, monkeypatch):
    share(
        s3,
        {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Condition": {"NumericGreaterThan": {"s3:signatureAge": "600000"}},
        },
    )  # fmt: skip
    url = boto3.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url(
        "get_object", {"Bucket": BUCKET, "Key": "2026.csv"}
    )
    assert requests.get(url).status_code == 200
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr(type(cloud.clock), "real", staticmethod(lambda: later))
    assert requests.get(url).status_code == 403


# Several objects in one call


@pytest.mark.ledger("F-S3-01")
def test_copy_needs_read_and_write_in_two_accounts(cloud, s3):
    partner = cloud.account(PARTNER).client("s3")
    partner.create_bucket(Bucket="archive")
    copy = {"Bucket": "archive", "Key": "copy.csv", "CopySource": {"Bucket": BUCKET, "Key": "2026.csv"}}
    assert denied(partner.copy_object, **copy) == "Access Denied"
    share(s3, {"Principal": {"AWS": PARTNER}})
    partner.copy_object(**copy)
    assert partner.get_object(Bucket="archive", Key="copy.csv")["Body"].read() == b"alice,9000"
    assert denied(s3.copy_object, **copy) == "Access Denied"
    missing = {**copy, "CopySource": {"Bucket": BUCKET, "Key": "2027.csv"}}
    assert denied(partner.copy_object, **missing) == "Access Denied"


@pytest.mark.parametrize(
    "source", [f"{BUCKET}/2026.csv#open", f"{BUCKET}/2026.csv;open", f"x:{BUCKET}/2026.csv"]
)
def test_copy_source_cannot_be_read_in_two_ways(cloud, s3, source):
    """moto drops what follows # and ;, so permission to read keys that end in "open" must not allow reading others."""
    policy = allow(
        ["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{BUCKET}/*open", f"arn:aws:s3:::{BUCKET}/mine"]
    )
    alice = make_user(cloud, "alice", policy).client("s3")

    def as_written(request, **_):
        del request.headers["x-amz-copy-source"]
        request.headers["x-amz-copy-source"] = source

    alice.meta.events.register("before-sign.s3.CopyObject", as_written)
    assert error_of(alice.copy_object, Bucket=BUCKET, Key="mine", CopySource="x/y")[0] in (
        "AccessDenied", "InvalidArgument",
    )  # fmt: skip


@pytest.mark.ledger("F-S3-01")
def test_deletion_of_several_is_answered_key_by_key(cloud, s3):
    for key in ("mine/a", "mine/b", "theirs"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    alice = make_user(cloud, "alice", allow("s3:DeleteObject", f"arn:aws:s3:::{BUCKET}/mine/*")).client("s3")
    wanted = [{"Key": key} for key in ("mine/a", "theirs", "mine/b")]
    answer = alice.delete_objects(Bucket=BUCKET, Delete={"Objects": wanted})
    assert [one["Key"] for one in answer["Deleted"]] == ["mine/a", "mine/b"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("theirs", "AccessDenied")]
    assert "not authorized to perform: s3:DeleteObject" in answer["Errors"][0]["Message"]
    left = {one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert left == {"theirs", "2026.csv"}


def test_versions_are_deleted_with_their_own_permission(cloud, s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")["VersionId"]
    alice = make_user(cloud, "alice", allow("s3:DeleteObject")).client("s3")
    marked = alice.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}]})["Deleted"]
    assert marked[0]["DeleteMarker"]
    assert error_of(s3.get_object, Bucket=BUCKET, Key="k")[0] == "NoSuchKey"
    denied(alice.delete_object, Bucket=BUCKET, Key="k", VersionId=version)
    assert read(s3, "k", VersionId=version) == b"1"


def test_multipart_upload_asks_for_put_object(cloud, s3):
    alice = make_user(cloud, "alice", allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/alice/*")).client("s3")
    denied(alice.create_multipart_upload, Bucket=BUCKET, Key="bob/x")
    key = {"Bucket": BUCKET, "Key": "alice/x"}
    upload = alice.create_multipart_upload(**key)["UploadId"]
    etag = alice.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    denied(alice.list_parts, **key, UploadId=upload)
    parts = [{"ETag": etag, "PartNumber": 1}]
    alice.complete_multipart_upload(**key, UploadId=upload, MultipartUpload={"Parts": parts})
    assert read(s3, "alice/x") == b"part"


# Object Lock


@pytest.fixture
def locked(cloud, s3):
    """A version under governance mode, and the bucket it is in."""
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    version = s3.put_object(Bucket="vault", Key="k", Body=b"1")["VersionId"]
    until = datetime.now(UTC) + timedelta(days=30)
    key = {"Bucket": "vault", "Key": "k", "VersionId": version}
    s3.put_object_retention(**key, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    return key


def test_governance_mode_is_bypassed_with_the_permission_only(cloud, s3, locked):
    assert s3.get_object_retention(**locked)["Retention"]["Mode"] == "GOVERNANCE"
    alice = make_user(cloud, "alice", allow(["s3:DeleteObjectVersion", "s3:PutObjectRetention"])).client("s3")
    denied(alice.delete_object, **locked)
    denied(alice.delete_object, **locked, BypassGovernanceRetention=False)
    denied(alice.delete_object, **locked, BypassGovernanceRetention=True)
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
    denied(s3.put_object_retention, **locked, Retention=shorter)
    denied(alice.put_object_retention, **locked, Retention=shorter, BypassGovernanceRetention=True)
    s3.put_object_retention(**locked, Retention=shorter, BypassGovernanceRetention=True)
    s3.delete_object(**locked, BypassGovernanceRetention=True)


def test_compliance_mode_is_bypassed_by_nobody(cloud, s3, locked):
    until = datetime.now(UTC) + timedelta(days=60)
    s3.put_object_retention(**locked, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    root = cloud.root().client("s3")
    sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": until - timedelta(days=1)}
    denied(root.put_object_retention, **locked, Retention=sooner, BypassGovernanceRetention=True)
    denied(root.delete_object, **locked, BypassGovernanceRetention=True)


# What moto does not serve


@pytest.mark.ledger("F-S3-03")
@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("delete_bucket_metrics_configuration", {"Id": "x"}),
        ("delete_bucket_analytics_configuration", {"Id": "x"}),
        ("delete_bucket_inventory_configuration", {"Id": "x"}),
        ("delete_bucket_intelligent_tiering_configuration", {"Id": "x"}),
    ],
)
def test_operation_that_is_not_served_is_refused_and_changes_nothing(cloud, s3, method, parameters):
    s3.delete_object(Bucket=BUCKET, Key="2026.csv")
    with pytest.raises(NotModelled, match="".join(word.title() for word in method.split("_"))):
        getattr(s3, method)(Bucket=BUCKET, **parameters)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.ledger("F-S3-03")
def test_one_right_cannot_be_used_for_another_by_a_query_of_two_words(cloud, s3):
    share(s3, {"Principal": {"AWS": PARTNER}})
    alice = make_user(cloud, "alice", allow("s3:ListBucket")).client("s3")
    url = alice.generate_presigned_url("list_objects", {"Bucket": BUCKET})
    assert requests.get(url).status_code == 200

    def also_the_policy(request, **_):
        request.url += "?policy" if "?" not in request.url else "&policy"

    alice.meta.events.register("before-sign.s3.GetBucketAcl", also_the_policy)
    make = allow(["s3:GetBucketAcl"])
    boto3.client("iam").put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=make)
    code, message = error_of(alice.get_bucket_acl, Bucket=BUCKET)
    assert (code, message) == ("InvalidArgument", "Conflicting query string parameters: acl, policy")
