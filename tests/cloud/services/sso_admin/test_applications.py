"""Applications of Identity Center, who is assigned to them, and trusted token issuers.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateApplication.html
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cloud.services.organizations.conftest import refusal

CUSTOM = "arn:aws:sso::aws:applicationProvider/custom"
CASES = json.loads(Path(__file__).with_name("application_parts.json").read_text(encoding="utf-8"))
MISSING, CONFLICT, INVALID, DENIED = (
    "ResourceNotFoundException", "ConflictException", "ValidationException", "AccessDeniedException",
)  # fmt: skip
ISSUER = {
    "OidcJwtConfiguration": {
        "IssuerUrl": "https://idp.example.com", "ClaimAttributePath": "email",
        "IdentityStoreAttributePath": "emails.value", "JwksRetrievalOption": "OPEN_ID_DISCOVERY",
    }
}  # fmt: skip


@pytest.fixture
def app(center):
    return create(center.admin, center)


def create(client, center, name="notes", **more):
    made = client.create_application(InstanceArn=center.arn, ApplicationProviderArn=CUSTOM, Name=name, **more)
    return made["ApplicationArn"]


def plain(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


# --- the applications -----------------------------------------------------------------------------------------


def test_an_application_is_enabled_and_visible_and_says_who_made_it_where(center, app):
    described = plain(center.admin.describe_application(ApplicationArn=app))
    assert re.fullmatch(
        rf"arn:aws:sso::{center.cloud.home}:application/ssoins-\w{{16}}/apl-[0-9a-f]{{16}}", app
    )
    assert abs(described.pop("CreatedDate") - center.cloud.clock.now()) < timedelta(minutes=1)
    assert described == {
        "ApplicationArn": app, "ApplicationProviderArn": CUSTOM, "Name": "notes", "InstanceArn": center.arn,
        "ApplicationAccount": center.cloud.home, "Status": "ENABLED", "CreatedFrom": "us-east-1",
        "IdentityStoreArn": f"arn:aws:identitystore::{center.cloud.home}:identitystore/{center.store_id}",
        "PortalOptions": {"Visibility": "ENABLED"},
    }  # fmt: skip
    (listed,) = center.admin.list_applications(InstanceArn=center.arn)["Applications"]
    assert {**listed, "CreatedDate": None} == {**described, "CreatedDate": None}


def test_an_update_leaves_what_it_does_not_name(center, app):
    admin = center.admin
    options = {"SignInOptions": {"Origin": "APPLICATION", "ApplicationUrl": "https://notes.example.com"}}
    admin.update_application(ApplicationArn=app, Status="DISABLED", Description="d", PortalOptions=options)
    admin.update_application(ApplicationArn=app, Name="renamed")
    described = admin.describe_application(ApplicationArn=app)
    assert (described["Name"], described["Status"], described["Description"]) == ("renamed", "DISABLED", "d")
    assert described["PortalOptions"] == {"Visibility": "ENABLED"} | options


def test_what_an_application_cannot_be(center, app):
    """CreateApplication makes OAuth 2.0 applications; an origin of its own needs an address."""
    made = {"InstanceArn": center.arn, "Name": "n"}
    create_application = center.admin.create_application
    unknown, saml = CUSTOM.replace("custom", "nobody"), CUSTOM + "-saml"
    assert refusal(create_application, **made, ApplicationProviderArn=unknown)[0] == MISSING
    assert refusal(create_application, **made, ApplicationProviderArn=saml)[0] == INVALID
    nowhere = {"SignInOptions": {"Origin": "APPLICATION"}}
    for call, more in (
        (create_application, {**made, "ApplicationProviderArn": CUSTOM}),
        (center.admin.update_application, {"ApplicationArn": app}),
    ):
        assert refusal(call, **more, PortalOptions=nowhere)[0] == INVALID


def test_a_deleted_application_is_gone(center, app):
    center.admin.delete_application(ApplicationArn=app)
    for call in (center.admin.describe_application, center.admin.delete_application):
        assert refusal(call, ApplicationArn=app)[0] == MISSING
    assert center.admin.list_applications(InstanceArn=center.arn)["Applications"] == []


def test_a_client_token_makes_one_application_of_two_requests(center):
    one, two = (create(center.admin, center, ClientToken="t") for _ in range(2))
    assert one == two
    error = refusal(create, center.admin, center, "other", ClientToken="t")[0]
    assert error == "IdempotentParameterMismatch"


@pytest.mark.ledger("F-SSO-10")
def test_members_make_applications_and_see_their_own_only(center, app):
    member = center.org.member()
    theirs = center.org.as_account(member, "sso-admin")
    own = create(theirs, center, "theirs")
    assert f"::{member}:application/" in own
    assert theirs.describe_application(ApplicationArn=own)["ApplicationAccount"] == member
    assert refusal(theirs.describe_application, ApplicationArn=app)[0] == DENIED
    assert refusal(theirs.list_applications, InstanceArn=center.arn)[0] == DENIED
    ours = center.admin.list_applications(InstanceArn=center.arn)["Applications"]
    assert {each["ApplicationArn"] for each in ours} == {app, own}
    for client in (theirs, center.admin):
        listed = client.list_applications(InstanceArn=center.arn, Filter={"ApplicationAccount": member})
        assert [each["ApplicationArn"] for each in listed["Applications"]] == [own]
    user = center.user()
    asked = {"InstanceArn": center.arn, "PrincipalId": user, "PrincipalType": "USER"}
    assert refusal(theirs.list_application_assignments_for_principal, **asked)[0] == DENIED
    for_own = theirs.list_application_assignments_for_principal(**asked, Filter={"ApplicationArn": own})
    assert for_own["ApplicationAssignments"] == []
    stranger = center.cloud.account("999988887777").client("sso-admin")
    assert refusal(stranger.describe_application, ApplicationArn=own)[0] == MISSING


def test_providers_are_aws_s(center):
    listed = center.admin.list_application_providers()["ApplicationProviders"]
    protocols = {each["ApplicationProviderArn"]: each["FederationProtocol"] for each in listed}
    assert protocols == {CUSTOM: "OAUTH", CUSTOM + "-saml": "SAML"}
    described = plain(center.admin.describe_application_provider(ApplicationProviderArn=CUSTOM))
    assert described in listed
    unknown = CUSTOM.replace("custom", "nobody")
    assert refusal(center.admin.describe_application_provider, ApplicationProviderArn=unknown)[0] == MISSING


# --- who is assigned ------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-SSO-10")
def test_an_assignment_of_a_user_or_group(center, app):
    admin, user = center.admin, center.user()
    group = center.group("team", user)
    of_user, of_group = (
        {"ApplicationArn": app, "PrincipalType": kind, "PrincipalId": identifier}
        for kind, identifier in (("USER", user), ("GROUP", group))
    )
    admin.create_application_assignment(**of_group)
    assert refusal(admin.create_application_assignment, **of_group)[0] == CONFLICT
    assert plain(admin.describe_application_assignment(**of_group)) == of_group
    # What a user has by a group is no assignment of the user's own, and reaches it all the same.
    assert refusal(admin.describe_application_assignment, **of_user)[0] == MISSING
    found = admin.list_application_assignments_for_principal(
        InstanceArn=center.arn, PrincipalType="USER", PrincipalId=user
    )
    assert found["ApplicationAssignments"] == [of_group]
    assert admin.list_application_assignments(ApplicationArn=app)["ApplicationAssignments"] == [of_group]
    admin.delete_application_assignment(**of_group)
    assert refusal(admin.delete_application_assignment, **of_group)[0] == MISSING
    nobody = of_user | {"PrincipalId": "00000000-0000-4000-8000-000000000000"}
    assert refusal(admin.create_application_assignment, **nobody)[0] == MISSING


@pytest.mark.ledger("F-SSO-10")
def test_assignments_are_required_until_somebody_says_otherwise(center, app):
    configuration = center.admin.get_application_assignment_configuration
    assert configuration(ApplicationArn=app)["AssignmentRequired"] is True
    center.admin.put_application_assignment_configuration(ApplicationArn=app, AssignmentRequired=False)
    assert configuration(ApplicationArn=app)["AssignmentRequired"] is False


def test_background_sessions_can_be_switched_off(center, app):
    name = "UserBackgroundSessionApplicationStatus"
    center.admin.put_application_session_configuration(ApplicationArn=app, **{name: "DISABLED"})
    assert center.admin.get_application_session_configuration(ApplicationArn=app)[name] == "DISABLED"


# --- scopes, authentication methods, grants -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", CASES["parts"])
def test_parts_of_an_application_are_put_got_listed_and_deleted(center, app, kind):
    """Putting one again replaces it; what is not there is not found."""
    case, admin = CASES["parts"][kind], center.admin
    key, value, of = case["key"], case["value"], {"ApplicationArn": app}
    put, get, delete = (getattr(admin, f"{verb}_application_{kind}") for verb in ("put", "get", "delete"))
    assert refusal(get, **of, **key)[0] == MISSING
    assert refusal(delete, **of, **key)[0] == MISSING
    for each in (case["first"], value):
        put(**of, **key, **each)
    assert plain(get(**of, **key)) == case.get("shown", value)
    listed = getattr(admin, f"list_application_{kind}s")(**of)[case["list"]]
    assert listed == [key | value]
    delete(**of, **key)
    assert refusal(get, **of, **key)[0] == MISSING


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["why"])
def test_parts_that_do_not_fit_are_refused(center, app, case):
    call = getattr(center.admin, case["operation"])
    assert refusal(call, ApplicationArn=app, **case["parameters"])[0] == case["code"]


def test_a_scope_is_authorized_for_applications_and_the_instance(center, app):
    admin, scope = center.admin, {"ApplicationArn": app, "Scope": "sso:account:access"}
    other = create(center.admin, center, "other")
    admin.put_application_access_scope(**scope, AuthorizedTargets=[other, center.arn])
    assert admin.get_application_access_scope(**scope)["AuthorizedTargets"] == [other, center.arn]
    gone = app[:-16] + "0" * 16
    assert refusal(admin.put_application_access_scope, **scope, AuthorizedTargets=[gone])[0] == MISSING


# --- trusted token issuers --------------------------------------------------------------------------------------


def issuer(center, name="idp", **more):
    made = center.admin.create_trusted_token_issuer(
        InstanceArn=center.arn, Name=name, TrustedTokenIssuerType="OIDC_JWT", TrustedTokenIssuerConfiguration=ISSUER,
        **more,
    )  # fmt: skip
    return made["TrustedTokenIssuerArn"]


def test_a_trusted_token_issuer(center):
    admin, arn = center.admin, issuer(center, ClientToken="t")
    assert re.fullmatch(
        rf"arn:aws:sso::{center.cloud.home}:trustedTokenIssuer/ssoins-\w{{16}}/tti-[0-9a-f-]{{36}}", arn
    )
    assert issuer(center, ClientToken="t") == arn
    shown = {"TrustedTokenIssuerArn": arn, "Name": "idp", "TrustedTokenIssuerType": "OIDC_JWT"}
    described = admin.describe_trusted_token_issuer(TrustedTokenIssuerArn=arn)
    assert plain(described) == shown | {"TrustedTokenIssuerConfiguration": ISSUER}
    assert admin.list_trusted_token_issuers(InstanceArn=center.arn)["TrustedTokenIssuers"] == [shown]
    admin.update_trusted_token_issuer(
        TrustedTokenIssuerArn=arn, Name="renamed",
        TrustedTokenIssuerConfiguration={"OidcJwtConfiguration": {"ClaimAttributePath": "sub"}},
    )  # fmt: skip
    described = admin.describe_trusted_token_issuer(TrustedTokenIssuerArn=arn)
    settings = described["TrustedTokenIssuerConfiguration"]["OidcJwtConfiguration"]
    assert (described["Name"], settings) == (
        "renamed",
        ISSUER["OidcJwtConfiguration"] | {"ClaimAttributePath": "sub"},
    )
    theirs = center.org.as_account(center.org.member(), "sso-admin")
    assert refusal(theirs.describe_trusted_token_issuer, TrustedTokenIssuerArn=arn)[0] == DENIED
    admin.delete_trusted_token_issuer(TrustedTokenIssuerArn=arn)
    for call in (admin.describe_trusted_token_issuer, admin.delete_trusted_token_issuer):
        assert refusal(call, TrustedTokenIssuerArn=arn)[0] == MISSING


def test_a_grant_for_tokens_of_an_issuer_needs_the_issuer(center, app):
    arn = issuer(center)
    kind = {"ApplicationArn": app, "GrantType": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    grant = {
        "JwtBearer": {
            "AuthorizedTokenIssuers": [{"TrustedTokenIssuerArn": arn, "AuthorizedAudiences": ["notes"]}]
        }
    }
    center.admin.put_application_grant(**kind, Grant=grant)
    assert center.admin.get_application_grant(**kind)["Grant"] == grant
    center.admin.delete_trusted_token_issuer(TrustedTokenIssuerArn=arn)
    assert refusal(center.admin.put_application_grant, **kind, Grant=grant)[0] == MISSING


def test_applications_and_issuers_have_tags(center):
    tags = [{"Key": "team", "Value": "notes"}]
    for arn in (create(center.admin, center, Tags=tags), issuer(center, Tags=tags)):
        assert center.admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
        center.admin.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
        center.admin.untag_resource(ResourceArn=arn, TagKeys=["team"])
        assert center.admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
            {"Key": "stage", "Value": "test"}
        ]


def test_lists_of_applications_come_in_pages_of_fifty(center):
    for number in range(51):
        create(center.admin, center, f"a{number}")
    first = center.admin.list_applications(InstanceArn=center.arn, MaxResults=100)
    assert len(first["Applications"]) == 50
    rest = center.admin.list_applications(
        InstanceArn=center.arn, MaxResults=100, NextToken=first["NextToken"]
    )
    assert len(rest["Applications"]) == 1
    assert "NextToken" not in rest
