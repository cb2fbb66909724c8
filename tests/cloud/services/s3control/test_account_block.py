"""Account-level Block Public Access, which applies to every bucket regardless of the bucket's own settings.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.course.situations.identity_clients import client_as
from tests.cloud.services.organizations.conftest import Org
from tests.clouds import allow, make_user

HOME, STRANGER = "111122223333", "999988887777"
ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*"}
    ],
}


@pytest.fixture
def control(cloud):
    return boto3.client("s3control")


@pytest.fixture
def open_bucket(cloud):
    """A public bucket, without settings of its own."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="open")
    s3.put_object(Bucket="open", Key="a", Body=b"a")
    s3.delete_public_access_block(Bucket="open")
    s3.put_bucket_policy(Bucket="open", Policy=json.dumps(PUBLIC))
    return s3


@pytest.mark.ledger("F-S3-09")
def test_the_account_s_settings_close_a_bucket_that_is_open_and_refuse_new_public_policies(
    control, open_bucket, cloud
):
    nobody = client_as(cloud, None, "s3")
    nobody.get_object(Bucket="open", Key="a")
    control.put_public_access_block(AccountId=HOME, PublicAccessBlockConfiguration=ON)
    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.get_object(Bucket="open", Key="a")
    with pytest.raises(ClientError, match="AccessDenied"):
        open_bucket.put_bucket_policy(Bucket="open", Policy=json.dumps(PUBLIC))
    control.delete_public_access_block(AccountId=HOME)
    nobody.get_object(Bucket="open", Key="a")


def test_an_account_without_settings_says_so(control):
    with pytest.raises(ClientError) as error:
        control.get_public_access_block(AccountId=HOME)
    assert error.value.response["Error"]["Code"] == "NoSuchPublicAccessBlockConfiguration"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    control.put_public_access_block(
        AccountId=HOME, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )
    found = control.get_public_access_block(AccountId=HOME)["PublicAccessBlockConfiguration"]
    assert found == {**dict.fromkeys(ON, False), "BlockPublicPolicy": True}


def test_nobody_but_the_account_s_own_people_who_may_changes_them(control, cloud):
    bob = make_user(cloud, "bob", allow("s3:GetAccountPublicAccessBlock"))
    theirs = cloud.account(STRANGER).client("s3control")
    for client in (bob.client("s3control"), theirs):
        with pytest.raises(ClientError) as error:
            client.put_public_access_block(AccountId=HOME, PublicAccessBlockConfiguration=ON)
        assert error.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        bob.client("s3control").get_public_access_block(AccountId=HOME)


def test_an_unknown_key_is_refused_as_s3_refuses_it(control, cloud):
    stranger = boto3.Session("AKIAIOSFODNN7EXAMPLE", "no-secret", region_name="us-east-1")
    with pytest.raises(ClientError) as error:
        stranger.client("s3control").get_public_access_block(AccountId=HOME)
    assert error.value.response["Error"]["Code"] == "InvalidAccessKeyId"


def test_the_trail_calls_it_by_s3_s_own_names(control):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html"""
    control.put_public_access_block(AccountId=HOME, PublicAccessBlockConfiguration=ON)
    found = boto3.client("cloudtrail").lookup_events()["Events"]
    event = json.loads(
        next(each for each in found if "PublicAccessBlock" in each["EventName"])["CloudTrailEvent"]
    )
    assert (event["eventSource"], event["eventName"]) == ("s3.amazonaws.com", "PutAccountPublicAccessBlock")


def test_the_rest_of_s3_control_is_refused_by_name(control):
    with pytest.raises(NotModelled, match="s3control:ListJobs"):
        control.list_jobs(AccountId=HOME)


# --- an organisation that dictates it -----------------------------------------------------------------------------


def s3_policy(org, target, word):
    text = {"s3_attributes": {"public_access_block_configuration": {"@@assign": word}}}
    return org.attach(json.dumps(text), target, "S3_POLICY", f"{word} at {target}")


@pytest.mark.ledger("F-ORG-25")
def test_an_s3_policy_of_the_organisation_closes_every_bucket_below(cloud):
    """The policy overrides the account's settings, which the account can't change; an OU can be exempt."""
    org = Org(cloud)
    member, unit = org.member(), org.unit("Open")
    control, s3 = org.as_account(member, "s3control"), org.as_account(member, "s3")
    s3.create_bucket(Bucket="open")
    s3.put_object(Bucket="open", Key="a", Body=b"a")
    s3.delete_public_access_block(Bucket="open")
    s3.put_bucket_policy(Bucket="open", Policy=json.dumps(PUBLIC))
    nobody = client_as(cloud, None, "s3")
    assert nobody.get_object(Bucket="open", Key="a")["Body"].read() == b"a"
    org.enable("S3_POLICY")
    s3_policy(org, org.root, "all")
    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.get_object(Bucket="open", Key="a")
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        s3.put_bucket_policy(Bucket="open", Policy=json.dumps(PUBLIC))
    assert control.get_public_access_block(AccountId=member)["PublicAccessBlockConfiguration"] == ON
    off = dict.fromkeys(ON, False)
    for change in (
        lambda: control.put_public_access_block(AccountId=member, PublicAccessBlockConfiguration=off),
        lambda: control.delete_public_access_block(AccountId=member),
    ):
        with pytest.raises(ClientError, match="organization-level"):
            change()
    s3_policy(org, unit, "none")
    org.client.move_account(AccountId=member, SourceParentId=org.root, DestinationParentId=unit)
    assert nobody.get_object(Bucket="open", Key="a")["Body"].read() == b"a"
    org.client.disable_policy_type(RootId=org.root, PolicyType="S3_POLICY")
    control.put_public_access_block(AccountId=member, PublicAccessBlockConfiguration=ON)
    assert control.get_public_access_block(AccountId=member)["PublicAccessBlockConfiguration"] == ON
