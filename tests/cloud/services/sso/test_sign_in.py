"""Sign-in: device codes, authorization codes, and refresh tokens, and the credentials that the portal returns."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED, credentials, tokens
from botocore.config import Config

from labs_helpers.cloud.actors.saml_provider import SamlProvider
from tests.cloud.services.organizations.conftest import SCP, refusal
from tests.cloud.services.sso_admin.conftest import Center
from tests.clouds import deny, error_of

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-length"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Program:
    """A program that signs a user in, as the AWS CLI does."""

    def __init__(self, center: Center, **client) -> None:
        unsigned = Config(signature_version=UNSIGNED)
        self.center = center
        self.oidc = boto3.client("sso-oidc", region_name=center.region, config=unsigned)
        self.portal = boto3.client("sso", region_name=center.region, config=unsigned)
        given = {"clientName": "cli", "clientType": "public", "scopes": ["sso:account:access"]} | client
        made = self.oidc.register_client(**given)
        self.keys = {"clientId": made["clientId"], "clientSecret": made["clientSecret"]}
        self.registered = made

    def start(self):
        return self.oidc.start_device_authorization(startUrl=self.center.console.start_url, **self.keys)

    def token(self, **more):
        return self.oidc.create_token(**self.keys, **more)

    def sign_in(self, user: str = "anne") -> str:
        started = self.start()
        self.center.console.approve(started["userCode"], user)
        return self.token(grantType=DEVICE, deviceCode=started["deviceCode"])["accessToken"]

    def credentials(self, token: str, account: str, role: str = "Reader"):
        return self.portal.get_role_credentials(accessToken=token, accountId=account, roleName=role)[
            "roleCredentials"
        ]

    def session(self, token: str, account: str, role: str = "Reader") -> boto3.Session:
        keys = self.credentials(token, account, role)
        return boto3.Session(keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"])


@pytest.fixture
def assigned(center):
    """(program, member account) with Anne assigned to the permission set Reader in the account."""
    member = center.org.member()
    assert center.assign(member, center.permission_set(), center.user())["Status"] == "SUCCEEDED"
    return Program(center), member


@pytest.mark.ledger("F-SSO-02")
def test_the_device_flow_leads_to_a_sessions_credentials(center, assigned):
    program, member = assigned
    started = program.start()
    assert (started["expiresIn"], started["interval"]) == (600, 1)
    assert started["verificationUriComplete"].endswith(f"user_code={started['userCode']}")
    waits = {"grantType": DEVICE, "deviceCode": started["deviceCode"]}
    assert refusal(program.token, **waits)[0] == "AuthorizationPendingException"
    # One of them comes within the second, even on a machine that has much else to do.
    assert "SlowDownException" in {refusal(program.token, **waits)[0] for _ in range(5)}
    center.console.approve(started["userCode"], "anne")
    given = program.token(**waits)
    assert (given["tokenType"], given["expiresIn"]) == ("Bearer", 28_800)
    assert given["refreshToken"]
    assert refusal(program.token, **waits)[0] == "InvalidGrantException"
    token = given["accessToken"]
    (account,) = program.portal.list_accounts(accessToken=token)["accountList"]
    assert account == {"accountId": member, "accountName": "dev", "emailAddress": "dev@example.com"}
    (role,) = program.portal.list_account_roles(accessToken=token, accountId=member)["roleList"]
    assert role == {"roleName": "Reader", "accountId": member}
    session = program.session(token, member)
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn.startswith(f"arn:aws:sts::{member}:assumed-role/AWSReservedSSO_Reader_")
    assert arn.endswith("/anne")
    session.client("iam").list_users()
    assert error_of(session.client("iam").create_user, UserName="eve")[0] == "AccessDenied"


@pytest.mark.ledger("F-SSO-02")
def test_scps_bind_the_session_and_it_ends_when_the_set_says(center, assigned):
    program, member = assigned
    session = program.session(program.sign_in(), member)
    session.client("s3").list_buckets()
    center.org.enable(SCP)
    center.org.attach(deny("s3:*"), member)
    assert error_of(session.client("s3").list_buckets)[0] == "AccessDenied"
    session.client("iam").list_users()
    center.cloud.clock.advance(hours=1)
    assert error_of(session.client("iam").list_users)[0] == "ExpiredToken"


def test_a_code_can_be_denied_expire_and_be_unknown(center, assigned):
    program, _ = assigned
    denied, late = program.start(), program.start()
    center.console.deny(denied["userCode"])
    assert refusal(program.token, grantType=DEVICE, deviceCode=denied["deviceCode"])[0] == (
        "AccessDeniedException"
    )
    assert refusal(program.token, grantType=DEVICE, deviceCode="unknown")[0] == "InvalidGrantException"
    other = Program(center)
    assert refusal(other.token, grantType=DEVICE, deviceCode=late["deviceCode"])[0] == "InvalidGrantException"
    center.cloud.clock.advance(minutes=10)
    assert (
        refusal(program.token, grantType=DEVICE, deviceCode=late["deviceCode"])[0] == "ExpiredTokenException"
    )
    with pytest.raises(LookupError):
        center.console.approve(late["userCode"], "anne")
    with pytest.raises(LookupError):
        center.console.approve("AAAA-BBBB", "anne")


def test_clients_are_who_they_say(center, assigned):
    program, _ = assigned
    started = program.start()
    wrong = program.keys | {"clientSecret": "x"}
    assert refusal(
        program.oidc.create_token, grantType=DEVICE, deviceCode=started["deviceCode"], **wrong
    )[0] == "InvalidClientException"  # fmt: skip
    unknown = program.keys | {"clientId": "x"}
    assert refusal(
        program.oidc.start_device_authorization, startUrl=center.console.start_url, **unknown
    )[0] == "InvalidClientException"  # fmt: skip
    assert refusal(
        program.oidc.start_device_authorization, startUrl="https://d-0000000000.awsapps.com/start", **program.keys
    )[0] == "InvalidRequestException"  # fmt: skip
    assert refusal(program.token, grantType="password")[0] == "UnsupportedGrantTypeException"
    assert (
        refusal(program.token, grantType="authorization_code", code="x")[0] == "UnauthorizedClientException"
    )
    assert refusal(program.token, grantType=DEVICE)[0] == "InvalidRequestException"
    center.cloud.clock.advance(days=90)
    assert refusal(program.start)[0] == "InvalidClientException"


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ({"clientType": "confidential"}, "InvalidClientMetadataException"),
        ({"scopes": ["everything please"]}, "InvalidScopeException"),
        ({"grantTypes": ["implicit"]}, "UnsupportedGrantTypeException"),
        ({"clientType": "Public"}, "InvalidClientMetadataException"),
        ({"clientName": ""}, "InvalidRequestException"),
        ({"clientName": "\ud800"}, "InvalidClientMetadataException"),
        *(
            ({"redirectUris": [uri]}, "InvalidRedirectUriException")
            for uri in (
                "http://example.com/",
                "http://127.0.0.1.example.com/",
                "http://127.0.0.1/cb#part",
                "javascript:alert(1)",
                "https:///cb",
                "http://me@127.0.0.1/cb",
                "http://[::1/cb",
                "app:/cb",
                "",
            )
        ),
    ],
)
def test_what_cannot_be_registered(center, client, code):
    assert refusal(Program, center, **client)[0] == code


@pytest.mark.parametrize(
    ("operation", "missing"),
    [
        ("register_client", "clientName"),
        ("register_client", "clientType"),
        ("start_device_authorization", "startUrl"),
        ("start_device_authorization", "clientSecret"),
        ("create_token", "clientId"),
        ("create_token", "grantType"),
    ],
)
def test_what_is_missing_is_an_invalid_request_in_oauths_words(center, operation, missing):
    loose = Config(signature_version=UNSIGNED, parameter_validation=False)
    client = boto3.client("sso-oidc", region_name=center.region, config=loose)
    given = {
        "clientName": "cli", "clientType": "public", "clientId": "x", "clientSecret": "x", "startUrl": "x",
        "grantType": DEVICE,
    }  # fmt: skip
    takes = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    assert takes.input_shape is not None
    given = {name: value for name, value in given.items() if name in takes.input_shape.members}
    with pytest.raises(client.exceptions.InvalidRequestException) as caught:
        getattr(client, operation)(**{name: value for name, value in given.items() if name != missing})
    answer = caught.value.response
    assert answer["error"] == "invalid_request"
    assert missing in answer["error_description"]


def test_an_authorization_code_with_pkce(center, assigned):
    grants = ["authorization_code", "refresh_token"]
    program = Program(center, grantTypes=grants, redirectUris=["http://127.0.0.1/oauth/callback"])
    uri = "http://127.0.0.1:4711/oauth/callback"

    def code():
        return center.console.authorize(program.keys["clientId"], "anne", uri, CHALLENGE)

    given = {"grantType": "authorization_code", "redirectUri": uri, "codeVerifier": VERIFIER}
    for wrong in (
        given | {"codeVerifier": "another"},
        given | {"redirectUri": "http://127.0.0.1:4712/oauth/callback"},
    ):
        assert refusal(program.token, code=code(), **wrong)[0] == "InvalidGrantException"
    used = code()
    program.portal.list_accounts(accessToken=program.token(code=used, **given)["accessToken"])
    assert refusal(program.token, code=used, **given)[0] == "InvalidGrantException"
    late = code()
    center.cloud.clock.advance(minutes=10)
    assert refusal(program.token, code=late, **given)[0] == "InvalidGrantException"
    with pytest.raises(LookupError):
        center.console.authorize(program.keys["clientId"], "anne", "https://evil.example/", CHALLENGE)


def test_refreshing(center, assigned):
    program, _ = assigned
    started = program.start()
    center.console.approve(started["userCode"], "anne")
    center.console.configure_session(timedelta(days=1))
    first = program.token(grantType=DEVICE, deviceCode=started["deviceCode"])
    assert first["expiresIn"] == 28_800
    center.cloud.clock.advance(hours=8)
    assert (
        refusal(program.portal.list_accounts, accessToken=first["accessToken"])[0] == "UnauthorizedException"
    )
    again = program.token(grantType="refresh_token", refreshToken=first["refreshToken"])
    program.portal.list_accounts(accessToken=again["accessToken"])
    replayed = {"grantType": "refresh_token", "refreshToken": first["refreshToken"]}
    assert refusal(program.token, **replayed)[0] == "InvalidGrantException"
    stranger = {"grantType": "refresh_token", "refreshToken": again["refreshToken"]}
    assert refusal(Program(center).token, **stranger)[0] == "InvalidGrantException"


def test_refreshing_ends_with_the_session_that_the_console_sets(center, assigned):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html"""
    program, _ = assigned

    def begin():
        started = program.start()
        center.console.approve(started["userCode"], "anne")
        return program.token(grantType=DEVICE, deviceCode=started["deviceCode"])

    def refresh(token):
        return program.token(grantType="refresh_token", refreshToken=token["refreshToken"])

    first = begin()
    center.cloud.clock.advance(hours=5)
    second = refresh(first)
    # Eight hours from signing in, where nobody set another time.
    assert 3 * 3_600 - 60 < second["expiresIn"] <= 3 * 3_600
    center.console.configure_session(timedelta(minutes=15))
    refresh(second)  # a session keeps the length that it began with
    short = begin()
    assert short["expiresIn"] == 900
    center.cloud.clock.advance(minutes=15)
    assert refusal(refresh, short)[0] == "InvalidGrantException"
    assert (
        refusal(program.portal.list_accounts, accessToken=short["accessToken"])[0] == "UnauthorizedException"
    )


def test_a_program_that_cannot_refresh_has_eight_hours_whatever_the_console_sets(center, assigned):
    center.console.configure_session(timedelta(minutes=15))
    program = Program(center, scopes=[])
    started = program.start()
    center.console.approve(started["userCode"], "anne")
    assert program.token(grantType=DEVICE, deviceCode=started["deviceCode"])["expiresIn"] == 28_800


def test_without_scopes_there_is_nothing_to_refresh(center, assigned):
    program = Program(center, scopes=[])
    started = program.start()
    center.console.approve(started["userCode"], "anne")
    assert "refreshToken" not in program.token(grantType=DEVICE, deviceCode=started["deviceCode"])


def test_logging_out_ends_the_portals_session_and_not_the_roles(center, assigned):
    program, member = assigned
    token = program.sign_in()
    session = program.session(token, member)
    program.portal.logout(accessToken=token)
    assert refusal(program.portal.list_accounts, accessToken=token)[0] == "UnauthorizedException"
    session.client("iam").list_users()


@pytest.mark.ledger("F-SSO-05")
def test_what_is_not_assigned_is_not_given(center, assigned):
    program, member = assigned
    token = program.sign_in()
    for account, role in ((member, "Admin"), (center.cloud.home, "Reader"), ("999988887777", "Reader")):
        assert refusal(program.credentials, token, account, role)[0] == "ForbiddenException"
    assert refusal(program.portal.list_account_roles, accessToken=token, accountId="999988887777")[0] == (
        "ForbiddenException"
    )
    for call, more in (
        (program.portal.list_accounts, {}),
        (program.portal.list_account_roles, {"accountId": member}),
        (program.portal.get_role_credentials, {"accountId": member, "roleName": "Reader"}),
        (program.portal.logout, {}),
    ):
        assert refusal(call, accessToken="x", **more)[0] == "UnauthorizedException"


@pytest.mark.parametrize("way", ["deleted", "changed"])
def test_without_its_saml_provider_nobody_comes_in_until_assignments_are_reapplied(center, assigned, way):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/idp.html#repairidp"""
    program, member = assigned
    token, iam = program.sign_in(), center.cloud.account(member).client("iam")
    (provider,) = iam.list_saml_providers()["SAMLProviderList"]
    if way == "deleted":
        iam.delete_saml_provider(SAMLProviderArn=provider["Arn"])
    else:
        other = SamlProvider(center.cloud, "https://evil.example").metadata
        iam.update_saml_provider(SAMLProviderArn=provider["Arn"], SAMLMetadataDocument=other)
    assert refusal(program.credentials, token, member)[0] == "ForbiddenException"
    (set_arn,) = center.admin.list_permission_sets(InstanceArn=center.arn)["PermissionSets"]
    (user,) = center.store.list_users(IdentityStoreId=center.store_id)["Users"]
    assert center.assign(member, set_arn, user["UserId"])["Status"] == "SUCCEEDED"
    made = {each["Arn"] for each in iam.list_saml_providers()["SAMLProviderList"]} - {provider["Arn"]}
    (role,) = center.roles(member)
    trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Federated"]
    assert {trusted} == made
    program.session(token, member).client("iam").list_users()


def test_without_trusted_access_nobody_gets_at_accounts_until_it_is_back(center, assigned):
    """https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-sso.html#integrate-disable-ta-sso"""
    program, member = assigned
    token, of = program.sign_in(), {"ServicePrincipal": "sso.amazonaws.com"}
    (set_arn,) = center.admin.list_permission_sets(InstanceArn=center.arn)["PermissionSets"]
    user = center.user("bob")
    center.org.client.disable_aws_service_access(**of)
    assert program.portal.list_accounts(accessToken=token)["accountList"] == []
    assert refusal(program.credentials, token, member)[0] == "ForbiddenException"
    assert center.assign(member, set_arn, user)["Status"] == "FAILED"
    assert center.provision(set_arn, member)["Status"] == "FAILED"
    (anne,) = (
        each["PrincipalId"]
        for each in center.admin.list_account_assignments(
            InstanceArn=center.arn, AccountId=member, PermissionSetArn=set_arn
        )["AccountAssignments"]
    )
    center.unassign(member, set_arn, anne)
    assert center.roles(member)  # it remains, and Identity Center can't get at it
    center.org.client.enable_aws_service_access(**of)
    program.session(token, member).client("iam").list_users()
    assert center.assign(member, set_arn, user)["Status"] == "SUCCEEDED"


def test_an_account_that_leaves_is_cleaned_up(center):
    """https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-sso.html#integrate-disable-ta-sso"""
    gone, set_arn = "999988887777", center.permission_set()
    theirs = center.cloud.account(gone)
    invited = center.org.client.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": gone})
    theirs.client("organizations").accept_handshake(HandshakeId=invited["Handshake"]["Id"])
    assert center.assign(gone, set_arn, center.user())["Status"] == "SUCCEEDED"
    program = Program(center)
    token = program.sign_in()
    session = program.session(token, gone)
    theirs.client("organizations").leave_organization()
    assert center.roles(gone) == []
    iam = theirs.client("iam")
    assert iam.list_saml_providers()["SAMLProviderList"] == []
    assert "AWSServiceRoleForSSO" not in {each["RoleName"] for each in iam.list_roles()["Roles"]}
    assert error_of(session.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
    assert program.portal.list_accounts(accessToken=token)["accountList"] == []
    listed = center.admin.list_accounts_for_provisioned_permission_set(
        InstanceArn=center.arn, PermissionSetArn=set_arn
    )
    assert listed["AccountIds"] == []
    center.admin.delete_permission_set(InstanceArn=center.arn, PermissionSetArn=set_arn)


@pytest.mark.ledger("F-SSO-03")
def test_a_groups_assignment_reaches_its_members_until_they_leave(center):
    member, user = center.org.member(), center.user()
    group = center.group("readers", user)
    center.assign(member, center.permission_set(), group, "GROUP")
    program = Program(center)
    token = program.sign_in()
    session = program.session(token, member)
    (membership,) = center.store.list_group_memberships(IdentityStoreId=center.store_id, GroupId=group)[
        "GroupMemberships"
    ]
    center.store.delete_group_membership(
        IdentityStoreId=center.store_id, MembershipId=membership["MembershipId"]
    )
    assert program.portal.list_accounts(accessToken=token)["accountList"] == []
    assert refusal(program.credentials, token, member)[0] == "ForbiddenException"
    session.client("iam").list_users()


def test_a_deleted_user_is_signed_out(center, assigned):
    program, _ = assigned
    token = program.sign_in()
    (user,) = center.store.list_users(IdentityStoreId=center.store_id)["Users"]
    center.store.delete_user(IdentityStoreId=center.store_id, UserId=user["UserId"])
    assert refusal(program.portal.list_accounts, accessToken=token)[0] == "UnauthorizedException"


@pytest.mark.ledger("F-SSO-01")
def test_with_the_last_assignment_go_the_role_and_its_sessions(center, assigned):
    program, member = assigned
    session = program.session(program.sign_in(), member)
    (permission_set,) = center.admin.list_permission_sets(InstanceArn=center.arn)["PermissionSets"]
    (user,) = center.store.list_users(IdentityStoreId=center.store_id)["Users"]
    center.unassign(member, permission_set, user["UserId"])
    assert center.roles(member) == []
    assert error_of(session.client("iam").list_users)[0] == "InvalidClientTokenId"


def test_attributes_become_session_tags(center, assigned):
    program, member = assigned
    attributes = [
        {"Key": "Team", "Value": {"Source": ["${path:title}"]}},
        {"Key": "User", "Value": {"Source": ["${path:userName}"]}},
        {"Key": "Family", "Value": {"Source": ["${path:name.familyName}"]}},
        {"Key": "Department", "Value": {"Source": ["${path:enterprise.department}"]}},
        {"Key": "None", "Value": {"Source": ["${path:locale}"]}},
    ]
    center.admin.create_instance_access_control_attribute_configuration(
        InstanceArn=center.arn,
        InstanceAccessControlAttributeConfiguration={"AccessControlAttributes": attributes},
    )
    (user,) = center.store.list_users(IdentityStoreId=center.store_id)["Users"]
    center.store.update_user(
        IdentityStoreId=center.store_id, UserId=user["UserId"],
        Operations=[
            {"AttributePath": "title", "AttributeValue": "red"},
            {"AttributePath": "aws:identitystore:enterprise.department", "AttributeValue": "Finance"},
        ],
    )  # fmt: skip
    session = program.session(program.sign_in(), member)
    held = center.cloud._state.sessions.find(session.get_credentials().access_key)
    assert dict(held.tags) == {
        "Team": "red", "User": "anne", "Family": "Example", "Department": "Finance",
    }  # fmt: skip
    assert held.context["identitystore:UserId"] == user["UserId"]


def test_every_attribute_of_the_directory_can_become_a_tag(center):
    """A source that names an attribute that the user doesn't have creates no tag.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/attributemappingsconcept.html#supportedidpattributes
    """
    cases = json.loads(Path(__file__).with_name("attributes.json").read_text(encoding="utf-8"))
    member = center.org.member()
    user = center.store.create_user(IdentityStoreId=center.store_id, **cases["user"])["UserId"]
    center.assign(member, center.permission_set(), user)
    attributes = [
        {"Key": f"Key{number}", "Value": {"Source": [source]}} for number, source in enumerate(cases["tags"])
    ]
    center.admin.create_instance_access_control_attribute_configuration(
        InstanceArn=center.arn,
        InstanceAccessControlAttributeConfiguration={"AccessControlAttributes": attributes},
    )
    program = Program(center)
    session = program.session(program.sign_in(), member)
    held = dict(center.cloud._state.sessions.find(session.get_credentials().access_key).tags)
    for number, (source, value) in enumerate(cases["tags"].items()):
        assert held.get(f"Key{number}") == value, source


@pytest.mark.ledger("F-SSO-06")
def test_trails_tell_who_signed_in_and_which_session_came_of_it(assigned):
    program, member = assigned
    keys = program.credentials(program.sign_in(), member)
    ours = boto3.client("cloudtrail")

    def events(trail, name):
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
        return [json.loads(each["CloudTrailEvent"]) for each in found["Events"]]

    for name, source in (("CreateToken", "sso-oauth"), ("GetRoleCredentials", "sso")):
        (event,) = events(ours, name)
        assert event["eventSource"] == f"{source}.amazonaws.com"
        assert event["userIdentity"]["type"] == "IdentityCenterUser"
        assert event["userIdentity"]["accountId"] == event["recipientAccountId"]
        assert re.fullmatch(r"[\da-f-]{36,47}", event["userIdentity"]["onBehalfOf"]["userId"])
        assert keys["secretAccessKey"] not in json.dumps(event)
        if name == "CreateToken":
            hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
            assert event["requestParameters"]["clientSecret"] == hidden
            assert event["responseElements"]["accessToken"] == hidden
            assert [each["type"] for each in event["resources"]] == ["IdentityStoreId"]
    (federated,) = events(program.center.org.as_account(member, "cloudtrail"), "AssumeRoleWithSAML")
    assert federated["recipientAccountId"] == member
    assert federated["userIdentity"]["type"] == "SAMLUser"
    assert federated["userIdentity"]["userName"] == "anne"
    assert federated["responseElements"]["credentials"]["accessKeyId"] == keys["accessKeyId"]
    assert "AWSReservedSSO_Reader" in federated["requestParameters"]["roleArn"]
    assert keys["secretAccessKey"] not in json.dumps(federated)
    assert events(ours, "AssumeRoleWithSAML") == []


@pytest.mark.ledger("F-SSO-02")
def test_boto3_finds_credentials_by_a_profile_of_identity_center(assigned, tmp_path, monkeypatch):
    """As after `aws sso login`: a profile with an sso-session, and the token in the cache of the CLI."""
    program, member = assigned
    console = program.center.console
    config = tmp_path / "config"
    config.write_text(
        f"[sso-session school]\nsso_start_url = {console.start_url}\nsso_region = {program.center.region}\n"
        f"[profile reader]\nregion = us-east-1\nsso_session = school\nsso_account_id = {member}\n"
        "sso_role_name = Reader\n"
    )
    token = {
        "startUrl": console.start_url, "region": program.center.region, "accessToken": program.sign_in(),
        "expiresAt": "2099-01-01T00:00:00Z",
    }  # fmt: skip
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"{hashlib.sha1(b'school', usedforsecurity=False).hexdigest()}.json").write_text(
        json.dumps(token)
    )
    monkeypatch.setattr(credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    monkeypatch.setattr(tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    found = boto3.Session(profile_name="reader").client("sts").get_caller_identity()
    assert found["Account"] == member
    assert re.search(r":assumed-role/AWSReservedSSO_Reader_[\da-f]{16}/anne$", found["Arn"])


def test_portal_calls_that_lack_what_they_need_are_invalid_requests(center):
    """https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html"""
    loose = Config(signature_version=UNSIGNED, parameter_validation=False)
    portal = boto3.client("sso", config=loose)
    for call, given in (
        (portal.list_accounts, {}),
        (portal.logout, {}),
        (portal.list_account_roles, {"accessToken": "x"}),
        (portal.get_role_credentials, {"accessToken": "x", "accountId": "1"}),
    ):
        assert error_of(call, **given)[0] == "InvalidRequestException"
