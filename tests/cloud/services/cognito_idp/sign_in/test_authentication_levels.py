"""Authentication levels: requests for a level, the level in tokens, and step-up authentication."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests

from labs_helpers.cloud.actors.browser import Browser
from labs_helpers.cloud.core import totp
from tests.cloud.services.cognito_idp.managed_login.test_app import HOST, Shop, shop
from tests.cloud.services.cognito_idp.managed_login.test_federated_sign_in import Corp
from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, claims, make_app
from tests.cloud.services.cognito_idp.sign_in.test_second_factors import PHONE, Authenticator, code, enrolled
from tests.cloud.services.cognito_idp.srp_client import SrpClient
from tests.clouds import error_of

__all__ = ["enrolled", "shop"]
LEVEL = "urn:cognito:loa:"
INVALID = "InvalidParameterException"


def begin(app: Any, levels: str, **more: str) -> Any:
    """A sign-in towards levels of these numbers."""
    names = " ".join(each if ":" in each else LEVEL + each for each in levels.split())
    return app.idp.initiate_auth(
        ClientId=app.client, AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": "alice", "TARGET_ACR_VALUES": names, **more},
    )  # fmt: skip


def said(answer: Any) -> tuple[str | None, list[str]]:
    """`acr` and `amr` of both tokens."""
    result = answer["AuthenticationResult"]
    found = [(c.get("acr"), c.get("amr")) for c in (claims(result["IdToken"]), claims(result["AccessToken"]))]
    assert found[0] == found[1]
    return found[0]


def by_password(app: Any, levels: str, **more: str) -> Any:
    return begin(app, levels, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD, **more)


def test_a_password_reaches_the_first_level_and_tokens_say_so_when_asked(app: Any) -> None:
    app.confirmed()
    answer = by_password(app, "1")
    assert said(answer) == (LEVEL + "1", ["pwd"])
    renewed = app.idp.initiate_auth(
        ClientId=app.client, AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": answer["AuthenticationResult"]["RefreshToken"]},
    )  # fmt: skip
    assert said(renewed) == (LEVEL + "1", ["pwd"])
    assert said(app.password_auth()) == (None, None)


def test_a_password_and_an_app_reach_the_highest(enrolled: Any) -> None:
    app, secret = enrolled
    challenge = begin(app, "4")
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    challenge = app.answer(challenge, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = app.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=code(app, secret))
    assert said(answer) == (LEVEL + "4", ["pwd", "otp", "mfa"])


def test_srp_counts_as_the_password(enrolled: Any) -> None:
    app, secret = enrolled
    client = SrpClient(app.pool.partition("_")[2], PASSWORD)
    challenge = app.answer(begin(app, "4"), ANSWER="PASSWORD_SRP", SRP_A=client.srp_a)
    challenge = app.answer(challenge, **client.answer(challenge["ChallengeParameters"], "alice"))
    answer = app.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=code(app, secret))
    assert said(answer) == (LEVEL + "4", ["pwd", "otp", "mfa"])


def test_a_second_factor_that_is_due_is_asked_for_whatever_the_level(enrolled: Any) -> None:
    app, secret = enrolled
    challenge = by_password(app, "1")
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = app.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=code(app, secret))
    assert said(answer)[0] == LEVEL + "4"


def test_a_token_stands_for_what_was_proved(cloud: Any) -> None:
    """Alice begins with her password, and enters the emailed code when a higher level is required."""
    app = make_app(
        cloud, pool={"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
    )
    app.confirmed(email=EMAIL)
    low = by_password(app, "1")["AuthenticationResult"]["AccessToken"]
    challenge = begin(app, "4 3", ACCESS_TOKEN=low)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    answer = app.answer(challenge, EMAIL_OTP_CODE=app.code())
    assert said(answer) == (LEVEL + "3", ["pwd", "email_otp", "mfa"])
    high = answer["AuthenticationResult"]["AccessToken"]
    assert error_of(begin, app, "3", ACCESS_TOKEN=high)[0] == INVALID
    cloud.clock.advance(seconds=61)
    assert error_of(begin, app, "3", ACCESS_TOKEN=high, MAX_AGE="61")[0] == INVALID
    challenge = begin(app, "3", ACCESS_TOKEN=high, MAX_AGE="60")
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert error_of(begin, app, "3", ACCESS_TOKEN=high, MAX_AGE="soon")[0] == INVALID
    plain = app.tokens()["AccessToken"]
    assert begin(app, "3", ACCESS_TOKEN=plain)["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]


def test_a_code_alone_is_the_second_level(cloud: Any) -> None:
    app = make_app(
        cloud, pool={"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
    )
    app.confirmed(email=EMAIL)
    challenge = begin(app, "2")
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert said(app.answer(challenge, EMAIL_OTP_CODE=app.code())) == (LEVEL + "2", ["email_otp"])


def test_of_several_second_factors_the_level_names_the_one(enrolled: Any) -> None:
    app, secret = enrolled
    role = boto3.client("iam").get_role(RoleName="sms")["Role"]["Arn"]
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": role, "ExternalId": "outside"}},
    )  # fmt: skip
    app.idp.admin_update_user_attributes(
        UserPoolId=app.pool, Username="alice", UserAttributes=[{"Name": "phone_number", "Value": PHONE}]
    )
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool, Username="alice", SMSMfaSettings={"Enabled": True},
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
    )  # fmt: skip
    challenge = by_password(app, "3")
    assert challenge["ChallengeName"] == "SMS_MFA"
    answer = app.answer(challenge, SMS_MFA_CODE=app.code(PHONE))
    assert said(answer) == (LEVEL + "3", ["pwd", "sms", "mfa"])
    challenge = begin(app, "4", ACCESS_TOKEN=answer["AuthenticationResult"]["AccessToken"])
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = app.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=code(app, secret))
    assert said(answer) == (LEVEL + "4", ["pwd", "sms", "otp", "mfa"])


def test_a_passkey_reaches_the_third(cloud: Any) -> None:
    factors = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}}
    app = make_app(cloud, pool=factors)
    app.confirmed()
    app.idp.create_user_pool_domain(UserPoolId=app.pool, Domain="people")
    access = app.tokens()["AccessToken"]
    options = app.idp.start_web_authn_registration(AccessToken=access)["CredentialCreationOptions"]
    device = Authenticator("people.auth.us-east-1.amazoncognito.com")
    app.idp.complete_web_authn_registration(AccessToken=access, Credential=device.register(options))
    challenge = begin(app, "3")
    asked = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    assert said(app.answer(challenge, CREDENTIAL=device.proof(asked))) == (LEVEL + "3", ["swk"])


def test_what_cannot_be_reached_or_is_not_ones_own_is_refused(app: Any) -> None:
    app.confirmed()
    app.confirmed("bob")
    assert error_of(begin, app, "4 3 2")[0] == INVALID
    assert error_of(begin, app, "urn:unknown")[0] == INVALID
    token = app.tokens("bob")["AccessToken"]
    assert error_of(begin, app, "1", ACCESS_TOKEN=token)[0] == "NotAuthorizedException"
    assert error_of(begin, app, "1", ACCESS_TOKEN="x")[0] == "NotAuthorizedException"
    parameters = {"USERNAME": "alice", "ACCESS_TOKEN": app.tokens()["AccessToken"]}
    asked = error_of(
        app.idp.initiate_auth, ClientId=app.client, AuthFlow="USER_AUTH", AuthParameters=parameters
    )
    assert asked == (INVALID, "ACCESS_TOKEN requires TARGET_ACR_VALUES.")


def test_a_pool_names_its_levels(cloud: Any) -> None:
    app = make_app(cloud, pool={"AcrConfiguration": {"Level1": {"AcrValue": "https://example.com/low"}}})
    app.confirmed()
    assert said(by_password(app, "1 https://example.com/low"))[0] == "https://example.com/low"


# --- on the pool's pages ----------------------------------------------------------------------------------------


def test_the_pages_ask_for_what_is_missing(shop: Shop, cloud: Any) -> None:
    def of(told: dict[str, str]) -> tuple[str | None, list[str] | None]:
        got = claims(shop.exchange(told["code"]).json()["id_token"])
        return got.get("acr"), got.get("amr")

    browser = Browser()
    assert of(shop.sign_in(browser, acr_values=f"{LEVEL}4 {LEVEL}1")) == (LEVEL + "1", ["pwd"])
    scopes = "openid email aws.cognito.signin.user.admin"
    shop.client = shop.new_client(AllowedOAuthScopes=scopes.split())["ClientId"]
    shop.idp.set_user_pool_mfa_config(
        UserPoolId=shop.pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    told = browser.open(f"{HOST}/oauth2/authorize", **shop.query(scope=scopes)).told
    access = shop.exchange(told["code"]).json()["access_token"]
    secret = shop.idp.associate_software_token(AccessToken=access)["SecretCode"]
    shop.idp.verify_software_token(AccessToken=access, UserCode=totp.code(secret, cloud.clock.now()))
    shop.idp.set_user_mfa_preference(AccessToken=access, SoftwareTokenMfaSettings={"Enabled": True})
    cloud.clock.advance(seconds=90)
    quiet = {"acr_values": LEVEL + "4", "prompt": "none"}
    refused = browser.open(f"{HOST}/oauth2/authorize", **shop.query(**quiet)).told
    assert refused["error"] == "login_required"
    page = browser.open(f"{HOST}/oauth2/authorize", **shop.query(acr_values=LEVEL + "4"))
    assert (page.status, "authenticator app" in page.text) == (200, True)
    told = browser.send(code=totp.code(secret, cloud.clock.now())).told
    assert of(told) == (LEVEL + "4", ["pwd", "otp", "mfa"])
    told = browser.open(f"{HOST}/oauth2/authorize", **shop.query(**quiet)).told
    assert of(told) == (LEVEL + "4", ["pwd", "otp", "mfa"])
    told = browser.open(f"{HOST}/oauth2/authorize", **shop.query()).told
    assert of(told) == (None, None)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"Level4": "urn:cognito:loa:4", "Level2": "urn:cognito:loa:1"}, (LEVEL + "2", ["pwd"])),
        ({"Level4": "urn:cognito:loa:4"}, (LEVEL + "1", ["pwd"])),
        (None, (None, ["fed"])),
    ],
)
def test_a_provider_vouches_for_a_level_in_its_own_words(
    shop: Shop, mapping: dict[str, str] | None, expected: Any
) -> None:
    """A value from Corp that isn't mapped to a level results in the lowest level."""
    corp = Corp(shop)
    if mapping is not None:
        shop.idp.update_identity_provider(UserPoolId=shop.pool, ProviderName="Corp", AcrMapping=mapping)
    browser = Browser()
    corp.back(browser=browser, acr_values=f"{LEVEL}4 {LEVEL}2")
    got = claims(shop.exchange(browser.follow().told["code"]).json()["id_token"])
    assert (got.get("acr"), got["amr"]) == expected


@pytest.mark.parametrize("tier", ["LITE", "ESSENTIALS"])
def test_a_pool_of_the_cheapest_plan_passes_levels_over(cloud: Any, tier: str) -> None:
    shop = Shop(UserPoolTier=tier)
    got: Any = shop.exchange(shop.sign_in(acr_values=LEVEL + "1")["code"])
    assert isinstance(got, requests.Response)
    assert ("acr" in claims(got.json()["id_token"])) == (tier != "LITE")
