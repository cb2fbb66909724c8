"""Coexistence with moto's own mock, with clients created before the cloud, and with other mocks."""

from __future__ import annotations

import subprocess
import sys

import boto3
import pytest
import responses
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws
from moto.core.models import MockAWS, botocore_stubber

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.moto.boto3_clients import WrongTime


def _state() -> tuple:
    return (
        botocore_stubber.enabled, botocore_stubber.process_request, list(BUILTIN_HANDLERS), boto3.DEFAULT_SESSION,
        MockAWS.start,
    )  # fmt: skip


def test_a_cloud_does_not_start_beside_an_active_mock_which_goes_on():
    before = _state()
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mocks-own")
        within = _state()
        with pytest.raises(RuntimeError, match="mock_aws"):
            Cloud().start()
        assert _state() == within
        names = [
            each["Name"] for each in boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"]
        ]
        assert names == ["mocks-own"]
    assert _state() == before
    with Cloud():
        assert boto3.client("s3").list_buckets()["Buckets"] == []


def test_a_mock_that_is_entered_later_is_refused_and_the_cloud_goes_on():
    @mock_aws
    def decorated() -> None:
        pytest.fail("it must not run")

    with Cloud() as cloud:
        boto3.client("s3").create_bucket(Bucket="clouds-own")
        within = _state()
        for enter in (mock_aws().start, decorated):
            with pytest.raises(RuntimeError, match="cloud is running"):
                enter()
        assert _state() == within
        assert boto3.client("sts").get_caller_identity()["Account"] == cloud.home
        assert len(boto3.client("s3").list_buckets()["Buckets"]) == 1
    assert MockAWS._nested_count == 0


def test_a_mock_after_the_cloud_works_as_ever():
    for _ in range(2):
        with Cloud():
            boto3.client("s3").create_bucket(Bucket="clouds-own")
        with mock_aws():
            client = boto3.client("s3", region_name="us-east-1")
            assert client.list_buckets()["Buckets"] == []
            client.create_bucket(Bucket="mocks-own")


def test_what_was_switched_on_before_is_switched_on_after():
    botocore_stubber.enabled = True
    try:
        before = _state()
        with Cloud():
            pass
        assert _state() == before
    finally:
        botocore_stubber.enabled = False


def test_a_client_from_before_the_cloud_says_what_is_wrong():
    keys = {"aws_access_key_id": "AKIAREAL", "aws_secret_access_key": "real", "region_name": "us-east-1"}
    old = boto3.client("s3", **keys)
    session = boto3.Session(**keys)
    with Cloud() as cloud:
        for client in (old, session.client("iam")):
            with pytest.raises(WrongTime, match="before the cloud started"):
                client.list_buckets() if client is old else client.list_users()
        assert len(cloud.record) == 0


def test_so_does_one_that_is_older_than_moto():
    code = (
        "import boto3\n"
        "old = boto3.client('sts', aws_access_key_id='A', aws_secret_access_key='b', region_name='us-east-1')\n"
        "from labs_helpers.cloud import Cloud\n"
        "with Cloud():\n"
        "    try: old.get_caller_identity()\n"
        "    except RuntimeError as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert told.stdout.startswith(
        "this boto3 client, or its session, was created before the cloud started"
    ), told.stderr


def test_a_client_of_a_stopped_cloud_says_so_and_sends_nothing():
    with Cloud():
        client = boto3.client("s3")
        client.list_buckets()
    with pytest.raises(WrongTime, match="has stopped"):
        client.list_buckets()
    with Cloud():
        with pytest.raises(WrongTime, match="has stopped"):
            client.list_buckets()


def test_a_reset_keeps_the_clients():
    """A client from before the reset still works after it."""
    with Cloud(seed=1) as cloud:
        client = boto3.client("s3")
        cloud.reset()
        client.list_buckets()


def test_somebody_elses_mock_of_requests_is_left_alone():
    import requests

    with responses.RequestsMock() as mocked:
        mocked.get("https://example.com/", body="mocked")
        with Cloud():
            boto3.client("s3").list_buckets()
        assert requests.get("https://example.com/", timeout=5).text == "mocked"
    with Cloud(), responses.RequestsMock() as mocked:
        mocked.get("https://example.com/", body="mocked")
        assert requests.get("https://example.com/", timeout=5).text == "mocked"
        boto3.client("s3").list_buckets()
