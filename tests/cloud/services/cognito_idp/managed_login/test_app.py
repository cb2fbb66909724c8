"""The pool's domain: sign-ins, the application's tokens, and attacks that must fail."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
import requests

from labs_helpers.cloud.actors.browser import Browser
from labs_helpers.cloud.core import totp

CALLBACK, LOGOUT = "https://app.example/callback", "https://app.example/bye"
HOST = "https://shop.auth.us-east-1.amazoncognito.com"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "Correct-horse-1"
ALICE = [{"Name": "email", "Value": "alice@example.com"}, {"Name": "email_verified", "Value": "true"}]


class Shop:
    """A pool with a domain, a public client with PKCE, and Alice."""

    def __init__(self, **settings: Any):
        self.idp = boto3.client("cognito-idp")
        self.pool = self.idp.create_user_pool(
            PoolName="shop", AutoVerifiedAttributes=["email"], **settings
        )["UserPool"]["Id"]  # fmt: skip
        self.idp.create_user_pool_domain(Domain="shop", UserPoolId=self.pool)
        self.idp.create_resource_server(
            UserPoolId=self.pool, Identifier="files", Name="files",
            Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")],
        )  # fmt: skip
        self.client = self.new_client()["ClientId"]
        self.new_alice()

    def new_alice(self) -> None:
        self.idp.admin_create_user(
            UserPoolId=self.pool, Username="alice", MessageAction="SUPPRESS",
            UserAttributes=ALICE,
        )  # fmt: skip
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username="alice", Password=PASSWORD, Permanent=True
        )

    def new_client(self, **settings: Any) -> dict[str, Any]:
        given = {
            "ClientName": "shop", "CallbackURLs": [CALLBACK], "LogoutURLs": [LOGOUT], "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email", "files/read"], "AllowedOAuthFlowsUserPoolClient": True,
            "SupportedIdentityProviders": ["COGNITO"], "PreventUserExistenceErrors": "ENABLED", **settings,
        }  # fmt: skip
        return self.idp.create_user_pool_client(UserPoolId=self.pool, **given)["UserPoolClient"]

    def query(self, **more: Any) -> dict[str, str]:
        given = {
            "response_type": "code", "client_id": self.client, "redirect_uri": CALLBACK, "state": "s1", "nonce": "n1",
            "scope": "openid email", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **more,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    def sign_in(self, browser: Browser | None = None, **query: Any) -> dict[str, str]:
        """Return what the application receives after Alice has signed in."""
        browser = browser or Browser()
        browser.open(f"{HOST}/oauth2/authorize", **self.query(**query))
        browser.follow()
        return browser.send(username="alice", password=PASSWORD).told

    def exchange(self, code: str, **more: Any) -> requests.Response:
        form = {
            "grant_type": "authorization_code", "client_id": self.client, "code": code, "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER, **more,
        }  # fmt: skip
        return requests.post(f"{HOST}/oauth2/token", data={k: v for k, v in form.items() if v is not None})


@pytest.fixture
def shop(cloud: Any) -> Shop:
    return Shop()


def events(name: str) -> list[dict[str, Any]]:
    """Return CloudTrail's events about a page."""
    found = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}]
    )
    return [json.loads(each["CloudTrailEvent"]) for each in found["Events"]]


def last_code(cloud: Any, address: str) -> str:
    """The code in the newest message to an address."""
    return re.findall(r"\b\d{6}\b", str(cloud.mailbox(address)[-1]))[-1]


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.ledger("F-COG-09")
def test_authorization_code_with_pkce_from_sign_in_to_user_info(shop: Shop) -> None:
    told = shop.sign_in()
    assert set(told) == {"code", "state"}
    assert told["state"] == "s1"
    answer = shop.exchange(told["code"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    got = answer.json()
    assert set(got) == {"id_token", "access_token", "refresh_token", "expires_in", "token_type"}
    assert (got["token_type"], got["expires_in"]) == ("Bearer", 3600)
    identity, access = claims(got["id_token"]), claims(got["access_token"])
    assert (identity["nonce"], identity["aud"], identity["email"]) == ("n1", shop.client, "alice@example.com")
    assert (access["scope"], access["client_id"]) == ("openid email", shop.client)
    info = requests.get(f"{HOST}/oauth2/userInfo", headers={"Authorization": f"Bearer {got['access_token']}"})
    assert info.json() == {
        "sub": identity["sub"], "email": "alice@example.com", "email_verified": "true", "username": "alice",
    }  # fmt: skip
    renewed = requests.post(
        f"{HOST}/oauth2/token",
        data={"grant_type": "refresh_token", "client_id": shop.client, "refresh_token": got["refresh_token"]},
    ).json()
    assert set(renewed) == {"id_token", "access_token", "expires_in", "token_type"}


def test_a_code_is_for_one_use_one_client_one_address_and_one_verifier(shop: Shop) -> None:
    other = shop.new_client()["ClientId"]
    for change in (
        {"client_id": other}, {"redirect_uri": CALLBACK + "/"}, {"code_verifier": "w" * 50}, {"code_verifier": None},
        {"code_verifier": "short"}, {"code": "nothing"},
    ):  # fmt: skip
        code = shop.sign_in()["code"]
        answer = shop.exchange(**{"code": code, **change})
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"}), change
        if "client_id" not in change and "code" not in change:
            assert shop.exchange(code).json() == {"error": "invalid_grant"}, "a failed try uses the code up"


def test_a_code_that_comes_twice_ends_what_it_gave(shop: Shop) -> None:
    code = shop.sign_in()["code"]
    got = shop.exchange(code).json()
    assert shop.exchange(code).json() == {"error": "invalid_grant"}
    info = requests.get(f"{HOST}/oauth2/userInfo", headers={"Authorization": f"Bearer {got['access_token']}"})
    assert (info.status_code, "invalid_token" in info.headers["WWW-Authenticate"]) == (401, True)


def test_nothing_of_a_deleted_user_signs_in_a_new_user_with_the_name(shop: Shop) -> None:
    browser = Browser()
    code = shop.sign_in(browser)["code"]
    shop.idp.admin_delete_user(UserPoolId=shop.pool, Username="alice")
    shop.new_alice()
    assert shop.exchange(code).json() == {"error": "invalid_grant"}
    assert browser.open(f"{HOST}/oauth2/authorize", **shop.query()).location.startswith(f"{HOST}/login")


def test_a_code_lives_five_minutes(shop: Shop, cloud: Any) -> None:
    code = shop.sign_in()["code"]
    cloud.clock.advance(minutes=5)
    assert shop.exchange(code).json() == {"error": "invalid_grant"}


def test_a_verifier_without_a_challenge_is_refused(shop: Shop) -> None:
    code = shop.sign_in(code_challenge=None, code_challenge_method=None)["code"]
    assert shop.exchange(code).json() == {"error": "invalid_grant"}
    code = shop.sign_in(code_challenge=None, code_challenge_method=None)["code"]
    assert shop.exchange(code, code_verifier=None).status_code == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [({"client_id": "nobody"}, "invalid_request"), ({"client_id": None}, "invalid_request"),
     ({"redirect_uri": "https://evil.example/"}, "redirect_mismatch"), ({"redirect_uri": None}, "redirect_mismatch"),
     ({"redirect_uri": CALLBACK + "/../x"}, "redirect_mismatch"),
     ({"redirect_uri": CALLBACK.upper()}, "redirect_mismatch"),
     ({"redirect_uri": CALLBACK + "?a=b"}, "redirect_mismatch")],
)  # fmt: skip
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    shop: Shop, change: dict[str, Any], error: str
) -> None:
    for path in ("/oauth2/authorize", "/login", "/signup", "/forgotPassword"):
        page = Browser().open(HOST + path, **shop.query(**change))
        assert (page.status, page.location) == (400, None)
        assert error in page.text


@pytest.mark.parametrize(
    ("change", "error"),
    [({"response_type": "id_token"}, "invalid_request"), ({"response_type": None}, "invalid_request"),
     ({"response_type": "token"}, "unauthorized_client"), ({"code_challenge_method": None}, "invalid_request"),
     ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge": None}, "invalid_request"),
     ({"code_challenge": "short"}, "invalid_request"), ({"scope": "files/write"}, "invalid_scope"),
     ({"scope": "email"}, "invalid_scope"), ({"scope": "unknown"}, "invalid_scope"),
     ({"prompt": "none"}, "login_required")],
)  # fmt: skip
def test_what_is_wrong_is_told_at_the_registered_address(
    shop: Shop, change: dict[str, Any], error: str
) -> None:
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(**change))
    assert page.status == 302
    assert page.location
    assert page.location.startswith(CALLBACK)
    assert (page.told["error"], page.told["state"]) == (error, "s1")


def test_a_wrong_password_says_no_more_than_that(shop: Shop) -> None:
    browser = Browser()
    browser.open(f"{HOST}/login", **shop.query())
    wrong = browser.send(username="alice", password="Wrong-horse-1")
    assert (wrong.status, "Incorrect username or password." in wrong.text) == (400, True)
    browser.open(f"{HOST}/login", **shop.query())
    assert browser.send(username="<b>nobody</b>", password="x").status == 400
    assert "<b>nobody" not in browser.page.text


def test_a_browser_stays_signed_in_for_an_hour_and_until_it_signs_out(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    shop.sign_in(browser)
    again = browser.open(f"{HOST}/oauth2/authorize", **shop.query())
    assert "code" in again.told
    assert "code" not in browser.open(f"{HOST}/oauth2/authorize", **shop.query(prompt="login")).told
    cloud.clock.advance(hours=1)
    assert browser.open(f"{HOST}/oauth2/authorize", **shop.query()).location.startswith(f"{HOST}/login")
    shop.sign_in(browser)
    out = browser.open(f"{HOST}/logout", client_id=shop.client, logout_uri=LOGOUT)
    assert out.location == LOGOUT
    assert browser.open(f"{HOST}/oauth2/authorize", **shop.query()).location.startswith(f"{HOST}/login")
    assert (
        browser.open(f"{HOST}/logout", client_id=shop.client, logout_uri="https://evil.example/").status
        == 400
    )


def test_who_signs_out_to_sign_in_again_is_asked_for_every_scope_of_the_client(shop: Shop) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html"""
    again = {"client_id": shop.client, "response_type": "code", "redirect_uri": CALLBACK, "state": "s2"}
    page = Browser().open(f"{HOST}/logout", **again)
    assert page.location.startswith(f"{HOST}/login?")
    assert dict(parse_qsl(urlsplit(page.location).query)) == {**again, "scope": "openid email files/read"}
    page = Browser().open(f"{HOST}/logout", **again, scope="openid")
    assert dict(parse_qsl(urlsplit(page.location).query))["scope"] == "openid"


def test_a_client_that_cannot_read_all_of_a_scope_gets_no_tokens(shop: Shop) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html"""
    shop.client = shop.new_client(ReadAttributes=["email"])["ClientId"]
    assert shop.exchange(shop.sign_in()["code"]).json() == {"error": "invalid_grant"}
    assert shop.exchange(shop.sign_in(scope="openid")["code"]).status_code == 200


@pytest.mark.parametrize(("devices", "status"), [({}, 200), ({"ChallengeRequiredOnNewDevice": True}, 400)])
def test_who_signed_in_by_the_api_renews_there_where_devices_are_remembered(
    cloud: Any, devices: dict[str, bool], status: int
) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html"""
    shop = Shop(**({"DeviceConfiguration": devices} if devices else {}))
    client = shop.new_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["ClientId"]
    given = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    by_api = shop.idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    by_page = shop.exchange(shop.sign_in()["code"]).json()

    def renew(name: str, token: str) -> int:
        form = {"grant_type": "refresh_token", "client_id": name, "refresh_token": token}
        return requests.post(f"{HOST}/oauth2/token", data=form).status_code

    assert renew(client, by_api["AuthenticationResult"]["RefreshToken"]) == status
    assert renew(shop.client, by_page["refresh_token"]) == 200


def test_a_disabled_user_is_signed_in_no_longer(shop: Shop) -> None:
    browser = Browser()
    code = shop.sign_in(browser)["code"]
    shop.idp.admin_disable_user(UserPoolId=shop.pool, Username="alice")
    assert browser.open(f"{HOST}/oauth2/authorize", **shop.query()).location.startswith(f"{HOST}/login")
    assert shop.exchange(code).json() == {"error": "invalid_grant"}


def test_forms_from_elsewhere_are_refused(shop: Shop) -> None:
    browser = Browser()
    browser.open(f"{HOST}/login", **shop.query())
    assert browser.send(username="alice", password=PASSWORD, _csrf="x").status == 400
    browser.open(f"{HOST}/login", **shop.query())
    browser.cookies.clear()
    assert browser.send(username="alice", password=PASSWORD).status == 400


def test_pages_protect_themselves(shop: Shop) -> None:
    browser = Browser()
    page = browser.open(f"{HOST}/login", **shop.query())
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://app.example" in policy
    response = requests.get(f"{HOST}/login", params=shop.query())
    cookie = response.raw.headers.getlist("Set-Cookie")[0]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))


def test_sign_up_confirm_and_sign_in_by_pages_alone(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    browser.open(f"{HOST}/signup", **shop.query())
    assert (
        browser.send(**{"username": "bob", "attr:email": "bob@example.com", "password": "weak"}).status == 400
    )
    browser.send(**{"username": "bob", "attr:email": "bob@example.com", "password": PASSWORD})
    browser.follow()
    assert browser.send(code="000000").status == 400
    code = last_code(cloud, "bob@example.com")
    browser.send(code=code)
    browser.follow()
    assert "code" in browser.send(username="bob", password=PASSWORD).told


def test_a_forgotten_password_is_changed_with_the_code(shop: Shop, cloud: Any) -> None:
    browser = Browser()
    browser.open(f"{HOST}/forgotPassword", **shop.query())
    browser.send(username="alice")
    code = last_code(cloud, "alice@example.com")
    browser.send(code=code, password="Another-horse-2")
    browser.follow()
    assert "code" in browser.send(username="alice", password="Another-horse-2").told
    browser.open(f"{HOST}/forgotPassword", **shop.query())
    assert "If there is such a user" in browser.send(username="nobody").text


def test_temporary_passwords_and_second_factors_have_their_pages(shop: Shop, cloud: Any) -> None:
    idp = shop.idp
    idp.set_user_pool_mfa_config(
        UserPoolId=shop.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    idp.admin_create_user(
        UserPoolId=shop.pool, Username="carol", TemporaryPassword="Temporary-1!", MessageAction="SUPPRESS"
    )
    browser = Browser()
    browser.open(f"{HOST}/login", **shop.query())
    page = browser.send(username="carol", password="Temporary-1!")
    assert "Choose a new one" in page.text
    page = browser.send(password="Her-own-pass-1!")
    assert "authenticator app" in page.text
    secret = page.text.partition("<code>")[2].partition("</code>")[0]
    assert browser.send(code="000000").status == 400
    code = totp.code(secret, cloud.clock.now())
    assert "code" in browser.send(code=code).told
    browser = Browser()
    browser.open(f"{HOST}/login", **shop.query())
    browser.send(username="carol", password="Her-own-pass-1!")
    cloud.clock.advance(seconds=60)
    assert "code" in browser.send(code=totp.code(secret, cloud.clock.now())).told
    assert [len(events(name)) for name in ("ResetPassword_POST", "Mfa_POST", "MfaOption_POST")] == [1, 3, 0]


def test_a_sign_in_under_way_belongs_to_its_browser(shop: Shop) -> None:
    shop.idp.admin_create_user(
        UserPoolId=shop.pool, Username="carol", TemporaryPassword="Temporary-1!", MessageAction="SUPPRESS"
    )
    victim, thief = Browser(), Browser()
    victim.open(f"{HOST}/login", **shop.query())
    page = victim.send(username="carol", password="Temporary-1!")
    thief.open(f"{HOST}/login", **shop.query())
    thief.page.action, thief.page.fields["flow"] = page.action, page.fields["flow"]
    assert thief.send(password="Stolen-pass-1!").status == 400


def test_clients_for_themselves_get_scopes_of_resource_servers_alone(shop: Shop) -> None:
    client = shop.new_client(
        GenerateSecret=True, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["files/read"],
        CallbackURLs=[], LogoutURLs=[],
    )  # fmt: skip
    name, secret = client["ClientId"], client["ClientSecret"]

    def ask(auth: Any = (name, secret), **form: str) -> requests.Response:
        return requests.post(
            f"{HOST}/oauth2/token", data={"grant_type": "client_credentials", **form}, auth=auth
        )

    got = ask().json()
    assert set(got) == {"access_token", "expires_in", "token_type"}
    assert (claims(got["access_token"])["scope"], claims(got["access_token"])["sub"]) == ("files/read", name)
    assert ask(None, client_id=name, client_secret=secret).status_code == 200
    assert ask(scope="files/write").json() == {"error": "invalid_scope"}
    assert ask((name, "wrong")).json() == {"error": "invalid_client"}
    assert ask(None, client_id=name).json() == {"error": "invalid_client"}
    assert ask((name, secret), client_secret=secret).json() == {"error": "invalid_request"}
    assert ask(None, client_id=shop.client).json() == {"error": "unauthorized_client"}
    assert ask(grant_type="refresh_token", refresh_token="x").json() == {"error": "unauthorized_client"}
    assert ask(grant_type="password").json() == {"error": "unsupported_grant_type"}


def test_a_client_tells_its_trigger_more_of_itself(cloud: Any) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:function:tenants"

    def tenants(event: Any, context: Any) -> Any:
        added = {"claimsToAddOrOverride": {"tenant": event["request"]["clientMetadata"]["tenant"]}}
        event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": added}
        return event

    cloud.lambda_function(arn, tenants)
    shop = Shop(LambdaConfig={"PreTokenGenerationConfig": {"LambdaVersion": "V3_0", "LambdaArn": arn}})
    client = shop.new_client(
        GenerateSecret=True, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["files/read"],
        CallbackURLs=[], LogoutURLs=[],
    )  # fmt: skip

    def ask(metadata: str) -> Any:
        form = {"grant_type": "client_credentials", "aws_client_metadata": metadata}
        auth = (client["ClientId"], client["ClientSecret"])
        return requests.post(f"{HOST}/oauth2/token", data=form, auth=auth).json()

    assert claims(ask('{"tenant": "north"}')["access_token"])["tenant"] == "north"
    for malformed in ("north", '["north"]', '{"tenant": 7}', "[" * 5000):
        assert ask(malformed) == {"error": "invalid_request"}


def test_implicit_flow_puts_tokens_into_the_address_where_a_client_still_lists_it(shop: Shop) -> None:
    shop.client = shop.new_client(AllowedOAuthFlows=["implicit"])["ClientId"]
    browser = Browser()
    told = shop.sign_in(browser, response_type="token", code_challenge=None, code_challenge_method=None)
    assert "#" in browser.page.location
    assert set(told) == {"id_token", "access_token", "expires_in", "token_type", "state"}


def test_revoking_ends_the_session_and_says_nothing_of_unknown_tokens(shop: Shop) -> None:
    got = shop.exchange(shop.sign_in()["code"]).json()

    def revoke(token: str | None, client: str = shop.client) -> tuple[int, str]:
        answer = requests.post(f"{HOST}/oauth2/revoke", data={"token": token, "client_id": client})
        return answer.status_code, answer.text and answer.json()["error"]

    assert revoke(got["access_token"]) == (400, "unsupported_token_type")
    assert revoke(None) == (400, "invalid_request")
    assert revoke(got["refresh_token"], "nobody") == (401, "invalid_client")
    assert revoke("unknown") == (200, "")
    assert revoke(got["refresh_token"]) == (200, "")
    info = requests.get(f"{HOST}/oauth2/userInfo", headers={"Authorization": f"Bearer {got['access_token']}"})
    assert info.status_code == 401


def test_user_info_takes_access_tokens_of_its_pool_with_openid(shop: Shop) -> None:
    got = shop.exchange(shop.sign_in()["code"]).json()
    url = f"{HOST}/oauth2/userInfo"
    assert requests.get(url).status_code == 400
    assert requests.get(url, headers={"Authorization": f"Bearer {got['id_token']}"}).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer x.y.z"}).status_code == 401
    bare = shop.exchange(shop.sign_in(scope="files/read")["code"]).json()
    assert "id_token" not in bare
    assert requests.get(url, headers={"Authorization": f"Bearer {bare['access_token']}"}).status_code == 401


def test_a_second_pool_is_an_outside_provider(shop: Shop, cloud: Any) -> None:
    """The other pool acts as the provider: state binds the answer to the browser, and a shared email address links no
    users.
    """
    idp = shop.idp
    corp = idp.create_user_pool(PoolName="corp", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    idp.create_user_pool_domain(Domain="corp", UserPoolId=corp)
    there = idp.create_user_pool_client(
        UserPoolId=corp, ClientName="shop", GenerateSecret=True, CallbackURLs=[f"{HOST}/oauth2/idpresponse"],
        AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid", "email"], AllowedOAuthFlowsUserPoolClient=True,
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]  # fmt: skip
    idp.admin_create_user(
        UserPoolId=corp, Username="mallory", MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}, {"Name": "email_verified", "Value": "true"}],
    )  # fmt: skip
    idp.admin_set_user_password(UserPoolId=corp, Username="mallory", Password=PASSWORD, Permanent=True)
    idp.create_identity_provider(
        UserPoolId=shop.pool, ProviderName="Corp", ProviderType="OIDC", AttributeMapping={"email": "email"},
        ProviderDetails={
            "client_id": there["ClientId"], "client_secret": there["ClientSecret"], "authorize_scopes": "openid email",
            "attributes_request_method": "GET", "oidc_issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{corp}",
        },
    )  # fmt: skip
    shop.client = shop.new_client(SupportedIdentityProviders=["COGNITO", "Corp"])["ClientId"]
    browser = Browser()
    browser.open(f"{HOST}/oauth2/authorize", **shop.query(identity_provider="Corp"))
    assert browser.page.location.startswith("https://corp.auth.us-east-1.amazoncognito.com/oauth2/authorize")
    browser.follow()
    browser.follow()
    back = browser.send(username="mallory", password=PASSWORD)
    assert back.location.startswith(f"{HOST}/oauth2/idpresponse?code=")
    stolen = Browser().open(back.location)
    assert stolen.status == 400, "another browser cannot use the answer"
    shop_again = Browser()
    shop_again.open(f"{HOST}/oauth2/authorize", **shop.query(identity_provider="Corp"))
    shop_again.follow()
    shop_again.follow()
    shop_again.send(username="mallory", password=PASSWORD)
    told = shop_again.follow().told
    identity = claims(shop.exchange(told["code"]).json()["id_token"])
    assert identity["cognito:username"].startswith("Corp_")
    alice = idp.admin_get_user(UserPoolId=shop.pool, Username="alice")
    assert identity["sub"] != {each["Name"]: each["Value"] for each in alice["UserAttributes"]}["sub"]
    user = idp.admin_get_user(UserPoolId=shop.pool, Username=identity["cognito:username"])
    kept = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    assert json.loads(kept["identities"])[0]["providerName"] == "Corp"
    assert user["UserStatus"] == "EXTERNAL_PROVIDER"


def test_authlibs_client_signs_in(shop: Shop) -> None:
    from authlib.integrations.requests_client import OAuth2Session

    session = OAuth2Session(
        shop.client, redirect_uri=CALLBACK, scope="openid email", code_challenge_method="S256",
        token_endpoint_auth_method="none",
    )  # fmt: skip
    url, state = session.create_authorization_url(
        f"{HOST}/oauth2/authorize", code_verifier=VERIFIER, nonce="n"
    )
    browser = Browser()
    browser.open(url)
    browser.follow()
    location = browser.send(username="alice", password=PASSWORD).location
    token = session.fetch_token(
        f"{HOST}/oauth2/token", authorization_response=location, state=state, code_verifier=VERIFIER
    )
    assert session.get(f"{HOST}/oauth2/userInfo").json()["email"] == "alice@example.com"
    assert token["token_type"] == "Bearer"


def test_discovery_names_the_endpoints_of_the_domain(shop: Shop) -> None:
    url = f"https://cognito-idp.us-east-1.amazonaws.com/{shop.pool}/.well-known/openid-configuration"
    found = requests.get(url).json()
    assert found["authorization_endpoint"] == f"{HOST}/oauth2/authorize"
    assert requests.get(f"{HOST}/.well-known/openid-configuration").json() == found
    assert len(requests.get(f"{HOST}/.well-known/jwks.json").json()["keys"]) == 2


def test_a_domain_that_is_gone_answers_nobody(shop: Shop) -> None:
    shop.idp.delete_user_pool_domain(Domain="shop", UserPoolId=shop.pool)
    with pytest.raises(Exception, match="not an AWS endpoint"):
        requests.get(f"{HOST}/login")


def test_each_page_is_in_the_trail_without_what_was_typed(shop: Shop) -> None:
    shop.exchange(shop.sign_in()["code"])
    looked_up = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "cognito-idp.amazonaws.com"}]
    )["Events"]
    events = [json.loads(each["CloudTrailEvent"]) for each in looked_up][:4]
    assert [each["eventName"] for each in events] == [
        "Token_POST", "CognitoAuthentication", "Login_GET", "OAuth2_Authorize_GET",
    ]  # fmt: skip
    token = events[0]
    assert (token["eventType"], token["readOnly"], token["userIdentity"]) == (
        "AwsServiceEvent", False, {"accountId": "111122223333"},
    )  # fmt: skip
    data = token["additionalEventData"]
    assert (data["userPoolId"], data["responseParameters"]) == (shop.pool, {"status": 200})
    hidden = ["HIDDEN_DUE_TO_SECURITY_REASONS"]
    assert data["requestParameters"]["code"] == data["requestParameters"]["code_verifier"] == hidden
    assert data["requestParameters"]["grant_type"] == ["authorization_code"]
    assert PASSWORD not in json.dumps(events)
    assert "alice" not in json.dumps(events)


def test_a_form_that_is_too_long_is_refused_without_a_stack_trace(shop: Shop) -> None:
    answer = requests.post(f"{HOST}/oauth2/token", data={"code": "x" * 100_000})
    assert answer.status_code == 413
    assert "Traceback" not in answer.text
