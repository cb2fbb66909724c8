"""User pools in CloudTrail: who did what, users by their `sub`, and no secret anywhere."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.cloud.core import totp
from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, make_app
from tests.clouds import error_of

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def events(name):
    found = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}]
    )["Events"]
    return [json.loads(each["CloudTrailEvent"]) for each in found]


def test_a_public_call_shows_the_users_sub_and_no_name(app):
    sub = app.sign_up(email=EMAIL)["UserSub"]
    (event,) = events("SignUp")
    assert event["eventSource"] == "cognito-idp.amazonaws.com"
    assert event["userIdentity"] == {"type": "Unknown", "principalId": "Anonymous"}
    assert event["additionalEventData"] == {"sub": sub}
    assert event["requestParameters"]["clientId"] == app.client
    assert event["requestParameters"]["username"] == HIDDEN
    assert event["responseElements"]["userSub"] == sub
    assert event["readOnly"] is False
    assert event["recipientAccountId"] == "111122223333"
    error_of(app.password_auth)
    (event,) = events("InitiateAuth")
    assert event["errorCode"] == "UserNotConfirmedException"
    assert event["requestParameters"]["authParameters"] == HIDDEN


def test_an_administrators_call_shows_who_it_was(app):
    app.confirmed()
    (event,) = events("AdminSetUserPassword")
    assert event["userIdentity"]["userName"] == "admin"
    assert event["requestParameters"]["password"] == HIDDEN
    assert event["additionalEventData"] == {"sub": app.attributes()["sub"]}


def test_what_only_reads_says_so_whoever_asks(app):
    app.confirmed()
    app.user()
    app.idp.admin_list_groups_for_user(UserPoolId=app.pool, Username="alice")
    for name in ("AdminGetUser", "AdminListGroupsForUser"):
        (event,) = events(name)
        assert (event["readOnly"], event["responseElements"]) == (True, None)


@pytest.mark.ledger("F-TRL-01")
def test_no_secret_is_in_any_event(cloud):
    app = make_app(cloud, secret=True)
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    app.sign_up(email=EMAIL)
    secrets = [app.secret, PASSWORD, app.code()]
    app.idp.confirm_sign_up(
        ClientId=app.client, Username="alice", ConfirmationCode=app.code(), **app.hash("alice")
    )
    tokens = app.tokens()
    seed = app.idp.associate_software_token(AccessToken=tokens["AccessToken"])["SecretCode"]
    code = totp.code(seed, cloud.clock.now())
    app.idp.verify_software_token(AccessToken=tokens["AccessToken"], UserCode=code)
    more = app.idp.add_user_pool_client_secret(UserPoolId=app.pool, ClientId=app.client)
    app.idp.forgot_password(ClientId=app.client, Username="alice", **app.hash("alice"))
    app.idp.get_user(AccessToken=tokens["AccessToken"])
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username="bob", TemporaryPassword="Temp-Horse-1", MessageAction="SUPPRESS"
    )
    challenge = app.password_auth("bob", "Temp-Horse-1")
    error_of(app.answer, challenge, "bob", NEW_PASSWORD="bad")
    app.answer(challenge, "bob", NEW_PASSWORD="Next-Horse-2")
    error_of(
        app.idp.revoke_token, ClientId=app.client, Token=tokens["RefreshToken"], ClientSecret="wrong" * 6
    )
    secrets += [
        *(tokens[name] for name in ("AccessToken", "IdToken", "RefreshToken")), seed, code, app.code(),
        more["ClientSecretDescriptor"]["ClientSecretValue"], "Temp-Horse-1", "Next-Horse-2", challenge["Session"],
        app.secret_hash("alice"), "wrongwrong",
    ]  # fmt: skip
    everything = ""
    for page in boto3.client("cloudtrail").get_paginator("lookup_events").paginate():
        everything += "".join(each["CloudTrailEvent"] for each in page["Events"])
    assert "VerifySoftwareToken" in everything
    assert [secret for secret in secrets if secret in everything] == []
    assert "alice@example.com" not in everything
