"""The two thefts, end to end: the thief's gains, the trail's events, and the fixes that stop each theft.

The theft by metadata is what Stratus Red Team calls aws.credential-access.ec2-steal-instance-credentials.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import Repository, Shop, begin_anew, from_outside, steal, story
from labs_helpers.course.days.day1.actors import FAR_AWAY, CreatedResources
from labs_helpers.course.days.day1.webapp import fetch_metadata

HOME = "111122223333"


@pytest.fixture
def web(neglected: Cloud) -> Iterator[Cloud]:
    """The account. After the test, the web server and its role are restored."""
    yield neglected
    for id in ("admin-app-role", "imds-v1"):
        begin_anew(neglected, id)


def options(cloud, **given):
    """Change the web server's metadata options."""
    boto3.client("ec2").modify_instance_metadata_options(
        InstanceId=cloud.part(CreatedResources).ids["larkspur-web"], **given
    )


# --- by a hole in a web application ---------------------------------------------------------------------------


def test_the_shop_shows_its_page_and_pictures_from_anywhere(neglected):
    shop = Shop(neglected)
    assert "sweet peas" in shop.visit("/")
    assert "404" in shop.visit("/admin")
    assert "No picture there" in shop.visit("/preview?url=https://example.com/rose.png")
    assert "No picture there" in shop.visit("/preview?url=file:///etc/passwd")


def test_the_hole_lists_the_metadata_and_gives_the_role_s_credentials_away(neglected):
    shop = Shop(neglected)
    assert "iam/" in fetch_metadata(shop, "/latest/meta-data/")
    keys = steal(shop)
    thief = neglected.profile("web-thief", keys)
    with from_outside(neglected):
        assert thief.client("s3").list_buckets()["Buckets"]
        thief.client("s3").get_object(Bucket="larkspur-payroll", Key="2026.csv")
        arn = thief.client("sts").get_caller_identity()["Arn"]
    assert arn.startswith(f"arn:aws:sts::{HOME}:assumed-role/shop-web/i-")


def test_the_event_history_shows_the_thief_s_address_and_no_object_that_was_read(shop):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html: no data events"""
    keys = steal(Shop(shop))
    thief = shop.profile("web-thief", keys)
    with from_outside(shop):
        thief.client("s3").list_buckets()
        thief.client("s3").get_object(Bucket="larkspur-payroll", Key="2026.csv")
        with pytest.raises(ClientError):
            thief.client("iam").get_user(UserName="nobody")
    told = story(shop, keys["AccessKeyId"]).records
    assert [each["eventName"] for each in told] == ["ListBuckets", "GetUser"]
    assert {each["sourceIPAddress"] for each in told} == {FAR_AWAY}
    issuer = told[0]["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert (told[0]["userIdentity"]["type"], issuer["userName"]) == ("AssumedRole", "shop-web")
    assert told[1]["errorCode"] == "NoSuchEntityException"


def test_a_token_that_is_required_stops_a_hole_that_can_only_get(web):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"""
    options(web, HttpTokens="required")
    assert "401" in fetch_metadata(Shop(web), "/latest/meta-data/")
    assert steal(Shop(web)) is None
    assert Shop(web).own_session().client("sts").get_caller_identity()


def test_the_hop_limit_alone_stops_nothing_where_version_1_answers(web):
    options(web, HttpPutResponseHopLimit=1)
    assert steal(Shop(web, containers=True)) is not None


def test_a_hop_limit_of_one_keeps_tokens_from_containers(web):
    import requests

    options(web, HttpTokens="required", HttpPutResponseHopLimit=1)
    with pytest.raises(requests.RequestException):
        Shop(web, containers=True).own_session()
    assert Shop(web).own_session()


def test_with_the_least_role_the_theft_works_and_the_payroll_stays(web):
    from tests.course.days.day1.mending import mend

    mend(web, "admin-app-role")
    thief = web.profile("web-thief", steal(Shop(web)))
    with from_outside(web):
        with pytest.raises(ClientError, match="AccessDenied"):
            thief.client("s3").get_object(Bucket="larkspur-payroll", Key="2026.csv")
        thief.client("s3").get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")


def test_a_network_condition_makes_stolen_credentials_worthless_elsewhere(web):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip"""
    address = web.instance(web.part(CreatedResources).ids["larkspur-web"]).public_ip
    here = {"NotIpAddress": {"aws:SourceIp": f"{address}/32"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": here}
    boto3.client("iam").put_role_policy(
        RoleName="shop-web",
        PolicyName="only-from-here",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    keys = steal(Shop(web))
    thief = web.profile("web-thief", keys)
    with from_outside(web), pytest.raises(ClientError, match="explicit deny"):
        thief.client("s3").get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")
    with web.on_instance(web.part(CreatedResources).ids["larkspur-web"]):
        thief.client("s3").get_object(Bucket="larkspur-invoices", Key="2026/0001.txt")


def test_a_role_that_denies_metadata_version_1_refuses_what_version_1_handed_out(web):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-existing-instances.html: ec2:RoleDelivery"""
    old = {"NumericLessThan": {"ec2:RoleDelivery": "2.0"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": old}
    boto3.client("iam").put_role_policy(
        RoleName="shop-web",
        PolicyName="version-2-only",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    thief = web.profile("web-thief", steal(Shop(web)))
    with pytest.raises(ClientError, match="explicit deny"):
        thief.client("s3").list_buckets()
    assert Shop(web).own_session().client("s3").list_buckets()


# --- by a key in a repository ---------------------------------------------------------------------------------


def test_the_key_is_gone_from_the_files_and_stands_in_the_history(neglected):
    repository = Repository(neglected)
    (leak,) = repository.leaks()
    assert leak.key_id not in "".join(repository.files().values())
    assert leak.key_id in repository.show(leak.commit)
    assert leak.path == "deploy.sh"
    assert leak.keys["SecretAccessKey"] not in repr(leak)
    assert "Take the key out of the script" in repository.log().text


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_itself_reads_the_repository(neglected):
    def git(*words):
        command = ["git", "-C", str(Repository(neglected).path), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert git("fsck", "--strict") == ""
    assert git("log", "--format=%s").splitlines()[-2:] == ["Publish it with a script", "Start the site"]
    (leak,) = Repository(neglected).leaks()
    assert git("log", f"-S{leak.key_id}", "--format=%H").split()[-1] == leak.commit


def test_a_commit_that_there_is_not_is_named(neglected):
    with pytest.raises(LookupError, match="no commit 'fffff'"):
        Repository(neglected).show("fffff")


def test_the_key_works_from_outside_and_the_trail_tells_it_from_the_build_server(shop):
    (leak,) = Repository(shop).leaks()
    thief = shop.profile("thief", leak.keys)
    with from_outside(shop):
        assert thief.client("sts").get_caller_identity()["Arn"].endswith(":user/deploy")
        thief.client("s3").list_buckets()
    told = story(shop, leak.key_id).records
    assert [each["eventName"] for each in told] == ["GetCallerIdentity", "ListBuckets"]
    assert {each["sourceIPAddress"] for each in told} == {FAR_AWAY}


def test_deleting_the_key_does_not_end_the_role_sessions_that_it_began(shop):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"""
    (leak,) = Repository(shop).leaks()
    thief = shop.profile("thief", leak.keys)
    arn = f"arn:aws:iam::{HOME}:role/release"
    with from_outside(shop):
        given = thief.client("sts").assume_role(RoleArn=arn, RoleSessionName="thief")["Credentials"]
    iam = boto3.client("iam")
    iam.delete_access_key(UserName="deploy", AccessKeyId=leak.key_id)
    session = shop.profile("thief-session", given)
    with from_outside(shop):
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            thief.client("sts").get_caller_identity()
        session.client("s3").put_object(Bucket="larkspur-assets", Key="seeds.css", Body=b"")
    shop.clock.advance(seconds=1)
    issued_before = {"DateLessThan": {"aws:TokenIssueTime": f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": issued_before}
    iam.put_role_policy(
        RoleName="release",
        PolicyName="AWSRevokeOlderSessions",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    with from_outside(shop), pytest.raises(ClientError, match="explicit deny"):
        session.client("s3").put_object(Bucket="larkspur-assets", Key="seeds.css", Body=b"")
    shop.clock.advance(seconds=2)
    with shop.on_instance(shop.part(CreatedResources).ids["larkspur-build"]) as inside:
        again = (
            inside.session().client("sts").assume_role(RoleArn=arn, RoleSessionName="release")["Credentials"]
        )
    shop.profile("release", again).client("s3").put_object(
        Bucket="larkspur-assets", Key="seeds.css", Body=b""
    )


def test_begun_anew_the_repository_has_the_new_key(shop):
    old = Repository(shop).leaks()[0].key_id
    begin_anew(shop, "keys-in-repository")
    (leak,) = Repository(shop).leaks()
    assert leak.key_id != old
    assert leak.key_id == shop.keys("deploy")["AccessKeyId"]
