"""Other processes share one cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.clouds import allow, make_user

PRELUDE = "import boto3, json, os; from labs_helpers.cloud import Cloud; cloud = Cloud.attach({url!r})\n"


def elsewhere(url: str, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that knows only the URL of this one."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    running = Cloud.running()
    running._children.leave()
    try:
        return subprocess.run(
            [sys.executable, "-c", PRELUDE.format(url=url) + code],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        running._children.watch()


def test_processes_share_buckets_users_profiles_clock_and_record(cloud: Cloud):
    make_user(cloud, "alice", allow("s3:ListAllMyBuckets"))
    boto3.client("s3").create_bucket(Bucket="shelf")
    told = elsewhere(
        cloud.endpoint().attach_url,
        "alice = boto3.Session(profile_name='alice')\n"
        "names = [each['Name'] for each in alice.client('s3').list_buckets()['Buckets']]\n"
        "boto3.client('s3').put_object(Bucket='shelf', Key='ä b', Body=b'x' * 100_000)\n"
        "try: alice.client('iam').list_users()\n"
        "except Exception as error: refused = error.response['Error']['Code']\n"
        "other = cloud.account('444455556666').client('sts').get_caller_identity()['Account']\n"
        "before = cloud.clock.now()\n"
        "moved = (cloud.clock.advance(days=2) - before).days == 2\n"
        "print(json.dumps([names, refused, other, moved, cloud.profiles()]))",
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == [
        ["shelf"], "AccessDenied", "444455556666", True, ["default", "alice", "admin-444455556666"],
    ]  # fmt: skip
    assert boto3.client("s3").head_object(Bucket="shelf", Key="ä b")["ContentLength"] == 100_000
    assert (cloud.clock.now() - cloud.clock.real()).days >= 1
    refused = [entry for entry in cloud.record if entry.error_code]
    assert [(each.operation, each.principal_arn) for each in refused] == [
        ("ListUsers", f"arn:aws:iam::{cloud.home}:user/alice")
    ]


def test_without_the_token_nothing_of_the_whole_can_be_changed(cloud: Cloud):
    alice = make_user(cloud, "alice").get_credentials()
    keys = {"AccessKeyId": alice.access_key, "SecretAccessKey": alice.secret_key}
    told = elsewhere(
        cloud.endpoint().plain_url,
        f"print(cloud.profile('me', {keys!r}).client('sts').get_caller_identity()['Arn'])\n"
        "for change in (cloud.reset, cloud.clock.now, cloud.refresh, cloud.root, lambda: cloud.account('1' * 12)):\n"
        "    try: change()\n"
        "    except PermissionError as error: print('refused')\n",
    )
    assert told.stdout.split() == [f"arn:aws:iam::{cloud.home}:user/alice", *["refused"] * 5], told.stderr
    assert "alice" in [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]


def test_a_reset_is_everybodys(cloud: Cloud):
    make_user(cloud, "alice")
    told = elsewhere(
        cloud.endpoint().attach_url,
        "cloud.reset(); print([u['UserName'] for u in boto3.client('iam').list_users()['Users']], cloud.profiles())",
    )
    assert told.stdout.strip() == "['admin'] ['default']", told.stderr
    assert len(boto3.client("iam").list_users()["Users"]) == 1


def test_children_of_an_attached_process_call_the_same_cloud(cloud: Cloud):
    told = elsewhere(
        cloud.endpoint().attach_url,
        "import subprocess, sys\n"
        'code = \'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])\'\n'
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)",
    )
    assert told.stdout.strip() == f"arn:aws:iam::{cloud.home}:user/admin", told.stderr


def test_leaving_gives_everything_back_and_the_cloud_goes_on(cloud: Cloud):
    told = elsewhere(
        cloud.endpoint().attach_url,
        "cloud.stop(); print([name for name in os.environ if name.startswith('AWS_')])\n"
        "again = Cloud().start(); print(boto3.client('sts').get_caller_identity()['Account']); again.stop()",
    )
    assert told.stdout.split("\n")[:2] == ["[]", cloud.home], told.stderr
    assert cloud.endpoint().running


def test_a_cloud_that_was_stopped_under_it_is_named(cloud: Cloud):
    url = cloud.endpoint().attach_url
    told = elsewhere(
        url,
        "cloud._remote._port = 9; vars(cloud._remote._lines).clear()\n"
        "try: boto3.client('s3').list_buckets()\n"
        "except ConnectionError as error: print(error)",
    )
    assert told.stdout.startswith("no cloud answers at http://127.0.0.1:9"), told.stderr


def test_attaching_beside_a_running_cloud_or_to_another_machine_is_refused(cloud: Cloud):
    with pytest.raises(RuntimeError, match="already running in this process"):
        Cloud.attach(cloud.endpoint().attach_url)
    for url in ("http://192.0.2.1:4566", "https://example.com/#token", "nonsense", "http://127.0.0.1"):
        with pytest.raises(ValueError, match="this machine"):
            Cloud.attach(url)


def test_an_attached_process_starts_no_cloud_and_attaches_once(cloud: Cloud):
    told = elsewhere(
        cloud.endpoint().attach_url,
        "for start in (Cloud().start, lambda: Cloud.attach(cloud.endpoint().attach_url)):\n"
        "    try: start()\n"
        "    except RuntimeError as error: print(error)\n"
        "print(boto3.client('sts').get_caller_identity()['Account'])",
    )
    assert told.stdout.count("detach from it") == 2, told.stderr
    assert cloud.home in told.stdout


def test_a_notebooks_own_clients_may_be_told_to_go_to_the_endpoint(cloud: Cloud):
    for url, more in (
        (cloud.endpoint().plain_url, {}),
        (cloud.endpoint().url, {"verify": str(cloud.endpoint().ca)}),
    ):
        client = boto3.client("sts", endpoint_url=url, **more)
        assert client.get_caller_identity()["Account"] == cloud.home
