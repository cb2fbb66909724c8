"""The lifetime of an endpoint: it opens, closes, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import boto3
import pytest

from labs_helpers.cloud import Cloud

SHOW = [sys.executable, "-c", "import os; print(os.environ.get('AWS_ENDPOINT_URL'))"]


def test_the_endpoint_opens_with_the_first_child_and_this_process_stays_as_it_was():
    before, start = dict(os.environ), subprocess.Popen.__init__
    with Cloud() as cloud:
        within = dict(os.environ)
        assert cloud._endpoint is None
        boto3.client("s3").list_buckets()
        assert cloud._endpoint is None
        subprocess.run(SHOW, stdout=subprocess.DEVNULL, check=True)
        assert cloud._endpoint is not None
        assert dict(os.environ) == within
        assert "AWS_ENDPOINT_URL" not in os.environ
    assert dict(os.environ) == before
    assert subprocess.Popen.__init__ is start


def test_a_stopped_cloud_leaves_nothing_listening():
    with Cloud() as cloud:
        port = cloud.endpoint().port
        folder = cloud.endpoint().ca.parent
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert not folder.exists()


def test_an_endpoint_can_be_closed_and_opened_again():
    with Cloud() as cloud:
        first = cloud.endpoint()
        assert cloud.endpoint() is first
        first.stop()
        second = cloud.endpoint()
        assert second.running
        assert second.token != first.token


def test_a_port_that_is_taken_is_an_error_that_names_it():
    with socket.create_server(("127.0.0.1", 0)) as taken, Cloud() as cloud:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            cloud.endpoint(port)
        boto3.client("s3").list_buckets()
        with pytest.raises(ValueError, match="already open"):
            cloud.endpoint(cloud.endpoint().port + 1)


def test_the_endpoint_is_on_loopback_alone():
    with Cloud() as cloud:
        addresses = {each.getsockname()[0] for each in cloud.endpoint()._server._sockets}
        assert addresses <= {"127.0.0.1", "::1"}
