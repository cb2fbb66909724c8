"""Users who sign up themselves: codes, their limits, and the information that outsiders can get."""

from __future__ import annotations

import html

import boto3
import pytest
import requests

from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, make_app
from tests.clouds import error_of

MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")


def other(code: str) -> str:
    """Six digits that are not the code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def confirm(app, code, name="alice", **more):
    return app.idp.confirm_sign_up(
        ClientId=app.client, Username=name, ConfirmationCode=code, **app.hash(name), **more
    )


@pytest.mark.ledger("F-COG-01")
def test_only_the_code_that_was_sent_confirms(app):
    answer = app.sign_up(email=EMAIL)
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
    }  # fmt: skip
    assert app.user()["UserStatus"] == "UNCONFIRMED"
    assert error_of(confirm, app, other(app.code())) == MISMATCH
    assert error_of(confirm, app, "x") == MISMATCH
    confirm(app, app.code())
    assert app.user()["UserStatus"] == "CONFIRMED"
    assert app.attributes()["email_verified"] == "true"
    assert error_of(confirm, app, app.code()) == (
        "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED",
    )  # fmt: skip


@pytest.mark.ledger("F-COG-01")
def test_a_code_lives_a_day_and_a_new_one_replaces_it(app):
    app.sign_up(email=EMAIL)
    first = app.code()
    app.idp.resend_confirmation_code(ClientId=app.client, Username="alice")
    second = app.code()
    if first != second:
        assert error_of(confirm, app, first) == MISMATCH
    app.cloud.clock.advance(hours=24)
    assert error_of(confirm, app, second) == EXPIRED
    app.idp.resend_confirmation_code(ClientId=app.client, Username="alice")
    confirm(app, app.code())


@pytest.mark.ledger("F-COG-01")
def test_attempts_are_limited_by_the_hour(app):
    app.sign_up(email=EMAIL)
    wrong = other(app.code())
    for _ in range(15):
        assert error_of(confirm, app, wrong) == MISMATCH
    assert error_of(confirm, app, app.code())[0] == "LimitExceededException"
    app.cloud.clock.advance(hours=1)
    confirm(app, app.code())


def test_codes_are_resent_five_times_an_hour(app):
    app.sign_up(email=EMAIL)
    resend = app.idp.resend_confirmation_code
    for _ in range(5):
        resend(ClientId=app.client, Username="alice")
    assert len(app.cloud.mailbox(EMAIL)) == 6
    assert error_of(resend, ClientId=app.client, Username="alice")[0] == "LimitExceededException"


def test_a_letter_knows_how_it_came(app):
    app.sign_up(email=EMAIL)
    (letter,) = app.cloud.mailbox("Alice@Example.com")
    assert (letter.medium, letter.subject) == ("EMAIL", "Your verification code")
    assert letter.startswith("Your confirmation code is ")


def test_an_unconfirmed_user_cannot_sign_in(app):
    app.sign_up(email=EMAIL)
    assert error_of(app.password_auth) == error_of(app.password_auth, password="Wrong-Horse-1") == (
        "UserNotConfirmedException", "User is not confirmed.",
    )  # fmt: skip


def test_without_verification_nothing_is_sent(cloud):
    app = make_app(cloud, pool={"AutoVerifiedAttributes": []})
    assert "CodeDeliveryDetails" not in app.sign_up(email=EMAIL)
    assert cloud.mailbox(EMAIL) == []
    assert error_of(app.idp.resend_confirmation_code, ClientId=app.client, Username="alice") == (
        "InvalidParameterException", "Cannot resend codes. Auto verification not turned on.",
    )  # fmt: skip
    app.idp.admin_confirm_sign_up(UserPoolId=app.pool, Username="alice")
    assert "AccessToken" in app.tokens()


def test_a_phone_number_comes_before_an_address(cloud):
    app = make_app(cloud, pool={"AutoVerifiedAttributes": ["email", "phone_number"]})
    details = app.sign_up(email=EMAIL, phone_number="+14255551234")["CodeDeliveryDetails"]
    assert details == {
        "Destination": "+*******1234", "DeliveryMedium": "SMS", "AttributeName": "phone_number",
    }  # fmt: skip
    confirm(app, app.code("+14255551234"))
    assert app.attributes()["phone_number_verified"] == "true"
    assert "email_verified" not in app.attributes()


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("Ab1!", "Password not long enough"),
        ("correct-horse-1", "Password must have uppercase characters"),
        ("CORRECT-HORSE-1", "Password must have lowercase characters"),
        ("Correct-Horse-x", "Password must have numeric characters"),
        ("CorrectHorse1", "Password must have symbol characters"),
    ],
)
def test_a_password_must_fit_the_policy(app, password, what):
    assert error_of(app.sign_up, password=password, email=EMAIL) == (
        "InvalidPasswordException", f"Password did not conform with policy: {what}",
    )  # fmt: skip


def test_a_name_is_taken_once(app):
    app.sign_up(email=EMAIL)
    assert error_of(app.sign_up, email="other@example.com") == (
        "UsernameExistsException", "User already exists",
    )  # fmt: skip


def test_sign_up_can_be_left_to_administrators(cloud):
    app = make_app(cloud, pool={"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}})
    assert error_of(app.sign_up, email=EMAIL) == (
        "NotAuthorizedException", "SignUp is not permitted for this user pool",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"email": "no address"}, "Invalid email address format."),
        ({"phone_number": "0425 555"}, "Invalid phone number format."),
        ({"birthdate": "1.5.2000"}, "birthdate"),
        ({"custom__none": "x"}, "custom:none: Attribute does not exist in the schema."),
        ({"sub": "x"}, "non-mutable"),
    ],
)
def test_attributes_must_fit_the_schema(app, attributes, message):
    code, text = error_of(app.sign_up, **attributes)
    assert (code, message in text) in (("InvalidParameterException", True), ("NotAuthorizedException", False))


def test_required_attributes_are_all_named(cloud):
    schema = [{"Name": "name", "Required": True}, {"Name": "email", "Required": True}]
    app = make_app(cloud, pool={"Schema": schema})
    assert error_of(app.sign_up) == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: name: The attribute is required\nemail: The attribute is required\n",
    )


# --- names that are addresses, and aliases ---------------------------------------------------------------------


def test_an_address_as_user_name_is_one_user_and_has_a_name_of_its_own(cloud):
    app = make_app(cloud, pool={"UsernameAttributes": ["email"]})
    answer = app.sign_up(EMAIL)
    user = app.user(EMAIL)
    assert user["Username"] == answer["UserSub"] != EMAIL
    assert app.attributes(EMAIL)["email"] == EMAIL
    assert error_of(app.sign_up, EMAIL) == (
        "UsernameExistsException", "An account with the given email already exists.",
    )  # fmt: skip
    assert error_of(app.sign_up, "alice") == ("InvalidParameterException", "Username should be an email.")
    confirm(app, app.code(), EMAIL)
    assert "AccessToken" in app.tokens(EMAIL)


def test_an_alias_belongs_to_who_verified_it_last_with_force(cloud):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html"""
    app = make_app(cloud, pool={"AliasAttributes": ["email"]})
    app.sign_up("jie", email=EMAIL)
    confirm(app, app.code(), "jie")
    assert app.sign_up("shirley", email=EMAIL)["UserConfirmed"] is False
    assert error_of(confirm, app, app.code(), "shirley") == (
        "AliasExistsException", "An account with the email already exists.",
    )  # fmt: skip
    assert app.user(EMAIL)["Username"] == "jie"
    confirm(app, app.code(), "shirley", ForceAliasCreation=True)
    assert app.user(EMAIL)["Username"] == "shirley"
    assert app.attributes("jie")["email_verified"] == "false"
    assert error_of(app.sign_up, "bob@example.com")[0] == "InvalidParameterException"


def test_an_alias_of_ones_own_choice_waits_until_the_user_is_confirmed(cloud):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html"""
    app = make_app(cloud, pool={"AliasAttributes": ["preferred_username"]})
    assert error_of(app.sign_up, preferred_username="al")[0] == "InvalidParameterException"
    app.confirmed()
    app.idp.update_user_attributes(
        AccessToken=app.tokens()["AccessToken"],
        UserAttributes=[{"Name": "preferred_username", "Value": "al"}],
    )
    assert app.user("al")["Username"] == "alice"
    assert make_app(cloud).sign_up(preferred_username="al")["UserConfirmed"] is False


def test_user_names_differ_by_case_unless_the_pool_says_otherwise(cloud):
    strict = make_app(cloud)
    strict.sign_up("alice", email=EMAIL)
    strict.sign_up("ALICE", email=EMAIL)
    easy = make_app(cloud, pool={"UsernameConfiguration": {"CaseSensitive": False}})
    easy.sign_up("Alice", email=EMAIL)
    assert error_of(easy.sign_up, "ALICE", email=EMAIL)[0] == "UsernameExistsException"
    assert easy.user("aLiCe")["Username"] == "alice"


# --- who exists -------------------------------------------------------------------------------------------------

NOBODY = ("UserNotFoundException", "User does not exist.")


@pytest.mark.ledger("F-COG-04")
def test_by_default_answers_tell_that_a_user_does_not_exist(app):
    named = {"ClientId": app.client, "Username": "nobody"}
    assert error_of(app.password_auth, "nobody") == NOBODY
    assert error_of(app.idp.forgot_password, **named) == NOBODY
    assert error_of(app.idp.resend_confirmation_code, **named) == NOBODY
    assert error_of(confirm, app, "123456", "nobody") == NOBODY
    assert (
        error_of(app.idp.confirm_forgot_password, **named, ConfirmationCode="123456", Password=PASSWORD)
        == NOBODY
    )


@pytest.mark.ledger("F-COG-04")
def test_a_client_can_hide_who_exists(cloud):
    app = make_app(cloud, client={"PreventUserExistenceErrors": "ENABLED"})
    app.confirmed(email=EMAIL, email_verified="true")
    named = {"ClientId": app.client, "Username": "nobody"}
    generic = ("NotAuthorizedException", "Incorrect username or password.")
    assert (
        error_of(app.password_auth, "nobody")
        == generic
        == error_of(app.password_auth, password="Wrong-1-horse")
    )
    assert app.idp.forgot_password(**named)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    first, again = (app.idp.resend_confirmation_code(**named)["CodeDeliveryDetails"] for _ in range(2))
    assert first == again
    assert error_of(confirm, app, "123456", "nobody") == MISMATCH
    assert (
        error_of(app.idp.confirm_forgot_password, **named, ConfirmationCode="123456", Password=PASSWORD)
        == MISMATCH
    )
    assert error_of(app.sign_up)[0] == "UsernameExistsException"  # SignUp tells, as AWS's page says


# --- secret hash ------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-COG-13")
def test_a_client_with_a_secret_needs_the_secret_hash(confidential):
    app = confidential
    named = {"ClientId": app.client, "Username": "alice"}
    asked = {
        "sign_up": {**named, "Password": PASSWORD, "UserAttributes": [{"Name": "email", "Value": EMAIL}]},
        "confirm_sign_up": {**named, "ConfirmationCode": "123456"},
        "resend_confirmation_code": named,
        "forgot_password": named,
        "confirm_forgot_password": {**named, "ConfirmationCode": "123456", "Password": PASSWORD},
    }
    for operation, parameters in asked.items():
        call = getattr(app.idp, operation)
        assert error_of(call, **parameters)[0] == "NotAuthorizedException", operation
        code, message = error_of(call, **parameters, SecretHash=app.secret_hash("bob"))
        assert (code, message) == (
            "NotAuthorizedException", f"Unable to verify secret hash for client {app.client}",
        )  # fmt: skip
    app.sign_up(email=EMAIL)
    confirm(app, app.code())
    assert error_of(app.password_auth, SECRET_HASH="wrong")[0] == "NotAuthorizedException"
    assert "AccessToken" in app.tokens()


def test_a_public_client_takes_no_secret_hash(app):
    code, _ = error_of(app.idp.forgot_password, ClientId=app.client, Username="alice", SecretHash="abcd")
    assert code == "NotAuthorizedException"


# --- forgotten passwords ----------------------------------------------------------------------------------------


@pytest.mark.ledger("F-COG-08")
def test_a_forgotten_password_is_reset_with_the_code(app):
    app.confirmed(email=EMAIL, email_verified="true")
    named = {"ClientId": app.client, "Username": "alice"}
    reset = app.idp.confirm_forgot_password
    assert error_of(reset, **named, ConfirmationCode="123456", Password=PASSWORD) == EXPIRED
    details = app.idp.forgot_password(**named)["CodeDeliveryDetails"]
    assert details == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = app.code()
    assert error_of(reset, **named, ConfirmationCode=other(code), Password="New-Horse-2") == MISMATCH
    assert error_of(reset, **named, ConfirmationCode=code, Password="short")[0] == "InvalidPasswordException"
    reset(**named, ConfirmationCode=code, Password="New-Horse-2")
    assert error_of(app.password_auth)[0] == "NotAuthorizedException"
    assert "AccessToken" in app.tokens(password="New-Horse-2")
    assert error_of(reset, **named, ConfirmationCode=code, Password="New-Horse-3") == EXPIRED


@pytest.mark.ledger("F-COG-08")
def test_a_reset_code_lives_an_hour(app):
    app.confirmed(email=EMAIL, email_verified="true")
    named = {"ClientId": app.client, "Username": "alice"}
    app.idp.forgot_password(**named)
    app.cloud.clock.advance(hours=1)
    assert (
        error_of(
            app.idp.confirm_forgot_password, **named, ConfirmationCode=app.code(), Password="New-Horse-2"
        )
        == EXPIRED
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, "+14255551234"),
        ([("verified_email", 1), ("verified_phone_number", 2)], EMAIL),
        ([("verified_phone_number", 1), ("verified_email", 2)], "+14255551234"),
        ([("admin_only", 1)], ("NotAuthorizedException", "Contact administrator to reset password.")),
    ],
)
def test_the_code_goes_where_the_pool_prefers(cloud, setting, expected):
    pool = {}
    if setting:
        mechanisms = [{"Name": name, "Priority": priority} for name, priority in setting]
        pool["AccountRecoverySetting"] = {"RecoveryMechanisms": mechanisms}
    app = make_app(cloud, pool=pool)
    app.confirmed(
        email=EMAIL, email_verified="true", phone_number="+14255551234", phone_number_verified="true"
    )
    if isinstance(expected, tuple):
        assert error_of(app.idp.forgot_password, ClientId=app.client, Username="alice") == expected
        return
    app.idp.forgot_password(ClientId=app.client, Username="alice")
    assert len(cloud.mailbox(expected)) == 1


def test_who_has_no_verified_contact_cannot_reset(app):
    app.confirmed(email=EMAIL)
    assert error_of(app.idp.forgot_password, ClientId=app.client, Username="alice") == (
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )


def test_old_passwords_may_not_come_again(cloud):
    app = make_app(cloud, pool={"Policies": {"PasswordPolicy": {"PasswordHistorySize": 2}}})
    app.confirmed()
    token = app.tokens()["AccessToken"]

    def change(old, new):
        return app.idp.change_password(AccessToken=token, PreviousPassword=old, ProposedPassword=new)

    assert error_of(change, PASSWORD, PASSWORD)[0] == "PasswordHistoryPolicyViolationException"
    change(PASSWORD, "Second-Horse-2")
    assert error_of(change, "Second-Horse-2", PASSWORD)[0] == "PasswordHistoryPolicyViolationException"
    change("Second-Horse-2", "Third-Horse-3")
    change("Third-Horse-3", PASSWORD)
    assert error_of(change, PASSWORD, "Fourth-Horse-4")[0] == "LimitExceededException"


@pytest.mark.ledger("F-COG-04")
def test_limits_do_not_tell_who_exists_either(cloud):
    app = make_app(cloud, client={"PreventUserExistenceErrors": "ENABLED"})
    app.confirmed(email=EMAIL, email_verified="true")
    for name in ("alice", "nobody"):
        for _ in range(5):
            assert error_of(app.password_auth, name, "Wrong-Horse-1")[1] == "Incorrect username or password."
        assert error_of(app.password_auth, name, "Wrong-Horse-1")[1] == "Password attempts exceeded"
        named = {"ClientId": app.client, "Username": name}
        for _ in range(10):
            app.idp.forgot_password(**named)
        assert error_of(app.idp.forgot_password, **named)[0] == "LimitExceededException"


def test_a_sign_up_can_be_confirmed_by_a_link_to_the_domain(cloud):
    template = {
        "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Hello, {##press here##}!",
    }  # fmt: skip
    app = make_app(cloud, pool={"VerificationMessageTemplate": template})
    assert error_of(app.sign_up, email=EMAIL)[0] == "CodeDeliveryFailureException"
    app.idp.create_user_pool_domain(UserPoolId=app.pool, Domain="people")
    app.sign_up(email=EMAIL)
    (letter,) = cloud.mailbox(EMAIL)
    start = 'Hello, <a href="https://people.auth.us-east-1.amazoncognito.com/confirmUser?client_id='
    assert letter.startswith(start)
    assert letter.endswith(">press here</a>!")
    link = html.unescape(letter.split('"')[1])
    assert requests.get(link[:-1] + ("1" if link[-1] == "0" else "0")).status_code == 400
    assert app.user()["UserStatus"] == "UNCONFIRMED"
    assert requests.get(link).status_code == 200
    assert app.user()["UserStatus"] == "CONFIRMED"
    assert app.attributes()["email_verified"] == "true"
    trail = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Confirm_With_Link_GET"}]
    )
    assert len(trail["Events"]) == 2


def test_a_function_may_word_the_message_with_the_link(cloud):
    def words(event, _context):
        event["response"]["emailMessage"] = f"Come in: {event['request']['linkParameter']}"
        return event

    arn = "arn:aws:lambda:us-east-1:111122223333:function:words"
    cloud.lambda_function(arn, words)
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
    app = make_app(
        cloud, pool={"VerificationMessageTemplate": template, "LambdaConfig": {"CustomMessage": arn}}
    )
    app.idp.create_user_pool_domain(UserPoolId=app.pool, Domain="people")
    app.sign_up(email=EMAIL)
    (letter,) = cloud.mailbox(EMAIL)
    assert letter.startswith('Come in: <a href="https://people.auth.')
    assert letter.endswith(">Click Here</a>")


@pytest.mark.parametrize("text", ["\ud800", "x\udfff"])
def test_lone_surrogates_are_wrong_values_and_no_failure(app, text):
    """JSON can carry them. The code is of the form that the model asks for; it is simply not the right one."""
    app.sign_up(email=EMAIL)
    assert error_of(confirm, app, text)[0] == "CodeMismatchException"
    app.idp.admin_confirm_sign_up(UserPoolId=app.pool, Username="alice")
    assert error_of(app.password_auth, password=text)[0] == "NotAuthorizedException"
