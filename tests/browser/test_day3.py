"""Day 3's site and widgets in a real browser, from sign-up to the object in the bucket."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from playwright.sync_api import expect

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day3.apps import start
from tests.browser.conftest import (
    FIELDS_CUT,
    HALF_LINES,
    LETTERS,
    OUTSIDE,
    OVERLAPS,
    PHONE,
    SPLIT,
    WIDER,
    resize,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDGETS = """
import boto3
from labs_helpers.cloud import Cloud
from labs_helpers.widgets.oauth_walk import OAuthWalk
from labs_helpers.widgets.token_inspector import TokenInspector

cloud = Cloud(seed=1).start()
idp = boto3.client("cognito-idp")
pool = idp.create_user_pool(PoolName="diary")["UserPool"]["Id"]
idp.create_user_pool_domain(Domain="diary", UserPoolId=pool)
callback, host = "https://diary.example/callback", "https://diary.auth.us-east-1.amazoncognito.com"
client = idp.create_user_pool_client(
    UserPoolId=pool, ClientName="web", CallbackURLs=[callback], AllowedOAuthFlows=["code"],
    AllowedOAuthScopes=["openid", "email"], AllowedOAuthFlowsUserPoolClient=True,
    SupportedIdentityProviders=["COGNITO"], ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
)["UserPoolClient"]["ClientId"]
people = [("alice", "Correct-horse-1"), ("mallory", "Purple-monkey-3")]
for name, password in people:
    idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
given = {"USERNAME": "alice", "PASSWORD": "Correct-horse-1"}
tokens = idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
"""

COLORED = """part => {
  const [field, colors] = ["textarea", ".colored"].map(each => part.querySelector(each));
  const grounds = new Set([...colors.children].map(each => getComputedStyle(each).backgroundColor));
  const last = [...colors.lastChild.getClientRects()].pop(), end = field.getBoundingClientRect().bottom;
  return [Math.round((last.bottom - end) / 4), grounds.size, field.scrollHeight - field.clientHeight]; }"""
"""The distance of the last color from the field's end, the number of colors, and how far the field can be scrolled."""
IN_TWO_LINES = """all => all.filter(each => new Set([...each.getClientRects()].map(box => box.top)).size > 1).map(
  each => each.textContent)"""


def take(picture: Any, name: str) -> None:
    if folder := os.environ.get("LABS_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        picture.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
def site(browser: Browser) -> Iterator[tuple[Page, Any, Any]]:
    """A page of a browser that can reach only the cloud's endpoint, the applications, and the cloud."""
    with Cloud(seed=1) as cloud:
        idp = boto3.client("cognito-idp")
        pool = idp.create_user_pool(PoolName="diary", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        apps = start(cloud, pool)
        endpoint = cloud.endpoint()
        context = browser.new_context(proxy={"server": endpoint.plain_url}, ignore_https_errors=True)
        page = context.new_page()
        page.set_default_timeout(30_000)
        yield page, apps, cloud
        context.close()


def test_from_sign_up_to_the_bucket(site: tuple[Page, Any, Any]) -> None:
    page, apps, cloud = site
    page.goto(f"{apps.site}/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill("Correct-horse-1")
    page.get_by_role("button").first.click()
    page.get_by_label("Code").wait_for()
    code = re.findall(r"\b\d{6}\b", str(cloud.mailbox("alice@example.com")[-1]))[-1]
    page.get_by_label("Code").fill(code)
    page.get_by_role("button").first.click()
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("Correct-horse-1")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Signed in as alice").wait_for()
    take(page, "day3_site")
    page.get_by_label("Today").fill("Dear diary")
    page.get_by_role("button", name="Store").click()
    page.get_by_text("Stored.").wait_for()
    (stored,) = boto3.client("s3").list_objects_v2(Bucket=apps.bucket)["Contents"]
    assert stored["Size"] == len("Dear diary")
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Password").wait_for()


def test_widgets_show_a_token_and_let_an_attack_run(lab: Any, page: Page) -> None:
    notebook = lab.scratch(
        page,
        "day3.ipynb",
        [
            WIDGETS,
            'TokenInspector(cloud, tokens["AuthenticationResult"]["IdToken"])',
            "OAuthWalk(host, client, callback, people)",
        ],
    )
    page.keyboard.press("ControlOrMeta+b")  # the file browser would take a third of the width
    resize(page, {"width": 1280, "height": 1700})  # so that a picture shows all of a widget
    notebook.run_all()
    inspector, walk = notebook.cell(1), notebook.cell(2)
    verdict = inspector.get_by_role("status", name="Verdict")
    verdict.wait_for()
    expect(verdict).to_contain_text("✓ genuine", use_inner_text=True)
    take(inspector.locator(".jp-OutputArea-output").first, "token_inspector")
    text = inspector.get_by_role("textbox", name="Token")
    whole = text.input_value()
    assert inspector.evaluate(COLORED) == [0, 4, 0], "three parts and their dots, over the text of the field"
    middle = whole.index(".") + 10
    text.fill(whole[:middle] + ("A" if whole[middle] != "A" else "B") + whole[middle + 1 :])
    inspector.get_by_text("✗ changed").wait_for()
    expect(inspector.locator(".colored .framed")).to_have_count(1)  # the letter
    refused = inspector.get_by_role("table", name="What you can use it for").locator("tbody tr")
    expect(refused.locator(".chip", has_text="✗ no")).to_have_count(6)
    expect(refused.get_by_text("rejects it")).to_have_count(5)
    expect(inspector.get_by_text("signature", exact=False).filter(has_text="match")).to_have_count(1)
    take(inspector.locator(".jp-OutputArea-output").first, "token_changed")
    inspector.get_by_role("button", name="Put the issued token back").click()
    inspector.get_by_text("✓ genuine").wait_for()
    expect(inspector.get_by_role("button", name="Inspect again")).to_be_focused()
    assert text.input_value() == whole
    text.fill(whole[:-6] + "AAAAAA")
    inspector.get_by_text("✗ changed").wait_for()
    text.fill("<img src=x onerror=\"document.title='hacked'\">")
    inspector.get_by_text("This isn't a token.").wait_for()
    expect(inspector.locator(".jp-OutputArea img")).to_have_count(0)
    text.fill("\n".join("a" * 12))
    scrolled = "e => e.closest('.labs-token').scrollHeight > e.closest('.labs-token').clientHeight"
    assert not text.evaluate(scrolled), "twelve lines fit without a scroll bar"

    labels = [
        walk.get_by_text(each, exact=True).first.bounding_box()["x"]
        for each in ("Attack", "The application uses:")
    ]
    assert abs(labels[0] - labels[1]) <= 4, "the labels begin on one line"
    outcome = walk.get_by_role("status", name="Outcome")
    expect(outcome).to_contain_text("Signed in: alice.", use_inner_text=True)
    walk.get_by_role("combobox", name="Attack").select_option("read the code")
    walk.get_by_role("button", name="Run", exact=True).click()
    walk.get_by_text("the attack fails").wait_for()
    walk.get_by_text("3 of 3: ").wait_for()  # the request that is rejected
    expect(walk.locator("button.mod-primary")).to_have_count(0)  # no next request
    walk.locator("svg:visible path.bounce").wait_for()
    expect(walk.locator("svg:visible path.bounce")).to_have_count(1)
    assert walk.evaluate(OVERLAPS) == []
    resize(page, {"width": 1400, "height": 1700})
    page.wait_for_timeout(500)  # JupyterLab gives its parts their new widths one after the other
    lanes, request = walk.locator(".figure svg:visible"), walk.get_by_role("table")
    drawn, told = lanes.bounding_box(), request.bounding_box()
    assert drawn["x"] + drawn["width"] <= told["x"]
    assert abs(drawn["width"] - told["width"]) < 40, "the lanes and the request have the same width"
    assert walk.locator("td code").evaluate_all(IN_TWO_LINES) == []
    resize(page, PHONE)
    walk.locator(".on-phones svg:visible").wait_for()
    page.wait_for_timeout(500)
    assert inspector.evaluate(HALF_LINES) == []
    text.fill(whole)
    inspector.get_by_text("✓ genuine").wait_for()
    assert inspector.evaluate(COLORED) == [0, 4, 0]
    place = inspector.locator(".jp-OutputArea-output:visible").first
    assert place.evaluate(WIDER) == place.evaluate(FIELDS_CUT) == place.evaluate(SPLIT) == []
    take(place, "token_phone")
    part = walk.locator(".jp-OutputArea-output:visible").first
    assert part.evaluate(WIDER) == part.evaluate(OUTSIDE) == part.evaluate(OVERLAPS) == []
    assert part.evaluate(LETTERS) >= 11
    resize(page, {"width": 1280, "height": 1700})
    walk.get_by_role("checkbox", name="PKCE").uncheck()
    walk.get_by_text("the attack succeeds").wait_for()
    expect(walk.locator("svg path.bounce")).to_have_count(0)
    expect(walk.locator("svg:visible g.fallen")).to_have_count(1)
    assert walk.evaluate(OVERLAPS) == []
    back, onward = (walk.get_by_role("button", name=name) for name in ("◀ Back", "Next ▶"))
    expect(onward).to_be_disabled()
    back.click()
    walk.get_by_text("2 of ").wait_for()
    onward.press("Enter")
    expect(onward).to_have_attribute("aria-disabled", "true")  # it is the last request, and the focus stays
    expect(onward).to_be_focused()
    back.click()
    walk.get_by_text("2 of ").wait_for()
    take(walk.locator(".jp-OutputArea-output").first, "oauth_walk")
    assert page.title() != "hacked"
    assert notebook.errors() == []
