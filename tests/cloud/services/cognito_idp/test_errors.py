"""Documented errors of many operations: functions that fail, roles that are gone, accounts that can't be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name

from labs_helpers.cloud.services.cognito_idp.federation import identity_providers
from labs_helpers.cloud.services.cognito_idp.pools import app_clients, domains, resource_servers, user_pools
from labs_helpers.cloud.services.cognito_idp.users import groups
from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, App, claims, make_app, sms
from tests.cloud.services.cognito_idp.test_every_operation import OPERATIONS, of, parameters
from tests.cloud.services.cognito_idp.test_triggers import ARN
from tests.clouds import error_of

MODEL = botocore.session.get_session().get_service_model("cognito-idp")
PHONE = "+15555550123"
NEW = "Another-Horse-2"


# --- accounts that can't be used ---------------------------------------------------------------------------------

OPTIONAL = ["AssociateSoftwareToken", "ForgetDevice", "GetDevice", "VerifySoftwareToken"]
WITH_TOKEN = sorted({*of("AccessToken"), *OPTIONAL})


def documents(operation: str, name: str) -> bool:
    return name in {shape.name for shape in MODEL.operation_model(operation).error_shapes}


def deleted(app: App) -> str:
    app.idp.admin_delete_user(UserPoolId=app.pool, Username="alice")
    return "UserNotFoundException"


def to_reset(app: App) -> str:
    app.idp.admin_reset_user_password(UserPoolId=app.pool, Username="alice")
    return "PasswordResetRequiredException"


def disabled(app: App) -> str:
    app.idp.admin_disable_user(UserPoolId=app.pool, Username="alice")
    return "NotAuthorizedException"


@pytest.mark.parametrize("spoil", [deleted, to_reset, disabled])
def test_a_token_is_no_use_when_the_account_is_not(cloud, spoil):
    app = make_app(cloud)
    app.confirmed(email=EMAIL, email_verified="true")
    token = app.tokens()["AccessToken"]
    expected = spoil(app)
    wrong = {}
    for operation in WITH_TOKEN:
        asked = {**parameters(operation), "AccessToken": token}
        if operation == "VerifySoftwareToken":
            asked["UserCode"] = "123456"
        code = error_of(getattr(app.idp, xform_name(operation)), **asked)[0]
        if code != (
            expected if spoil is to_reset or documents(operation, expected) else "NotAuthorizedException"
        ):
            wrong[operation] = code
    assert not wrong


# --- functions that fail -----------------------------------------------------------------------------------------


def failing(event: Any, context: Any) -> Any:
    raise PermissionError("not today")


def nonsense(event: Any, context: Any) -> Any:
    return ["no", "event"]


Ask = Callable[[App], Any]


def _admin_auth(app: App) -> Any:
    return app.idp.admin_initiate_auth(
        UserPoolId=app.pool, ClientId=app.client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )  # fmt: skip


def _challenged(app: App) -> Any:
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username="alice", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    return app.password_auth()


def _answer(app: App) -> Any:
    return app.answer(_challenged(app), NEW_PASSWORD=NEW)


def _admin_answer(app: App) -> Any:
    challenge = _challenged(app)
    return app.idp.admin_respond_to_auth_challenge(
        UserPoolId=app.pool, ClientId=app.client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": NEW},
    )  # fmt: skip


def _confirm(app: App) -> Any:
    app.sign_up(email=EMAIL)
    return app.idp.confirm_sign_up(ClientId=app.client, Username="alice", ConfirmationCode=app.code())


def _admin_confirm(app: App) -> Any:
    app.sign_up(email=EMAIL)
    return app.idp.admin_confirm_sign_up(UserPoolId=app.pool, Username="alice")


def _known(app: App) -> None:
    app.confirmed(email=EMAIL, email_verified="true")


def _forgot(app: App) -> Any:
    _known(app)
    return app.idp.forgot_password(ClientId=app.client, Username="alice")


def _confirm_forgotten(app: App) -> Any:
    _forgot(app)
    return app.idp.confirm_forgot_password(
        ClientId=app.client, Username="alice", ConfirmationCode=app.code(), Password=NEW
    )


def _reset(app: App) -> Any:
    _known(app)
    return app.idp.admin_reset_user_password(UserPoolId=app.pool, Username="alice")


def _create(app: App) -> Any:
    return app.idp.admin_create_user(
        UserPoolId=app.pool, Username="alice", UserAttributes=[{"Name": "email", "Value": EMAIL}]
    )


def _admin_update(app: App) -> Any:
    _known(app)
    return app.idp.admin_update_user_attributes(
        UserPoolId=app.pool, Username="alice", UserAttributes=[{"Name": "email", "Value": "new@example.com"}]
    )


def _update(app: App) -> Any:
    _known(app)
    return app.idp.update_user_attributes(
        AccessToken=app.tokens()["AccessToken"],
        UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
    )


def _verification(app: App) -> Any:
    app.confirmed(email=EMAIL)
    return app.idp.get_user_attribute_verification_code(
        AccessToken=app.tokens()["AccessToken"], AttributeName="email"
    )


def _resend(app: App) -> Any:
    app.idp.sign_up(
        ClientId=app.client, Username="alice", Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}], ClientMetadata={"quiet": "yes"},
    )  # fmt: skip
    return app.idp.resend_confirmation_code(ClientId=app.client, Username="alice")


def _renew(app: App) -> Any:
    return app.idp.get_tokens_from_refresh_token(
        ClientId=app.client, RefreshToken=_quietly_signed_in(app)["RefreshToken"]
    )


def _quietly_signed_in(app: App) -> Any:
    """Tokens that were issued before the functions fail."""
    app.confirmed()
    config = app.idp.describe_user_pool(UserPoolId=app.pool)["UserPool"]["LambdaConfig"]
    app.idp.update_user_pool(UserPoolId=app.pool, LambdaConfig={})
    tokens = app.tokens()
    app.idp.update_user_pool(UserPoolId=app.pool, LambdaConfig=config)
    return tokens


ASKING: list[tuple[str, str, Ask]] = [
    ("PreSignUp", "SignUp", App.sign_up),
    ("PreSignUp", "AdminCreateUser", _create),
    ("PostConfirmation", "ConfirmSignUp", _confirm),
    ("PostConfirmation", "AdminConfirmSignUp", _admin_confirm),
    ("PostConfirmation", "ConfirmForgotPassword", _confirm_forgotten),
    ("PreAuthentication", "InitiateAuth", lambda app: (app.confirmed(), app.password_auth())),
    ("PreAuthentication", "AdminInitiateAuth", lambda app: (app.confirmed(), _admin_auth(app))),
    ("PostAuthentication", "RespondToAuthChallenge", _answer),
    ("PostAuthentication", "AdminRespondToAuthChallenge", _admin_answer),
    ("PreTokenGeneration", "InitiateAuth", lambda app: (app.confirmed(), app.password_auth())),
    ("PreTokenGeneration", "GetTokensFromRefreshToken", _renew),
    ("CustomMessage", "ForgotPassword", _forgot),
    ("CustomMessage", "AdminResetUserPassword", _reset),
    ("CustomMessage", "AdminCreateUser", _create),
    ("CustomMessage", "AdminUpdateUserAttributes", _admin_update),
    ("CustomMessage", "UpdateUserAttributes", _update),
    ("CustomMessage", "GetUserAttributeVerificationCode", _verification),
    (
        "UserMigration",
        "ForgotPassword",
        lambda app: app.idp.forgot_password(ClientId=app.client, Username="alice"),
    ),
]


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (failing, "UserLambdaValidationException"),
        (nonsense, "InvalidLambdaResponseException"),
        (None, "UnexpectedLambdaException"),
    ],
)
@pytest.mark.parametrize(("trigger", "operation", "ask"), ASKING, ids=lambda value: value if value else "")
def test_a_function_that_fails(cloud, trigger, operation, ask, handler, expected):
    assert documents(operation, expected)
    if handler is not None:
        cloud.lambda_function(ARN + "trigger", handler)
    app = make_app(
        cloud,
        pool={"LambdaConfig": {trigger: ARN + "trigger"}},
        client={"PreventUserExistenceErrors": "LEGACY"},
    )
    assert error_of(ask, app)[0] == expected


def test_a_message_that_fails_is_not_sent_again(cloud):
    def on_resend(event: Any, context: Any) -> Any:
        if event["triggerSource"] == "CustomMessage_ResendCode":
            raise PermissionError("not today")
        return event

    cloud.lambda_function(ARN + "trigger", on_resend)
    app = make_app(cloud, pool={"LambdaConfig": {"CustomMessage": ARN + "trigger"}})
    assert error_of(_resend, app)[0] == "UserLambdaValidationException"
    assert len(cloud.mailbox(EMAIL)) == 1


# --- roles for text messages that are gone -----------------------------------------------------------------------


def texting(cloud: Any, **pool: Any) -> App:
    settings = {"SmsConfiguration": sms(cloud), "AutoVerifiedAttributes": ["phone_number"], **pool}
    return make_app(cloud, pool=settings)


def without_trust(app: App) -> str:
    iam = boto3.client("iam")
    iam.delete_role_policy(RoleName="sms", PolicyName="sms")
    iam.delete_role(RoleName="sms")
    return "InvalidSmsRoleTrustRelationshipException"


def without_publish(app: App) -> str:
    boto3.client("iam").delete_role_policy(RoleName="sms", PolicyName="sms")
    return "InvalidSmsRoleAccessPolicyException"


def _by_phone(app: App) -> None:
    app.confirmed(phone_number=PHONE, phone_number_verified="true")


def _sms_preferred(app: App) -> None:
    _by_phone(app)
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="OPTIONAL",
        SmsMfaConfiguration={
            "SmsConfiguration": app.idp.describe_user_pool(UserPoolId=app.pool)["UserPool"]["SmsConfiguration"]
        },
    )  # fmt: skip
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool, Username="alice", SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )


def _new_number(app: App) -> dict[str, Any]:
    return {"UserAttributes": [{"Name": "phone_number", "Value": "+15555550199"}]}


def _again(app: App) -> Any:
    return app.idp.resend_confirmation_code(ClientId=app.client, Username="alice")


def _token(app: App) -> dict[str, Any]:
    return {"AccessToken": app.tokens()["AccessToken"]}


TEXTING: list[tuple[str, Callable[[App], Any], Ask]] = [
    ("SignUp", lambda app: None, lambda app: app.sign_up(phone_number=PHONE)),
    ("ResendConfirmationCode", lambda app: app.sign_up(phone_number=PHONE), _again),
    ("ForgotPassword", _by_phone, lambda app: app.idp.forgot_password(ClientId=app.client, Username="alice")),
    ("AdminResetUserPassword", _by_phone,
     lambda app: app.idp.admin_reset_user_password(UserPoolId=app.pool, Username="alice")),
    ("AdminCreateUser", lambda app: None, lambda app: app.idp.admin_create_user(
        UserPoolId=app.pool, Username="alice", UserAttributes=[{"Name": "phone_number", "Value": PHONE}])),
    ("AdminUpdateUserAttributes", _by_phone, lambda app: app.idp.admin_update_user_attributes(
        UserPoolId=app.pool, Username="alice", **_new_number(app))),
    ("UpdateUserAttributes", _by_phone,
     lambda app: app.idp.update_user_attributes(**_token(app), **_new_number(app))),
    ("GetUserAttributeVerificationCode", _by_phone,
     lambda app: app.idp.get_user_attribute_verification_code(**_token(app), AttributeName="phone_number")),
    ("InitiateAuth", _sms_preferred, App.password_auth),
    ("AdminInitiateAuth", _sms_preferred, _admin_auth),
]  # fmt: skip


@pytest.mark.parametrize("spoil", [without_trust, without_publish])
@pytest.mark.parametrize(("operation", "before", "ask"), TEXTING, ids=lambda value: value if value else "")
def test_a_text_that_can_no_longer_be_sent(cloud, operation, before, ask, spoil):
    app = texting(cloud)
    before(app)
    expected = spoil(app)
    assert documents(operation, expected)
    assert error_of(ask, app)[0] == expected


@pytest.mark.parametrize("operation", ["UpdateUserPool", "SetUserPoolMfaConfig"])
@pytest.mark.parametrize("spoil", [without_trust, without_publish])
def test_a_role_is_checked_when_it_is_named(cloud, app, operation, spoil):
    named = sms(cloud)
    expected = spoil(app)
    more = (
        {"SmsConfiguration": named}
        if operation == "UpdateUserPool"
        else {"SmsMfaConfiguration": {"SmsConfiguration": named}}
    )
    assert error_of(getattr(app.idp, xform_name(operation)), UserPoolId=app.pool, **more)[0] == expected


# --- the administrator's sign-in ---------------------------------------------------------------------------------


def admin_auth(app: App, name: str = "alice", password: str = PASSWORD, **more: Any) -> str:
    return error_of(
        app.idp.admin_initiate_auth, UserPoolId=app.pool, ClientId=app.client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password}, **more,
    )[0]  # fmt: skip


def test_an_administrators_sign_in_is_refused_by_name(cloud):
    app = make_app(cloud, client={"PreventUserExistenceErrors": "LEGACY"})
    assert admin_auth(app) == "UserNotFoundException"
    app.sign_up(email=EMAIL)
    assert admin_auth(app) == "UserNotConfirmedException"
    app.idp.admin_confirm_sign_up(UserPoolId=app.pool, Username="alice")
    app.idp.admin_update_user_attributes(
        UserPoolId=app.pool, Username="alice", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    assert admin_auth(app, password=NEW) == "NotAuthorizedException"
    app.idp.admin_reset_user_password(UserPoolId=app.pool, Username="alice")
    assert admin_auth(app) == "PasswordResetRequiredException"


def admin_answer(app: App, challenge: Any, **answers: str) -> str:
    return error_of(
        app.idp.admin_respond_to_auth_challenge, UserPoolId=app.pool, ClientId=app.client,
        ChallengeName=challenge["ChallengeName"], Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", **answers},
    )[0]  # fmt: skip


def test_an_administrators_answer_is_refused_by_name(cloud):
    policies = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2, "RequireNumbers": True}}
    app = make_app(cloud, pool={"Policies": policies})
    challenge = _challenged(app)
    assert admin_answer(app, challenge, NEW_PASSWORD="short") == "InvalidPasswordException"
    app.idp.admin_set_user_password(UserPoolId=app.pool, Username="alice", Password=PASSWORD, Permanent=True)
    app.idp.admin_set_user_password(UserPoolId=app.pool, Username="alice", Password=NEW, Permanent=False)
    challenge = app.password_auth(password=NEW)
    assert admin_answer(app, challenge, NEW_PASSWORD=PASSWORD) == "PasswordHistoryPolicyViolationException"


def test_an_administrators_codes_are_checked(cloud):
    app = texting(cloud)
    _sms_preferred(app)
    challenge = app.password_auth()
    right = app.code(PHONE)
    wrong = "000000" if right != "000000" else "111111"
    assert admin_answer(app, challenge, SMS_MFA_CODE=wrong) == "CodeMismatchException"


# --- what there can be at most ------------------------------------------------------------------------------------


def _group(app: App) -> Any:
    return app.idp.create_group(UserPoolId=app.pool, GroupName="staff")


def _server(app: App) -> Any:
    return app.idp.create_resource_server(UserPoolId=app.pool, Identifier="songs", Name="songs")


def _provider(app: App) -> Any:
    return app.idp.create_identity_provider(
        UserPoolId=app.pool, ProviderName="Google", ProviderType="Google",
        ProviderDetails={"client_id": "a", "client_secret": "b", "authorize_scopes": "openid"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("module", "limit", "ask"),
    [
        (user_pools, "POOLS", lambda app: app.idp.create_user_pool(PoolName="more")),
        (
            app_clients,
            "CLIENTS",
            lambda app: app.idp.create_user_pool_client(UserPoolId=app.pool, ClientName="more"),
        ),
        (groups, "GROUPS", _group),
        (identity_providers, "PROVIDERS", _provider),
        (resource_servers, "SERVERS", _server),
    ],
    ids=["pools", "clients", "groups", "providers", "servers"],
)
def test_there_are_limits(app, monkeypatch, module, limit, ask):
    assert getattr(module, limit) > 1
    monkeypatch.setattr(module, limit, 0)
    assert error_of(ask, app)[0] == "LimitExceededException"


def test_an_account_has_few_custom_domains(app, monkeypatch):
    monkeypatch.setattr(domains, "CUSTOM_DOMAINS", 0)
    certificate = "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-000000000000"
    assert error_of(
        app.idp.create_user_pool_domain, UserPoolId=app.pool, Domain="auth.example.com",
        CustomDomainConfig={"CertificateArn": certificate},
    )[0] == "LimitExceededException"  # fmt: skip


# --- clients ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"AllowedOAuthScopes": ["songs/read"], "AllowedOAuthFlows": ["code"]}, "ScopeDoesNotExistException"),
        (
            {"AllowedOAuthScopes": ["openid"], "AllowedOAuthFlows": ["client_credentials"]},
            "InvalidOAuthFlowException",
        ),
    ],
)
def test_a_client_is_updated_to_what_exists(app, settings, expected):
    assert error_of(
        app.idp.update_user_pool_client, UserPoolId=app.pool, ClientId=app.client,
        AllowedOAuthFlowsUserPoolClient=True, CallbackURLs=["https://example.com"], **settings,
    )[0] == expected  # fmt: skip


def test_a_profile_cannot_take_anothers_alias(cloud):
    app = make_app(cloud, pool={"AliasAttributes": ["email"]})
    app.confirmed("bob", email="bob@example.com", email_verified="true")
    app.confirmed(email=EMAIL, email_verified="true")
    token = app.tokens()["AccessToken"]
    taken = [{"Name": "email", "Value": "bob@example.com"}]
    app.idp.update_user_attributes(AccessToken=token, UserAttributes=taken)
    code = app.code("bob@example.com")
    asked = {"AccessToken": token, "AttributeName": "email", "Code": code}
    assert error_of(app.idp.verify_user_attribute, **asked)[0] == "AliasExistsException"
    assert claims(token)["username"] == "alice"


def test_every_operation_that_takes_a_token_is_here():
    takes = {name for name in OPERATIONS if "AccessToken" in MODEL.operation_model(name).input_shape.members}
    assert takes == set(WITH_TOKEN)
