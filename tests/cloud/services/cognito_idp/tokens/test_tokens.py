"""Tokens: what they say, who accepts them, how they end."""

from __future__ import annotations

import json

import pytest
import requests
from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

from tests.cloud.services.cognito_idp.people import EMAIL, FLOWS, PASSWORD, claims, header, make_app
from tests.clouds import error_of


def jwks(app):
    url = f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool}/.well-known/jwks.json"
    return requests.get(url).json()


def get_user(app, token):
    return app.idp.get_user(AccessToken=token)


def refresh(app, token, client=None, **more):
    return app.idp.initiate_auth(
        ClientId=client or app.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": token, **more},
    )["AuthenticationResult"]


@pytest.mark.ledger("F-COG-06")
def test_tokens_are_signed_with_two_published_keys(app):
    app.confirmed(email=EMAIL, email_verified="true")
    tokens, keys = app.tokens(), jwks(app)
    assert [set(key) for key in keys["keys"]] == [{"alg", "e", "kid", "kty", "n", "use"}] * 2
    kids = [header(tokens[name])["kid"] for name in ("IdToken", "AccessToken")]
    assert sorted(kids) == sorted(key["kid"] for key in keys["keys"])
    assert len(set(kids)) == 2
    for name in ("IdToken", "AccessToken"):
        assert header(tokens[name]) == {"kid": header(tokens[name])["kid"], "alg": "RS256"}
        verified = jws.deserialize_compact(tokens[name], KeySet.import_key_set(keys), algorithms=["RS256"])
        assert json.loads(verified.payload) == claims(tokens[name])


@pytest.mark.ledger("F-COG-06")
def test_what_tokens_say(app):
    app.confirmed(email=EMAIL, email_verified="true")
    tokens = app.tokens()
    sub = app.attributes()["sub"]
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool}"
    shown, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    common = {"sub": sub, "iss": issuer, "origin_jti": access["origin_jti"], "event_id": access["event_id"]}
    assert common.items() <= shown.items()
    assert common.items() <= access.items()
    assert (shown["token_use"], shown["aud"], shown["cognito:username"]) == ("id", app.client, "alice")
    assert (shown["email"], shown["email_verified"]) == (EMAIL, True)
    assert (access["token_use"], access["client_id"], access["username"]) == ("access", app.client, "alice")
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert "aud" not in access
    assert "client_id" not in shown
    assert shown["jti"] != access["jti"]
    assert shown["exp"] - shown["iat"] == access["exp"] - access["iat"] == tokens["ExpiresIn"] == 3600
    assert tokens["TokenType"] == "Bearer"


@pytest.mark.ledger("F-COG-06")
def test_lifetimes_are_the_clients(cloud):
    validity = {"AccessTokenValidity": 10, "IdTokenValidity": 20, "RefreshTokenValidity": 2}
    units = {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"}
    app = make_app(cloud, client={**validity, "TokenValidityUnits": units})
    app.confirmed()
    tokens = app.tokens()
    lives = [claims(tokens[name])["exp"] - claims(tokens[name])["iat"] for name in ("AccessToken", "IdToken")]
    assert lives == [600, 1200]
    cloud.clock.advance(minutes=10)
    assert error_of(get_user, app, tokens["AccessToken"]) == (
        "NotAuthorizedException", "Access Token has expired",
    )  # fmt: skip
    assert "AccessToken" in refresh(app, tokens["RefreshToken"])
    cloud.clock.advance(minutes=110)
    assert error_of(refresh, app, tokens["RefreshToken"]) == (
        "NotAuthorizedException", "Refresh Token has expired",
    )  # fmt: skip


@pytest.mark.ledger("F-COG-06")
def test_groups_and_roles_stand_in_tokens(app):
    app.confirmed()
    role = "arn:aws:iam::111122223333:role/"
    for name, precedence in (("readers", 5), ("writers", 1), ("others", None)):
        more = {"Precedence": precedence} if precedence else {}
        app.idp.create_group(UserPoolId=app.pool, GroupName=name, RoleArn=role + name, **more)
        app.idp.admin_add_user_to_group(UserPoolId=app.pool, GroupName=name, Username="alice")
    tokens = app.tokens()
    shown = claims(tokens["IdToken"])
    assert shown["cognito:groups"] == ["writers", "readers", "others"]
    assert shown["cognito:roles"] == [role + "writers", role + "readers", role + "others"]
    assert shown["cognito:preferred_role"] == role + "writers"
    assert claims(tokens["AccessToken"])["cognito:groups"] == shown["cognito:groups"]
    app.idp.update_group(UserPoolId=app.pool, GroupName="readers", Precedence=1)
    assert "cognito:preferred_role" not in claims(app.tokens()["IdToken"])


def test_a_client_reads_what_it_may(cloud):
    schema = [{"Name": "level", "AttributeDataType": "String"}]
    app = make_app(cloud, pool={"Schema": schema}, client={"ReadAttributes": ["custom:level", "email"]})
    app.confirmed(email=EMAIL, nickname="Al", custom__level="3")
    tokens = app.tokens()
    shown = claims(tokens["IdToken"])
    assert (shown["custom:level"], shown["email"]) == ("3", EMAIL)
    assert "nickname" not in shown
    assert "email_verified" not in shown
    read = {each["Name"] for each in get_user(app, tokens["AccessToken"])["UserAttributes"]}
    assert read == {"sub", "email", "custom:level"}


# --- who takes which token --------------------------------------------------------------------------------------


def test_user_operations_take_access_tokens_only(app):
    app.confirmed()
    tokens = app.tokens()
    assert get_user(app, tokens["AccessToken"])["Username"] == "alice"
    for other in (
        tokens["IdToken"],
        tokens["RefreshToken"],
        "a.b.c",
        "x",
        tokens["AccessToken"][:-4] + "AAAA",
    ):
        assert error_of(get_user, app, other)[0] == "NotAuthorizedException"


def forged(app, access, **changes):
    """Return an access token with changes, signed with one's own key."""
    key = RSAKey.generate_key(2048)
    head = {"alg": "RS256", "kid": header(access)["kid"], **changes.pop("header", {})}
    payload = {**claims(access), **changes}
    return jws.serialize_compact(head, json.dumps(payload).encode(), key)


def test_forged_tokens_are_refused(app):
    app.confirmed()
    access = app.tokens()["AccessToken"]
    for token in (
        forged(app, access),
        forged(app, access, header={"kid": "other"}),
        forged(app, access, header={"kid": "../../etc/passwd"}),
        ".".join([forged(app, access).split(".")[0], access.split(".")[1], access.split(".")[2]]),
    ):
        assert error_of(get_user, app, token)[0] == "NotAuthorizedException"
    none = jws_none(access)
    assert error_of(get_user, app, none)[0] == "NotAuthorizedException"


def jws_none(access):
    import base64

    head = base64.urlsafe_b64encode(
        json.dumps({"alg": "none", "kid": header(access)["kid"]}).encode()
    ).rstrip(b"=")
    return f"{head.decode()}.{access.split('.')[1]}."


def test_a_token_of_another_pool_is_another_users(cloud):
    first, second = make_app(cloud), make_app(cloud)
    first.confirmed(nickname="one")
    second.confirmed(nickname="two")
    assert get_user(second, first.tokens()["AccessToken"])["UserAttributes"][1]["Value"] == "one"


# --- the end of tokens ------------------------------------------------------------------------------------------

REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


@pytest.mark.ledger("F-COG-07")
@pytest.mark.parametrize("by", ["user", "administrator", "disabling"])
def test_signing_out_everywhere_ends_every_session(app, by):
    app.confirmed()
    first, second = app.tokens(), app.tokens()
    if by == "user":
        app.idp.global_sign_out(AccessToken=first["AccessToken"])
    elif by == "administrator":
        app.idp.admin_user_global_sign_out(UserPoolId=app.pool, Username="alice")
    else:
        app.idp.admin_disable_user(UserPoolId=app.pool, Username="alice")
        app.idp.admin_enable_user(UserPoolId=app.pool, Username="alice")
    for tokens in (first, second):
        assert error_of(get_user, app, tokens["AccessToken"]) == REVOKED
        assert error_of(refresh, app, tokens["RefreshToken"])[0] == "NotAuthorizedException"
    # Who verifies offline does not learn of it.
    keys = KeySet.import_key_set(jwks(app))
    assert jws.deserialize_compact(first["AccessToken"], keys, algorithms=["RS256"])
    assert "AccessToken" in app.tokens()


@pytest.mark.ledger("F-COG-07")
def test_revoking_a_refresh_token_ends_its_session_alone(app):
    app.confirmed()
    first, second = app.tokens(), app.tokens()
    renewed = refresh(app, first["RefreshToken"])
    assert claims(renewed["AccessToken"])["origin_jti"] == claims(first["AccessToken"])["origin_jti"]
    assert "RefreshToken" not in renewed
    revoke = app.idp.revoke_token
    revoke(ClientId=app.client, Token=first["RefreshToken"])
    for token in (first["AccessToken"], renewed["AccessToken"]):
        assert error_of(get_user, app, token) == REVOKED
    assert error_of(refresh, app, first["RefreshToken"]) == (
        "NotAuthorizedException", "Refresh Token has been revoked",
    )  # fmt: skip
    assert get_user(app, second["AccessToken"])["Username"] == "alice"
    assert (
        error_of(revoke, ClientId=app.client, Token=second["AccessToken"])[0]
        == "UnsupportedTokenTypeException"
    )


@pytest.mark.ledger("F-COG-07")
def test_a_refresh_token_works_at_its_own_client_only(app):
    app.confirmed()
    other = app.idp.create_user_pool_client(UserPoolId=app.pool, ClientName="other", ExplicitAuthFlows=FLOWS)[
        "UserPoolClient"
    ]["ClientId"]
    token = app.tokens()["RefreshToken"]
    assert error_of(refresh, app, token, other) == ("NotAuthorizedException", "Invalid Refresh Token.")
    assert error_of(refresh, app, "garbage") == ("NotAuthorizedException", "Invalid Refresh Token.")


def test_revocation_can_be_switched_off(cloud):
    app = make_app(cloud, client={"EnableTokenRevocation": False})
    app.confirmed()
    tokens = app.tokens()
    assert {"jti", "origin_jti"}.isdisjoint(claims(tokens["AccessToken"]))
    assert get_user(app, tokens["AccessToken"])["Username"] == "alice"
    assert (
        error_of(app.idp.revoke_token, ClientId=app.client, Token=tokens["RefreshToken"])[0]
        == "UnsupportedOperationException"
    )
    app.idp.global_sign_out(AccessToken=tokens["AccessToken"])
    assert error_of(get_user, app, tokens["AccessToken"]) == REVOKED


# --- refresh ----------------------------------------------------------------------------------------------------


def test_refreshing_keeps_the_time_of_sign_in(app):
    app.confirmed()
    tokens = app.tokens()
    app.cloud.clock.advance(minutes=30)
    renewed = claims(refresh(app, tokens["RefreshToken"])["IdToken"])
    before = claims(tokens["IdToken"])
    assert renewed["auth_time"] == before["auth_time"]
    assert renewed["iat"] >= before["iat"] + 1800


def test_a_secret_hash_is_needed_to_refresh(confidential):
    app = confidential
    app.confirmed()
    token = app.tokens()["RefreshToken"]
    assert error_of(refresh, app, token)[0] == "NotAuthorizedException"
    assert "AccessToken" in refresh(app, token, SECRET_HASH=app.secret_hash("alice"))


@pytest.mark.ledger("F-COG-07")
def test_rotation_replaces_the_refresh_token_after_a_grace_period(cloud):
    app = make_app(
        cloud,
        client={
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 30},
        },
    )
    app.confirmed()
    first = app.tokens()["RefreshToken"]

    def renew(token):
        return app.idp.get_tokens_from_refresh_token(ClientId=app.client, RefreshToken=token)[
            "AuthenticationResult"
        ]

    second = renew(first)["RefreshToken"]
    assert second != first
    assert "AccessToken" in renew(first)
    cloud.clock.advance(seconds=30)
    assert error_of(renew, first)[0] == "RefreshTokenReuseException"
    cloud.clock.advance(days=30)
    assert error_of(renew, second)[0] in ("NotAuthorizedException", "RefreshTokenReuseException")


def test_without_rotation_the_refresh_token_stays(app):
    app.confirmed()
    token = app.tokens()["RefreshToken"]
    result = app.idp.get_tokens_from_refresh_token(ClientId=app.client, RefreshToken=token)[
        "AuthenticationResult"
    ]
    assert "RefreshToken" not in result
    assert "AccessToken" in result


# --- discovery --------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-COG-06")
def test_the_discovery_document_names_the_domains_endpoints(app):
    url = f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool}/.well-known/openid-configuration"
    shown = requests.get(url).json()
    assert shown["issuer"] == f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool}"
    assert shown["jwks_uri"] == f"{shown['issuer']}/.well-known/jwks.json"
    assert "token_endpoint" not in shown
    app.idp.create_user_pool_domain(UserPoolId=app.pool, Domain="people")
    shown = requests.get(url).json()
    assert shown["token_endpoint"] == "https://people.auth.us-east-1.amazoncognito.com/oauth2/token"
    assert "code_challenge_methods_supported" not in shown
    assert requests.get(url.replace(app.pool, "us-east-1_nothing99")).status_code == 404


def test_a_pool_may_have_the_newer_issuer(cloud):
    app = make_app(cloud, pool={"IssuerConfiguration": {"Type": "UPDATED"}})
    app.confirmed()
    issuer = claims(app.tokens()["IdToken"])["iss"]
    assert issuer == f"https://issuer-cognito-idp.us-east-1.amazonaws.com/{app.pool}"
    assert len(requests.get(f"{issuer}/.well-known/jwks.json").json()["keys"]) == 2
    assert get_user(app, app.tokens(password=PASSWORD)["AccessToken"])


def test_the_one_role_there_is_is_preferred_whatever_its_precedence(app):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html"""
    app.confirmed()
    role = "arn:aws:iam::111122223333:role/"

    def join(group, **settings):
        app.idp.create_group(UserPoolId=app.pool, GroupName=group, **settings)
        app.idp.admin_add_user_to_group(UserPoolId=app.pool, Username="alice", GroupName=group)
        return claims(app.tokens()["IdToken"]).get("cognito:preferred_role")

    assert join("plain") is None
    assert join("editors", RoleArn=role + "editor") == role + "editor"
    assert join("auditors", RoleArn=role + "auditor") is None, "two roles, and neither has a precedence"
    assert join("chiefs", RoleArn=role + "chief", Precedence=9) == role + "chief"
