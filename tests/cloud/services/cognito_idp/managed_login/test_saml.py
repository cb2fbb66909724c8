"""SAML providers' options in a user pool: signed requests, encrypted responses, sign-out, IdP-initiated sign-in.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-signing-encryption.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-session-initiation.html
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Flask

from labs_helpers.cloud.actors import saml_provider
from labs_helpers.cloud.actors.browser import Browser
from tests.cloud.services.cognito_idp.managed_login.test_app import (
    CALLBACK,
    HOST,
    LOGOUT,
    Shop,
    claims,
    events,
)
from tests.cloud.services.cognito_idp.managed_login.test_federated_sign_in import Office, query_of
from tests.clouds import error_of

CONSUMER = f"{HOST}/saml2/idpresponse"


@pytest.fixture
def shop(cloud: Any) -> Shop:
    return Shop()


@pytest.fixture
def office(shop: Shop, cloud: Any) -> Office:
    return Office(shop, cloud)


def configure(office: Office, **details: str) -> dict[str, str]:
    """Set the provider's details in addition to its metadata, and return its description."""
    given = {"MetadataFile": office.provider.metadata, **details}
    return office.shop.idp.update_identity_provider(
        UserPoolId=office.shop.pool, ProviderName="Office",
        ProviderDetails={name: value for name, value in given.items() if value},
    )["IdentityProvider"]["ProviderDetails"]  # fmt: skip


# --- signed requests --------------------------------------------------------------------------------------------


def verify(office: Office, location: str) -> None:
    """Verify a redirect's signature with the pool's certificate. Raises InvalidSignature."""
    shown = office.shop.idp.get_signing_certificate(UserPoolId=office.shop.pool)["Certificate"]
    key: Any = x509.load_der_x509_certificate(base64.b64decode(shown)).public_key()
    said, _, _ = location.partition("?")[2].partition("&Signature=")
    signature = base64.b64decode(query_of(location)["Signature"])
    key.verify(signature, said.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_request_is_signed_with_the_pools_key_where_the_provider_wants_it(office: Office) -> None:
    assert "Signature" not in query_of(office.begin(Browser()))
    configure(office, RequestSigningAlgorithm="rsa-sha256")
    location = office.begin(Browser())
    assert list(query_of(location)) == ["SAMLRequest", "RelayState", "SigAlg", "Signature"]
    assert query_of(location)["SigAlg"] == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    verify(office, location)
    with pytest.raises(InvalidSignature):
        verify(office, location.replace("RelayState=", "RelayState=x"))
    assert "code" in office.sign_in()


# --- encrypted answers ------------------------------------------------------------------------------------------


def encrypted_sign_in(office: Office, certificate: str, change: Any = None) -> dict[str, str]:
    browser = Browser()
    url, form = office.provider.answer(
        office.begin(browser), "carol", {"mail": "c@example.com"}, encrypt_for=certificate
    )
    if change is not None:
        from lxml import etree

        root = etree.fromstring(base64.b64decode(form["SAMLResponse"]))
        change(root)
        form["SAMLResponse"] = office.provider.encode(root)
    return dict(office.post(browser, url, form).told)


def test_an_assertion_is_encrypted_for_the_certificate_that_the_description_shows(office: Office) -> None:
    details = configure(office, EncryptedResponses="true")
    told = encrypted_sign_in(office, details["ActiveEncryptionCertificate"])
    token = claims(office.shop.exchange(told["code"]).json()["id_token"])
    assert (token["cognito:username"], token["email"]) == ("Office_carol", "c@example.com")


def test_where_answers_are_encrypted_a_plain_one_is_refused_and_the_reverse(office: Office) -> None:
    certificate = configure(office, EncryptedResponses="true")["ActiveEncryptionCertificate"]
    assert "EncryptedAssertion" in office.sign_in()["error_description"]
    assert "ActiveEncryptionCertificate" not in configure(office, EncryptedResponses="false")
    assert "EncryptedAssertion" in encrypted_sign_in(office, certificate)["error_description"]


def test_an_encrypted_assertion_is_held_to_its_signature_and_its_key(office: Office, cloud: Any) -> None:
    details = configure(office, EncryptedResponses="true")
    certificate = details["ActiveEncryptionCertificate"]
    signing = office.shop.idp.get_signing_certificate(UserPoolId=office.shop.pool)["Certificate"]
    assert "decrypted" in encrypted_sign_in(office, signing)["error_description"], "another key of the pool's"

    def flip(root: Any) -> None:
        value = root.findall(".//{*}CipherValue")[-1]
        data = bytearray(base64.b64decode(value.text))
        data[-1] ^= 1
        value.text = base64.b64encode(data).decode()

    def old_padding(root: Any) -> None:
        method = root.find(".//{*}EncryptedKey/{*}EncryptionMethod")
        method.set("Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5")

    for change in (flip, old_padding):
        assert "decrypted" in encrypted_sign_in(office, certificate, change)["error_description"]
    other = saml_provider.SamlProvider(cloud)

    def unsigned(root: Any) -> None:
        assertion = other._assertion("admin", f"urn:amazon:cognito:sp:{office.shop.pool}", CONSUMER, "_x")
        root.replace(root.find("{*}EncryptedAssertion"), saml_provider.encrypted(assertion, certificate))

    def by_another(root: Any) -> None:
        assertion = other._assertion("admin", f"urn:amazon:cognito:sp:{office.shop.pool}", CONSUMER, "_x")
        root.replace(
            root.find("{*}EncryptedAssertion"), saml_provider.encrypted(other.sign(assertion), certificate)
        )

    assert "signed" in encrypted_sign_in(office, certificate, unsigned)["error_description"]
    assert "key of the metadata" in encrypted_sign_in(office, certificate, by_another)["error_description"]


def test_a_signed_response_may_hold_an_unsigned_encrypted_assertion(office: Office) -> None:
    certificate = configure(office, EncryptedResponses="true")["ActiveEncryptionCertificate"]
    browser = Browser()
    url, form = office.provider.answer(office.begin(browser), "carol")
    asked = saml_provider._request_in(query_of(office.last)["SAMLRequest"]).get("ID")
    plain = office.provider._assertion("carol", f"urn:amazon:cognito:sp:{office.shop.pool}", CONSUMER, asked)
    sealed = office.provider.envelope(saml_provider.encrypted(plain, certificate), destination=CONSUMER)
    form["SAMLResponse"] = office.provider.encode(office.provider.sign(sealed))
    assert "code" in office.post(browser, url, form).told


# --- sign-out ---------------------------------------------------------------------------------------------------


def signed_in(office: Office) -> Browser:
    browser = Browser()
    url, form = office.provider.answer(office.begin(browser), "carol", {"mail": "c@example.com"})
    assert "code" in office.post(browser, url, form).told
    return browser


def test_signing_out_ends_the_providers_session_too_where_it_is_switched_on(office: Office) -> None:
    browser = signed_in(office)
    leave = {"client_id": office.shop.client, "logout_uri": LOGOUT}
    assert browser.open(f"{HOST}/logout", **leave).location == LOGOUT, "not switched on"
    details = configure(office, IDPSignout="true")
    assert details["SLORedirectBindingURI"] == "https://idp.example.com/saml/slo"
    browser = signed_in(office)
    location = str(browser.open(f"{HOST}/logout", **leave).location)
    assert location.startswith("https://idp.example.com/saml/slo?SAMLRequest=")
    verify(office, location)
    request = saml_provider._request_in(query_of(location)["SAMLRequest"])
    assert request.tag.endswith("}LogoutRequest")
    assert request.findtext("{*}NameID") == "carol"
    answer = {"SAMLResponse": "x", "RelayState": query_of(location)["RelayState"]}
    assert Browser().post(f"{HOST}/saml2/logout", **answer).status == 400, "another browser"
    location = str(signed_in(office).open(f"{HOST}/logout", **leave).location)
    browser = signed_in(office)
    location = str(browser.open(f"{HOST}/logout", **leave).location)
    answer["RelayState"] = query_of(location)["RelayState"]
    assert browser.post(f"{HOST}/saml2/logout", **answer).location == LOGOUT
    assert browser.post(f"{HOST}/saml2/logout", **answer).status == 400, "once"
    assert len(events("SAML2Logout_POST")) == 3
    page = browser.open(f"{HOST}/oauth2/authorize", **office.shop.query(prompt="none"))
    assert page.told["error"] == "login_required"


def test_who_signed_in_with_a_password_is_sent_to_no_provider(office: Office) -> None:
    configure(office, IDPSignout="true")
    browser = Browser()
    office.shop.sign_in(browser)
    page = browser.open(f"{HOST}/logout", client_id=office.shop.client, logout_uri=LOGOUT)
    assert page.location == LOGOUT


# --- the provider begins ----------------------------------------------------------------------------------------


def unasked(office: Office, **relayed: str) -> Any:
    query = {
        "identity_provider": "Office", "client_id": office.shop.client, "redirect_uri": CALLBACK,
        "response_type": "code", "scope": "openid email", **relayed,
    }  # fmt: skip
    response = office.provider.unasked(CONSUMER, f"urn:amazon:cognito:sp:{office.shop.pool}", "carol")
    return Browser().post(
        CONSUMER, SAMLResponse=response, RelayState=urlencode({k: v for k, v in query.items() if v})
    )


def test_a_provider_may_begin_where_the_pool_lets_it(office: Office) -> None:
    assert unasked(office).status == 400, "not switched on"
    configure(office, IDPInit="true")
    told = unasked(office).told
    assert set(told) == {"code"}
    token = office.shop.exchange(told["code"], code_verifier=None).json()["id_token"]
    assert claims(token)["cognito:username"] == "Office_carol"
    assert "code" in office.sign_in(), "and the pool may still begin"


def test_what_a_provider_begins_is_held_to_the_client_and_counts_once(office: Office) -> None:
    configure(office, IDPInit="true")
    assert unasked(office, redirect_uri="https://evil.example/").status == 400
    assert unasked(office, client_id="nobody").status == 400
    assert unasked(office, identity_provider="Other").told["error"] == "invalid_request"
    assert unasked(office, scope="files/write").told["error"] == "invalid_scope"
    configure(office, IDPInit="true")
    browser, asked = Browser(), Browser()
    url, form = office.provider.answer(office.begin(asked), "carol")
    relayed = urlencode(
        {
            "identity_provider": "Office", "client_id": office.shop.client, "redirect_uri": CALLBACK,
            "response_type": "code",
        }
    )  # fmt: skip
    told = browser.post(url, SAMLResponse=form["SAMLResponse"], RelayState=relayed).told
    assert "another request" in told["error_description"], "an answer is no beginning"
    response = office.provider.unasked(CONSUMER, f"urn:amazon:cognito:sp:{office.shop.pool}", "dave")
    assert "code" in browser.post(url, SAMLResponse=response, RelayState=relayed).told
    told = browser.post(url, SAMLResponse=response, RelayState=relayed).told
    assert "used before" in told["error_description"]


# --- metadata ---------------------------------------------------------------------------------------------------


def test_metadata_may_be_at_a_url_of_the_clouds_and_is_read_anew(office: Office, cloud: Any) -> None:
    site = Flask("metadata")
    site.add_url_rule("/metadata", "metadata", lambda: office.provider.metadata)
    cloud.site("idp.example.com", site)
    url = "https://idp.example.com/metadata"
    details = configure(office, MetadataFile="", MetadataURL=url)
    assert details["MetadataURL"] == url
    assert details["SSORedirectBindingURI"] == "https://idp.example.com/saml/sso"
    assert "code" in office.sign_in()
    office.provider.rotate()
    assert "code" in office.sign_in(), "the new key is in the document"


@pytest.mark.parametrize("url", ["https://nowhere.example/metadata", "http://idp.example.com/metadata"])
def test_a_url_that_gives_no_metadata_ends_at_the_application(office: Office, url: str) -> None:
    configure(office, MetadataFile="", MetadataURL=url)
    page = Browser().open(f"{HOST}/oauth2/authorize", **office.shop.query(identity_provider="Office"))
    assert page.told["error"] == "invalid_request"
    assert "metadata that cannot be read" in page.told["error_description"]


@pytest.mark.parametrize(
    "details",
    [
        {"MetadataFile": "<x/>"}, {"MetadataFile": "no XML"}, {"MetadataFile": "<!DOCTYPE x><x/>"}, {},
        {"MetadataFile": "<EntityDescriptor/>", "MetadataURL": "https://idp.example.com/"},
        {"MetadataFile": "<EntityDescriptor/>", "IDPInit": "yes"},
        {"MetadataFile": "<EntityDescriptor/>", "EncryptedResponses": "True"},
        {"MetadataFile": "<EntityDescriptor/>", "RequestSigningAlgorithm": "rsa-sha1"},
    ],
)  # fmt: skip
def test_details_that_make_no_sense_are_refused(shop: Shop, details: dict[str, str]) -> None:
    code, _ = error_of(
        shop.idp.create_identity_provider, UserPoolId=shop.pool, ProviderName="X", ProviderType="SAML",
        ProviderDetails=details,
    )  # fmt: skip
    assert code == "InvalidParameterException"


# --- which provider -----------------------------------------------------------------------------------------------


def test_the_domain_of_an_address_finds_the_provider_where_each_has_an_identifier(
    office: Office, cloud: Any
) -> None:
    shop, other = office.shop, saml_provider.SamlProvider(cloud, "https://other.example/saml")

    def page(*supported: str) -> Browser:
        shop.client = shop.new_client(SupportedIdentityProviders=list(supported))["ClientId"]
        browser = Browser()
        browser.open(f"{HOST}/login", **shop.query())
        return browser

    shop.idp.create_identity_provider(
        UserPoolId=shop.pool, ProviderName="Other", ProviderType="SAML", IdpIdentifiers=["exampleB.com"],
        ProviderDetails={"MetadataFile": other.metadata},
    )  # fmt: skip
    assert "address" not in page("Office", "Other").page.fields, "one of them has no identifier"
    shop.idp.update_identity_provider(
        UserPoolId=shop.pool, ProviderName="Office", IdpIdentifiers=["exampleA.com", "exampleA.co.uk"]
    )
    assert "address" not in page("Other").page.fields, "one provider has a button"
    for address, expected in (
        ("bob@examplea.co.uk", "https://idp.example.com/"), ("x@exampleB.com", "https://other.example/"),
    ):  # fmt: skip
        browser = page("Office", "Other")
        assert "Sign in with Office" not in browser.page.text
        browser.send(address=address)
        assert str(browser.follow().location).startswith(expected)
    assert page("Office", "Other").send(address="eve@evil.example").status == 400


# --- what a token is for ------------------------------------------------------------------------------------------


def test_a_resource_binds_the_access_token_and_its_renewals(shop: Shop) -> None:
    """RFC 8707; https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html"""
    assert "aud" not in claims(shop.exchange(shop.sign_in()["code"]).json()["access_token"])
    for resource in ("https://api.example.com/photos", "http://localhost:3000", "myapp://x"):
        got = shop.exchange(shop.sign_in(resource=resource)["code"]).json()
        assert claims(got["access_token"])["aud"] == resource
        assert claims(got["id_token"])["aud"] == shop.client
    renewed = requests_renew(shop, got["refresh_token"])
    assert claims(renewed["access_token"])["aud"] == "myapp://x"


def requests_renew(shop: Shop, token: str) -> dict[str, Any]:
    import requests

    form = {"grant_type": "refresh_token", "client_id": shop.client, "refresh_token": token}
    return requests.post(f"{HOST}/oauth2/token", data=form).json()


@pytest.mark.parametrize(
    "resource", ["", "files", "http://api.example.com", "https://", "https://a#b", "://x"]
)
def test_a_resource_that_is_no_url_is_refused(shop: Shop, resource: str) -> None:
    page = Browser().open(f"{HOST}/oauth2/authorize", **shop.query(resource=resource))
    assert page.told["error"] == "invalid_request"
