"""The access portal: sign-ins, the tokens that programs get, the trail's events, and attacks that must fail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.actors.authenticator import Authenticator
from labs_helpers.cloud.actors.browser import Browser, Page
from labs_helpers.cloud.core.errors import NotModelled
from tests.cloud.services.organizations.conftest import refusal
from tests.cloud.services.sso.test_sign_in import CHALLENGE, DEVICE, VERIFIER, Program
from tests.cloud.services.sso_admin.conftest import Center

PASSWORD = "Correct-horse-1"
CALLBACK = "http://127.0.0.1:4711/oauth/callback"


class Desk:
    """Identity Center with Anne, who may read an account, and a program that she might let in."""

    def __init__(self, center: Center) -> None:
        self.center, self.console, self.clock = center, center.console, center.cloud.clock
        self.member = center.org.member()
        self.anne = center.user()
        center.assign(self.member, center.permission_set(), self.anne)
        self.console.choose_password("anne", PASSWORD)
        self.program = Program(center, clientName="anne's laptop")
        self.url = self.console.start_url

    def begin(self, path: str = "", name: str = "anne", **query: str) -> Browser:
        """A browser at the page that asks for the password."""
        browser = Browser()
        browser.open(f"{self.url}{path}", **query)
        browser.send(username=name)
        return browser

    def sign_in(self, path: str = "", name: str = "anne", password: str = PASSWORD, **query: str) -> Browser:
        browser = self.begin(path, name, **query)
        if browser.send(password=password).location:
            browser.follow()
        return browser

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Events of these names, oldest first."""
        found = [
            json.loads(each["CloudTrailEvent"])
            for page in boto3.client("cloudtrail").get_paginator("lookup_events").paginate()
            for each in page["Events"]
            if each["EventName"] in names
        ]
        return found[::-1]


@pytest.fixture
def desk(center: Center) -> Desk:
    return Desk(center)


def alert(page: Page | None) -> str:
    assert page is not None
    found = re.search(r'role="alert"[^>]*>✗ ([^<]*)<', page.text)
    return found[1] if found else ""


def keys_of(page: Page) -> tuple[str, str, str]:
    found = re.findall(r"aws_(?:access_key_id|secret_access_key|session_token)=([^\n<]+)", page.text)
    return found[0], found[1], found[2]


# --- from the code to the credentials -------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["/device", "/device.sso"])
def test_from_the_code_that_a_program_shows_to_its_token(desk: Desk, way: str) -> None:
    started = desk.program.start()
    browser = Browser()
    if way == "/device.sso":
        browser.open(started["verificationUriComplete"])
        browser.follow()
    else:
        browser.open(f"{desk.url}/device", user_code=started["userCode"])
    browser.send(username="anne")
    browser.send(password=PASSWORD)
    page = browser.follow()
    assert "anne&#39;s laptop" in page.text
    assert started["userCode"] in page.text
    waits = {"grantType": DEVICE, "deviceCode": started["deviceCode"]}
    assert refusal(desk.program.token, **waits)[0] == "AuthorizationPendingException"
    assert "Request approved" in browser.send(answer="allow").text
    token = desk.program.token(**waits)["accessToken"]
    assert desk.program.credentials(token, desk.member)["accessKeyId"].startswith("ASIA")


def test_a_user_may_type_the_code_by_hand_in_small_letters_and_deny(desk: Desk) -> None:
    started = desk.program.start()
    browser = desk.sign_in("/device")
    page = browser.open(f"{desk.url}/device", user_code=started["userCode"].lower().replace("-", ""))
    assert started["userCode"] in page.text
    assert "Request denied" in browser.send(answer="deny").text
    refused = refusal(desk.program.token, grantType=DEVICE, deviceCode=started["deviceCode"])
    assert refused[0] == "AccessDeniedException"


def test_a_page_without_an_answer_decides_nothing(desk: Desk) -> None:
    started = desk.program.start()
    browser = desk.sign_in("/device", user_code=started["userCode"])
    browser.send(answer="perhaps")
    waits = {"grantType": DEVICE, "deviceCode": started["deviceCode"]}
    assert refusal(desk.program.token, **waits)[0] == "AuthorizationPendingException"


def test_the_portal_gives_credentials_of_what_is_assigned(desk: Desk) -> None:
    browser = desk.sign_in()
    assert desk.member in browser.page.text
    assert "Reader" in browser.page.text
    key, secret, token = keys_of(browser.send())
    who = boto3.client(
        "sts", aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token
    ).get_caller_identity()
    assert who["Account"] == desk.member
    assert re.search(r"assumed-role/AWSReservedSSO_Reader_[\da-f]{16}/anne$", who["Arn"])
    assert browser.page.headers["Cache-Control"] == "no-store"


def test_what_is_not_assigned_is_not_given_on_the_page_either(desk: Desk) -> None:
    browser = desk.sign_in()
    for more in ({"role_name": "Admin"}, {"account_id": "999988887777"}, {"account_id": "<script>"}):
        browser.open(desk.url)
        page = browser.send(**more)
        assert page.status == 403
        assert "ASIA" not in page.text
        assert "<script>alert" not in page.text


def test_who_has_no_account_is_told_so(desk: Desk) -> None:
    desk.center.user("bob")
    desk.console.choose_password("bob", PASSWORD)
    assert "No account is assigned" in desk.sign_in(name="bob").page.text


# --- authorization code with PKCE -----------------------------------------------------------------------------


@pytest.fixture
def asking(desk: Desk) -> tuple[Program, dict[str, str]]:
    """A program that waits at its own address, and what it asks for."""
    program = Program(
        desk.center, grantTypes=["authorization_code", "refresh_token"], issuerUrl=desk.url,
        redirectUris=["http://127.0.0.1/oauth/callback"],
    )  # fmt: skip
    return program, {
        "response_type": "code", "client_id": program.keys["clientId"], "redirect_uri": CALLBACK, "state": "s1",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256", "scopes": "sso:account:access",
    }  # fmt: skip


def test_a_program_with_pkce_gets_a_code_at_its_own_address(desk: Desk, asking) -> None:
    program, query = asking
    browser = Browser()
    browser.open(program.registered["authorizationEndpoint"], **query)
    browser.follow()
    browser.send(username="anne")
    browser.send(password=PASSWORD)
    browser.follow()
    page = browser.send(answer="allow")
    assert (page.location or "").startswith(f"{CALLBACK}?")
    assert page.told["state"] == "s1"
    given = program.token(
        grantType="authorization_code", code=page.told["code"], redirectUri=CALLBACK, codeVerifier=VERIFIER
    )
    assert program.credentials(given["accessToken"], desk.member)


def test_a_program_of_an_application_is_refused_by_name(desk: Desk) -> None:
    application = (
        f"arn:aws:sso::{desk.center.cloud.home}:application/ssoins-0123456789abcdef/apl-0123456789abcdef"
    )
    with pytest.raises(NotModelled, match=r"sso-oidc:RegisterClient .*entitledApplicationArn"):
        Program(desk.center, entitledApplicationArn=application)


def test_a_user_who_denies_sends_the_program_an_error(desk: Desk, asking) -> None:
    browser = desk.sign_in("/authorize", **asking[1])
    told = browser.send(answer="deny").told
    assert told == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1:4711/other"},
        {"redirect_uri": "http://127.0.0.1:4711@evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:4711\\@evil.example/oauth/callback"},
        {"redirect_uri": "http://user@127.0.0.1:4711/oauth/callback"},
        {"redirect_uri": "http://localhost:4711/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:4711/oauth/callback#fragment"},
        {"redirect_uri": "http://127.0.0.1:x/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1@evil.example/oauth/callback"},
        {"redirect_uri": ""},
        {"client_id": "unknown"},
        {"state": "x" * 10_000},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_programs(desk: Desk, asking, wrong) -> None:
    response = requests.get(f"{desk.url}/authorize", params=asking[1] | wrong, allow_redirects=False)
    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scopes": "everything"}, "invalid_scope"),
    ],
)
def test_a_known_program_is_told_what_is_wrong(desk: Desk, asking, wrong, error) -> None:
    response = requests.get(f"{desk.url}/authorize", params=asking[1] | wrong, allow_redirects=False)
    told = parse_qs(urlsplit(response.headers["Location"]).query)
    assert (told["error"], told["state"]) == ([error], ["s1"])
    assert response.headers["Location"].startswith(CALLBACK)


def test_no_word_of_an_address_leads_the_sign_in_elsewhere(desk: Desk, asking) -> None:
    odd = {"_external": "1", "_scheme": "javascript", "_anchor": "x", "view": "x", "next": "//evil.example"}
    browser = desk.begin("/authorize", **asking[1], **odd)
    location = browser.send(password=PASSWORD).location
    assert location.startswith(f"{desk.url}/authorize?")
    assert browser.follow().status == 200


def test_the_authorization_endpoint_knows_no_strangers(desk: Desk, asking) -> None:
    endpoint = asking[0].registered["authorizationEndpoint"]
    assert requests.get(endpoint, params={"client_id": "unknown"}, allow_redirects=False).status_code == 400


# --- passwords, MFA -------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-SSO-09")
def test_a_one_time_password_has_to_be_changed_and_is_good_no_more(desk: Desk) -> None:
    first = desk.console.one_time_password("anne")
    browser = desk.begin()
    assert "Choose a password" in browser.send(password=first).text
    for wrong in (
        "short",
        "x" * 65,
        "alllowercase-1",
        "ALLUPPER-1",
        "No-digits-",
        "NoSpecial1",
        PASSWORD,
        first,
    ):
        assert browser.send(password=wrong, again=wrong).status == 400, wrong
    assert (
        alert(browser.send(password="Another-horse-2", again="Another-horse-3"))
        == "The two passwords differ."
    )
    browser.send(password="Another-horse-2", again="Another-horse-2")
    assert "Accounts" in browser.follow().text
    assert alert(desk.sign_in(password=first).page)
    assert "Accounts" in desk.sign_in(password="Another-horse-2").page.text


@pytest.mark.ledger("F-SSO-09")
def test_the_last_three_passwords_cannot_be_used_again(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/password-requirements.html"""
    for new in ("Another-horse-2", "Another-horse-3"):
        desk.console.choose_password("anne", new)
    with pytest.raises(ValueError, match="can't be used again"):
        desk.console.choose_password("anne", PASSWORD)
    desk.console.choose_password("anne", "Another-horse-4")
    desk.console.choose_password("anne", PASSWORD)


@pytest.mark.ledger("F-SSO-09")
def test_users_of_the_api_have_no_password(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/userswithoutpwd.html"""
    desk.center.user("bob")
    for password in ("", "x", PASSWORD):
        assert desk.sign_in(name="bob", password=password).page.status == 400


def test_who_has_an_authenticator_app_is_asked_for_its_code_and_each_counts_once(desk: Desk) -> None:
    phone = Authenticator(desk.center.cloud, desk.console.register_app("anne"))
    browser = desk.begin()
    assert "MFA code" in browser.send(password=PASSWORD).text
    assert browser.send(code="000000").status == 400
    code = phone.code()
    browser.send(code=code)
    assert "Accounts" in browser.follow().text
    again = desk.begin()
    again.send(password=PASSWORD)
    assert again.send(code=code).status == 400
    again.send(code=phone.next_code())
    assert "Accounts" in again.follow().text


def test_the_password_alone_opens_nothing_where_a_code_is_due(desk: Desk) -> None:
    desk.console.register_app("anne")
    browser = desk.begin()
    browser.send(password=PASSWORD)
    assert "x-amz-sso_authn" not in browser.cookies
    assert "User name" in browser.open(desk.url).text


def test_users_without_a_device_register_one_or_stay_outside(desk: Desk) -> None:
    desk.console.configure_mfa(unregistered="BLOCK")
    assert "MFA device" in alert(desk.sign_in().page)
    desk.console.configure_mfa(unregistered="REGISTER")
    browser = desk.begin()
    page = browser.send(password=PASSWORD)
    seed = re.search(r'id="seed">(\w+)<', page.text)
    assert seed
    phone = Authenticator(desk.center.cloud, seed[1])
    assert browser.send(code="000000").status == 400
    browser.send(code=phone.code())
    assert "Accounts" in browser.follow().text
    (event,) = desk.events("UserAuthentication")
    assert event["additionalEventData"]["DeviceEnrollmentRequired"] == "true"
    again = desk.begin()
    assert "MFA code" in again.send(password=PASSWORD).text


def test_a_user_has_two_apps_at_most_and_loses_them_with_the_phone(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/mfa-types-apps.html"""
    desk.console.register_app("anne")
    phone = Authenticator(desk.center.cloud, desk.console.register_app("anne"))
    with pytest.raises(ValueError, match="2 authenticator apps"):
        desk.console.register_app("anne")
    browser = desk.begin()
    browser.send(password=PASSWORD)
    browser.send(code=phone.code())
    assert "Accounts" in browser.follow().text
    desk.console.remove_apps("anne")
    assert "Accounts" in desk.sign_in().page.text


def _link(desk: Desk) -> str:
    letter = desk.center.cloud.mailbox("anne@example.com")[-1]
    return re.search(r"https://\S+/reset\?token=\S+", letter)[0]


@pytest.fixture
def mailed(desk: Desk) -> Desk:
    """Anne has an address."""
    emails = [{"Value": "anne@example.com", "Type": "work", "Primary": True}]
    desk.center.store.update_user(
        IdentityStoreId=desk.center.store_id, UserId=desk.anne,
        Operations=[{"AttributePath": "emails", "AttributeValue": emails}],
    )  # fmt: skip
    return desk


def test_who_forgot_a_password_chooses_another_by_a_mailed_link_once(mailed: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/howtoresetpassword.html"""
    phone = Authenticator(mailed.center.cloud, mailed.console.register_app("anne"))
    told = []
    for name in ("anne", "nobody"):
        browser = Browser()
        browser.open(f"{mailed.url}/forgot")
        told.append(re.sub(r'value="[^"]*"', "", browser.send(username=name).text))
    assert told[0] == told[1]
    link = _link(mailed)
    browser.open(link)
    assert browser.send(password="short", again="short").status == 400
    assert browser.send(password=PASSWORD, again=PASSWORD).status == 400
    assert browser.send(password="Another-horse-2", again="Another-horse-2").status == 302
    assert "x-amz-sso_authn" not in browser.cookies
    assert browser.open(link).status == 400
    again = mailed.begin()
    assert "MFA code" in again.send(password="Another-horse-2").text
    again.send(code=phone.code())
    assert "Accounts" in again.follow().text


def test_a_link_ends_after_its_time_with_the_next_and_with_its_user(mailed: Desk) -> None:
    mailed.console.invite("anne")
    first = _link(mailed)
    mailed.console.invite("anne")
    second = _link(mailed)
    assert [Browser().open(each).status for each in (first, second)] == [400, 200]
    mailed.clock.advance(hours=1)
    assert Browser().open(second).status == 400
    mailed.console.invite("anne")
    mailed.center.store.delete_user(IdentityStoreId=mailed.center.store_id, UserId=mailed.anne)
    assert Browser().open(_link(mailed)).status == 400


def test_nobody_is_buried_in_mail(mailed: Desk) -> None:
    for _ in range(8):
        browser = Browser()
        browser.open(f"{mailed.url}/forgot")
        browser.send(username="anne")
    assert len(mailed.center.cloud.mailbox("anne@example.com")) == 5


def test_users_of_the_api_are_mailed_a_password_where_the_console_says_so(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/userswithoutpwd.html"""
    desk.center.user("bob", Emails=[{"Value": "bob@example.com", "Primary": True}])
    desk.console.send_email_otp()
    browser = desk.begin(name="bob")
    assert "One-time password" in browser.page.text
    assert browser.send(code="wrong").status == 400
    code = re.findall(r"\d{6}", desk.center.cloud.mailbox("bob@example.com")[-1])[0]
    assert "Choose a password" in browser.send(code=code).text
    browser.send(password=PASSWORD, again=PASSWORD)
    assert "No account is assigned" in browser.follow().text
    kinds = [each["additionalEventData"]["CredentialType"] for each in desk.events(*SIGN_IN)]
    assert set(kinds) == {"EMAIL_OTP"}
    assert "No account is assigned" in desk.sign_in(name="bob").page.text


def test_a_first_password_is_mailed_five_times_at_most(desk: Desk) -> None:
    desk.center.user("bob", Emails=[{"Value": "bob@example.com", "Primary": True}])
    desk.console.send_email_otp()
    for _ in range(7):
        browser = desk.begin(name="bob")
    assert len(desk.center.cloud.mailbox("bob@example.com")) == 5
    assert browser.send(code="").status == 400


def test_users_register_devices_themselves_where_they_may(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/how-to-allow-user-registration.html"""
    browser = desk.sign_in("/mfa")
    assert "Ask your administrator" in browser.page.text
    desk.console.configure_mfa(own_devices=True)
    page = browser.open(f"{desk.url}/mfa")
    phone = Authenticator(desk.center.cloud, re.search(r'id="seed">(\w+)<', page.text)[1])
    assert browser.send(code="000000").status == 400
    browser.send(code=phone.code())
    assert "1 authenticator app." in browser.follow().text
    again = desk.begin()
    assert "MFA code" in again.send(password=PASSWORD).text


# --- guessing -------------------------------------------------------------------------------------------------


def test_a_wrong_name_and_a_wrong_password_look_the_same(desk: Desk) -> None:
    pages = []
    for name in ("anne", "nobody"):
        browser = desk.begin(name=name)
        asked = browser.page.text
        page = browser.send(password="wrong")
        hide = re.compile(rf'value="[^"]*"|{name}')
        pages.append((page.status, hide.sub("", asked), hide.sub("", page.text)))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["anne", "nobody"])
def test_after_five_failures_nobody_gets_in_by_that_name_for_a_while(desk: Desk, name: str) -> None:
    for _ in range(5):
        assert alert(desk.sign_in(name=name, password="wrong").page).startswith("The user name or")
    assert alert(desk.sign_in(name=name.upper()).page).startswith("Too many attempts")
    if name == "anne":
        desk.clock.advance(minutes=15)
        assert "Accounts" in desk.sign_in().page.text


def test_wrong_codes_lock_as_wrong_passwords_do(desk: Desk) -> None:
    phone = Authenticator(desk.center.cloud, desk.console.register_app("anne"))
    browser = desk.begin()
    browser.send(password=PASSWORD)
    for _ in range(5):
        browser.send(code="000000")
    assert alert(browser.send(code=phone.code())).startswith("Too many attempts")
    other = desk.begin()
    assert alert(other.send(password=PASSWORD)).startswith("Too many attempts")


def test_names_that_are_too_long_are_nobodys(desk: Desk) -> None:
    browser = Browser()
    browser.open(desk.url)
    assert browser.send(username="x" * 10_000).status == 400
    assert browser.send(username="anne").status == 200
    assert browser.send(password="x" * 60_000).status == 400
    assert browser.send(password="x" * 70_000).status == 413


# --- codes that are not for me --------------------------------------------------------------------------------


def test_a_code_is_answered_once(desk: Desk) -> None:
    started = desk.program.start()
    browser = desk.sign_in("/device", user_code=started["userCode"])
    form, action = dict(browser.page.fields), f"{desk.url}/device"
    browser.send(answer="allow")
    for answer in ("allow", "deny"):
        page = browser.post(action, **form | {"answer": answer})
        assert (page.status, "No program is waiting" in alert(page)) == (400, True)
    desk.program.token(grantType=DEVICE, deviceCode=started["deviceCode"])


@pytest.mark.parametrize("code", ["AAAA-BBBB", "x" * 10_000, "<b>", "' or 1=1"])
def test_an_unknown_code_waits_for_nobody(desk: Desk, code: str) -> None:
    browser = desk.sign_in()
    page = browser.open(f"{desk.url}/device", user_code=code)
    assert page.status == 400
    assert "No program is waiting" in alert(page)
    assert "<b>" not in page.text


def test_a_code_expires_while_its_user_thinks(desk: Desk) -> None:
    started = desk.program.start()
    browser = desk.sign_in("/device", user_code=started["userCode"])
    desk.clock.advance(minutes=10)
    assert "No program is waiting" in alert(browser.send(answer="allow"))


def test_guessing_codes_is_stopped(desk: Desk) -> None:
    started = desk.program.start()
    browser = desk.sign_in()
    for letter in "BCDFG":
        browser.open(f"{desk.url}/device", user_code=f"{letter * 4}-{letter * 4}")
    page = browser.open(f"{desk.url}/device", user_code=started["userCode"])
    assert "Too many wrong codes" in page.text


def test_a_code_of_another_instance_is_unknown(desk: Desk) -> None:
    member = desk.center.org.as_account(desk.member, "sso-admin")
    arn = member.create_instance()["InstanceArn"]
    store = next(
        each["IdentityStoreId"] for each in member.list_instances()["Instances"] if each["InstanceArn"] == arn
    )
    foreign = desk.program.oidc.start_device_authorization(
        startUrl=f"https://{store}.awsapps.com/start", **desk.program.keys
    )
    page = desk.sign_in().open(f"{desk.url}/device", user_code=foreign["userCode"])
    assert "No program is waiting" in alert(page)


# --- sessions -------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_everywhere_but_not_another_browsers(desk: Desk) -> None:
    browser, other = desk.sign_in(), desk.sign_in()
    stolen = dict(browser.cookies)
    token = stolen["x-amz-sso_authn"]
    assert desk.program.portal.list_accounts(accessToken=token)["accountList"]
    browser.post(f"{desk.url}/signout", _csrf=browser.cookies["XSRF-TOKEN"])
    assert "x-amz-sso_authn" not in browser.cookies
    browser.cookies = stolen
    assert "User name" in browser.open(desk.url).text
    assert refusal(desk.program.portal.list_accounts, accessToken=token)[0] == "UnauthorizedException"
    assert "Accounts" in other.open(desk.url).text


def test_a_session_lasts_eight_hours_or_as_the_console_says(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html"""
    browser = desk.sign_in()
    desk.clock.advance(hours=7, minutes=59)
    assert "Accounts" in browser.open(desk.url).text
    desk.clock.advance(minutes=1)
    assert "User name" in browser.open(desk.url).text
    desk.console.configure_session(timedelta(minutes=15))
    browser = desk.sign_in()
    desk.clock.advance(minutes=15)
    assert "User name" in browser.open(desk.url).text
    for wrong in (timedelta(minutes=14), timedelta(days=91)):
        with pytest.raises(ValueError, match="15 minutes to 90 days"):
            desk.console.configure_session(wrong)


def test_an_administrator_ends_what_a_user_has_open(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-user-session.html"""
    browser, token = desk.sign_in(), desk.program.sign_in()
    role = desk.program.session(token, desk.member)
    desk.console.end_sessions("anne")
    assert "User name" in browser.open(desk.url).text
    assert refusal(desk.program.portal.list_accounts, accessToken=token)[0] == "UnauthorizedException"
    role.client("iam").list_users()
    assert "Accounts" in desk.sign_in().page.text


def test_what_a_user_has_confirmed_begins_no_session_after_all_were_ended(desk: Desk, asking) -> None:
    program, _ = asking
    started, later = desk.program.start(), desk.program.start()
    desk.console.approve(started["userCode"], "anne")
    code = desk.console.authorize(program.keys["clientId"], "anne", CALLBACK, CHALLENGE)
    desk.console.end_sessions("anne")
    redeemed = {"grantType": "authorization_code", "redirectUri": CALLBACK, "codeVerifier": VERIFIER}
    assert refusal(program.token, code=code, **redeemed)[0] == "InvalidGrantException"
    asked = {"grantType": DEVICE, "deviceCode": started["deviceCode"]}
    assert refusal(desk.program.token, **asked)[0] == "InvalidGrantException"
    desk.console.approve(later["userCode"], "anne")
    assert desk.program.token(grantType=DEVICE, deviceCode=later["deviceCode"])["accessToken"]


def test_a_sign_in_goes_no_further_with_a_password_that_was_reset_meanwhile(desk: Desk) -> None:
    """Someone who knew the old password can neither finish the sign-in with a code nor choose the next password."""
    choosing = desk.sign_in(password=desk.console.one_time_password("anne"))
    desk.console.one_time_password("anne")
    refused = choosing.send(password="Another-horse-2", again="Another-horse-2")
    assert (refused.status, refused.location) == (400, None)
    app = Authenticator(desk.center.cloud, desk.console.register_app("anne"))
    desk.console.choose_password("anne", "Another-horse-3")
    coded = desk.begin()
    coded.send(password="Another-horse-3")
    desk.console.choose_password("anne", "Another-horse-4")
    refused = coded.send(code=app.code())
    assert (refused.status, refused.location) == (400, None)
    again = desk.begin()
    again.send(password="Another-horse-4")
    assert again.send(code=app.code()).location


def test_a_mailed_password_is_for_who_has_no_other(desk: Desk) -> None:
    desk.center.user("bob", Emails=[{"Value": "bob@example.com", "Primary": True}])
    desk.console.send_email_otp()
    browser = desk.begin(name="bob")
    code = re.findall(r"\d{6}", desk.center.cloud.mailbox("bob@example.com")[-1])[0]
    desk.console.choose_password("bob", PASSWORD)
    assert browser.send(code=code).status == 400


def test_a_disabled_user_is_out_until_enabled_again(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/disableuser.html"""
    token = desk.program.sign_in()
    role = desk.program.session(token, desk.member)
    inside, halfway, started = desk.sign_in(), desk.begin(), desk.program.start()
    desk.console.disable_user("anne")
    described = desk.center.store.describe_user(IdentityStoreId=desk.center.store_id, UserId=desk.anne)
    assert described["UserStatus"] == "DISABLED"
    assert "User name" in inside.open(desk.url).text
    assert halfway.send(password=PASSWORD).status == 400
    assert refusal(desk.program.portal.list_accounts, accessToken=token)[0] == "UnauthorizedException"
    with pytest.raises(LookupError):
        desk.console.approve(started["userCode"], "anne")
    role.client("sts").get_caller_identity()
    desk.console.enable_user("anne")
    assert desk.member in desk.sign_in().page.text
    assert "User name" in inside.open(desk.url).text


def test_a_program_gets_nothing_for_who_was_deleted_after_confirming(desk: Desk) -> None:
    started = desk.program.start()
    desk.sign_in("/device", user_code=started["userCode"]).send(answer="allow")
    desk.center.store.delete_user(IdentityStoreId=desk.center.store_id, UserId=desk.anne)
    refused = refusal(desk.program.token, grantType=DEVICE, deviceCode=started["deviceCode"])
    assert refused[0] == "InvalidGrantException"


def test_the_portal_may_have_a_name_of_its_own_once_and_for_good(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangeURL.html"""
    first = desk.url
    for wrong in ("", "d-school", "a b", "-x", "x" * 63, "école", desk.center.store_id):
        with pytest.raises(ValueError, match="letters, digits"):
            desk.console.customize_url(wrong)
    desk.console.customize_url("School-of-Rock")
    desk.url = desk.console.start_url
    assert desk.url == "https://school-of-rock.awsapps.com/start"
    assert "Accounts" in desk.sign_in().page.text
    assert "User name" in Browser().open(first).text
    for start in (first, desk.url):
        desk.program.oidc.start_device_authorization(startUrl=start, **desk.program.keys)
    with pytest.raises(ValueError, match="cannot be changed"):
        desk.console.customize_url("other")


def test_a_portal_is_in_the_region_of_its_instance(cloud: Cloud) -> None:
    desk = Desk(Center(cloud, "eu-central-1"))
    started = desk.program.start()
    assert started["verificationUri"].startswith("https://device.sso.eu-central-1.")
    browser = Browser()
    browser.open(started["verificationUriComplete"])
    browser.follow()
    browser.send(username="anne")
    browser.send(password=PASSWORD)
    browser.follow()
    browser.send(answer="allow")
    assert desk.program.token(grantType=DEVICE, deviceCode=started["deviceCode"])["accessToken"]
    assert boto3.client("cloudtrail", region_name="eu-central-1").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UserAuthentication"}]
    )["Events"]


def test_a_deleted_user_is_out(desk: Desk) -> None:
    browser, under_way = desk.sign_in(), desk.begin()
    desk.center.store.delete_user(IdentityStoreId=desk.center.store_id, UserId=desk.anne)
    assert "User name" in browser.open(desk.url).text
    assert under_way.send(password=PASSWORD).status == 400


def test_a_programs_token_is_no_session_of_the_portal(desk: Desk) -> None:
    """Otherwise, a program with access could give access to others."""
    browser = Browser()
    browser.cookies["x-amz-sso_authn"] = desk.program.sign_in()
    assert "User name" in browser.open(desk.url).text


def test_a_cookie_is_new_after_signing_in(desk: Desk) -> None:
    browser = Browser()
    browser.cookies["x-amz-sso_authn"] = "planted"
    browser.open(desk.url)
    browser.send(username="anne")
    browser.send(password=PASSWORD)
    assert browser.cookies["x-amz-sso_authn"] != "planted"


def test_a_sign_in_goes_on_in_the_browser_that_began_it_and_for_a_quarter_of_an_hour(desk: Desk) -> None:
    browser, other = desk.begin(), desk.begin()
    stolen = other.page.fields["flow"]
    assert browser.send(password=PASSWORD, flow=stolen).status == 400
    late = desk.begin()
    desk.clock.advance(minutes=15)
    assert "expired" in late.send(password=PASSWORD).text


# --- what every page is protected by --------------------------------------------------------------------------


def _forms(desk: Desk) -> Iterator[tuple[str, dict[str, str]]]:
    started = desk.program.start()
    yield "/device", {"user_code": started["userCode"], "answer": "allow"}
    yield "/credentials", {"account_id": desk.member, "role_name": "Reader"}
    yield "/signout", {}
    yield "/forgot", {"username": "anne"}
    yield "/reset", {"token": "x", "password": "Another-horse-2", "again": "Another-horse-2"}
    yield "/mfa", {"code": "000000"}
    yield "/signin", {"flow": "x", "username": "anne"}
    yield "/authorize", {"answer": "allow"}


def test_no_other_site_can_press_a_button(desk: Desk) -> None:
    browser = desk.sign_in()
    for path, fields in _forms(desk):
        for token in ({}, {"_csrf": ""}, {"_csrf": "guessed"}):
            page = browser.post(f"{desk.url}{path}", **fields, **token)
            assert page.status == 400, (path, token)
            assert "sent from this site" in page.text
    assert "Accounts" in browser.open(desk.url).text


def test_headers_and_cookies_protect_every_page(desk: Desk) -> None:
    browser = desk.sign_in()
    for path in ("", "/device", "/device?user_code=AAAA-BBBB", "/authorize", "/nothing"):
        headers = browser.open(f"{desk.url}{path}").headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
    response = requests.get(desk.url)
    cookie = response.headers["Set-Cookie"]
    for word in ("HttpOnly", "Secure", "SameSite=Lax"):
        assert word in cookie


def test_what_programs_call_themselves_is_shown_and_not_believed(desk: Desk) -> None:
    name = "<script>alert(1)</script>" + "x" * 10_000
    started = Program(desk.center, clientName=name).start()
    page = desk.sign_in("/device", user_code=started["userCode"]).page
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    assert len(page.text) < 5_000


def test_an_application_that_is_mounted_below_a_path_stays_there(desk: Desk) -> None:
    """Behind a proxy of a notebook server."""
    response = requests.get(desk.url, headers={"X-Labs-Mounted-At": "/proxy/4711"})
    assert 'action="/proxy/4711/start/signin"' in response.text
    assert "Path=/proxy/4711" in response.headers["Set-Cookie"]


def test_a_network_that_the_instance_keeps_out_gets_neither_page_nor_token(desk: Desk) -> None:
    started, signed_in = desk.program.start(), desk.program.sign_in()
    desk.console.approve(started["userCode"], "anne")
    asked = {"grantType": DEVICE, "deviceCode": started["deviceCode"]}
    limits = {"VpceAccessRequired": True, "AllowSourceIps": ["198.51.100.0/24"]}
    desk.center.admin.update_instance(InstanceArn=desk.center.arn, NetworkConfiguration=limits)
    assert Browser().open(desk.url).status == 403
    assert refusal(desk.program.token, **asked)[0] == "AccessDeniedException"
    assert refusal(desk.program.portal.list_accounts, accessToken=signed_in)[0] == "ForbiddenException"
    with desk.center.cloud.calling_from("198.51.100.7"):
        assert Browser().open(desk.url).status == 200
        assert desk.program.portal.list_accounts(accessToken=signed_in)["accountList"]


def test_other_hosts_of_the_kind_are_nobodys(desk: Desk) -> None:
    with pytest.raises(Exception, match="not an AWS endpoint"):
        requests.get("https://d-0000000000.awsapps.com/start")


# --- the trail ------------------------------------------------------------------------------------------------

SIGN_IN = ("CredentialChallenge", "CredentialVerification", "UserAuthentication")


@pytest.mark.ledger("F-SSO-08")
def test_the_trail_has_each_step_of_a_sign_in(desk: Desk) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html"""
    phone = Authenticator(desk.center.cloud, desk.console.register_app("anne"))
    browser = desk.begin()
    browser.send(password=PASSWORD)
    browser.send(code=phone.code())
    events = desk.events(*SIGN_IN)
    assert [(each["eventName"], each["additionalEventData"]["CredentialType"]) for each in events] == [
        ("CredentialChallenge", "PASSWORD"), ("CredentialVerification", "PASSWORD"),
        ("CredentialChallenge", "TOTP"), ("CredentialVerification", "TOTP"),
        ("UserAuthentication", "PASSWORD,TOTP"),
    ]  # fmt: skip
    assert len({each["additionalEventData"]["AuthWorkflowID"] for each in events}) == 1
    for event in events:
        assert event["eventSource"] == "signin.amazonaws.com"
        assert event["eventType"] == "AwsServiceEvent"
        assert event["serviceEventDetails"] == {event["eventName"]: "Success"}
        assert event["userIdentity"]["type"] == "IdentityCenterUser"
        assert event["userIdentity"]["onBehalfOf"]["userId"] == desk.anne
        assert "userName" not in event["userIdentity"]
        assert event["requestID"]
        assert (event["requestParameters"], event["responseElements"]) == (None, None)
    assert [each["additionalEventData"].get("UserName") for each in events] == ["anne"] + [None] * 4
    assert events[-1]["additionalEventData"]["LoginTo"].startswith(desk.url)


@pytest.mark.ledger("F-SSO-08")
def test_the_trail_has_failures_and_nothing_that_was_typed(desk: Desk) -> None:
    desk.sign_in(password="a-wrong-password")
    desk.sign_in(name="my-secret-password", password="another")
    events = desk.events(*SIGN_IN)
    failed = [each for each in events if each["eventName"] == "CredentialVerification"]
    assert [each["serviceEventDetails"]["CredentialVerification"] for each in failed] == ["Failure"] * 2
    assert [each["userIdentity"]["type"] for each in failed] == ["IdentityCenterUser", "Unknown"]
    assert "UserAuthentication" not in {each["eventName"] for each in events}
    for typed in ("a-wrong-password", "my-secret-password", "another"):
        assert typed not in json.dumps(events)


def test_the_trail_has_what_the_page_asked_for_its_user(desk: Desk) -> None:
    browser = desk.sign_in()
    secret, token = keys_of(browser.send())[1], browser.cookies["x-amz-sso_authn"]
    (event,) = desk.events("GetRoleCredentials")
    assert event["eventSource"] == "sso.amazonaws.com"
    assert event["userIdentity"]["onBehalfOf"]["userId"] == desk.anne
    assert event["requestParameters"]["roleName"] == "Reader"
    assert secret not in json.dumps(event)
    assert token not in json.dumps(desk.events("GetRoleCredentials", "ListAccounts", "ListAccountRoles"))
    federated = desk.center.org.as_account(desk.member, "cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithSAML"}]
    )["Events"]
    assert len(federated) == 1


def test_what_the_portal_does_not_model_says_so_by_name(center):
    """AWS supports security keys and external identity providers; here, the learner is told that the cloud doesn't."""
    center.user("anne")
    with pytest.raises(NotModelled, match="WebAuthn"):
        center.console.register_security_key("anne")
    with pytest.raises(NotModelled, match="external identity provider"):
        center.console.change_identity_source("<EntityDescriptor/>")
