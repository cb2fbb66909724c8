"""User pools and app clients: defaults, what excludes what, feature plans, secrets."""

from __future__ import annotations

import boto3
import pytest

from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, make_app, sms, sms_role
from tests.clouds import allow, error_of, make_user

INVALID = "InvalidParameterException"
ORIGIN = "arn:aws:sms-voice:us-east-1:111122223333:phone-number/phone-1"


@pytest.fixture
def idp(cloud):
    return boto3.client("cognito-idp")


def make(idp, **settings):
    return idp.create_user_pool(PoolName="people", **settings)["UserPool"]


def test_defaults_of_a_pool(idp):
    pool = make(idp)
    assert pool["Name"] == "people"
    assert pool["Arn"] == f"arn:aws:cognito-idp:us-east-1:111122223333:userpool/{pool['Id']}"
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True, "RequireNumbers": True,
        "RequireSymbols": True, "TemporaryPasswordValidityDays": 7,
    }  # fmt: skip
    assert pool["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD"]}
    assert (pool["DeletionProtection"], pool["MfaConfiguration"]) == ("INACTIVE", "OFF")
    assert pool["UserPoolTier"] == "ESSENTIALS"
    assert pool["LambdaConfig"] == {}
    assert pool["EstimatedNumberOfUsers"] == 0
    assert pool["EmailConfiguration"] == {"EmailSendingAccount": "COGNITO_DEFAULT"}
    assert pool["AdminCreateUserConfig"] == {
        "AllowAdminCreateUserOnly": False,
        "UnusedAccountValidityDays": 7,
    }
    assert pool["VerificationMessageTemplate"] == {"DefaultEmailOption": "CONFIRM_WITH_CODE"}
    schema = {each["Name"]: each for each in pool["SchemaAttributes"]}
    assert len(schema) == 20
    assert schema["sub"]["Required"] is True
    assert schema["sub"]["Mutable"] is False
    assert schema["birthdate"]["StringAttributeConstraints"] == {"MinLength": "10", "MaxLength": "10"}
    assert pool["AcrConfiguration"]["Level1"]["AcrValue"] == "urn:cognito:loa:1"
    assert idp.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["Id"] == pool["Id"]
    assert idp.get_user_pool_mfa_config(UserPoolId=pool["Id"])["MfaConfiguration"] == "OFF"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"AliasAttributes": ["email"], "UsernameAttributes": ["email"]}, INVALID),
        ({"MfaConfiguration": "ON"}, INVALID),
        ({"Policies": {"PasswordPolicy": {"MinimumLength": 100}}}, INVALID),
        ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}}, INVALID),
        ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"]}}}, INVALID),
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}, "FeatureUnavailableInTierException"),
        (
            {
                "UserPoolTier": "LITE",
                "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
            },
            "FeatureUnavailableInTierException",
        ),
        ({"UserPoolTags": {"aws:x": "y"}}, "UserPoolTaggingException"),
        ({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}, INVALID),
        ({"Schema": [{"Name": "level", "AttributeDataType": "String", "Required": True}]}, INVALID),
        ({"Schema": [{"Name": "email", "AttributeDataType": "Number"}]}, INVALID),
        ({"AutoVerifiedAttributes": ["name"]}, INVALID),
        ({"SmsVerificationMessage": "no place for the code"}, INVALID),
        (
            {
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        {"Name": "admin_only", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
                    ]
                }
            },
            INVALID,
        ),
        ({"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}, INVALID),
        ({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::111122223333:role/none", "ExternalId": "outside"}},
         "InvalidSmsRoleTrustRelationshipException"),
    ],
)  # fmt: skip
def test_what_a_pool_cannot_be(idp, settings, code):
    assert error_of(make, idp, **settings)[0] == code
    assert idp.list_user_pools(MaxResults=10)["UserPools"] == []


def test_errors_of_form_name_every_member_but_no_secret(idp):
    pool = make(idp)["Id"]
    code, message = error_of(
        idp.admin_create_user, UserPoolId=pool, Username="a b", TemporaryPassword="white space"
    )
    assert code == INVALID
    assert message.startswith(
        "2 validation errors detected: Value at 'username' failed to satisfy constraint: "
    )
    assert "at 'temporaryPassword'" in message
    assert "white space" not in message
    code, message = error_of(idp.describe_user_pool, UserPoolId="nonsense")
    assert message == (
        "1 validation error detected: Value 'nonsense' at 'userPoolId' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+"
    )


@pytest.mark.parametrize("external", ["outside", "other", None])
def test_the_role_for_text_messages_must_trust_cognito(cloud, idp, external):
    configuration = {"SnsCallerArn": sms_role(cloud)} | ({"ExternalId": external} if external else {})
    if external == "outside":
        assert make(idp, SmsConfiguration=configuration)["SmsConfiguration"] == configuration
    else:
        code, _ = error_of(make, idp, SmsConfiguration=configuration)
        assert code == "InvalidSmsRoleTrustRelationshipException"


def test_an_update_sets_what_it_does_not_name_back(idp):
    pool = make(idp, Policies={"PasswordPolicy": {"MinimumLength": 12}}, UserPoolTags={"a": "b"})["Id"]
    idp.update_user_pool(UserPoolId=pool, PoolName="renamed", DeletionProtection="ACTIVE")
    shown = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert (shown["Name"], shown["DeletionProtection"]) == ("renamed", "ACTIVE")
    assert shown["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert shown["UserPoolTags"] == {"a": "b"}
    assert error_of(idp.delete_user_pool, UserPoolId=pool)[0] == INVALID
    idp.update_user_pool(UserPoolId=pool)
    idp.delete_user_pool(UserPoolId=pool)
    assert error_of(idp.describe_user_pool, UserPoolId=pool) == (
        "ResourceNotFoundException", f"User pool {pool} does not exist.",
    )  # fmt: skip


def test_client_registration_stays_until_it_is_set_anew_and_keeps_a_pool_out_of_lite(idp):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html"""

    def setting():
        return idp.describe_user_pool(UserPoolId=pool)["UserPool"]["DcrConfiguration"]

    assert error_of(make, idp, UserPoolTier="LITE", DcrConfiguration={})[0] == (
        "FeatureUnavailableInTierException"
    )
    pool = make(idp, DcrConfiguration={"OpenDcrEnabled": True, "AllowedScopes": ["files/read"]})["Id"]
    idp.update_user_pool(UserPoolId=pool)
    assert setting() == {"EnableStatus": "Enabled", "OpenDcrEnabled": True, "AllowedScopes": ["files/read"]}
    idp.update_user_pool(UserPoolId=pool, DcrConfiguration={})
    assert setting() == {"EnableStatus": "Enabled", "OpenDcrEnabled": False}
    lite = {"UserPoolId": pool, "UserPoolTier": "LITE"}
    assert error_of(idp.update_user_pool, **lite)[0] == "TierChangeNotAllowedException"
    idp.update_user_pool(**lite, DcrConfiguration={"EnableStatus": "Disabled"})
    assert setting()["EnableStatus"] == "Disabled"


def test_a_pool_with_a_domain_is_not_deleted(idp):
    pool = make(idp)["Id"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain="people")
    assert error_of(idp.delete_user_pool, UserPoolId=pool)[0] == INVALID
    idp.delete_user_pool_domain(UserPoolId=pool, Domain="people")
    idp.delete_user_pool(UserPoolId=pool)


def test_custom_attributes_are_added_for_good(idp):
    pool = make(idp)["Id"]
    add = idp.add_custom_attributes
    add(UserPoolId=pool, CustomAttributes=[{"Name": "level", "AttributeDataType": "Number"}])
    schema = {
        each["Name"]: each for each in idp.describe_user_pool(UserPoolId=pool)["UserPool"]["SchemaAttributes"]
    }
    assert schema["custom:level"]["Mutable"] is True
    code, _ = error_of(
        add, UserPoolId=pool, CustomAttributes=[{"Name": "level", "AttributeDataType": "String"}]
    )
    assert code == INVALID


def test_factors_of_a_pool_are_switched_on_and_off_together(cloud, idp):
    pool = make(idp)["Id"]
    configure = idp.set_user_pool_mfa_config
    totp = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    assert error_of(configure, UserPoolId=pool, MfaConfiguration="OFF", **totp)[0] == INVALID
    assert error_of(configure, UserPoolId=pool, MfaConfiguration="ON")[0] == INVALID
    shown = configure(UserPoolId=pool, MfaConfiguration="ON", **totp)
    assert (shown["MfaConfiguration"], shown["SoftwareTokenMfaConfiguration"]) == ("ON", {"Enabled": True})
    texts = {"SmsConfiguration": sms(cloud), "SmsAuthenticationMessage": "Code {####}"}
    shown = configure(UserPoolId=pool, MfaConfiguration="OPTIONAL", SmsMfaConfiguration=texts)
    assert shown["SmsMfaConfiguration"] == texts
    assert "SoftwareTokenMfaConfiguration" not in shown
    configure(UserPoolId=pool, MfaConfiguration="OFF")
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["MfaConfiguration"] == "OFF"


def test_pools_are_listed_by_pages(idp):
    made = [idp.create_user_pool(PoolName=f"pool{number}")["UserPool"]["Id"] for number in range(3)]
    first = idp.list_user_pools(MaxResults=2)
    second = idp.list_user_pools(MaxResults=2, NextToken=first["NextToken"])
    assert [pool["Id"] for pool in first["UserPools"] + second["UserPools"]] == made
    assert "NextToken" not in second
    assert error_of(idp.list_user_pools, MaxResults=2, NextToken="made-up")[0] == INVALID
    assert error_of(idp.list_user_pools, MaxResults=61)[0] == INVALID


def test_tags(idp):
    arn = make(idp, UserPoolTags={"a": "1"})["Arn"]
    idp.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    idp.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert idp.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert error_of(idp.tag_resource, ResourceArn=arn, Tags={"aws:b": "2"})[0] == INVALID
    assert error_of(idp.list_tags_for_resource, ResourceArn=arn + "x")[0] == "ResourceNotFoundException"


def test_a_pool_of_another_account_is_not_found(cloud, idp):
    pool = make(idp)["Id"]
    other = cloud.account("444455556666").client("cognito-idp")
    assert error_of(other.describe_user_pool, UserPoolId=pool)[0] == "ResourceNotFoundException"
    assert other.list_user_pools(MaxResults=5)["UserPools"] == []


# --- clients ----------------------------------------------------------------------------------------------------


def test_defaults_of_a_client(idp):
    pool = make(idp)["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH",
    }  # fmt: skip
    assert client["RefreshTokenValidity"] == 30
    assert client["EnableTokenRevocation"] is True
    assert client["EnablePropagateAdditionalUserContextData"] is False
    assert client["AuthSessionValidity"] == 3
    assert client["AllowedOAuthFlowsUserPoolClient"] is False
    assert client["PreventUserExistenceErrors"] == "LEGACY"
    assert "ClientSecret" not in client
    assert len(client["ClientId"]) == 26


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "ALLOW_USER_SRP_AUTH"]}, INVALID),
        ({"ExplicitAuthFlows": ["MADE_UP"]}, INVALID),
        ({"AccessTokenValidity": 25}, INVALID),
        ({"AccessTokenValidity": 4, "TokenValidityUnits": {"AccessToken": "minutes"}}, INVALID),
        ({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}, INVALID),
        (
            {
                "RefreshTokenValidity": 1,
                "AccessTokenValidity": 2,
                "TokenValidityUnits": {"RefreshToken": "hours"},
            },
            INVALID,
        ),
        ({"AuthSessionValidity": 16}, INVALID),
        ({"ReadAttributes": ["custom:none"]}, INVALID),
        ({"WriteAttributes": ["email_verified"]}, INVALID),
        ({"CallbackURLs": ["http://example.com"]}, INVALID),
        ({"CallbackURLs": ["https://example.com/#here"]}, INVALID),
        ({"CallbackURLs": ["/relative"]}, INVALID),
        ({"DefaultRedirectURI": "https://example.com"}, INVALID),
        ({"SupportedIdentityProviders": ["Nobody"]}, INVALID),
        ({"AllowedOAuthScopes": ["api/read"]}, "ScopeDoesNotExistException"),
        ({"AllowedOAuthFlowsUserPoolClient": True}, "InvalidOAuthFlowException"),
        ({"AllowedOAuthFlows": ["client_credentials"]}, "InvalidOAuthFlowException"),
        (
            {"GenerateSecret": True, "AllowedOAuthFlows": ["client_credentials", "code"]},
            "InvalidOAuthFlowException",
        ),
        (
            {
                "GenerateSecret": True,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["openid"],
            },
            "InvalidOAuthFlowException",
        ),
        ({"EnablePropagateAdditionalUserContextData": True}, INVALID),
        ({"GenerateSecret": True, "ClientSecret": "x" * 24}, INVALID),
        (
            {
                "RefreshTokenRotation": {"Feature": "ENABLED"},
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            },
            INVALID,
        ),
    ],
)
def test_what_a_client_cannot_be(idp, settings, code):
    pool = make(idp)["Id"]
    assert error_of(idp.create_user_pool_client, UserPoolId=pool, ClientName="app", **settings)[0] == code
    assert idp.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"] == []


def test_callbacks_of_this_machine_and_of_apps(idp):
    urls = [
        "http://localhost:3000/cb",
        "http://127.0.0.1:8080",
        "http://[::1]/cb",
        "myapp://example",
        "https://a.b/c",
    ]
    pool = make(idp)["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", CallbackURLs=urls)[
        "UserPoolClient"
    ]
    assert client["CallbackURLs"] == urls


def test_an_updated_client_keeps_its_secret_and_loses_what_is_not_named(idp):
    pool = make(idp)["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", GenerateSecret=True, ReadAttributes=["email"]
    )["UserPoolClient"]
    updated = idp.update_user_pool_client(UserPoolId=pool, ClientId=client["ClientId"])["UserPoolClient"]
    assert updated["ClientSecret"] == client["ClientSecret"]
    assert updated["ClientName"] == "app"
    assert "ReadAttributes" not in updated
    named = {"UserPoolId": pool, "ClientId": client["ClientId"]}
    idp.delete_user_pool_client(**named)
    assert error_of(idp.describe_user_pool_client, **named) == (
        "ResourceNotFoundException", f"User pool client {client['ClientId']} does not exist.",
    )  # fmt: skip


def test_secrets_change_over_without_a_break(cloud):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html"""
    app = make_app(cloud, secret=True)
    app.confirmed()
    named = {"UserPoolId": app.pool, "ClientId": app.client}
    (first,) = app.idp.list_user_pool_client_secrets(**named)["ClientSecrets"]
    assert set(first) == {"ClientSecretId", "ClientSecretCreateDate"}
    assert first["ClientSecretId"].startswith(f"{app.client}--")
    assert (
        error_of(app.idp.delete_user_pool_client_secret, **named, ClientSecretId=first["ClientSecretId"])[0]
        == INVALID
    )
    second = app.idp.add_user_pool_client_secret(**named)["ClientSecretDescriptor"]
    assert error_of(app.idp.add_user_pool_client_secret, **named)[0] == "LimitExceededException"
    for secret in (app.secret, second["ClientSecretValue"]):
        app.secret = secret
        assert "AccessToken" in app.tokens()
    app.idp.delete_user_pool_client_secret(**named, ClientSecretId=first["ClientSecretId"])
    assert "AccessToken" in app.tokens()
    own = app.idp.add_user_pool_client_secret(**named, ClientSecret="chosen_by_myself_1234567")[
        "ClientSecretDescriptor"
    ]
    assert "ClientSecretValue" not in own
    public = make_app(cloud)
    assert (
        error_of(public.idp.add_user_pool_client_secret, UserPoolId=public.pool, ClientId=public.client)[0]
        == INVALID
    )


# --- attributes that clients write ------------------------------------------------------------------------------


def test_a_client_writes_what_it_may(cloud):
    schema = [
        {"Name": "role", "AttributeDataType": "String"},
        {"Name": "team", "AttributeDataType": "String"},
    ]
    app = make_app(cloud, pool={"Schema": schema}, client={"WriteAttributes": ["email", "custom:team"]})
    unauthorized = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    assert error_of(app.sign_up, email=EMAIL, custom__role="admin") == unauthorized
    app.confirmed(email=EMAIL)
    access = app.tokens()["AccessToken"]

    def update(**values):
        pairs = [{"Name": name.replace("__", ":"), "Value": value} for name, value in values.items()]
        return app.idp.update_user_attributes(AccessToken=access, UserAttributes=pairs)

    for values in ({"custom__role": "admin"}, {"email_verified": "true"}, {"nickname": "Al"}):
        assert error_of(update, **values) == unauthorized
    update(custom__team="blue")
    assert app.attributes()["custom:team"] == "blue"
    app.idp.admin_update_user_attributes(
        UserPoolId=app.pool, Username="alice", UserAttributes=[{"Name": "custom:role", "Value": "admin"}]
    )
    assert app.attributes()["custom:role"] == "admin"


def test_by_default_custom_attributes_are_not_the_clients(cloud):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"""
    app = make_app(cloud, pool={"Schema": [{"Name": "role", "AttributeDataType": "String"}]})
    assert error_of(app.sign_up, custom__role="admin")[0] == "NotAuthorizedException"


@pytest.mark.parametrize(
    ("definition", "wrong", "right"),
    [
        (
            {"AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"}},
            "abcde", "ab",
        ),
        ({"AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"}}, "10", "9"),
        ({"AttributeDataType": "Number"}, "ten", "10"),
        ({"AttributeDataType": "Boolean"}, "yes", "true"),
        ({"AttributeDataType": "DateTime"}, "soon", "2026-05-04"),
    ],
)  # fmt: skip
def test_values_are_held_to_their_type(cloud, definition, wrong, right):
    app = make_app(cloud, pool={"Schema": [{"Name": "x", **definition}]})
    assert error_of(app.confirmed, custom__x=wrong)[0] == INVALID
    app.confirmed(password=PASSWORD, custom__x=right)
    assert app.attributes()["custom:x"] == right


def test_an_immutable_attribute_is_set_once(cloud):
    schema = [{"Name": "id", "AttributeDataType": "String", "Mutable": False}]
    app = make_app(cloud, pool={"Schema": schema})
    app.confirmed(custom__id="7")
    code, message = error_of(
        app.idp.admin_update_user_attributes, UserPoolId=app.pool, Username="alice",
        UserAttributes=[{"Name": "custom:id", "Value": "8"}],
    )  # fmt: skip
    assert (code, message) == (
        INVALID, "user.custom:id: Attribute cannot be updated. (changing an immutable attribute)",
    )  # fmt: skip


def test_the_role_for_text_messages_must_be_able_to_publish(cloud, idp):
    configuration = sms(cloud)
    boto3.client("iam").delete_role_policy(RoleName="sms", PolicyName="sms")
    assert error_of(make, idp, SmsConfiguration=configuration)[0] == "InvalidSmsRoleAccessPolicyException"


@pytest.mark.parametrize(
    ("identity", "allowed", "may"),
    [
        (None, "*", True),
        ("+14255550100", ORIGIN, False),
        (ORIGIN, ORIGIN, True),
    ],
)
def test_a_role_for_end_user_messaging_must_be_able_to_send(cloud, idp, identity, allowed, may):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_EumsSmsConfigurationType.html"""
    configuration = {"EumsSms": {"CallerArn": sms_role(cloud), "ExternalId": "outside"}}
    if identity:
        configuration["EumsSms"]["OriginationIdentity"] = identity
    assert error_of(make, idp, SmsConfiguration=configuration)[0] == "InvalidSmsRoleAccessPolicyException"
    boto3.client("iam").put_role_policy(
        RoleName="sms", PolicyName="sms", PolicyDocument=allow("sms-voice:SendTextMessage", allowed)
    )
    if may:
        assert make(idp, SmsConfiguration=configuration)["SmsConfiguration"] == configuration
    else:
        assert error_of(make, idp, SmsConfiguration=configuration)[0] == (
            "InvalidSmsRoleAccessPolicyException"
        )


def test_a_role_that_is_taken_away_sends_no_more(cloud):
    app = make_app(cloud, pool={"SmsConfiguration": sms(cloud), "AutoVerifiedAttributes": ["phone_number"]})
    app.sign_up("alice", phone_number="+14255551234")
    iam = boto3.client("iam")
    iam.delete_role_policy(RoleName="sms", PolicyName="sms")
    iam.delete_role(RoleName="sms")
    assert error_of(app.sign_up, "bob", phone_number="+14255551235")[0] == (
        "InvalidSmsRoleTrustRelationshipException"
    )
    assert error_of(app.user, "bob")[0] == "UserNotFoundException"


# --- messages by SES --------------------------------------------------------------------------------------------

BY_SES = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:111122223333:identity/shop@example.com",
}
EMAIL_ROLE = "AWSServiceRoleForAmazonCognitoIdpEmailService"


def test_a_pool_that_sends_by_ses_makes_the_services_role_and_holds_it(cloud, idp):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html"""
    iam = boto3.client("iam")

    def deleted():
        task = iam.delete_service_linked_role(RoleName=EMAIL_ROLE)["DeletionTaskId"]
        return iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]

    pool = make(idp)["Id"]
    assert error_of(iam.get_role, RoleName=EMAIL_ROLE)[0] == "NoSuchEntity"
    idp.update_user_pool(UserPoolId=pool, EmailConfiguration=BY_SES)
    role = iam.get_role(RoleName=EMAIL_ROLE)["Role"]
    assert role["Path"] == "/aws-service-role/email.cognito-idp.amazonaws.com/"
    second = make(idp, EmailConfiguration=BY_SES)["Id"]
    assert deleted() == "FAILED"
    idp.update_user_pool(UserPoolId=pool)
    idp.delete_user_pool(UserPoolId=second)
    assert deleted() == "SUCCEEDED"


def test_who_may_not_make_the_role_has_no_pool_send_by_ses(cloud):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html#create-slr"""
    idp = make_user(cloud, "builder", allow("cognito-idp:*")).client("cognito-idp")
    code, message = error_of(make, idp, EmailConfiguration=BY_SES)
    assert code == "AccessDeniedException"
    assert "iam:CreateServiceLinkedRole" in message
    assert idp.list_user_pools(MaxResults=1)["UserPools"] == []
