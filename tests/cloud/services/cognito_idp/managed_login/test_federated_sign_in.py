"""Federated sign-in: the required proof from a provider, the users that it creates, and linked users."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import boto3
import pytest
import requests

from labs_helpers.cloud.actors.browser import Browser
from labs_helpers.cloud.actors.saml_provider import SamlProvider
from labs_helpers.cloud.services.cognito_idp.managed_login import oidc
from tests.cloud.services.cognito_idp.managed_login.test_app import HOST, PASSWORD, Shop, claims

CORP = "https://corp.auth.us-east-1.amazoncognito.com"
BACK = f"{HOST}/oauth2/idpresponse"


def attributes(user: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in user["UserAttributes"]}


class Corp:
    """A second pool that acts as the outside provider, with Mallory, who has Alice's address there."""

    def __init__(self, shop: Shop, **mapping: str):
        self.shop, self.idp = shop, shop.idp
        self.pool = self.idp.create_user_pool(PoolName="corp", AutoVerifiedAttributes=["email"])["UserPool"][
            "Id"
        ]
        self.idp.create_user_pool_domain(Domain="corp", UserPoolId=self.pool)
        self.client = self.idp.create_user_pool_client(
            UserPoolId=self.pool, ClientName="shop", GenerateSecret=True, CallbackURLs=[BACK],
            AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid", "email"], AllowedOAuthFlowsUserPoolClient=True,
            SupportedIdentityProviders=["COGNITO"],
        )["UserPoolClient"]  # fmt: skip
        self.person("mallory", "alice@example.com")
        self.details = {
            "client_id": self.client["ClientId"], "client_secret": self.client["ClientSecret"],
            "authorize_scopes": "openid email", "attributes_request_method": "GET",
            "oidc_issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{self.pool}",
        }  # fmt: skip
        self.idp.create_identity_provider(
            UserPoolId=shop.pool, ProviderName="Corp", ProviderType="OIDC", ProviderDetails=self.details,
            AttributeMapping=mapping or {"email": "email"}, IdpIdentifiers=["corp.example"],
        )  # fmt: skip
        shop.client = shop.new_client(SupportedIdentityProviders=["COGNITO", "Corp"])["ClientId"]

    def person(self, name: str, email: str) -> str:
        user = self.idp.admin_create_user(
            UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )["User"]  # fmt: skip
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username=name, Password=PASSWORD, Permanent=True
        )
        return next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")

    def back(self, name: str = "mallory", browser: Browser | None = None, **query: Any) -> Any:
        """Return the page that sends the browser back to the shop's pool after a sign-in at the provider."""
        browser = browser or Browser()
        browser.open(f"{HOST}/oauth2/authorize", **self.shop.query(**{"identity_provider": "Corp", **query}))
        browser.follow()
        browser.follow()
        return browser.send(username=name, password=PASSWORD)

    def told(self, name: str = "mallory") -> dict[str, str]:
        """Return what the application receives at the end."""
        browser = Browser()
        self.back(name, browser)
        return dict(browser.follow().told)

    def id_token(self, name: str = "mallory") -> dict[str, Any]:
        return claims(self.shop.exchange(self.told(name)["code"]).json()["id_token"])


@pytest.fixture
def shop(cloud: Any) -> Shop:
    return Shop()


@pytest.mark.ledger("F-COG-14")
def test_who_comes_from_outside_gets_a_profile_of_their_own(shop: Shop) -> None:
    corp = Corp(shop)
    token = corp.id_token()
    there = attributes(shop.idp.admin_get_user(UserPoolId=corp.pool, Username="mallory"))["sub"]
    assert token["cognito:username"] == f"Corp_{there}"
    assert token["email"] == "alice@example.com"
    assert token["email_verified"] is False, "an address is verified only where that is mapped"
    (identity,) = token["identities"]
    assert (identity["providerName"], identity["providerType"], identity["userId"]) == ("Corp", "OIDC", there)
    assert (identity["primary"], identity["issuer"]) == ("true", None)
    assert token["cognito:groups"] == [f"{shop.pool}_Corp"]
    user = shop.idp.admin_get_user(UserPoolId=shop.pool, Username=token["cognito:username"])
    assert user["UserStatus"] == "EXTERNAL_PROVIDER"
    assert attributes(user)["email_verified"] == "false"
    # OBSERVED in 2022: https://repost.aws/questions/QUEv8N8G1PTjybjVz_DQ_FCw
    (shown,) = json.loads(attributes(user)["identities"])
    assert (shown["primary"], shown["dateCreated"]) == (True, int(identity["dateCreated"]))
    assert corp.id_token()["sub"] == token["sub"], "the same identity is the same user"
    alice = attributes(shop.idp.admin_get_user(UserPoolId=shop.pool, Username="alice"))
    assert alice["sub"] != token["sub"], "an address makes nobody the same"
    assert alice["email_verified"] == "true"


def test_a_verified_address_from_outside_takes_nobodys_alias(cloud: Any) -> None:
    shop = Shop(AliasAttributes=["email"])
    corp = Corp(shop, email="email", email_verified="email_verified")
    assert corp.id_token()["email_verified"] is True
    alice = attributes(shop.idp.admin_get_user(UserPoolId=shop.pool, Username="alice@example.com"))
    assert alice["email_verified"] == "true"
    assert "identities" not in alice


def test_attributes_are_what_the_provider_says_now(shop: Shop) -> None:
    corp = Corp(shop)
    corp.id_token()
    shop.idp.admin_update_user_attributes(
        UserPoolId=corp.pool, Username="mallory",
        UserAttributes=[{"Name": "email", "Value": "new@example.com"}, {"Name": "email_verified", "Value": "true"}],
    )  # fmt: skip
    assert corp.id_token()["email"] == "new@example.com"


@pytest.mark.parametrize("query", [{"identity_provider": "Corp"}, {"idp_identifier": "corp.example"}])
def test_a_request_may_name_the_provider(shop: Shop, query: dict[str, str]) -> None:
    Corp(shop)
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(**query))
    assert page.location.startswith(f"{CORP}/oauth2/authorize?")
    assert page.told["redirect_uri"] == BACK
    assert page.told["state"] != "s1", "the application's state is the application's, the pool has its own"
    assert page.told["nonce"] not in ("", "n1")


def test_prompt_and_login_hint_are_handed_on_to_the_provider(shop: Shop) -> None:
    Corp(shop)
    query = shop.query(identity_provider="Corp", prompt="login", login_hint="mallory")
    told = Browser().open(f"{HOST}/oauth2/authorize", **query).told
    assert (told["prompt"], told["login_hint"]) == ("login", "mallory")
    assert (
        "prompt"
        not in Browser().open(f"{HOST}/oauth2/authorize", **shop.query(identity_provider="Corp")).told
    )


def test_a_provider_that_is_not_the_clients_and_an_unknown_identifier_are_refused(shop: Shop) -> None:
    Corp(shop)
    shop.client = shop.new_client()["ClientId"]
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(identity_provider="Corp"))
    assert page.told["error"] == "invalid_request"
    assert Browser().open(f"{HOST}/oauth2/authorize", **shop.query(idp_identifier="nobody")).status == 400


def test_the_answer_belongs_to_the_browser_that_began_once_and_for_five_minutes(
    shop: Shop, cloud: Any
) -> None:
    corp, browser = Corp(shop), Browser()
    page = corp.back(browser=browser)
    assert Browser().open(page.location).status == 400, "another browser"
    assert browser.follow().status == 400, "used up by the thief's try, nobody is signed in"
    browser = Browser()
    page = corp.back(browser=browser)
    assert "code" in browser.open(page.location).told
    assert browser.open(page.location).status == 400, "once"
    browser = Browser()
    page = corp.back(browser=browser)
    cloud.clock.advance(minutes=5)
    late = browser.open(page.location)
    assert (late.status, "Something went wrong" in late.text) == (400, True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"nonce": "another"}, "nonce"), ({"nonce": None}, "nonce"), ({"aud": "another"}, "audience"),
        ({"aud": ["x", "y"]}, "audience"), ({"iss": "https://evil.example"}, "issuer"), ({"exp": 1}, "expired"),
        ({"exp": "9999999999"}, "expired"), ({"sub": ""}, "subject"), ({"sub": None}, "subject"),
        ({"azp": "another"}, "audience"),
    ],
)  # fmt: skip
def test_the_providers_token_must_be_for_this_sign_in(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], why: str
) -> None:
    genuine = oidc._signed
    corp = Corp(shop)
    monkeypatch.setattr(oidc, "_signed", lambda provider, token: {**genuine(provider, token), **change})
    told = corp.told()
    assert (told["error"], told["state"]) == ("invalid_request", "s1")
    assert why in told["error_description"]
    assert len(shop.idp.list_users(UserPoolId=shop.pool)["Users"]) == 1, "nobody was made"


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AA"]
)
def test_what_the_provider_did_not_sign_is_no_token(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    corp = Corp(shop)
    monkeypatch.setattr(oidc, "_exchanged", lambda *_: {"id_token": token, "access_token": "x"})
    assert "signature" in corp.told()["error_description"]


def test_a_wrong_secret_and_a_refusal_come_back_to_the_application(shop: Shop) -> None:
    corp = Corp(shop)
    shop.idp.update_identity_provider(
        UserPoolId=shop.pool, ProviderName="Corp", ProviderDetails={**corp.details, "client_secret": "wrong"}
    )
    assert corp.told()["error_description"] == "Corp Error - 400 invalid_client getting token"
    browser = Browser()
    browser.open(f"{HOST}/oauth2/authorize", **shop.query(identity_provider="Corp"))
    state = browser.page.told["state"]
    told = browser.open(BACK, error="access_denied", state=state).told
    assert (told["error"], "access_denied" in told["error_description"]) == ("invalid_request", True)


def test_a_pool_that_needs_an_attribute_needs_it_mapped(cloud: Any) -> None:
    shop = Shop(Schema=[{"Name": "name", "Required": True}, {"Name": "email", "Required": False}])
    corp = Corp(shop)
    assert corp.told()["error_description"] == "attributes required: [name]"


def test_a_client_writes_only_what_it_may(shop: Shop) -> None:
    corp = Corp(shop)
    shop.client = shop.new_client(
        SupportedIdentityProviders=["Corp"], WriteAttributes=["name"], ReadAttributes=["email"]
    )["ClientId"]
    assert "unauthorized attribute" in corp.told()["error_description"]


# --- linking ----------------------------------------------------------------------------------------------------


def link(shop: Shop, value: str, name: str = "Cognito_Subject", to: str = "alice") -> None:
    shop.idp.admin_link_provider_for_user(
        UserPoolId=shop.pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": to},
        SourceUser={"ProviderName": "Corp", "ProviderAttributeName": name, "ProviderAttributeValue": value},
    )  # fmt: skip


@pytest.mark.ledger("F-COG-15")
def test_a_linked_identity_signs_in_as_the_local_user(shop: Shop) -> None:
    corp = Corp(shop)
    subject = corp.person("alice-at-work", "alice.work@example.com")
    link(shop, subject)
    token = corp.id_token("alice-at-work")
    assert token["cognito:username"] == "alice"
    assert [each["userId"] for each in token["identities"]] == [subject]
    assert token["identities"][0]["primary"] == "false"
    assert f"{shop.pool}_Corp" not in token.get("cognito:groups", [])
    names = [each["Username"] for each in shop.idp.list_users(UserPoolId=shop.pool)["Users"]]
    assert names == ["alice"], "no second profile is made"
    assert "code" in shop.sign_in(), "and Alice's own password still signs in"


@pytest.mark.ledger("F-COG-16")
def test_linking_by_an_attribute_believes_whatever_the_provider_says(shop: Shop) -> None:
    """The danger is that anyone at Corp can have Alice's address, and Mallory does."""
    corp = Corp(shop)
    link(shop, "alice@example.com", "email")
    assert corp.id_token("mallory")["cognito:username"] == "alice"


def test_who_has_signed_in_before_is_linked_no_more(shop: Shop) -> None:
    corp = Corp(shop)
    subject = corp.id_token()["identities"][0]["userId"]
    with pytest.raises(shop.idp.exceptions.InvalidParameterException):
        link(shop, subject)
    shop.idp.admin_delete_user(UserPoolId=shop.pool, Username=f"Corp_{subject}")
    link(shop, subject)
    assert corp.id_token()["cognito:username"] == "alice"


def test_unlinking_ends_it(shop: Shop) -> None:
    corp = Corp(shop)
    subject = corp.person("carol", "carol@example.com")
    link(shop, subject)
    shop.idp.admin_disable_provider_for_user(
        UserPoolId=shop.pool,
        User={
            "ProviderName": "Corp", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": subject,
        },
    )  # fmt: skip
    assert corp.id_token("carol")["cognito:username"] == f"Corp_{subject}"


def unlink(shop: Shop, provider: str, attribute: str, value: str) -> None:
    shop.idp.admin_disable_provider_for_user(
        UserPoolId=shop.pool,
        User={
            "ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value,
        },
    )  # fmt: skip


@pytest.mark.parametrize("attribute", ["email", "Cognito_Subject"])
def test_a_link_by_an_attribute_that_was_used_ends_by_the_subject_or_as_it_was_made(
    shop: Shop, attribute: str
) -> None:
    """For OIDC, AWS documents neither, so both are accepted; the ID token names the identity from the first sign-in."""
    corp = Corp(shop)
    link(shop, "alice@example.com", "email")
    shown = shop.idp.admin_get_user(UserPoolId=shop.pool, Username="alice")["UserAttributes"]
    (before,) = json.loads(next(each["Value"] for each in shown if each["Name"] == "identities"))
    assert before["userId"] == "alice@example.com", "until it signs in, the value stands for the identity"
    (identity,) = corp.id_token("mallory")["identities"]
    assert identity["providerName"] == "Corp"
    subject = identity["userId"]
    assert "@" not in subject
    unlink(shop, "Corp", attribute, subject if attribute == "Cognito_Subject" else "alice@example.com")
    assert corp.id_token("mallory")["cognito:username"] == f"Corp_{subject}"


def test_a_disabled_profile_signs_in_no_more(shop: Shop) -> None:
    corp = Corp(shop)
    name = corp.id_token()["cognito:username"]
    shop.idp.admin_disable_user(UserPoolId=shop.pool, Username=name)
    assert corp.told()["error_description"] == "User is disabled."


# --- SAML -------------------------------------------------------------------------------------------------------


class Office:
    """A SAML provider of the shop's pool."""

    def __init__(self, shop: Shop, cloud: Any, **mapping: str):
        self.shop, self.provider = shop, SamlProvider(cloud)
        shop.idp.create_identity_provider(
            UserPoolId=shop.pool, ProviderName="Office", ProviderType="SAML",
            ProviderDetails={"MetadataFile": self.provider.metadata},
            AttributeMapping=mapping or {"email": "mail"},
        )  # fmt: skip
        shop.client = shop.new_client(SupportedIdentityProviders=["COGNITO", "Office"])["ClientId"]

    def begin(self, browser: Browser) -> str:
        page = browser.open(f"{HOST}/oauth2/authorize", **self.shop.query(identity_provider="Office"))
        self.last = str(page.location)
        return self.last

    def post(self, browser: Browser, url: str, form: dict[str, str]) -> Any:
        return browser.post(url, **form)

    def sign_in(self, subject: str = "carol", **said: Any) -> dict[str, str]:
        browser = Browser()
        url, form = self.provider.answer(self.begin(browser), subject, said or {"mail": "carol@example.com"})
        return dict(self.post(browser, url, form).told)


@pytest.mark.ledger("F-COG-17")
def test_a_saml_provider_signs_users_in(shop: Shop, cloud: Any) -> None:
    office = Office(shop, cloud)
    token = claims(shop.exchange(office.sign_in()["code"]).json()["id_token"])
    assert token["cognito:username"] == "Office_carol"
    assert token["email"] == "carol@example.com"
    (identity,) = token["identities"]
    assert (identity["providerType"], identity["userId"]) == ("SAML", "carol")
    assert identity["issuer"] == office.provider.entity_id
    assert token["nonce"] == "n1"


def test_a_saml_link_that_was_used_ends_by_the_name_id_alone(shop: Shop, cloud: Any) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableProviderForUser.html"""
    office = Office(shop, cloud)
    shop.idp.admin_link_provider_for_user(
        UserPoolId=shop.pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
        SourceUser={
            "ProviderName": "Office", "ProviderAttributeName": "email",
            "ProviderAttributeValue": "carol@example.com",
        },
    )  # fmt: skip
    token = claims(shop.exchange(office.sign_in()["code"]).json()["id_token"])
    assert token["cognito:username"] == "alice"
    with pytest.raises(shop.idp.exceptions.UserNotFoundException):
        unlink(shop, "Office", "email", "carol@example.com")
    unlink(shop, "Office", "Cognito_Subject", "carol")
    token = claims(shop.exchange(office.sign_in()["code"]).json()["id_token"])
    assert token["cognito:username"] == "Office_carol"


def test_a_saml_providers_description_says_where_it_takes_requests(shop: Shop, cloud: Any) -> None:
    Office(shop, cloud)
    shown = shop.idp.describe_identity_provider(UserPoolId=shop.pool, ProviderName="Office")[
        "IdentityProvider"
    ]
    assert shown["ProviderDetails"]["SSORedirectBindingURI"] == "https://idp.example.com/saml/sso"


def test_a_saml_request_says_who_asks_and_where_to_answer(shop: Shop, cloud: Any) -> None:
    from labs_helpers.cloud.actors import saml_provider

    location = Office(shop, cloud).begin(Browser())
    assert location.startswith("https://idp.example.com/saml/sso?SAMLRequest=")
    request = saml_provider._request_in(
        requests.utils.unquote(location.partition("SAMLRequest=")[2].partition("&")[0])
    )
    assert request.findtext(f"{{{saml_provider._SAML}}}Issuer") == f"urn:amazon:cognito:sp:{shop.pool}"
    assert request.get("AssertionConsumerServiceURL") == f"{HOST}/saml2/idpresponse"


def test_a_saml_response_counts_once_for_the_browser_that_asked(shop: Shop, cloud: Any) -> None:
    office, browser = Office(shop, cloud), Browser()
    url, form = office.provider.answer(office.begin(browser), "carol", {"mail": "c@example.com"})
    assert office.post(Browser(), url, form).status == 400
    assert office.post(browser, url, form).status == 400, "used up"
    url, form = office.provider.answer(office.begin(browser), "carol", {"mail": "c@example.com"})
    assert "code" in office.post(browser, url, form).told
    other = Browser()
    fresh = office.provider.answer(office.begin(other), "dave", {"mail": "d@example.com"})[1]
    told = office.post(other, url, {**form, "RelayState": fresh["RelayState"]}).told
    assert "another request" in told["error_description"], "an old assertion answers no new request"


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (lambda root: root.set("InResponseTo", "_other"), "another request"),
        (lambda root: root.find(".//{*}Audience").__setattr__("text", "urn:amazon:webservices"), "signature"),
        (lambda root: root.find(".//{*}NameID").__setattr__("text", "admin"), "signature"),
        (lambda root: root.find("{*}Issuer").__setattr__("text", "https://evil.example"), "another provider"),
        (lambda root: root.find(".//{*}StatusCode").set("Value", "urn:x"), "failed"),
    ],
)
def test_a_saml_response_that_somebody_changed_is_refused(
    shop: Shop, cloud: Any, forge: Any, why: str
) -> None:
    import base64

    from lxml import etree

    office, browser = Office(shop, cloud), Browser()
    url, form = office.provider.answer(office.begin(browser), "carol", {"mail": "c@example.com"})
    root = etree.fromstring(base64.b64decode(form["SAMLResponse"]))
    forge(root)
    told = office.post(browser, url, {**form, "SAMLResponse": office.provider.encode(root)}).told
    assert told["error"] == "invalid_request"
    assert why in told["error_description"]


def test_a_saml_response_of_another_key_or_too_late_is_refused(shop: Shop, cloud: Any) -> None:
    office, browser = Office(shop, cloud), Browser()
    location = office.begin(browser)
    office.provider.rotate()
    url, form = office.provider.answer(location, "carol", {"mail": "c@example.com"})
    assert "key of the metadata" in office.post(browser, url, form).told["error_description"]


def test_a_name_id_is_matched_letter_by_letter(cloud: Any) -> None:
    shop = Shop(UsernameConfiguration={"CaseSensitive": False})
    office = Office(shop, cloud)
    assert "code" in office.sign_in("Carlos@example.com")
    assert "error" in office.sign_in("carlos@example.com")


def test_saml_links_by_an_attribute(shop: Shop, cloud: Any) -> None:
    office = Office(shop, cloud)
    shop.idp.admin_link_provider_for_user(
        UserPoolId=shop.pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
        SourceUser={
            "ProviderName": "Office", "ProviderAttributeName": "email", "ProviderAttributeValue": "msp@example.com",
        },
    )  # fmt: skip
    told = office.sign_in("anybody", mail="msp@example.com")
    assert claims(shop.exchange(told["code"]).json()["id_token"])["cognito:username"] == "alice"


def test_social_providers_say_that_they_are_not_modelled(shop: Shop) -> None:
    shop.idp.create_identity_provider(
        UserPoolId=shop.pool, ProviderName="Google", ProviderType="Google",
        ProviderDetails={"client_id": "x", "client_secret": "y", "authorize_scopes": "openid"},
    )  # fmt: skip
    shop.client = shop.new_client(SupportedIdentityProviders=["COGNITO", "Google"])["ClientId"]
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(identity_provider="Google"))
    assert (page.status, "type Google isn't modeled" in unescape(page.text)) == (501, True)


def test_triggers_hear_of_who_comes_from_outside(cloud: Any) -> None:
    heard: list[str] = []
    arn = "arn:aws:lambda:us-east-1:111122223333:function:hear"

    def hear(event: Any, context: Any) -> Any:
        heard.append(event["triggerSource"])
        return event

    cloud.lambda_function(arn, hear)
    names = ("PreSignUp", "PostConfirmation", "PostAuthentication", "PreTokenGeneration")
    shop = Shop(LambdaConfig=dict.fromkeys(names, arn))
    corp = Corp(shop)
    heard.clear()
    corp.id_token()
    assert heard == [
        "PreSignUp_ExternalProvider",
        "PostConfirmation_ConfirmSignUp",
        "TokenGeneration_HostedAuth",
    ]
    heard.clear()
    corp.id_token()
    assert heard == ["PostAuthentication_Authentication", "TokenGeneration_HostedAuth"]


def inbound(cloud: Any, answer: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a pool's setting for an inbound federation trigger that answers this, and the events that it receives."""
    heard: list[dict[str, Any]] = []
    arn = "arn:aws:lambda:us-east-1:111122223333:function:inbound"

    def hear(event: Any, context: Any) -> Any:
        heard.append(event)
        event["response"]["userAttributesToMap"] = answer(event) if callable(answer) else answer
        return event

    cloud.lambda_function(arn, hear)
    return {"LambdaConfig": {"InboundFederation": {"LambdaVersion": "V1_0", "LambdaArn": arn}}}, heard


def test_a_trigger_changes_what_a_provider_says_before_it_is_mapped(cloud: Any) -> None:
    def shouted(event: Any) -> dict[str, str]:
        told = event["request"]["attributes"]["idToken"]
        return {"email": told["email"].upper(), "sub": "somebody-else"}

    settings, heard = inbound(cloud, shouted)
    corp = Corp(Shop(**settings))
    identity = corp.id_token()
    assert identity["email"] == "ALICE@EXAMPLE.COM"
    (event,) = heard
    subject = event["request"]["attributes"]["idToken"]["sub"]
    assert identity["identities"][0]["userId"] == event["userName"] == subject
    assert event["triggerSource"] == "InboundFederation_ExternalProvider"
    assert (event["request"]["providerName"], event["request"]["providerType"]) == ("Corp", "OIDC")
    assert set(event["request"]["attributes"]) == {"tokenResponse", "idToken", "userInfo"}
    assert event["request"]["attributes"]["tokenResponse"]["token_type"] == "Bearer"


def test_a_trigger_that_names_no_attributes_leaves_them_and_one_that_names_some_drops_the_others(
    cloud: Any,
) -> None:
    answers: list[Any] = [{}, {"mail": "new@example.com"}, {"mail": 7}]
    settings, heard = inbound(cloud, lambda event: answers.pop(0))
    shop = Shop(**settings)
    office = Office(shop, cloud, email="mail", name="cn")

    def profile() -> dict[str, str]:
        shown = shop.idp.admin_get_user(UserPoolId=shop.pool, Username="Office_carol")
        return {name: value for name, value in attributes(shown).items() if name in ("email", "name")}

    said = {"mail": "carol@example.com", "cn": "Carol"}
    assert "code" in office.sign_in(**said)
    assert heard[0]["request"]["attributes"] == {"samlResponse": said}
    assert profile() == {"email": "carol@example.com", "name": "Carol"}
    assert "code" in office.sign_in(**{**said, "cn": "Caroline"})
    assert profile() == {"email": "new@example.com", "name": "Carol"}
    assert "Unrecognizable lambda output" in office.sign_in(**said)["error_description"]


def test_userinfo_speaks_of_the_same_person_or_nobody_comes_in(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    corp, genuine = Corp(shop), oidc._json

    def another(provider: Any, method: str, url: str, **more: Any) -> Any:
        said = genuine(provider, method, url, **more)
        return {**said, "sub": "somebody-else"} if url.endswith("/userInfo") else said

    monkeypatch.setattr(oidc, "_json", another)
    assert "userInfo" in corp.told()["error_description"]


def test_identities_of_a_profile_are_shown_as_json(shop: Shop) -> None:
    corp = Corp(shop)
    name = corp.id_token()["cognito:username"]
    shown = json.loads(
        attributes(boto3.client("cognito-idp").admin_get_user(UserPoolId=shop.pool, Username=name))[
            "identities"
        ]
    )
    assert shown[0]["providerName"] == "Corp"


# --- signed, and yet not for us ---------------------------------------------------------------------------------


def test_a_signed_response_must_be_for_this_pool_this_request_and_now(shop: Shop, cloud: Any) -> None:
    from labs_helpers.cloud.actors import saml_provider

    office = Office(shop, cloud)
    ours, there = f"urn:amazon:cognito:sp:{shop.pool}", f"{HOST}/saml2/idpresponse"

    def told(change: Any = None, **wrong: Any) -> dict[str, str]:
        browser = Browser()
        url, form = office.provider.answer(office.begin(browser), "x")
        asked = saml_provider._request_in(query_of(office.last)["SAMLRequest"])
        given = {"audience": ours, "recipient": there, "in_response_to": asked.get("ID"), **wrong}
        root = office.provider._assertion(given.pop("subject", "carol"), **given)
        if change is not None:
            change(root)
        form["SAMLResponse"] = office.provider.encode(
            office.provider.envelope(office.provider.sign(root), destination=there)
        )
        return dict(office.post(browser, url, form).told)

    def drop(path: str) -> Any:
        return lambda root: [each.getparent().remove(each) for each in root.findall(f".//{{*}}{path}")]

    assert "code" in told()
    for why, refused in {
        "Audience": told(audience="urn:amazon:webservices"),
        "Recipient": told(recipient="https://evil.example/saml2/idpresponse"),
        "another request": told(in_response_to="_other"),
        "expired": told(seconds=-1),
        "one NameID": told(subject=""),
        "SubjectConfirmation": told(drop("SubjectConfirmation")),
        "Conditions": told(drop("Conditions")),
        "not valid yet": told(
            lambda root: root.find(".//{*}Conditions").set("NotBefore", "2999-01-01T00:00:00Z")
        ),
        "with NotOnOrAfter": told(
            lambda root: root.find(".//{*}SubjectConfirmationData").attrib.pop("NotOnOrAfter")
        ),
    }.items():
        assert why in refused["error_description"], (why, refused)


def test_an_assertion_that_comes_again_is_refused_even_in_another_envelope(shop: Shop, cloud: Any) -> None:
    office, browser = Office(shop, cloud), Browser()
    url, form = office.provider.answer(office.begin(browser), "carol")
    office.provider._last_id = 0  # the provider numbers its assertions anew: the next has the same ID
    assert "code" in office.post(browser, url, form).told
    browser = Browser()
    url, form = office.provider.answer(office.begin(browser), "carol")
    assert "used before" in office.post(browser, url, form).told["error_description"]


def test_several_values_of_an_attribute_become_one_text(shop: Shop, cloud: Any) -> None:
    office, browser = Office(shop, cloud, nickname="groups"), Browser()
    url, form = office.provider.answer(office.begin(browser), "carol", {"groups": ["a b", "c&d"]})
    assert "code" in office.post(browser, url, form).told
    user = shop.idp.admin_get_user(UserPoolId=shop.pool, Username="Office_carol")
    assert attributes(user)["nickname"] == "[a+b, c%26d]"


def query_of(location: str) -> dict[str, str]:
    from urllib.parse import parse_qs, urlsplit

    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


# --- a provider that is no user pool ----------------------------------------------------------------------------


class Elsewhere:
    """An OIDC provider at https://elsewhere.example, which answers and signs as specified."""

    issuer = "https://elsewhere.example"

    def __init__(self, shop: Shop, cloud: Any, **details: str):
        from flask import Flask, jsonify, request

        self.nonce, self.answers, self.asked = "", {}, []
        app = Flask("elsewhere")

        @app.route("/<path:path>", methods=["GET", "POST"])
        def answer(path: str) -> Any:
            self.asked.append((request.method, path, dict(request.form)))
            return jsonify(self.answers.get(path, {"issuer": self.issuer, **self.places()}))

        cloud.site("elsewhere.example", app)
        self.clock, self.shop = cloud.clock, shop
        shop.idp.create_identity_provider(
            UserPoolId=shop.pool, ProviderName="Elsewhere", ProviderType="OIDC", AttributeMapping={"name": "name"},
            ProviderDetails={
                "client_id": "pool", "client_secret": "s" * 32, "authorize_scopes": "openid",
                "oidc_issuer": self.issuer, "attributes_request_method": "POST", **details,
            },
        )  # fmt: skip
        shop.client = shop.new_client(SupportedIdentityProviders=["Elsewhere"])["ClientId"]

    def places(self) -> dict[str, str]:
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        return {name: f"{self.issuer}/{name}" for name in names}

    def told(self, header: dict[str, Any], key: Any, **answers: Any) -> dict[str, str]:
        browser = Browser()
        page = browser.open(f"{HOST}/oauth2/authorize", **self.shop.query(identity_provider="Elsewhere"))
        if "error" in page.told:
            return dict(page.told)
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.issuer, "sub": "u1", "aud": "pool", "iat": now, "exp": now + 60, "nonce": page.told["nonce"],
        }  # fmt: skip
        token = signed(header, claims, key)
        self.answers |= {
            "token_endpoint": {"id_token": token, "access_token": "a"},
            "userinfo_endpoint": {"sub": "u1", "name": "Ulla"}, **answers,
        }  # fmt: skip
        return dict(browser.open(BACK, code="c", state=page.told["state"]).told)


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """Return a token signed with a key; bytes are used as an attacker would use them, without a library's checks."""
    import base64
    import hmac

    from joserfc import jwt

    if not isinstance(key, bytes):
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    def b64(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(hmac.digest(key, text.encode(), 'sha256'))}"


def keys() -> tuple[Any, dict[str, Any]]:
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", {"kid": "k1"})
    return key, {"keys": [key.as_dict(private=False)]}


def test_a_provider_may_sign_with_an_elliptic_curve_or_with_the_clients_secret(
    shop: Shop, cloud: Any
) -> None:
    from joserfc.jwk import OctKey

    there = Elsewhere(shop, cloud)
    key, public = keys()
    assert "code" in there.told({"alg": "ES256", "kid": "k1"}, key, jwks_uri=public)
    user = shop.idp.admin_get_user(UserPoolId=shop.pool, Username="Elsewhere_u1")
    assert attributes(user)["name"] == "Ulla", "from userInfo"
    assert [method for method, path, _ in there.asked if path == "userinfo_endpoint"] == ["POST"]
    form = next(form for _, path, form in there.asked if path == "token_endpoint")
    assert (form["client_id"], form["client_secret"]) == ("pool", "s" * 32), "client_secret_post"
    assert "code" in there.told({"alg": "HS256"}, OctKey.import_key("s" * 32))
    assert "signature" in there.told({"alg": "HS256"}, OctKey.import_key("t" * 32))["error_description"]


def test_a_public_key_is_no_secret_and_a_key_without_its_name_is_none(shop: Shop, cloud: Any) -> None:
    there = Elsewhere(shop, cloud)
    key, public = keys()
    confused = key.as_pem(private=False)
    assert (
        "signature"
        in there.told({"alg": "HS256", "kid": "k1"}, confused, jwks_uri=public)["error_description"]
    )
    assert "signature" in there.told({"alg": "ES256"}, key, jwks_uri=public)["error_description"]
    assert "signature" in there.told({"alg": "ES256", "kid": "k2"}, key, jwks_uri=public)["error_description"]
    assert "signature" in there.told({"alg": "ES256", "kid": "k1"}, key, jwks_uri={})["error_description"]


def test_a_discovery_document_of_another_issuer_is_not_believed(shop: Shop, cloud: Any) -> None:
    there = Elsewhere(shop, cloud)
    there.answers[".well-known/openid-configuration"] = {"issuer": "https://evil.example", **there.places()}
    told = there.told({"alg": "ES256"}, keys()[0])
    assert "another issuer" in told["error_description"]
    there.answers[".well-known/openid-configuration"] = {
        "issuer": there.issuer, **there.places(), "authorization_endpoint": "http://elsewhere.example/a",
    }  # fmt: skip
    assert "https" in there.told({"alg": "ES256"}, keys()[0])["error_description"]
