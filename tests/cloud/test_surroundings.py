"""With any settings on a learner's machine, a day opens, calls stay in the cloud, and scripts end without errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import boto3
from labs_helpers.cloud import Cloud

Cloud().start()
print(boto3.client("sts").get_caller_identity()["Arn"])
"""
_REAL_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "of-a-real-account",
    "AWS_PROFILE": "no-such-profile",
    "AWS_CONFIG_FILE": "/no/such/file",
    "AWS_CA_BUNDLE": "/no/such/file",
    "AWS_ENDPOINT_URL": "http://192.0.2.1",
    "AWS_DEFAULT_REGION": "eu-nowhere-1",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_DEFAULTS_MODE": "none",
}
_PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"), "http://192.0.2.1:3128")
_CERTIFICATES = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), "/no/such/file")


@pytest.mark.parametrize(
    ("more", "missing"),
    [(_REAL_ACCOUNT, ()), (_PROXIES, ()), (_CERTIFICATES, ()), ({}, ("HOME", "USERPROFILE"))],
    ids=["AWS_ of a real account", "proxies", "certificates elsewhere", "no home"],
)
def test_the_machine_s_settings_neither_stop_a_cloud_nor_lead_a_call_out_of_it(more, missing, tmp_path):
    """192.0.2.0/24 is nobody's (RFC 5737): a call that went there would not be answered."""
    machine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    machine = {name: value for name, value in machine.items() if name not in missing}
    path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={**machine, "PYTHONPATH": path, **more},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.stdout == "arn:aws:iam::111122223333:user/admin\n"
    assert ended.stderr == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_ends_with_its_cloud_running_leaves_no_files(tmp_path):
    """The process ends as a notebook's kernel does. A fork that ends earlier doesn't remove anything."""
    script = _SCRIPT + (
        "import os, pathlib, sys\n"
        "child = os.fork()\n"
        "if not child: sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "print(pathlib.Path(os.environ['AWS_CONFIG_FILE']).exists())\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == "True"
    assert list(tmp_path.iterdir()) == []


_FORKSERVER = """
import multiprocessing, os, time

def endpoint(answers):
    answers.put(os.environ.get("AWS_ENDPOINT_URL"))

def told_by_a_child():
    answers = context.SimpleQueue()
    context.Process(target=endpoint, args=(answers,)).start()
    return answers.get()

if __name__ == "__main__":
    from labs_helpers.cloud import Cloud
    context = multiprocessing.get_context("forkserver")
    print(told_by_a_child())
    for _ in range(2):
        with Cloud() as cloud:
            print(told_by_a_child() == cloud.endpoint().url)
            lasting = context.Process(target=time.sleep, args=(60,))
            lasting.start()
        lasting.kill()
    print(told_by_a_child())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_multiprocessing_forks_from_is_of_this_cloud_and_no_longer(tmp_path):
    """The default from Python 3.14 on. A server from before the cloud has an environment that leads to AWS."""
    (tmp_path / "pool.py").write_text(_FORKSERVER, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env["PYTHONPATH"] = str(Path(__file__).parents[2])
    told = subprocess.run(
        [sys.executable, tmp_path / "pool.py"],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert told.stdout.split() == ["None", "True", "True", "None"]
