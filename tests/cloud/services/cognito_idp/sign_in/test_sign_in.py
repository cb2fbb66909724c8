"""Sign-in: SRP as a proof, flows that the client lists, sessions, lockout, and choice-based sign-in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, make_app, sms
from tests.cloud.services.cognito_idp.srp_client import N, SrpClient, stamp
from tests.clouds import error_of

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def begin(app, name="alice", password=PASSWORD, **more):
    client = SrpClient(app.pool.partition("_")[2], password)
    parameters = {"USERNAME": name, "SRP_A": client.srp_a, **more}
    if app.secret:
        parameters["SECRET_HASH"] = app.secret_hash(name)
    challenge = app.idp.initiate_auth(
        ClientId=app.client, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
    )
    return client, challenge


def srp(app, name="alice", password=PASSWORD):
    client, challenge = begin(app, name, password)
    given = challenge["ChallengeParameters"]
    user_id = given["USER_ID_FOR_SRP"]
    return app.answer(challenge, user_id, **client.answer(given, user_id))


@pytest.mark.ledger("F-COG-02")
@pytest.mark.parametrize("secret", [False, True])
def test_srp_proves_the_password(cloud, secret):
    app = make_app(cloud, secret=secret)
    app.confirmed()
    assert "AccessToken" in srp(app)["AuthenticationResult"]
    assert error_of(srp, app, password="Wrong-Horse-1") == WRONG


@pytest.mark.ledger("F-COG-02")
@pytest.mark.parametrize(
    "forge",
    [
        {"PASSWORD_CLAIM_SIGNATURE": "AAAA"},
        {"PASSWORD_CLAIM_SIGNATURE": "not base64!"},
        {"PASSWORD_CLAIM_SECRET_BLOCK": "AAAA"},
        {"TIMESTAMP": "Mon Jan 5 00:00:00 UTC 2015"},
        {"TIMESTAMP": "yesterday"},
    ],
)
def test_a_forged_proof_is_refused(app, forge):
    app.confirmed()
    client, challenge = begin(app)
    answer = {**client.answer(challenge["ChallengeParameters"], "alice"), **forge}
    assert error_of(app.answer, challenge, **answer)[0] == "NotAuthorizedException"


@pytest.mark.ledger("F-COG-02")
@pytest.mark.parametrize("number", [0, N, 2 * N])
def test_an_srp_a_that_makes_the_secret_zero_is_refused(app, number):
    app.confirmed()
    parameters = {"USERNAME": "alice", "SRP_A": f"{number:x}"}
    code, _ = error_of(
        app.idp.initiate_auth, ClientId=app.client, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
    )
    assert code == "InvalidParameterException"


def test_a_time_stamp_may_be_of_the_lab_clock(app):
    app.confirmed()
    app.cloud.clock.advance(days=2)
    client, challenge = begin(app)
    answer = client.answer(challenge["ChallengeParameters"], "alice", at=stamp(app.cloud.clock.now()))
    assert "AuthenticationResult" in app.answer(challenge, **answer)
    assert "AuthenticationResult" in srp(app)


def test_a_time_is_written_in_one_way_only(app):
    app.confirmed()
    then = datetime(app.cloud.clock.now().year + 1, 9, 5, 12, tzinfo=UTC)
    app.cloud.clock.advance(seconds=(then - app.cloud.clock.now()).total_seconds())
    right = stamp(then)
    day = right[:3]
    for at in (right.replace("Sep 5", "Sep 05"), right.replace(day, "Mon" if day != "Mon" else "Tue")):
        client, challenge = begin(app)
        answer = client.answer(challenge["ChallengeParameters"], "alice", at=at)
        assert error_of(app.answer, challenge, **answer) == WRONG
    client, challenge = begin(app)
    answer = client.answer(challenge["ChallengeParameters"], "alice", at=right)
    assert "AuthenticationResult" in app.answer(challenge, **answer)


def test_the_secret_block_stands_for_the_session(app):
    app.confirmed()
    client, challenge = begin(app)
    assert "Session" not in challenge
    answer = client.answer(challenge["ChallengeParameters"], "alice")
    answer["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA"
    assert error_of(app.answer, challenge, **answer) == WRONG


def test_nobody_signs_in_by_the_sub(cloud):
    app = make_app(cloud, client={"PreventUserExistenceErrors": "LEGACY"})
    app.confirmed()
    sub = app.attributes()["sub"]
    assert error_of(begin, app, sub)[0] == "UserNotFoundException"
    assert error_of(app.password_auth, sub)[0] == "UserNotFoundException"
    assert app.user(sub)["Username"] == "alice"


@pytest.mark.parametrize("password", [PASSWORD, "Wrong-Horse-1"])
def test_an_unconfirmed_user_proves_nothing(app, password):
    app.sign_up()
    assert error_of(srp, app, password=password)[0] == "UserNotConfirmedException"


def test_srp_in_a_pool_of_addresses_goes_by_the_user_id(cloud):
    app = make_app(cloud, pool={"UsernameAttributes": ["email"]}, secret=True)
    username = app.confirmed(EMAIL)
    _, challenge = begin(app, EMAIL)
    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == username
    assert "AccessToken" in srp(app, EMAIL)["AuthenticationResult"]


@pytest.mark.ledger("F-COG-04")
def test_a_stranger_gets_the_same_challenge_each_time(cloud):
    app = make_app(cloud, client={"PreventUserExistenceErrors": "ENABLED"})
    first, again = (begin(app, "nobody")[1]["ChallengeParameters"] for _ in range(2))
    assert (first["SALT"], first["USER_ID_FOR_SRP"]) == (again["SALT"], again["USER_ID_FOR_SRP"])
    assert error_of(srp, app, "nobody") == WRONG
    legacy = make_app(cloud)
    assert error_of(begin, legacy, "nobody")[0] == "UserNotFoundException"


def test_a_session_is_used_once_by_its_own_user_and_client(app):
    app.confirmed()
    app.confirmed("bob")
    client, challenge = begin(app)
    answer = client.answer(challenge["ChallengeParameters"], "alice")
    assert error_of(app.answer, challenge, "bob", **answer) == (
        "NotAuthorizedException", "Invalid session for the user.",
    )  # fmt: skip
    app.answer(challenge, **answer)
    assert error_of(app.answer, challenge, **answer) == (
        "NotAuthorizedException", "Invalid session for the user, session can only be used once.",
    )  # fmt: skip
    client, challenge = begin(app)
    app.cloud.clock.advance(minutes=3)
    answer = client.answer(challenge["ChallengeParameters"], "alice")
    assert error_of(app.answer, challenge, **answer) == (
        "NotAuthorizedException", "Invalid session for the user, session is expired.",
    )  # fmt: skip


# --- flows ------------------------------------------------------------------------------------------------------


def admin(app, flow="ADMIN_USER_PASSWORD_AUTH", **parameters):
    return app.idp.admin_initiate_auth(
        UserPoolId=app.pool, ClientId=app.client, AuthFlow=flow,
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD, **parameters},
    )  # fmt: skip


@pytest.mark.ledger("F-COG-03")
def test_only_the_flows_that_the_client_lists(cloud):
    app = make_app(cloud, client={"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    app.confirmed()
    assert error_of(app.password_auth) == (
        "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client",
    )  # fmt: skip
    assert error_of(begin, app)[0] == "InvalidParameterException"
    assert error_of(admin, app) == ("InvalidParameterException", "Auth flow not enabled for this client")
    for flow in ("CUSTOM_AUTH", "USER_AUTH"):
        code, _ = error_of(
            app.idp.initiate_auth, ClientId=app.client, AuthFlow=flow, AuthParameters={"USERNAME": "alice"}
        )
        assert code == "InvalidParameterException"


@pytest.mark.ledger("F-COG-03")
def test_flows_of_administrators_are_theirs(app):
    app.confirmed()
    assert "AccessToken" in admin(app)["AuthenticationResult"]
    assert "AccessToken" in admin(app, "ADMIN_NO_SRP_AUTH")["AuthenticationResult"]
    code, _ = error_of(
        app.idp.initiate_auth, ClientId=app.client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )  # fmt: skip
    assert code == "InvalidParameterException"


def test_a_client_without_flows_has_three(cloud):
    app = make_app(cloud, client={"ExplicitAuthFlows": []})
    app.confirmed()
    result = srp(app)["AuthenticationResult"]
    assert error_of(app.password_auth)[0] == "InvalidParameterException"
    assert (
        "AccessToken"
        in app.idp.initiate_auth(
            ClientId=app.client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": result["RefreshToken"]},
        )["AuthenticationResult"]
    )


@pytest.mark.parametrize("missing", ["USERNAME", "PASSWORD"])
def test_missing_parameters_are_named(app, missing):
    parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    del parameters[missing]
    assert error_of(
        app.idp.initiate_auth, ClientId=app.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    ) == ("InvalidParameterException", f"Missing required parameter {missing}")


# --- accounts that cannot sign in -------------------------------------------------------------------------------


@pytest.mark.ledger("F-COG-13")
def test_wrong_passwords_lock_the_user_out_for_longer_each_time(app):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html"""
    app.confirmed()
    for _ in range(5):
        assert error_of(app.password_auth, password="Wrong-Horse-1") == WRONG
    locked = ("NotAuthorizedException", "Password attempts exceeded")
    assert error_of(app.password_auth) == locked
    app.cloud.clock.advance(seconds=1)
    assert error_of(app.password_auth, password="Wrong-Horse-1") == WRONG
    app.cloud.clock.advance(seconds=1)
    assert error_of(app.password_auth) == locked
    assert error_of(begin, app) == locked
    app.cloud.clock.advance(seconds=1)
    assert "AccessToken" in app.tokens()
    assert error_of(app.password_auth, password="Wrong-Horse-1") == WRONG
    assert "AccessToken" in app.tokens()


def test_a_disabled_user_cannot_sign_in(app):
    app.confirmed()
    app.idp.admin_disable_user(UserPoolId=app.pool, Username="alice")
    assert error_of(app.password_auth) == ("NotAuthorizedException", "User is disabled.")
    app.idp.admin_enable_user(UserPoolId=app.pool, Username="alice")
    assert "AccessToken" in app.tokens()


def test_a_reset_password_must_be_reset(app):
    app.confirmed(email=EMAIL, email_verified="true")
    app.idp.admin_reset_user_password(UserPoolId=app.pool, Username="alice")
    assert app.user()["UserStatus"] == "RESET_REQUIRED"
    assert error_of(app.password_auth)[0] == "PasswordResetRequiredException"
    app.idp.confirm_forgot_password(
        ClientId=app.client, Username="alice", ConfirmationCode=app.code(), Password="New-Horse-2"
    )
    assert "AccessToken" in app.tokens(password="New-Horse-2")


# --- temporary passwords ----------------------------------------------------------------------------------------


def invited(app, name="alice", **attributes):
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username=name, TemporaryPassword="Temp-Horse-1", MessageAction="SUPPRESS",
        UserAttributes=[{"Name": each, "Value": value} for each, value in attributes.items()],
    )  # fmt: skip


def test_a_temporary_password_must_be_changed(cloud):
    app = make_app(cloud, pool={"Schema": [{"Name": "name", "Required": True}]})
    invited(app, email=EMAIL)
    challenge = app.password_auth(password="Temp-Horse-1")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    given = challenge["ChallengeParameters"]
    assert json.loads(given["requiredAttributes"]) == ["userAttributes.name"]
    assert json.loads(given["userAttributes"]) == {"email": EMAIL}
    assert error_of(app.answer, challenge, NEW_PASSWORD="New-Horse-2") == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: name: The attribute is required\n",
    )
    more = {"userAttributes.name": "Alice"}
    assert error_of(app.answer, challenge, NEW_PASSWORD="weak", **more)[0] == "InvalidPasswordException"
    assert "AccessToken" in app.answer(challenge, NEW_PASSWORD="New-Horse-2", **more)["AuthenticationResult"]
    assert app.user()["UserStatus"] == "CONFIRMED"
    assert app.attributes()["name"] == "Alice"


def test_one_users_challenge_sets_nobody_elses_password(app):
    invited(app)
    app.confirmed("bob")
    challenge = app.password_auth(password="Temp-Horse-1")
    assert error_of(app.answer, challenge, "bob", NEW_PASSWORD="New-Horse-2")[0] == "NotAuthorizedException"
    assert "AccessToken" in app.tokens("bob")


def test_a_temporary_password_expires(cloud):
    app = make_app(cloud, pool={"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 2}}})
    invited(app)
    app.cloud.clock.advance(days=2)
    assert error_of(app.password_auth, password="Temp-Horse-1") == (
        "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.",
    )  # fmt: skip
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username="alice", MessageAction="RESEND", TemporaryPassword="Temp-Horse-2"
    )
    assert app.password_auth(password="Temp-Horse-2")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_an_invitation_brings_the_password(app):
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username="alice", DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
    )  # fmt: skip
    (letter,) = app.cloud.mailbox(EMAIL)
    assert letter.startswith("Your username is alice and temporary password is ")
    assert app.password_auth(password=letter.rpartition(" ")[2])["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


# --- choice-based sign-in ---------------------------------------------------------------------------------------

PASSWORDLESS = {
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
}


def choose(app, name="alice", **parameters):
    return app.idp.initiate_auth(
        ClientId=app.client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name, **parameters}
    )


def test_a_user_chooses_how_to_sign_in(cloud):
    app = make_app(cloud, pool=PASSWORDLESS)
    app.confirmed(email=EMAIL)
    challenge = choose(app)
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]
    assert (
        "AccessToken" in app.answer(challenge, ANSWER="PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    )
    challenge = app.answer(choose(app), ANSWER="EMAIL_OTP")
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "a***@e***"
    assert error_of(app.answer, challenge, EMAIL_OTP_CODE="x")[0] == "CodeMismatchException"
    assert "AccessToken" in app.answer(challenge, EMAIL_OTP_CODE=app.code())["AuthenticationResult"]
    assert app.attributes()["email_verified"] == "true"
    assert error_of(app.answer, choose(app), ANSWER="WEB_AUTHN")[0] == "InvalidParameterException"


def test_a_preferred_challenge_comes_at_once(cloud):
    app = make_app(cloud, pool=PASSWORDLESS)
    app.confirmed(email=EMAIL)
    assert choose(app, PREFERRED_CHALLENGE="EMAIL_OTP")["ChallengeName"] == "EMAIL_OTP"
    direct = choose(app, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert "AccessToken" in direct["AuthenticationResult"]
    assert error_of(choose, app, PREFERRED_CHALLENGE="PASSWORD", PASSWORD="Wrong-Horse-1") == WRONG
    client = SrpClient(app.pool.partition("_")[2], PASSWORD)
    challenge = choose(app, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=client.srp_a)
    answer = client.answer(challenge["ChallengeParameters"], "alice")
    assert "AccessToken" in app.answer(challenge, **answer)["AuthenticationResult"]
    assert choose(app, PREFERRED_CHALLENGE="SMS_OTP")["ChallengeName"] == "SELECT_CHALLENGE"


def test_a_second_factor_excludes_one_time_codes_alone(cloud):
    app = make_app(cloud, pool=PASSWORDLESS)
    app.confirmed(email=EMAIL, phone_number="+14255551234")
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="OPTIONAL", SmsMfaConfiguration={"SmsConfiguration": sms(cloud)}
    )
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool, Username="alice", SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    challenge = choose(app)
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert app.answer(challenge, ANSWER="PASSWORD", PASSWORD=PASSWORD)["ChallengeName"] == "SMS_MFA"


def test_users_without_a_password_sign_in_by_code(cloud):
    app = make_app(cloud, pool=PASSWORDLESS)
    answer = app.idp.sign_up(
        ClientId=app.client, Username="alice", UserAttributes=[{"Name": "email", "Value": EMAIL}]
    )
    confirmed = app.idp.confirm_sign_up(
        ClientId=app.client, Username="alice", ConfirmationCode=app.code(), Session=answer["Session"]
    )
    signed_in = app.idp.initiate_auth(
        ClientId=app.client,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": "alice"},
        Session=confirmed["Session"],
    )
    assert "AccessToken" in signed_in["AuthenticationResult"]
    assert choose(app)["AvailableChallenges"] == ["EMAIL_OTP"]
    plain = make_app(cloud)
    assert (
        error_of(plain.idp.sign_up, ClientId=plain.client, Username="bob")[0] == "InvalidParameterException"
    )


def test_choice_needs_more_than_the_lite_plan(cloud):
    app = make_app(cloud)
    app.confirmed()
    app.idp.update_user_pool(UserPoolId=app.pool, UserPoolTier="LITE")
    assert error_of(choose, app)[0] == "FeatureUnavailableInTierException"


@pytest.mark.ledger("F-COG-04")
def test_choice_hides_strangers(cloud):
    app = make_app(cloud, pool=PASSWORDLESS, client={"PreventUserExistenceErrors": "ENABLED"})
    challenge = choose(app, "nobody")
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert error_of(app.answer, challenge, "nobody", ANSWER="PASSWORD", PASSWORD=PASSWORD) == WRONG
    challenge = choose(app, "nobody", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert error_of(app.answer, challenge, "nobody", EMAIL_OTP_CODE="123456")[0] == "CodeMismatchException"
