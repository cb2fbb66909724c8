"""The modules of OpenID's Basic OP profile, each as the pool's domain answers it. docs/oidc.md lists them.

https://openid.net/certification/testing/ names the modules; what AWS does stands on its own pages.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from labs_helpers.cloud.actors.browser import Browser
from tests.cloud.services.cognito_idp.managed_login.test_app import CALLBACK, HOST, PASSWORD, Shop, claims

DOCS = Path(__file__).resolve().parents[5] / "docs" / "oidc.md"
MODULES: dict[str, Callable[[Shop, Any], None]] = {}
Module = Callable[[Shop, Any], None]


def module(*names: str) -> Callable[[Module], Module]:
    def register(function: Module) -> Module:
        MODULES.update(dict.fromkeys(names, function))
        return function

    return register


@pytest.fixture
def shop(cloud: Any) -> Shop:
    return Shop()


def tokens(shop: Shop, **query: Any) -> dict[str, Any]:
    return dict(shop.exchange(shop.sign_in(**query)["code"]).json())


def info(shop: Shop, method: str = "get", **query: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens(shop, **query)['access_token']}"}
    return requests.request(method, f"{HOST}/oauth2/userInfo", headers=headers)


@module("oidcc-server", "oidcc-ensure-request-with-valid-pkce-succeeds")
def _(shop: Shop, cloud: Any) -> None:
    got = tokens(shop)
    identity = claims(got["id_token"])
    assert {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"} <= set(identity)
    assert (identity["aud"], identity["nonce"]) == (shop.client, "n1")
    half = hashlib.sha256(got["access_token"].encode()).digest()[:16]
    assert identity["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@module("oidcc-response-type-missing")
def _(shop: Shop, cloud: Any) -> None:
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(response_type=None))
    assert page.told["error"] == "invalid_request"


@module("oidcc-userinfo-get", "oidcc-userinfo-post-header")
def _(shop: Shop, cloud: Any) -> None:
    for method in ("get", "post"):
        said = info(shop, method).json()
        assert {"sub", "email", "email_verified", "username"} == set(said)


@module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
def _(shop: Shop, cloud: Any) -> None:
    assert "nonce" not in claims(tokens(shop, nonce=None)["id_token"])


@module(
    "oidcc-scope-email", "oidcc-scope-profile", "oidcc-scope-phone", "oidcc-ensure-other-scope-order-succeeds"
)
def _(shop: Shop, cloud: Any) -> None:
    scopes = ["openid", "email", "profile", "phone"]
    shop.client = shop.new_client(AllowedOAuthScopes=scopes)["ClientId"]
    shop.idp.admin_update_user_attributes(
        UserPoolId=shop.pool, Username="alice",
        UserAttributes=[{"Name": "name", "Value": "Alice"}, {"Name": "phone_number", "Value": "+15555550100"}],
    )  # fmt: skip
    for scope, claim in (("email", "email"), ("profile", "name"), ("phone", "phone_number")):
        identity = claims(tokens(shop, scope=f"{scope} openid")["id_token"])
        assert claim in identity
        assert {"email", "name", "phone_number"} & set(identity) == {claim}


@module("oidcc-display-page", "oidcc-display-popup", "oidcc-ui-locales", "oidcc-claims-locales",
        "oidcc-ensure-request-with-unknown-parameter-succeeds", "oidcc-ensure-request-with-acr-values-succeeds",
        "oidcc-max-age-10000", "oidcc-id-token-hint")  # fmt: skip
def _(shop: Shop, cloud: Any) -> None:
    more = {"display": "popup", "ui_locales": "se", "claims_locales": "se", "extra": "foobar", "acr_values": "1 2",
            "max_age": "10000", "id_token_hint": "x"}  # fmt: skip
    for name, value in more.items():
        assert "id_token" in tokens(shop, **{name: value})


@module("oidcc-prompt-login")
def _(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    shop.sign_in(browser)
    assert browser.open(f"{HOST}/oauth2/authorize", **shop.query(prompt="login")).location.startswith(
        f"{HOST}/login"
    )


@module("oidcc-max-age-1")
def _(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    first = claims(shop.exchange(shop.sign_in(browser)["code"]).json()["id_token"])
    cloud.clock.advance(seconds=2)
    page = browser.open(f"{HOST}/oauth2/authorize", **shop.query(max_age="1"))
    assert page.location.startswith(f"{HOST}/login")
    browser.follow()
    told = browser.send(username="alice", password=PASSWORD).told
    second = claims(shop.exchange(told["code"]).json()["id_token"])
    assert second["auth_time"] > first["auth_time"]


@module("oidcc-prompt-none-not-logged-in")
def _(shop: Shop, cloud: Any) -> None:
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(prompt="none"))
    assert (page.told["error"], page.told["state"]) == ("login_required", "s1")


@module("oidcc-prompt-none-logged-in")
def _(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    shop.sign_in(browser)
    assert "code" in browser.open(f"{HOST}/oauth2/authorize", **shop.query(prompt="none")).told


@module("oidcc-login-hint")
def _(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    browser.open(f"{HOST}/oauth2/authorize", **shop.query(login_hint="alice"))
    assert browser.follow().fields["username"] == "alice"
    assert "code" in browser.send(password=PASSWORD).told


@module("oidcc-codereuse", "oidcc-codereuse-30seconds")
def _(shop: Shop, cloud: Any) -> None:
    for wait in (0, 30):
        code = shop.sign_in()["code"]
        token = shop.exchange(code).json()["access_token"]
        cloud.clock.advance(seconds=wait)
        assert shop.exchange(code).json() == {"error": "invalid_grant"}
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{HOST}/oauth2/userInfo", headers=headers).status_code == 401


@module("oidcc-ensure-registered-redirect-uri")
def _(shop: Shop, cloud: Any) -> None:
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(redirect_uri=f"{CALLBACK}/x"))
    assert (page.status, page.location) == (400, None)


@module("oidcc-server-client-secret-post")
def _(shop: Shop, cloud: Any) -> None:
    made = shop.new_client(GenerateSecret=True)
    shop.client = made["ClientId"]
    assert "id_token" in shop.exchange(shop.sign_in()["code"], client_secret=made["ClientSecret"]).json()
    assert shop.exchange(shop.sign_in()["code"], client_secret="x").json() == {"error": "invalid_client"}


@module("oidcc-refresh-token")
def _(shop: Shop, cloud: Any) -> None:
    form = {
        "grant_type": "refresh_token",
        "client_id": shop.client,
        "refresh_token": tokens(shop)["refresh_token"],
    }
    renewed = requests.post(f"{HOST}/oauth2/token", data=form).json()
    assert {"id_token", "access_token"} <= set(renewed)
    other = shop.new_client()["ClientId"]
    assert requests.post(f"{HOST}/oauth2/token", data={**form, "client_id": other}).json() == {
        "error": "invalid_grant"
    }


@pytest.mark.parametrize("name", MODULES)
def test_module(name: str, shop: Shop, cloud: Any) -> None:
    """The module's own assertions hold."""
    MODULES[name](shop, cloud)


def test_the_documentation_lists_as_met_what_is_tested_here() -> None:
    rows = re.findall(
        r"^\| `(oidcc-[a-z0-9-]+)` \| (met|AWS does not)", DOCS.read_text(encoding="utf-8"), re.M
    )
    assert {name for name, said in rows if said == "met"} == set(MODULES)
