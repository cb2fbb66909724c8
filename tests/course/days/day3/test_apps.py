"""The day's applications: each works for users who signed in, and does nothing for anyone else."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

from labs_helpers.cloud.actors.browser import Browser
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.course.days.day3.apps import Apps, start
from labs_helpers.course.days.day3.apps.oauth import SignInFailed
from tests.course.days.day3.conftest import PASSWORDS

ALICE = ("alice", PASSWORDS["alice"])


@pytest.fixture
def apps(cloud: Any, login: dict[str, str]) -> Apps:
    return start(cloud, login["pool"])


def signed_in(apps: Apps, name: str = "alice") -> Browser:
    browser = Browser()
    browser.open(f"{apps.site}/login")
    browser.follow()
    browser.follow()
    browser.send(username=name, password=PASSWORDS[name])
    browser.follow()
    browser.follow()
    return browser


def test_a_page_goes_from_the_site_to_its_writers_prefix_in_the_bucket(apps: Apps) -> None:
    browser = signed_in(apps)
    assert "Signed in as alice" in browser.page.text
    browser.send(text="Dear diary")
    assert browser.follow().text.count("Stored.") == 1
    (stored,) = boto3.client("s3").list_objects_v2(Bucket=apps.bucket)["Contents"]
    assert stored["Key"].startswith("us-east-1:")
    assert stored["Key"].endswith("/page")


def test_the_browser_holds_no_token(apps: Apps) -> None:
    assert not any(value.count(".") == 2 for value in signed_in(apps).cookies.values())


def test_somebody_elses_sign_in_ends_in_no_browser(apps: Apps) -> None:
    mallory = Browser()
    mallory.open(f"{apps.site}/login")
    mallory.follow()
    mallory.follow()
    link = mallory.send(username="mallory", password=PASSWORDS["mallory"]).location
    alice = Browser()
    alice.open(f"{apps.site}/login")
    assert alice.open(link).status == 400
    assert "Sign in" in alice.open(f"{apps.site}/").text
    assert mallory.open(link).status == 302, "in her own browser it ends"
    assert mallory.open(link).status == 400, "once"


def test_a_session_has_a_new_name_once_somebody_signed_in(apps: Apps) -> None:
    browser = Browser()
    browser.open(f"{apps.site}/login")
    before = browser.cookies["diary-session"]
    browser.follow()
    browser.follow()
    browser.send(username="alice", password=PASSWORDS["alice"])
    browser.follow()
    assert browser.cookies["diary-session"] != before


def test_forms_from_elsewhere_and_of_nobody_store_nothing(apps: Apps) -> None:
    browser = signed_in(apps)
    assert browser.post(f"{apps.site}/page", text="forged").status == 400
    assert Browser().post(f"{apps.site}/page", text="x").location.endswith("/login")
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=apps.bucket)


def test_signing_out_forgets_the_browser_here_and_at_the_pool(apps: Apps) -> None:
    browser = signed_in(apps)
    browser.open(f"{apps.site}/logout")
    assert browser.follow().location == f"{apps.site}/"
    assert "Sign in" in browser.open(f"{apps.site}/").text
    browser.open(f"{apps.site}/login")
    assert "/login" in browser.follow().location


def test_the_site_ends_a_session_by_the_lab_clock(apps: Apps, cloud: Any) -> None:
    browser = signed_in(apps)
    cloud.clock.advance(hours=1)
    assert "Signed in" not in browser.open(f"{apps.site}/").text


def test_the_phone_calls_the_api_with_its_access_token(apps: Apps) -> None:
    claims = apps.phone.sign_in(*ALICE)
    assert claims["cognito:username"] == "alice"
    assert apps.phone.call("PUT", f"{apps.api}/pages/monday", data="Dear diary").json() == ["monday"]
    assert apps.phone.call("GET", f"{apps.api}/pages").json() == {"monday": "Dear diary"}


def test_the_api_takes_nothing_else(apps: Apps, login: dict[str, str], cloud: Any) -> None:
    apps.phone.sign_in(*ALICE)
    good = dict(apps.phone.tokens)

    def status(token: str | None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return requests.get(f"{apps.api}/pages", headers=headers).status_code

    assert status(good["access_token"]) == 200
    for token in (None, "", "x.y.z", good["id_token"], good["access_token"][:-4] + "AAAA"):
        assert status(token) == 401
    idp = boto3.client("cognito-idp")
    other = idp.create_user_pool_client(
        UserPoolId=login["pool"], ClientName="x", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    foreign = idp.initiate_auth(
        ClientId=other, AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORDS["alice"]},
    )["AuthenticationResult"]["AccessToken"]  # fmt: skip
    assert status(foreign) == 401, "another application's"
    cloud.clock.advance(hours=1)
    assert status(good["access_token"]) == 401


def test_a_wrong_password_gives_the_phone_nothing(apps: Apps) -> None:
    with pytest.raises(SignInFailed):
        apps.phone.sign_in("alice", "wrong")
    assert apps.phone.tokens == {}


def test_the_applications_are_gone_with_the_cloud(apps: Apps, cloud: Any) -> None:
    with pytest.raises(ValueError, match="already a host of the cloud"):
        cloud.site("diary.example", None)
    cloud.reset()
    with pytest.raises(NotModelled, match="no request leaves the machine"):
        requests.get(f"{apps.site}/")
