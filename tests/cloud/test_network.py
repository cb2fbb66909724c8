"""Requests never leave the machine, and can't bypass the gate."""

from __future__ import annotations

import _socket
import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress

import boto3
import pytest
import requests

from labs_helpers.cloud import Cloud, NetworkRefused
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.process import network
from tests.clouds import allow, error_of, make_user

_connections: list[object] = []


def _watch(event: str, arguments: tuple) -> None:
    if event == "socket.connect":
        _connections.append(arguments[1])


sys.addaudithook(_watch)


@pytest.mark.ledger("F-NET-02")
def test_boto3_and_requests_open_no_socket(cloud, iam):
    _connections.clear()
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="k", Body=b"x" * 100_000)
    url = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": "k"})
    assert requests.get(url, timeout=5).status_code == 200
    iam.list_users()
    assert _connections == []


@pytest.mark.ledger("F-NET-02")
@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "https://s3.dualstack.us-east-1.api.aws/",
        "http://moto-api.amazonaws.com/moto-api/reset",
        "https://iam.amazonaws.com.evil.example/",
    ],
)
def test_no_host_beyond_the_standard_endpoints_is_reached(cloud, iam, url):
    iam.create_user(UserName="alice")
    _connections.clear()
    with pytest.raises(NotModelled):
        requests.post(url, timeout=5)
    with pytest.raises((NetworkRefused, OSError)):
        urllib.request.urlopen(url, timeout=5)
    assert _connections == []
    assert "alice" in [user["UserName"] for user in iam.list_users()["Users"]]


@pytest.mark.ledger("F-NET-02")
def test_custom_and_dual_stack_endpoints_are_refused(cloud):
    for client in (
        boto3.client("s3", endpoint_url="https://objects.example.com"),
        boto3.client("s3", config=boto3.session.Config(s3={"use_dualstack_endpoint": True})),
        boto3.client("iam", endpoint_url="http://127.0.0.1:9"),
    ):
        with pytest.raises(NotModelled):
            getattr(
                client, "list_buckets" if client.meta.service_model.service_name == "s3" else "list_users"
            )()


@pytest.mark.ledger("F-NET-02")
def test_sockets_reach_loopback_only(cloud):
    with pytest.raises(NetworkRefused):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("example.com", 443)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        with pytest.raises(NetworkRefused):
            datagram.sendto(b"x", ("192.0.2.1", 53))
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()


@pytest.mark.ledger("F-NET-03")
def test_no_datagram_leaves_and_no_name_is_looked_up(cloud):
    bare = _socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(NetworkRefused):
        bare.sendto(b"x", ("192.0.2.1", 53))
    bare.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram, pytest.raises(NetworkRefused):
        datagram.sendmsg([b"x"], [], 0, ("192.0.2.1", 53))
    for look_up, host in (
        (socket.gethostbyname, "example.com"),
        (socket.gethostbyname_ex, "example.com"),
        (socket.gethostbyaddr, "192.0.2.1"),
        (lambda host: socket.getnameinfo((host, 53), 0), "192.0.2.1"),
    ):
        with pytest.raises(NetworkRefused):
            look_up(host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", 0))
        here.sendmsg([b"x"], [], 0, here.getsockname())
        assert here.recv(1) == b"x"


@pytest.mark.ledger("F-NET-03")
def test_models_and_tokens_under_the_learners_home_are_not_read(tmp_path):
    program = """
import json, os, pathlib, sys
home = pathlib.Path(os.environ["HOME"])
model = home / ".aws" / "models" / "secret-service" / "2020-01-01"
model.mkdir(parents=True)
(model / "service-2.json").write_text('{"version": "2.0", "metadata": {}, "operations": {}, "shapes": {}}')
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event in ("open", "os.listdir") else None)
import boto3, botocore.loaders, botocore.tokens, botocore.credentials, botocore.utils
from labs_helpers.cloud import Cloud
before = botocore.loaders.Loader.CUSTOMER_DATA_PATH
with Cloud():
    assert "secret-service" not in boto3.Session().get_available_services()
    boto3.client("sts").get_caller_identity()
    for place in (
        botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR, botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR,
        botocore.utils.JSONFileCache()._working_dir, botocore.utils.get_login_token_cache_directory(),
    ):
        assert not place.startswith(str(home)), place
assert botocore.loaders.Loader.CUSTOMER_DATA_PATH == before
print(json.dumps([name for name in opened if name.startswith(str(home))]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "HOME": str(tmp_path)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


@pytest.mark.ledger("F-NET-03")
def test_an_aws_cli_that_was_imported_first_works_and_keeps_its_sessions_in_the_cloud(tmp_path):
    program = """
import awscli.clidriver, awscli.customizations.assumerole, os
from labs_helpers.cloud import Cloud
before = os.environ["AWS_DATA_PATH"]
with Cloud():
    assert awscli.clidriver.create_clidriver().main(["sts", "get-caller-identity"]) == 0
    assert not awscli.customizations.assumerole.CACHE_DIR.startswith(os.environ["HOME"])
assert os.environ["AWS_DATA_PATH"] == before
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "HOME": str(tmp_path)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "111122223333" in done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_that_stops_the_cloud_leaves_its_parents_profiles():
    program = """
import os, boto3
from labs_helpers.cloud import Cloud
with Cloud() as cloud:
    child = os.fork()
    if child == 0:
        cloud.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert os.path.exists(os.environ["AWS_CONFIG_FILE"])
    assert boto3.Session(profile_name="default").client("sts").get_caller_identity()["Account"] == cloud.home
"""
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.ledger("F-NET-02")
def test_a_header_does_not_switch_the_account(cloud):
    make_user(cloud, "carol", account="444455556666")
    alice = make_user(cloud, "alice", allow("iam:ListUsers"))
    for header in ("x-moto-account-id", "X-Moto-Account-Id", "x_moto_account_id"):
        client = alice.client("iam")
        client.meta.events.register_first(
            "before-sign.iam", lambda request, h=header, **_: request.headers.add_header(h, "444455556666")
        )
        assert "carol" not in [user["UserName"] for user in client.list_users()["Users"]]


@pytest.mark.ledger("F-NET-02")
def test_the_learners_files_and_variables_are_out_of_the_way_and_come_back(one_cloud, monkeypatch, tmp_path):
    one_cloud.stop()
    learners = {
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL": "https://real.example",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_REGION": "eu-west-1",
    }
    (tmp_path / "config").write_text("[profile work]\nregion = eu-west-1\n")
    try:
        for name, value in learners.items():
            monkeypatch.setenv(name, value)
        with Cloud():
            assert boto3.client("sts").get_caller_identity()["Account"] == "111122223333"
            assert boto3.Session().region_name == "us-east-1"
            assert "real" not in os.environ.values()
        assert {name: os.environ[name] for name in learners} == learners
        assert (tmp_path / "config").read_text() == "[profile work]\nregion = eu-west-1\n"
    finally:
        for name in learners:
            monkeypatch.delenv(name)
        one_cloud.start()


def test_code_run_after_the_cloud_has_the_network_back(one_cloud):
    one_cloud.stop()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram, suppress(OSError):
            datagram.connect(("192.0.2.1", 9))  # sends nothing
        assert not network._closed
    finally:
        one_cloud.start()


@pytest.mark.ledger("F-IAM-02")
def test_unmodelled_service_is_refused_by_name(cloud):
    with pytest.raises(NotModelled, match="redshift"):
        boto3.client("redshift").describe_clusters()


def test_error_helper_sees_refusals(cloud):
    assert error_of(make_user(cloud, "eve").client("iam").list_roles)[0] == "AccessDenied"
