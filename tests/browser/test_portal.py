"""The access portal in a real browser, by keyboard, from the code that a program displays to credentials."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.actors.authenticator import Authenticator
from tests.cloud.services.sso.test_portal import PASSWORD, Desk
from tests.cloud.services.sso.test_sign_in import DEVICE
from tests.cloud.services.sso_admin.conftest import Center

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def take(page: Page, name: str) -> None:
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
def opened(browser: Browser) -> Iterator[tuple[Page, Desk, list[str]]]:
    """A page in a browser that can reach only the cloud's endpoint, and the browser's error messages."""
    with Cloud(seed=1) as cloud:
        desk = Desk(Center(cloud))
        endpoint = cloud.endpoint()
        context = browser.new_context(proxy={"server": endpoint.plain_url}, ignore_https_errors=True)
        page, complaints = context.new_page(), []
        page.set_default_timeout(30_000)
        page.on("console", lambda message: complaints.append(message.text))
        yield page, desk, complaints
        context.close()


@pytest.mark.parametrize("where", ["device.sso", "#/device"])
def test_from_the_device_code_to_credentials(opened: tuple[Page, Desk, list[Any]], where: str) -> None:
    page, desk, complaints = opened
    phone = Authenticator(desk.center.cloud, desk.console.register_app("anne"))
    started = desk.program.start()
    code = started["userCode"]
    page.goto(
        started["verificationUriComplete"] if where == "device.sso"
        else f"{desk.url}/#/device?user_code={code}"
    )  # fmt: skip
    page.wait_for_url(re.compile(r"/start/device\?user_code="))
    take(page, "portal-name")
    page.get_by_label("User name").fill("anne")
    page.keyboard.press("Enter")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    take(page, "portal-refused")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("MFA code").fill(phone.code())
    take(page, "portal-mfa")
    page.keyboard.press("Enter")
    page.get_by_text(code, exact=True).wait_for()
    take(page, "portal-device")
    page.get_by_role("button", name="Confirm and continue").press("Enter")
    page.get_by_role("status").wait_for()
    take(page, "portal-approved")
    assert desk.program.token(grantType=DEVICE, deviceCode=started["deviceCode"])["accessToken"]
    page.get_by_role("link", name="Your accounts").click()
    take(page, "portal-accounts")
    page.get_by_role("button", name=f"Access keys of Reader in dev, {desk.member}").press("Enter")
    page.get_by_label("Option 3").wait_for()
    take(page, "portal-credentials")
    key, secret, token = page.get_by_label("Option 3").input_value().split()
    who = boto3.client(
        "sts", aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token
    ).get_caller_identity()
    assert who["Arn"].endswith("/anne")
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    page.get_by_role("link", name="Back to the accounts").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("User name").wait_for()
    assert [each for each in complaints if "Content Security Policy" in each] == []


def test_a_browser_without_the_proxy_reaches_the_portal_by_a_name_of_this_machine(browser: Browser) -> None:
    """The browser signs in, and the page of its accounts appears."""
    with Cloud(seed=1) as cloud:
        desk = Desk(Center(cloud))
        host = desk.url.removeprefix("https://").partition("/")[0]
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://{host}.localhost:{cloud.endpoint().port}/start")
        page.get_by_label("User name").fill("anne")
        page.keyboard.press("Enter")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Accounts").wait_for()
        context.close()


def test_a_program_that_waits_gets_its_code_through_the_browser(opened: tuple[Page, Desk, list[str]]) -> None:
    """The page's Content Security Policy lets its form lead only to the program's address."""
    from tests.cloud.services.sso.test_sign_in import CHALLENGE, Program

    page, desk, complaints = opened
    callback = "https://shop.example/callback"
    program = Program(
        desk.center, grantTypes=["authorization_code"], issuerUrl=desk.url, redirectUris=[callback]
    )
    desk.center.cloud.site("shop.example", _shop)
    query = "&".join(
        f"{name}={value}" for name, value in {
            "response_type": "code", "client_id": program.keys["clientId"], "redirect_uri": callback,
            "state": "s1", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
            "scopes": "sso:account:access",
        }.items()
    )  # fmt: skip
    page.goto(f"{program.registered['authorizationEndpoint']}?{query}")
    page.get_by_label("User name").fill("anne")
    page.keyboard.press("Enter")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Allow access").wait_for()
    take(page, "portal-consent")
    page.get_by_role("button", name="Allow access").press("Enter")
    page.wait_for_url(re.compile(r"https://shop\.example/callback\?code=[\w-]+&state=s1"))
    assert [each for each in complaints if "Content Security Policy" in each] == []


def _shop(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"signed in"]
