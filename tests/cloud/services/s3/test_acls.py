"""Access control lists between accounts, and the grantees that they can name, through boto3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import allow, error_of, make_user

BUCKET, PARTNER = "shelf-with-acls", "444455556666"
EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, ObjectOwnership="ObjectWriter")
    client.put_object(Bucket=BUCKET, Key="ours", Body=b"1")
    return client


@pytest.fixture
def partner(cloud, s3):
    return make_user(cloud, "bob", allow("s3:*"), account=PARTNER).client("s3")


def canonical(client) -> str:
    return client.list_buckets()["Owner"]["ID"]


def grants(answer):
    return sorted(
        (each["Grantee"].get("ID") or each["Grantee"]["URI"], each["Permission"]) for each in answer["Grants"]
    )


@pytest.mark.ledger("F-S3-11")
def test_an_acl_lets_another_account_in_whose_own_policies_still_count(cloud, s3, partner):
    nobody = make_user(cloud, "carol", account=PARTNER).client("s3")
    assert error_of(partner.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"
    s3.put_bucket_acl(Bucket=BUCKET, GrantRead=f'id="{canonical(partner)}"')
    partner.list_objects_v2(Bucket=BUCKET)
    assert error_of(nobody.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"
    ours = {"Bucket": BUCKET, "Key": "ours"}
    assert error_of(partner.get_object, **ours)[0] == "AccessDenied"
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": canonical(partner)}, "Permission": "READ"}
    s3.put_object_acl(**ours, AccessControlPolicy={"Owner": {"ID": canonical(s3)}, "Grants": [grant]})
    partner.get_object(**ours)
    s3.put_bucket_acl(Bucket=BUCKET, ACL="private")
    assert error_of(partner.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"


@pytest.mark.ledger("F-S3-11")
def test_the_writers_acl_says_what_the_buckets_owner_may_do_with_an_object(s3, partner):
    statement = {
        "Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": ["s3:PutObject", "s3:PutObjectAcl"],
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }  # fmt: skip
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    us, them = canonical(s3), canonical(partner)
    partner.put_object(Bucket=BUCKET, Key="theirs", Body=b"2")
    assert error_of(s3.get_object, Bucket=BUCKET, Key="theirs")[0] == "AccessDenied"
    partner.put_object(Bucket=BUCKET, Key="canned", Body=b"2", ACL="bucket-owner-read")
    partner.put_object(Bucket=BUCKET, Key="named", Body=b"2", GrantFullControl=f"id={us}")
    for key in ("canned", "named"):
        s3.get_object(Bucket=BUCKET, Key=key)
    shown = s3.get_object_acl(Bucket=BUCKET, Key="named")
    assert (shown["Owner"]["ID"], grants(shown)) == (them, [(us, "FULL_CONTROL")])
    shown = partner.get_object_acl(Bucket=BUCKET, Key="canned")
    assert grants(shown) == sorted([(them, "FULL_CONTROL"), (us, "READ")])
    owners = {each["Key"]: each["Owner"]["ID"] for each in s3.list_objects(Bucket=BUCKET)["Contents"]}
    assert owners == {"ours": us, "theirs": them, "canned": them, "named": them}
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    shown = s3.get_object_acl(Bucket=BUCKET, Key="canned")
    assert (shown["Owner"]["ID"], grants(shown)) == (us, [(us, "FULL_CONTROL")])


def test_every_grant_of_an_acl_is_shown(s3):
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read-write")
    assert grants(s3.get_bucket_acl(Bucket=BUCKET)) == sorted(
        [(canonical(s3), "FULL_CONTROL"), (EVERYONE, "READ"), (EVERYONE, "WRITE")]
    )
    s3.put_bucket_acl(Bucket=BUCKET, ACL="log-delivery-write")
    logs = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    assert grants(s3.get_bucket_acl(Bucket=BUCKET)) == sorted(
        [(canonical(s3), "FULL_CONTROL"), (logs, "READ_ACP"), (logs, "WRITE")]
    )


def test_an_acl_names_groups_and_accounts_that_exist_in_one_way(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList"""
    for wrong, code in (
        ({"GrantRead": 'uri="http://acs.amazonaws.com/groups/global/Nobody"'}, "InvalidArgument"),
        ({"GrantRead": f'id="{"0" * 64}"'}, "InvalidArgument"), ({"GrantRead": "nobody"}, "InvalidArgument"),
        ({"GrantRead": 'emailAddress="bob@example.com"'}, "UnresolvableGrantByEmailAddress"),
        ({"GrantRead": f"id={canonical(s3)}", "ACL": "private"}, "InvalidRequest"),
        ({"ACL": "public"}, "InvalidArgument"), ({}, "MissingSecurityHeader"),
    ):  # fmt: skip
        assert error_of(s3.put_bucket_acl, Bucket=BUCKET, **wrong)[0] == code, wrong
    assert grants(s3.get_bucket_acl(Bucket=BUCKET)) == [(canonical(s3), "FULL_CONTROL")]


@pytest.mark.ledger("F-S3-11")
def test_a_bucket_policy_may_name_an_account_by_its_canonical_user_id(s3, partner):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html"""
    statement = {
        "Effect": "Allow", "Principal": {"CanonicalUser": canonical(partner)}, "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }  # fmt: skip
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert error_of(partner.list_objects_v2, Bucket=BUCKET)[0] == "AccessDenied"
    s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    partner.list_objects_v2(Bucket=BUCKET)
    assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == text
