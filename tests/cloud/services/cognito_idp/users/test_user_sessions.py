"""Sessions of browsers on the pool's pages: how long clients share them, and how they are listed and ended.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserSessions.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolClientSessionConfiguration.html
"""

from __future__ import annotations

from typing import Any

import pytest

from labs_helpers.cloud.actors.browser import Browser
from tests.cloud.services.cognito_idp.managed_login.test_app import HOST, Shop


@pytest.fixture
def shop(cloud: Any) -> Shop:
    shop = Shop()
    shop.idp.set_user_pool_session_configuration(
        UserPoolId=shop.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    return shop


def sessions(shop: Shop) -> dict[str, dict[str, Any]]:
    """Alice's sessions, by kind."""
    found = shop.idp.admin_list_user_sessions(UserPoolId=shop.pool, Username="alice")["Sessions"]
    return {each["SessionType"]: each for each in found}


def renew(shop: Shop, refresh: str) -> int:
    import requests

    form = {"grant_type": "refresh_token", "client_id": shop.client, "refresh_token": refresh}
    return requests.post(f"{HOST}/oauth2/token", data=form).status_code


def silently(shop: Shop, browser: Browser) -> bool:
    """Whether the browser gets a code without anybody typing anything."""
    return "code" in browser.open(f"{HOST}/oauth2/authorize", **shop.query()).told


def test_a_browsers_session_is_listed_beside_the_tokens_that_came_of_it(shop: Shop) -> None:
    shop.exchange(shop.sign_in()["code"])
    found = sessions(shop)
    assert found["TOKEN"]["OriginSessionId"] == found["SSO"]["SessionId"]
    assert found["SSO"]["SessionId"].startswith("sso")
    assert (found["SSO"]["IsCurrentSession"], "OriginSessionId" in found["SSO"]) == (False, False)


@pytest.mark.parametrize("associated", ["NONE", "LINKED"])
@pytest.mark.parametrize("kind", ["TOKEN", "SSO"])
def test_a_session_ends_alone_or_with_those_that_are_linked_to_it(
    shop: Shop, kind: str, associated: str
) -> None:
    browser = Browser()
    refresh = shop.exchange(shop.sign_in(browser)["code"]).json()["refresh_token"]
    shop.idp.admin_revoke_user_session(
        UserPoolId=shop.pool, Username="alice", SessionId=sessions(shop)[kind]["SessionId"],
        RevokeAssociatedSessions=associated,
    )  # fmt: skip
    other = {"TOKEN": "SSO", "SSO": "TOKEN"}[kind]
    assert set(sessions(shop)) == (set() if associated == "LINKED" else {other})
    assert (renew(shop, refresh) == 200) == (kind == "SSO" and associated == "NONE")
    assert silently(shop, browser) == (kind == "TOKEN" and associated == "NONE")


@pytest.mark.parametrize("associated", ["NONE", "LINKED"])
def test_revoking_a_refresh_token_may_end_the_browsers_session(shop: Shop, associated: str) -> None:
    browser = Browser()
    refresh = shop.exchange(shop.sign_in(browser)["code"]).json()["refresh_token"]
    shop.idp.revoke_token(ClientId=shop.client, Token=refresh, RevokeAssociatedSessions=associated)
    assert silently(shop, browser) == (associated == "NONE")


@pytest.mark.parametrize(
    ("minutes", "after", "expected"), [(0, 0, False), (5, 4, True), (5, 5, False), (180, 179, True)]
)
def test_each_client_says_how_long_it_takes_a_sign_in_for_its_own(
    shop: Shop, cloud: Any, minutes: int, after: int, expected: bool
) -> None:
    shop.idp.set_user_pool_client_session_configuration(
        UserPoolId=shop.pool, ClientId=shop.client, SSOSession={"MaxValidityMinutes": minutes}
    )
    browser = Browser()
    shop.sign_in(browser)
    cloud.clock.advance(minutes=after)
    assert silently(shop, browser) == expected
    shop.client = shop.new_client()["ClientId"]
    assert silently(shop, browser) == (after < 60), "another client has the default of an hour"


def test_a_request_may_leave_out_the_address_where_one_provider_and_a_default_are_set(shop: Shop) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"""
    assert Browser().open(f"{HOST}/oauth2/authorize", **shop.query(redirect_uri=None)).status == 400
    callback = "https://app.example/callback"
    shop.client = shop.new_client(DefaultRedirectURI=callback)["ClientId"]
    told = shop.sign_in(redirect_uri=None)
    assert shop.exchange(told["code"]).status_code == 200


@pytest.mark.parametrize(
    ("age", "minutes", "expected"), [("600", 9, True), ("600", 11, False), ("0", 1, False)]
)
def test_an_application_may_ask_how_fresh_a_sign_in_is(
    shop: Shop, cloud: Any, age: str, minutes: int, expected: bool
) -> None:
    """OpenID Connect Core, 3.1.2.1: max_age."""
    browser = Browser()
    shop.sign_in(browser)
    cloud.clock.advance(minutes=minutes)
    told = browser.open(f"{HOST}/oauth2/authorize", **shop.query(max_age=age)).told
    assert ("code" in told) == expected
    told = browser.open(f"{HOST}/oauth2/authorize", **shop.query(max_age="soon")).told
    assert told["error"] == "invalid_request"
