"""Everything that a cloud changes in moto, the SDK, and the process is restored when the cloud stops."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import boto3
import pytest
from botocore import hooks as botocore_hooks
from botocore.hooks import EventAliaser
from moto import mock_aws
from moto.core import errors as moto_errors
from moto.core import responses as moto_responses
from moto.core.models import botocore_stubber
from moto.ec2.responses import instances as instance_responses
from moto.iam.access_control import PermissionResult
from moto.iam.responses import IamResponse
from moto.s3.models import FakeBucket

from labs_helpers.cloud import Cloud, services
from labs_helpers.cloud import cloud as cloud_module
from labs_helpers.cloud.moto import hooks
from tests.clouds import allow


def classes_of_moto() -> dict[str, type]:
    """Return the classes of moto's loaded modules, and botocore's that a cloud changes, by their full names."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("moto.")]
    own = {
        f"{each.__module__}.{each.__qualname__}": each
        for module in modules
        for each in list(vars(module).values())
        if isinstance(each, type) and each.__module__ == module.__name__
    }
    return {**own, "EventAliaser": EventAliaser}


def behavior(kind: type) -> dict[str, Any]:
    """Return what a class defines, without the counters and registries that moto itself keeps in its classes."""
    return {name: value for name, value in vars(kind).items() if not isinstance(value, int | list | dict)}


def snapshot() -> dict[str, Any]:
    """Return the current state of moto's classes, the SDK, and the process."""
    found: dict[str, Any] = {name: behavior(kind) for name, kind in classes_of_moto().items()}
    found["transformers"] = dict(IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER)
    found["codes"] = list(moto_errors.COMMON_ERROR_CODES)
    found["user data"] = instance_responses.parse_user_data
    found["process"] = (botocore_stubber.process_request, botocore_stubber.enabled)
    found["method names"] = moto_responses.method_names_from_class
    found["keywords"] = botocore_hooks.accepts_kwargs
    found["sockets"] = (socket.getaddrinfo, socket.socket.connect, socket.socket.sendto)
    found["environment"] = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    found["session"] = boto3.DEFAULT_SESSION
    return found


@pytest.fixture(autouse=True)
def everything_loaded(monkeypatch) -> Iterator[None]:
    for service in services.modelled_services():
        services.load(service)
    for name in ("iam", "sns", "sts"):  # moto's own, which the tests below call
        import_module(f"moto.{name}.responses")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    yield
    assert Cloud.running() is None


def test_a_cloud_leaves_nothing_behind():
    before = snapshot()
    with Cloud():
        iam = boto3.client("iam")
        iam.create_user(UserName="alice")
        boto3.client("sns").create_topic(Name="news")
        assert snapshot() != before
    assert snapshot() == before


def test_plain_moto_answers_after_a_cloud_as_before():
    def answers() -> tuple[Any, Any]:
        with mock_aws():
            iam = boto3.client("iam", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
            device = iam.list_virtual_mfa_devices()["VirtualMFADevices"][0]
            arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
            return set(device), iam.list_policy_versions(PolicyArn=arn)["Versions"][0].get("Document")

    os.environ.pop("AWS_PROFILE")
    before = answers()
    with Cloud():
        boto3.client("iam").list_virtual_mfa_devices()
    assert answers() == before


@pytest.mark.parametrize("where", ["administrator", "_begin"])
def test_a_start_that_fails_leaves_nothing_behind(monkeypatch, where):
    before = snapshot()
    cloud = Cloud()
    monkeypatch.setattr(cloud, where, lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cloud.start()
    assert snapshot() == before
    with Cloud():
        boto3.client("sts").get_caller_identity()


def test_a_start_that_fails_in_its_first_steps_leaves_nothing_behind(monkeypatch):
    before = snapshot()
    monkeypatch.setattr(cloud_module.network, "close", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Cloud().start()
    assert snapshot() == before


def test_a_patch_that_fails_undoes_those_before_it(monkeypatch):
    before = snapshot()
    monkeypatch.setattr(hooks, "_patches", [*hooks._patches, lambda: 1 / 0])
    with pytest.raises(ZeroDivisionError):
        Cloud().start()
    assert snapshot() == before


@pytest.mark.parametrize("home", ["", "1234", "12345678901a", "１２３４５６７８９０１２", None, 111122223333])
def test_a_home_has_twelve_digits(home):
    with pytest.raises(ValueError, match="twelve digits"):
        Cloud(home=home)


def test_motos_own_bucket_policies_are_off_while_a_cloud_runs():
    bucket = FakeBucket("evaluated", "111122223333", "us-east-1")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    bucket.policy = json.dumps({"Statement": [deny]}).encode()
    asked = ("s3:GetObject", "arn:aws:s3:::evaluated/k")
    with hooks.patched():
        assert bucket.get_permission(*asked) == PermissionResult.PERMITTED
    assert bucket.get_permission(*asked) == PermissionResult.DENIED
