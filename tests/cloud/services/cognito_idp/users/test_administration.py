"""Administrators' work with users, groups and lists; users' work with their own profile."""

from __future__ import annotations

import pytest

from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, claims, make_app, pairs
from tests.clouds import error_of

INVALID = "InvalidParameterException"
NEW = "alice@example.org"


def admin(app, operation, name="alice", **parameters):
    return getattr(app.idp, operation)(UserPoolId=app.pool, Username=name, **parameters)


def update(app, name="alice", **values):
    return admin(app, "admin_update_user_attributes", name, UserAttributes=pairs(values))


# --- making users -----------------------------------------------------------------------------------------------


def test_a_created_user_must_change_the_password(app):
    user = admin(app, "admin_create_user", UserAttributes=pairs({"email": EMAIL}))["User"]
    assert user["Username"] == "alice"
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert user["Enabled"] is True
    assert {each["Name"] for each in user["Attributes"]} == {"sub", "email"}
    assert error_of(admin, app, "admin_create_user") == (
        "UsernameExistsException", "User account already exists",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"TemporaryPassword": "weak"}, "InvalidPasswordException"),
        ({"DesiredDeliveryMediums": ["EMAIL"]}, INVALID),
        ({"UserAttributes": pairs({"email_verified": "true"})}, INVALID),
        ({"UserAttributes": pairs({"custom__none": "x"})}, INVALID),
        ({"MessageAction": "RESEND"}, "UserNotFoundException"),
    ],
)
def test_what_a_created_user_cannot_be(app, parameters, code):
    assert error_of(admin, app, "admin_create_user", **parameters)[0] == code


def test_an_invitation_is_not_resent_to_who_has_a_password(app):
    app.confirmed()
    assert error_of(admin, app, "admin_create_user", MessageAction="RESEND") == (
        "UnsupportedUserStateException", "Resend not possible. CONFIRMED status is not FORCE_CHANGE_PASSWORD",
    )  # fmt: skip


def test_a_verified_alias_is_taken_by_force_only(cloud):
    app = make_app(cloud, pool={"AliasAttributes": ["email"]})
    verified = {"email": EMAIL, "email_verified": "true"}
    app.confirmed("jie", **verified)
    assert error_of(admin, app, "admin_create_user", "shirley", UserAttributes=pairs(verified)) == (
        "AliasExistsException", "An account with the email already exists.",
    )  # fmt: skip
    admin(app, "admin_create_user", "shirley", UserAttributes=pairs(verified), ForceAliasCreation=True)
    assert app.user(EMAIL)["Username"] == "shirley"
    assert app.attributes("jie")["email_verified"] == "false"


def test_a_user_without_a_password_is_confirmed_where_codes_suffice(cloud):
    factors = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
    app = make_app(cloud, pool=factors)
    user = admin(app, "admin_create_user", UserAttributes=pairs({"email": EMAIL}))["User"]
    assert user["UserStatus"] == "CONFIRMED"
    assert cloud.mailbox(EMAIL) == []
    assert error_of(admin, app, "admin_create_user", "bob")[0] == INVALID


def test_passwords_that_administrators_set(app):
    app.confirmed()
    admin(app, "admin_set_user_password", Password="Temp-Horse-1", Permanent=False)
    assert app.user()["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert app.password_auth(password="Temp-Horse-1")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert error_of(admin, app, "admin_set_user_password", Password="weak")[0] == "InvalidPasswordException"


def test_a_confirmed_sign_up_is_not_confirmed_again(app):
    app.sign_up(email=EMAIL)
    admin(app, "admin_confirm_sign_up")
    assert "email_verified" not in app.attributes()
    assert error_of(admin, app, "admin_confirm_sign_up") == (
        "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED",
    )  # fmt: skip


def test_a_deleted_user_is_gone_with_the_tokens(app):
    app.confirmed()
    access = app.tokens()["AccessToken"]
    admin(app, "admin_delete_user")
    assert error_of(app.user)[0] == "UserNotFoundException"
    assert error_of(app.idp.get_user, AccessToken=access)[0] == "UserNotFoundException"
    app.confirmed()
    assert error_of(app.idp.get_user, AccessToken=access)[0] == "UserNotFoundException"


def test_a_deleted_users_challenge_is_not_a_new_users(app):
    app.confirmed()
    temporary = {"Password": "Temp-Horse-1", "Permanent": False}
    admin(app, "admin_set_user_password", **temporary)
    challenge = app.password_auth(password="Temp-Horse-1")
    admin(app, "admin_delete_user")
    app.confirmed()
    admin(app, "admin_set_user_password", **temporary)
    assert error_of(app.answer, challenge, NEW_PASSWORD=PASSWORD)[0] == "NotAuthorizedException"


# --- attributes -------------------------------------------------------------------------------------------------


def test_a_changed_address_is_unverified_and_gets_a_code(app):
    app.confirmed(email=EMAIL, email_verified="true")
    access = app.tokens()["AccessToken"]
    details = app.idp.update_user_attributes(AccessToken=access, UserAttributes=pairs({"email": NEW}))
    assert details["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
    assert (app.attributes()["email"], app.attributes()["email_verified"]) == (NEW, "false")
    verify = app.idp.verify_user_attribute
    assert error_of(verify, AccessToken=access, AttributeName="email", Code="x")[0] == "CodeMismatchException"
    verify(AccessToken=access, AttributeName="email", Code=app.code(NEW))
    assert app.attributes()["email_verified"] == "true"
    assert error_of(verify, AccessToken=access, AttributeName="email", Code="x")[0] == "ExpiredCodeException"
    app.idp.get_user_attribute_verification_code(AccessToken=access, AttributeName="email")
    assert len(app.cloud.mailbox(NEW)) == 2
    assert error_of(verify, AccessToken=access, AttributeName="nickname", Code="x")[0] == INVALID


def test_the_old_address_stays_until_the_new_one_is_verified(cloud):
    settings = {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}
    app = make_app(cloud, pool=settings)
    app.confirmed(email=EMAIL, email_verified="true")
    access = app.tokens()["AccessToken"]
    app.idp.update_user_attributes(AccessToken=access, UserAttributes=pairs({"email": NEW}))
    assert (app.attributes()["email"], app.attributes()["email_verified"]) == (EMAIL, "true")
    app.idp.verify_user_attribute(AccessToken=access, AttributeName="email", Code=app.code(NEW))
    assert (app.attributes()["email"], app.attributes()["email_verified"]) == (NEW, "true")
    update(app, email=EMAIL, email_verified="true")
    assert app.attributes()["email"] == EMAIL


def test_a_blank_value_deletes(app):
    app.confirmed(email=EMAIL, nickname="Al")
    update(app, nickname="")
    assert "nickname" not in app.attributes()
    admin(app, "admin_delete_user_attributes", UserAttributeNames=["email"])
    assert "email" not in app.attributes()
    assert error_of(admin, app, "admin_delete_user_attributes", UserAttributeNames=["custom:none"]) == (
        INVALID, "Invalid user attributes: user.custom:none: Attribute does not exist in the schema.\n",
    )  # fmt: skip


def test_an_address_that_signs_in_belongs_to_one_user(cloud):
    app = make_app(cloud, pool={"UsernameAttributes": ["email"]})
    app.confirmed(EMAIL)
    app.confirmed("bob@example.com")
    assert error_of(update, app, "bob@example.com", email=EMAIL)[0] == "AliasExistsException"
    assert "AccessToken" in app.tokens(EMAIL)


# --- lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", {"anna", "anton", "bert"}),
        ('username = "anna"', {"anna"}),
        ('email ^= "an"', {"anna", "anton"}),
        ('given_name = "A \\"quoted\\" name"', {"anton"}),
        ('cognito:user_status = "confirmed"', {"anna"}),
        ('status = "Disabled"', {"bert"}),
        ('status = "disabled"', set()),
        ('username="none"', set()),
    ],
)
def test_filters(app, text, names):
    app.confirmed("anna", email="anna@example.com")
    admin(
        app, "admin_create_user", "anton", MessageAction="SUPPRESS",
        UserAttributes=pairs({"email": "anton@example.com", "given_name": 'A "quoted" name'}),
    )  # fmt: skip
    admin(app, "admin_create_user", "bert", MessageAction="SUPPRESS")
    admin(app, "admin_disable_user", "bert")
    found = app.idp.list_users(UserPoolId=app.pool, Filter=text)["Users"]
    assert {user["Username"] for user in found} == names


@pytest.mark.parametrize("text", ["nonsense", "email = anna", 'custom:level = "1"', 'nickname = "x"'])
def test_filters_that_are_none(app, text):
    assert error_of(app.idp.list_users, UserPoolId=app.pool, Filter=text)[0] == INVALID


def test_users_are_listed_by_pages_with_the_attributes_asked_for(app):
    for name in ("a", "b", "c"):
        app.confirmed(name, email=f"{name}@example.com")
    first = app.idp.list_users(UserPoolId=app.pool, Limit=2, AttributesToGet=["email"])
    assert [each["Attributes"] for each in first["Users"]] == [
        [{"Name": "email", "Value": f"{name}@example.com"}] for name in ("a", "b")
    ]
    second = app.idp.list_users(
        UserPoolId=app.pool, Limit=2, AttributesToGet=["email"], PaginationToken=first["PaginationToken"]
    )
    assert [each["Username"] for each in second["Users"]] == ["c"]
    assert "PaginationToken" not in second
    assert error_of(app.idp.list_users, UserPoolId=app.pool, AttributesToGet=["nickname"])[0] == INVALID
    assert error_of(app.idp.list_users, UserPoolId=app.pool, Limit=61)[0] == INVALID


# --- groups -----------------------------------------------------------------------------------------------------


def test_groups(app):
    named = {"UserPoolId": app.pool, "GroupName": "readers"}
    made = app.idp.create_group(**named, Description="who reads", Precedence=3)["Group"]
    assert (made["GroupName"], made["Precedence"], made["Description"]) == ("readers", 3, "who reads")
    assert error_of(app.idp.create_group, **named) == (
        "GroupExistsException", "A group with the name readers already exists in the user pool.",
    )  # fmt: skip
    changed = app.idp.update_group(**named, Precedence=0)["Group"]
    assert (changed["Precedence"], changed["Description"]) == (0, "who reads")
    assert error_of(app.idp.update_group, **named, Precedence=2**31)[0] == "SerializationException"
    assert app.idp.create_group(UserPoolId=app.pool, GroupName="last", Precedence=2**31 - 1)["Group"][
        "Precedence"
    ]
    app.confirmed()
    admin(app, "admin_add_user_to_group", GroupName="readers")
    admin(app, "admin_add_user_to_group", GroupName="readers")
    assert [each["Username"] for each in app.idp.list_users_in_group(**named)["Users"]] == ["alice"]
    assert [each["GroupName"] for each in admin(app, "admin_list_groups_for_user")["Groups"]] == ["readers"]
    assert error_of(admin, app, "admin_add_user_to_group", GroupName="none") == (
        "ResourceNotFoundException", "Group not found.",
    )  # fmt: skip
    assert (
        error_of(admin, app, "admin_add_user_to_group", "nobody", GroupName="readers")[0]
        == "UserNotFoundException"
    )
    admin(app, "admin_remove_user_from_group", GroupName="readers")
    assert app.idp.list_users_in_group(**named)["Users"] == []
    admin(app, "admin_add_user_to_group", GroupName="readers")
    app.idp.delete_group(**named)
    assert error_of(app.idp.get_group, **named)[0] == "ResourceNotFoundException"
    assert "cognito:groups" not in claims(app.tokens()["IdToken"])


# --- one's own profile ------------------------------------------------------------------------------------------


def test_users_change_their_password_with_the_old_one(app):
    app.confirmed()
    access = app.tokens()["AccessToken"]
    change = app.idp.change_password
    assert error_of(change, AccessToken=access, PreviousPassword="Wrong-Horse-1", ProposedPassword="New-Horse-2") == (
        "NotAuthorizedException", "Incorrect username or password.",
    )  # fmt: skip
    assert error_of(change, AccessToken=access, ProposedPassword="New-Horse-2")[0] == INVALID
    change(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword="New-Horse-2")
    assert "AccessToken" in app.tokens(password="New-Horse-2")


def test_users_delete_themselves(app):
    app.confirmed()
    app.idp.delete_user(AccessToken=app.tokens()["AccessToken"])
    assert app.idp.list_users(UserPoolId=app.pool)["Users"] == []


def test_factors_that_a_user_has(app):
    app.confirmed()
    shown = app.idp.get_user_auth_factors(AccessToken=app.tokens()["AccessToken"])
    assert (shown["Username"], shown["ConfiguredUserAuthFactors"]) == ("alice", ["PASSWORD"])
    assert admin(app, "admin_get_user_auth_factors")["ConfiguredUserAuthFactors"] == ["PASSWORD"]


# --- sessions ---------------------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended_one_by_one(app):
    app.confirmed()
    here, there = app.tokens(), app.tokens()
    listing = app.idp.list_user_sessions
    assert error_of(listing, AccessToken=here["AccessToken"])[0] == "OperationNotEnabledException"
    shown = app.idp.get_user_pool_session_configuration(UserPoolId=app.pool)
    assert (shown["UserSessionTracking"], shown["TokenSession"]) == ("DISABLED", {"MaxPerUser": 20})
    app.idp.set_user_pool_session_configuration(
        UserPoolId=app.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 2}
    )
    sessions = {
        each["IsCurrentSession"]: each for each in listing(AccessToken=here["AccessToken"])["Sessions"]
    }
    revoke = app.idp.revoke_user_session
    assert (
        error_of(revoke, AccessToken=here["AccessToken"], SessionId=sessions[True]["SessionId"])[0] == INVALID
    )
    revoke(AccessToken=here["AccessToken"], SessionId=sessions[False]["SessionId"])
    assert error_of(app.idp.get_user, AccessToken=there["AccessToken"])[0] == "NotAuthorizedException"
    app.cloud.clock.advance(seconds=1)
    app.tokens()
    app.tokens()
    assert error_of(app.idp.get_user, AccessToken=here["AccessToken"])[0] == "NotAuthorizedException"
    assert len(admin(app, "admin_list_user_sessions")["Sessions"]) == 2
