"""The command `python -m labs_helpers serve`."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from labs_helpers.cloud import Cloud

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows ends processes, and sends them no signals"
)
SERVE = [sys.executable, "-m", "labs_helpers", "serve"]


def _serve(*arguments: str, cwd: object = None) -> tuple[subprocess.Popen[str], str]:
    """The process, and the URL to attach to once it has opened its endpoint."""
    env = {**os.environ, "PYTHONPATH": os.getcwd(), "LABS_PROGRESS": os.devnull}
    # A shell's background jobs ignore SIGINT, and what they start inherits that: tests run there, too.
    process = subprocess.Popen(
        [*SERVE, *arguments], stdout=subprocess.PIPE, text=True, env=env, cwd=cwd,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        found = re.search(r'attach\("(.+?)"\)', line)
        if found:
            return process, found[1]
    raise AssertionError(text)


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_cloud_until_it_is_interrupted(how):
    process, url = _serve()
    try:
        with Cloud.attach(url) as cloud:
            import boto3

            boto3.client("s3").create_bucket(Bucket="shelf")
            assert cloud.account("444455556666").client("s3").list_buckets()["Buckets"] == []
    finally:
        process.send_signal(how)
        assert process.wait(20) == 0
    port = int(re.search(r":(\d+)/", url)[1])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@posix
def test_it_sets_a_days_stage(tmp_path):
    process, url = _serve("--day", "2", cwd=tmp_path)
    try:
        with Cloud.attach(url) as cloud:
            assert "alice" in cloud.profiles()
    finally:
        process.terminate()
        process.wait(20)


@posix
def test_a_killed_server_leaves_nothing_listening_and_says_so_to_its_clients():
    process, url = _serve()
    with Cloud.attach(url):
        import boto3

        client = boto3.client("s3")
        client.list_buckets()
        process.kill()
        process.wait(20)
        with pytest.raises(ConnectionError, match="no cloud answers"):
            client.list_buckets()
    with pytest.raises(ConnectionError, match="no cloud answers"):
        Cloud.attach(url)


def test_a_port_that_is_taken_and_a_day_that_is_not_there_are_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = subprocess.run([*SERVE, "--port", port], capture_output=True, text=True, timeout=60)
        assert (told.returncode, f"port {port} on 127.0.0.1" in told.stderr) == (1, True), told.stderr
    for wrong in (["--day", "77"], ["--host", "0.0.0.0"], ["--port", "x"], ["--port", "99999"]):
        told = subprocess.run([*SERVE, *wrong], capture_output=True, text=True, timeout=60)
        assert told.returncode in (1, 2), told
        assert "Traceback" not in told.stderr
