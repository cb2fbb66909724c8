"""Starting, stopping, and resetting the cloud."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.core.base_backend import BackendDict

from labs_helpers.cloud import Cloud, recorded_events
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from tests.clouds import allow, error_of, make_user


def test_default_profile_is_an_iam_administrator(cloud, iam):
    assert boto3.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/admin"
    attached = iam.list_attached_user_policies(UserName="admin")["AttachedPolicies"]
    assert attached == [
        {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    ]


def test_reset_forgets_everything_and_the_same_seed_gives_the_same_ids(cloud, iam):
    def ids():
        user = boto3.client("iam").create_user(UserName="alice")["User"]["UserId"]
        key = boto3.client("iam").create_access_key(UserName="alice")["AccessKey"]
        token = boto3.client("sts").get_session_token()["Credentials"]["AccessKeyId"]
        return user, key["AccessKeyId"], key["SecretAccessKey"], token

    first = ids()
    cloud.clock.advance(days=3)
    cloud.reset()
    assert ids() == first
    assert {user["UserName"] for user in boto3.client("iam").list_users()["Users"]} == {"admin", "alice"}
    assert (cloud.clock.now() - cloud.clock.real()).total_seconds() < 1


def test_a_second_cloud_at_a_time_is_refused(cloud):
    with pytest.raises(RuntimeError, match="already running"):
        Cloud().start()


def test_accounts_are_apart(cloud):
    make_user(cloud, "alice", account="444455556666")
    names = {user["UserName"] for user in boto3.client("iam").list_users()["Users"]}
    assert names == {"admin"}
    other = cloud.account("444455556666").client("iam").list_users()["Users"]
    assert {user["UserName"] for user in other} == {"admin", "alice"}


@pytest.mark.parametrize("account", ["1", "1111222233334", "aaaabbbbcccc", "11112222333٣"])
def test_an_account_id_has_twelve_digits(cloud, account):
    with pytest.raises(ValueError, match="twelve digits"):
        cloud.account(account)


def test_would_asks_without_performing_or_recording(cloud):
    make_user(cloud, "alice", allow("s3:CreateBucket", "arn:aws:s3:::shelf"))
    before = len(cloud.record)
    arn = "arn:aws:iam::111122223333:user/alice"
    assert cloud.would(arn, "s3:CreateBucket", "arn:aws:s3:::shelf").allowed
    refused = cloud.would(arn, "s3:CreateBucket", "arn:aws:s3:::other")
    assert refused.effect == "IMPLICIT_DENY"
    assert len(cloud.record) == before
    assert boto3.client("s3").list_buckets()["Buckets"] == []


def test_answered_and_refused_calls_are_recorded(cloud, iam):
    alice = make_user(cloud, "alice")
    with pytest.raises(alice.client("s3").exceptions.ClientError):
        alice.client("s3").list_buckets()
    entry = cloud.record[-1]
    assert (entry.service, entry.operation, entry.error_code) == ("s3", "ListBuckets", "AccessDenied")
    assert entry.principal_arn == "arn:aws:iam::111122223333:user/alice"
    assert entry.refused
    assert entry.read_only
    created = [entry for entry in cloud.record if entry.operation == "CreateUser"]
    assert created[0].error_code is None
    assert created[0].parameters["UserName"] == "alice"


def test_profile_names_cannot_break_the_file(cloud):
    for name in ("a]\n[b", "", "x" * 65, "a b"):
        with pytest.raises(ValueError, match="profile's name"):
            cloud.profile(name, {"AccessKeyId": "a", "SecretAccessKey": "b"})
    with pytest.raises(ValueError, match="create_access_key"):
        cloud.profile("alice", {"Key": "a"})


def test_source_address_reaches_conditions(cloud):
    condition = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets", Condition=condition))
    client = alice.client("s3")
    with pytest.raises(client.exceptions.ClientError):
        client.list_buckets()
    with cloud.calling_from("198.51.100.7"):
        client.list_buckets()
    with pytest.raises(client.exceptions.ClientError):
        client.list_buckets()


def test_a_cloud_that_was_stopped_starts_without_keys_record_and_moved_clock(one_cloud):
    key = boto3.Session().get_credentials().get_frozen_credentials()
    one_cloud.clock.advance(days=3)
    one_cloud.stop()
    one_cloud.start()
    assert abs((one_cloud.clock.now() - one_cloud.clock.real()).total_seconds()) < 5
    assert len(one_cloud.record) == 0
    old = boto3.client("sts", aws_access_key_id=key.access_key, aws_secret_access_key="stolen")
    assert error_of(old.get_caller_identity)[0] == "SignatureDoesNotMatch"  # the seed's key, not another


def test_an_unseeded_cloud_forgets_its_keys_when_it_stops(one_cloud):
    one_cloud.stop()
    try:
        cloud = Cloud()
        with cloud:
            key = cloud.root().get_credentials().get_frozen_credentials()
        with cloud:
            old = boto3.client("sts", aws_access_key_id=key.access_key, aws_secret_access_key=key.secret_key)
            assert error_of(old.get_caller_identity)[0] == "InvalidClientTokenId"
    finally:
        one_cloud.start()


def test_a_policy_that_is_deleted_while_it_is_read_does_not_outlive_its_deletion(cloud, monkeypatch):
    alice = make_user(cloud, "alice", allow("iam:ListUsers"))
    read = moto_iam.user_policies

    def deleted_meanwhile(account, name):
        found = read(account, name)
        # What another thread's DeleteUserPolicy does between two lines of this one.
        backend("iam", account).delete_user_policy(name, "own")
        cloud._state.touch_policies()
        return found

    boto3.client("iam").create_group(GroupName="anything")  # what was collected is stale
    with monkeypatch.context() as patched:
        patched.setattr(moto_iam, "user_policies", deleted_meanwhile)
        alice.client("iam").list_users()
    assert error_of(alice.client("iam").list_users)[0] == "AccessDenied"


def test_watcher_hears_of_changes_and_resets_as_long_as_it_is_alive(cloud, iam):
    heard = []

    class Display:
        def cloud_changed(self):
            heard.append(len(cloud.record))

    display = Display()
    cloud.watch(display)
    iam.list_users()
    with pytest.raises(ClientError):
        iam.delete_user(UserName="nina")
    with cloud.record.aside():
        iam.create_user(UserName="aside")
    assert heard == []
    iam.create_user(UserName="nina")
    assert heard == [3]
    cloud.reset()
    assert heard == [3, 0]
    boto3.client("iam").create_user(UserName="nina")
    assert len(heard) == 3, "the new cloud has the same watchers"
    del display
    cloud.reset()
    assert len(heard) == 3


def test_every_service_is_reset_whichever_was_used_first(cloud):
    """moto compares its backends as dictionaries, so two unused backends are equal."""
    for kind in ("ec2", "ssm", "sqs", "sns"):
        backends = get_backend(kind)
        assert backends[cloud.home] is backends[cloud.home]
        assert any(each is backends for each in BackendDict._instances), kind


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("cognito-idp", "create_user_pool", {"PoolName": "people"}),
        ("kms", "create_key", {}),
        ("s3", "create_bucket", {"Bucket": "b-1234"}),
        ("lambda", "list_functions", {}),
    ],
)
def test_an_answer_carries_the_id_that_its_event_has(cloud, service, operation, parameters):
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"""
    answer = getattr(boto3.client(service), operation)(**parameters)["ResponseMetadata"]
    event = json.loads(boto3.client("cloudtrail").lookup_events()["Events"][0]["CloudTrailEvent"])
    assert answer["RequestId"] == event["requestID"]


def test_events_can_be_limited_to_an_account_and_to_later_calls(cloud):
    boto3.client("sts").get_caller_identity()
    before, last = len(recorded_events(cloud)), cloud.record[-1].event_id
    key, names = cloud.root_key("444455556666"), cloud.profiles()
    root = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    arn = root.client("sts").get_caller_identity()["Arn"]
    assert (arn, cloud.profiles()) == ("arn:aws:iam::444455556666:root", names)
    assert len(recorded_events(cloud)) == before + 1
    assert len(recorded_events(cloud, after=last)) == 1
    assert recorded_events(cloud, account=cloud.home, after=last) == []
    assert [each["userIdentity"]["type"] for each in recorded_events(cloud, account="444455556666")] == [
        "Root"
    ]
