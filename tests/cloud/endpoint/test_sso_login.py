"""Third-party programs sign a user in: the AWS CLI and aws-sso-lib, with a person at the access portal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.actors.browser import Browser
from tests.cloud.endpoint.conftest import CLI_2
from tests.cloud.services.sso_admin.conftest import Center

PASSWORD = "Correct-horse-1"
needs_cli = pytest.mark.skipif(not Path(CLI_2).exists(), reason="no AWS CLI v2 here")


@pytest.fixture
def home(cloud: Cloud, tmp_path: Path) -> tuple[Center, str, dict[str, str]]:
    """Anne can read an account, and has a profile for it; her environment contains no other credentials."""
    center = Center(cloud)
    member = center.org.member()
    center.assign(member, center.permission_set(), center.user())
    center.console.choose_password("anne", PASSWORD)
    config = tmp_path / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(
        f"[sso-session school]\nsso_start_url = {center.console.start_url}\nsso_region = us-east-1\n"
        "sso_registration_scopes = sso:account:access\n"
        f"[profile reader]\nregion = us-east-1\nsso_session = school\nsso_account_id = {member}\n"
        "sso_role_name = Reader\noutput = json\n"
    )
    env = cloud.endpoint().env() | {"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(config)}
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                 "AWS_SESSION_TOKEN"):  # fmt: skip
        env.pop(name, None)
    return center, member, env


_OPEN = """
import sys, urllib.request as web
web.build_opener(web.ProxyHandler({})).open(sys.argv[1], timeout=20)
"""
"""A browser that follows the redirect to the program, which waits on a port of this machine."""


def answers(url: str) -> Browser:
    """Anne opens the address, signs in, and lets the program in."""
    browser = Browser()
    browser.open(url)
    browser.follow()
    browser.send(username="anne")
    browser.send(password=PASSWORD)
    browser.follow()
    browser.send(answer="allow")
    return browser


def run(env: Mapping[str, str], pattern: str, *command: str) -> tuple[Browser, str]:
    """Start a program, sign in at the URL that it shows, and wait for its end. Return the browser and the output."""
    program = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )  # fmt: skip
    stop = threading.Timer(90, program.kill)
    stop.start()
    said, browser = "", None
    assert program.stdout
    for line in program.stdout:
        said += line
        found = re.search(pattern, said)
        if found and browser is None:
            browser = answers(found[0])
            if (browser.page.location or "").startswith("http://127.0.0.1"):
                subprocess.run(
                    [sys.executable, "-c", _OPEN, browser.page.location], check=True, timeout=40,
                    env={"PATH": env["PATH"]},
                )  # fmt: skip
    stop.cancel()
    assert program.wait(timeout=10) == 0, said
    assert browser is not None, said
    return browser, said


@needs_cli
def test_the_cli_signs_in_with_a_device_code(home) -> None:
    _, member, env = home
    _, said = run(
        env, r"https://device\.sso\S+user_code=\S+",
        CLI_2, "sso", "login", "--profile", "reader", "--use-device-code", "--no-browser",
    )  # fmt: skip
    assert "Successfully logged into Start URL" in said
    _reads(env, member)


@needs_cli
def test_the_cli_signs_in_with_a_code_and_pkce(home) -> None:
    _, member, env = home
    _, said = run(
        env, r"https?://\S+/authorize\?\S+",
        CLI_2, "sso", "login", "--profile", "reader", "--no-browser",
    )  # fmt: skip
    assert "Successfully logged into Start URL" in said
    _reads(env, member)


_ANSI = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


@pytest.mark.slow
@needs_cli
def test_the_cli_configures_a_profile_and_signs_in(home) -> None:
    """`aws configure sso` asks at a terminal; it finds the one account and the one role by itself."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    center, member, env = home
    Path(env["AWS_CONFIG_FILE"]).unlink()
    master, slave = pty.openpty()
    program = subprocess.Popen(
        [CLI_2, "configure", "sso", "--use-device-code", "--no-browser"], env=env | {"TERM": "dumb"},
        stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    stop = threading.Timer(90, program.kill)
    stop.start()
    # CLI 2.23 asks for a "CLI default client Region", 2.36 for a "Default client Region".
    asked = [
        ("SSO session name", "school"), ("SSO start URL", center.console.start_url), ("SSO region", "us-east-1"),
        ("SSO registration scopes", ""), (r"https://device\.sso\S+user_code=[A-Z]{4}-[A-Z]{4}", None),
        ("default client Region", "us-east-1"), ("default output format", "json"), ("profile name", "reader"),
    ]  # fmt: skip
    said, whole = "", ""
    while chunk := _read(master):
        if b"\x1b[6n" in chunk:  # it asks where the cursor is
            os.write(master, b"\x1b[1;1R")
        said += _ANSI.sub("", chunk.decode("utf-8", "replace"))
        found = re.search(asked[0][0], said, re.IGNORECASE) if asked else None
        if found:
            answer, whole, said = asked.pop(0)[1], whole + said, ""
            if answer is None:
                answers(found[0])
            else:
                os.write(master, f"{answer}\r".encode())
    stop.cancel()
    os.close(master)
    assert program.wait(timeout=10) == 0, whole + said
    _reads(env, member)


def _read(terminal: int) -> bytes:
    """Return a program's output, or b"" at its end, because reading a terminal without a program raises an error on
    Linux.
    """
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def _reads(env: Mapping[str, str], member: str) -> None:
    done = subprocess.run(
        [CLI_2, "sts", "get-caller-identity", "--profile", "reader"],
        env=env, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    who = json.loads(done.stdout)
    assert who["Account"] == member
    assert re.search(r":assumed-role/AWSReservedSSO_Reader_[\da-f]{16}/anne$", who["Arn"])


def test_aws_sso_lib_signs_in_and_finds_accounts_and_roles(home) -> None:
    """As a program in Python does: https://github.com/benkehoe/aws-sso-util"""
    library = pytest.importorskip("aws_sso_lib", reason="aws-sso-lib is in the dev extra")
    center, member, _ = home
    url, cache = center.console.start_url, {}

    def handler(verificationUriComplete: str, **_: str) -> None:
        answers(verificationUriComplete)

    token = library.login(url, "us-east-1", user_auth_handler=handler, sso_cache=cache)
    assert token["accessToken"]
    known = {"start_url": url, "sso_region": "us-east-1", "sso_cache": cache}
    assert list(library.list_available_accounts(**known)) == [(member, "dev")]
    assert list(library.list_available_roles(**known)) == [(member, "dev", "Reader")]
    session = library.get_boto3_session(
        url, "us-east-1", member, "Reader", region="us-east-1", sso_cache=cache, credential_cache={}
    )
    assert session.client("sts").get_caller_identity()["Account"] == member
