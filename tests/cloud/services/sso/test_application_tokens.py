"""CreateTokenWithIAM: an application exchanges a user's token from elsewhere for one of Identity Center.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateTokenWithIAM.html
"""

from __future__ import annotations

import base64
import json

import boto3
import pytest

from labs_helpers.cloud.actors.identity_provider import IdentityProvider
from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import error_of, make_user, trust

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
CUSTOM = "arn:aws:sso::aws:applicationProvider/custom"


class Notes:
    """An application that trusts an issuer elsewhere, with Anne assigned to it."""

    def __init__(self, center):
        self.center, self.admin = center, center.admin
        self.idp = IdentityProvider(center.cloud, "https://idp.example.com")
        self.user = center.user("anne", Emails=[{"Value": "anne@example.com", "Primary": True}])
        settings = {
            "IssuerUrl": "https://idp.example.com", "ClaimAttributePath": "email",
            "IdentityStoreAttributePath": "emails.value", "JwksRetrievalOption": "OPEN_ID_DISCOVERY",
        }  # fmt: skip
        self.issuer = self.admin.create_trusted_token_issuer(
            InstanceArn=center.arn, Name="idp", TrustedTokenIssuerType="OIDC_JWT",
            TrustedTokenIssuerConfiguration={"OidcJwtConfiguration": settings},
        )["TrustedTokenIssuerArn"]  # fmt: skip
        self.arn = self.application("notes")
        self.grant(BEARER, JwtBearer={"AuthorizedTokenIssuers": [self.trust("notes-client")]})
        self.assign(self.arn)
        self.numbers = iter(range(100))

    def trust(self, audience):
        return {"TrustedTokenIssuerArn": self.issuer, "AuthorizedAudiences": [audience]}

    def application(self, name, principal="arn:aws:iam::111122223333:root"):
        arn = self.admin.create_application(
            InstanceArn=self.center.arn, ApplicationProviderArn=CUSTOM, Name=name
        )["ApplicationArn"]
        actor = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sso-oauth:*", "Resource": "*"}
        self.admin.put_application_authentication_method(
            ApplicationArn=arn, AuthenticationMethodType="IAM",
            AuthenticationMethod={"Iam": {"ActorPolicy": {"Version": "2012-10-17", "Statement": [actor]}}},
        )  # fmt: skip
        return arn

    def grant(self, kind, arn=None, **grant):
        self.admin.put_application_grant(ApplicationArn=arn or self.arn, GrantType=kind, Grant=grant)

    def assign(self, arn):
        self.admin.create_application_assignment(
            ApplicationArn=arn, PrincipalType="USER", PrincipalId=self.user
        )

    def assertion(self, audience="notes-client", **claims):
        given = {"email": "anne@example.com", "jti": f"t{next(self.numbers)}"} | claims
        return self.idp.token("anne-elsewhere", audience, **given)

    def ask(self, client=None, **more):
        given = {"clientId": self.arn, "grantType": BEARER} | more
        if given["grantType"] == BEARER:
            given.setdefault("assertion", self.assertion())
        return (client or boto3.client("sso-oidc")).create_token_with_iam(**given)


@pytest.fixture
def notes(center):
    return Notes(center)


@pytest.mark.ledger("F-SSO-11")
def test_a_token_from_elsewhere_becomes_one_that_names_the_user(notes, center):
    answer = notes.ask()
    assert (answer["tokenType"], answer["expiresIn"], answer["issuedTokenType"]) == ("Bearer", 3_600, ACCESS)
    assert answer["scope"] == ["openid", "aws", "sts:identity_context"]
    assert "refreshToken" not in answer  # the application has no such grant
    payload = answer["idToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert (claims["sub"], claims["aud"]) == (notes.user, notes.arn)
    assert claims["aws:identity_store_id"] == center.store_id
    assert claims["sts:identity_context"] == answer["awsAdditionalDetails"]["identityContext"]
    # It is no token for the access portal.
    portal = boto3.client("sso")
    assert error_of(portal.list_accounts, accessToken=answer["accessToken"])[0] == "UnauthorizedException"


WRONG = {
    "a token for somebody else": ({"audience": "others"}, "InvalidGrantException"),
    "a token of nobody here": ({"email": "bob@example.com"}, "InvalidGrantException"),
    "a token without the claim": ({"email": None}, "InvalidGrantException"),
    "a token that may come twice": ({"jti": None}, "InvalidGrantException"),
    "a token of another issuer": ({"iss": "https://other.example.com"}, "InvalidGrantException"),
    "an expired token": ({"seconds": -1}, "ExpiredTokenException"),
}


@pytest.mark.ledger("F-SSO-11")
@pytest.mark.parametrize(("claims", "code"), WRONG.values(), ids=WRONG)
def test_tokens_that_are_not_taken(notes, claims, code):
    assert error_of(notes.ask, assertion=notes.assertion(**claims))[0] == code


@pytest.mark.ledger("F-SSO-11")
def test_a_token_is_taken_once_and_only_with_its_signature(notes):
    token = notes.assertion()
    notes.ask(assertion=token)
    assert error_of(notes.ask, assertion=token)[0] == "InvalidGrantException"
    head, body, _ = notes.assertion().split(".")
    forged = f"{head}.{body}.{token.split('.')[2]}"
    assert error_of(notes.ask, assertion=forged)[0] == "InvalidGrantException"
    assert error_of(notes.ask, assertion="no token")[0] == "InvalidGrantException"


def test_errors_have_oauth_s_words(notes):
    cases = (
        ({"clientId": notes.arn[:-16] + "0" * 16}, "InvalidClientException", "invalid_client"),
        ({"grantType": "password"}, "UnsupportedGrantTypeException", "unsupported_grant_type"),
        ({"grantType": "refresh_token"}, "UnauthorizedClientException", "unauthorized_client"),
        ({"scope": ["s3:all"]}, "InvalidScopeException", "invalid_scope"),
        ({"assertion": ""}, "InvalidRequestException", "invalid_request"),
    )
    for more, code, word in cases:
        with pytest.raises(boto3.client("sso-oidc").exceptions.ClientError) as caught:
            notes.ask(**more)
        assert (caught.value.response["Error"]["Code"], caught.value.response["error"]) == (code, word)


@pytest.mark.ledger("F-SSO-11")
def test_who_is_not_assigned_gets_none_unless_assignments_are_not_required(notes):
    notes.admin.delete_application_assignment(
        ApplicationArn=notes.arn, PrincipalType="USER", PrincipalId=notes.user
    )
    assert error_of(notes.ask)[0] == "AccessDeniedException"
    notes.admin.put_application_assignment_configuration(ApplicationArn=notes.arn, AssignmentRequired=False)
    assert notes.ask()["accessToken"]


def test_a_disabled_application_gets_none(notes):
    notes.admin.update_application(ApplicationArn=notes.arn, Status="DISABLED")
    assert error_of(notes.ask)[0] == "UnauthorizedClientException"


def test_refreshing(notes):
    notes.grant("refresh_token", RefreshToken={})
    notes.admin.put_application_access_scope(ApplicationArn=notes.arn, Scope="notes:read")
    first = notes.ask()
    assert "notes:read" in first["scope"]
    again = notes.ask(grantType="refresh_token", refreshToken=first["refreshToken"], scope=["notes:read"])
    assert again["scope"] == ["notes:read"]
    code = error_of(notes.ask, grantType="refresh_token", refreshToken="x")[0]
    assert code == "InvalidGrantException"
    notes.center.store.delete_user(IdentityStoreId=notes.center.store_id, UserId=notes.user)
    code = error_of(notes.ask, grantType="refresh_token", refreshToken=again["refreshToken"])[0]
    assert code == "InvalidGrantException"


def test_one_application_passes_a_user_on_to_another_that_its_scope_names(notes):
    other = notes.application("archive")
    notes.grant(EXCHANGE, arn=other, TokenExchange={})
    notes.assign(other)
    asked = {"clientId": other, "grantType": EXCHANGE, "subjectTokenType": ACCESS}
    subject = notes.ask()["accessToken"]
    assert error_of(notes.ask, **asked, subjectToken=subject)[0] == "InvalidGrantException"
    notes.admin.put_application_access_scope(
        ApplicationArn=notes.arn, Scope="notes:read", AuthorizedTargets=[other]
    )
    subject = notes.ask()["accessToken"]
    assert notes.ask(**asked, subjectToken=subject)["issuedTokenType"] == ACCESS
    notes.center.cloud.clock.advance(hours=1)
    assert error_of(notes.ask, **asked, subjectToken=subject)[0] == "InvalidGrantException"


def test_the_actor_policy_says_who_may_ask(notes):
    """A user whom no policy of its own lets ask: the application's does, or does not."""
    worker = make_user(notes.center.cloud, "worker").client("sso-oidc")
    assert error_of(notes.ask, worker)[0] == "AccessDeniedException"
    arn = notes.application("theirs", principal="arn:aws:iam::111122223333:user/worker")
    notes.grant(BEARER, arn=arn, JwtBearer={"AuthorizedTokenIssuers": [notes.trust("notes-client")]})
    notes.assign(arn)
    assert notes.ask(worker, clientId=arn)["accessToken"]


def test_the_trail_has_no_token(notes):
    answer, assertion = notes.ask(), notes.assertion()
    notes.ask(assertion=assertion)
    wanted = {"AttributeKey": "EventName", "AttributeValue": "CreateTokenWithIAM"}
    found = boto3.client("cloudtrail").lookup_events(LookupAttributes=[wanted])["Events"]
    text = json.dumps([each["CloudTrailEvent"] for each in found])
    assert "sso-oauth.amazonaws.com" in text
    context = answer["awsAdditionalDetails"]["identityContext"]
    for secret in (answer["accessToken"], answer["idToken"], context, assertion):
        assert secret not in text


def test_a_context_of_ours_is_not_modelled_in_role_sessions(notes):
    iam = boto3.client("iam")
    trusted = trust({"AWS": "111122223333"}, ["sts:AssumeRole", "sts:SetContext"])
    arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    context = {
        "ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter",
        "ContextAssertion": notes.ask()["awsAdditionalDetails"]["identityContext"],
    }
    with pytest.raises(NotModelled):
        boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="work", ProvidedContexts=[context])
