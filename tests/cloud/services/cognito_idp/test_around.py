"""What belongs to a pool: providers, resource servers, domains, branding, risks, logs."""

from __future__ import annotations

import pytest

from tests.cloud.services.cognito_idp.people import PASSWORD, make_app
from tests.clouds import error_of

INVALID, MISSING = "InvalidParameterException", "ResourceNotFoundException"
OIDC = {
    "client_id": "c", "client_secret": "s", "authorize_scopes": "openid email", "oidc_issuer": "https://idp.example.com",
    "attributes_request_method": "GET",
}  # fmt: skip


def provider(app, name="MyIdP", **more):
    settings = {"ProviderType": "OIDC", "ProviderDetails": OIDC, **more}
    return app.idp.create_identity_provider(UserPoolId=app.pool, ProviderName=name, **settings)[
        "IdentityProvider"
    ]


# --- identity providers -----------------------------------------------------------------------------------------


def test_identity_providers(app):
    made = provider(app, AttributeMapping={"email": "email"}, IdpIdentifiers=["example.com"])
    assert made["AttributeMapping"] == {"username": "sub", "email": "email"}
    assert made["ProviderDetails"]["attributes_url_add_attributes"] == "false"
    named = {"UserPoolId": app.pool, "ProviderName": "MyIdP"}
    assert error_of(provider, app)[0] == "DuplicateProviderException"
    found = app.idp.get_identity_provider_by_identifier(UserPoolId=app.pool, IdpIdentifier="example.com")
    assert found["IdentityProvider"]["ProviderName"] == "MyIdP"
    app.idp.update_identity_provider(**named, AttributeMapping={"name": "name"})
    shown = app.idp.describe_identity_provider(**named)["IdentityProvider"]
    assert shown["AttributeMapping"] == {"username": "sub", "name": "name"}
    (listed,) = app.idp.list_identity_providers(UserPoolId=app.pool)["Providers"]
    assert set(listed) == {"ProviderName", "ProviderType", "LastModifiedDate", "CreationDate"}
    client = app.idp.create_user_pool_client(
        UserPoolId=app.pool, ClientName="federated", SupportedIdentityProviders=["COGNITO", "MyIdP"]
    )["UserPoolClient"]
    app.idp.delete_identity_provider(**named)
    assert error_of(app.idp.describe_identity_provider, **named)[0] == MISSING
    shown = app.idp.describe_user_pool_client(UserPoolId=app.pool, ClientId=client["ClientId"])[
        "UserPoolClient"
    ]
    assert shown["SupportedIdentityProviders"] == ["COGNITO"]


@pytest.mark.parametrize(
    "settings",
    [
        {"ProviderDetails": {"client_id": "c"}},
        {"ProviderType": "Google"},
        {"ProviderType": "SAML", "ProviderDetails": {}},
        {"ProviderType": "SAML", "ProviderDetails": {"MetadataURL": "https://x", "MetadataFile": "<x/>"}},
        {"AttributeMapping": {"custom:none": "x"}},
        {"AttributeMapping": {"sub": "sub"}},
        {"ProviderDetails": {**OIDC, "authorize_scopes": "email"}},
        {"ProviderDetails": {**OIDC, "attributes_request_method": "PUT"}},
        {"name": "cognito"},
        {
            "ProviderType": "SAML", "ProviderDetails": {"MetadataURL": "https://x"}, "AcrMapping": {"Level1": "low"},
        },
    ],
)  # fmt: skip
def test_providers_that_cannot_be(app, settings):
    assert error_of(provider, app, **settings)[0] == INVALID


def test_facebooks_version_stands_in_its_addresses_and_it_names_users_by_id(app):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html"""
    details = {"client_id": "c", "client_secret": "s", "authorize_scopes": "email", "api_version": "v19.0"}
    made = provider(app, name="Facebook", ProviderType="Facebook", ProviderDetails=details)
    assert made["AttributeMapping"] == {"username": "id"}
    assert made["ProviderDetails"]["token_url"] == "https://graph.facebook.com/v19.0/oauth/access_token"
    changed = app.idp.update_identity_provider(
        UserPoolId=app.pool, ProviderName="Facebook", ProviderDetails={"api_version": "v20.0"}
    )["IdentityProvider"]["ProviderDetails"]
    assert changed["authorize_url"] == "https://www.facebook.com/v20.0/dialog/oauth"
    assert (changed["client_secret"], changed["api_version"]) == ("s", "v20.0")


def test_a_social_provider_shows_no_private_key(app):
    details = {
        "client_id": "c",
        "team_id": "t",
        "key_id": "k",
        "private_key": "secret",
        "authorize_scopes": "email",
    }
    made = provider(app, "SignInWithApple", ProviderType="SignInWithApple", ProviderDetails=details)
    assert "private_key" not in made["ProviderDetails"]
    assert made["ProviderDetails"]["token_url"] == "https://appleid.apple.com/auth/token"


def link(app, destination="alice", subject="ext-1", **more):
    source = {
        "ProviderName": "MyIdP",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": subject,
    }
    return app.idp.admin_link_provider_for_user(
        UserPoolId=app.pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": destination},
        SourceUser={**source, **more},
    )  # fmt: skip


def test_identities_are_linked_to_a_user(app):
    provider(app, AttributeMapping={"email": "email"})
    app.confirmed()
    app.confirmed("bob")
    link(app)
    assert "identities" in app.attributes()
    assert error_of(link, app, "bob")[0] == "AliasExistsException"
    assert error_of(link, app, "nobody", "ext-2")[0] == "UserNotFoundException"
    assert error_of(link, app, subject="x", ProviderName="None")[0] == MISSING
    assert error_of(link, app, subject="x", ProviderName="Cognito")[0] == INVALID
    assert error_of(link, app, subject="x", ProviderAttributeName="nickname")[0] == INVALID
    link(app, subject="alice@example.com", ProviderAttributeName="email")
    for number in range(2, 5):
        link(app, subject=f"ext-{number}")
    assert error_of(link, app, subject="ext-6")[0] == "LimitExceededException"
    gone = {
        "ProviderName": "MyIdP",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "ext-1",
    }
    app.idp.admin_disable_provider_for_user(UserPoolId=app.pool, User=gone)
    assert error_of(app.idp.admin_disable_provider_for_user, UserPoolId=app.pool, User=gone)[0] == (
        "UserNotFoundException"
    )
    link(app, "bob")


def test_the_signing_certificate_stays(app):
    first, again = (app.idp.get_signing_certificate(UserPoolId=app.pool)["Certificate"] for _ in range(2))
    assert first == again


# --- resource servers and scopes --------------------------------------------------------------------------------


def server(app, **more):
    scopes = [
        {"ScopeName": "read", "ScopeDescription": "reads"},
        {"ScopeName": "write", "ScopeDescription": "writes"},
    ]
    settings = {"Identifier": "shop", "Name": "Shop", "Scopes": scopes, **more}
    return app.idp.create_resource_server(UserPoolId=app.pool, **settings)["ResourceServer"]


def test_resource_servers_give_scopes_to_clients(app):
    made = server(app)
    assert made["UserPoolId"] == app.pool
    assert error_of(server, app) == (INVALID, f"shop already exists in user pool {app.pool}.")
    client = app.idp.create_user_pool_client(
        UserPoolId=app.pool, ClientName="machine", GenerateSecret=True, AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthScopes=["shop/read"],
    )["UserPoolClient"]  # fmt: skip
    assert client["AllowedOAuthScopes"] == ["shop/read"]
    named = {"UserPoolId": app.pool, "Identifier": "shop"}
    changed = app.idp.update_resource_server(**named, Name="Store")["ResourceServer"]
    assert (changed["Name"], changed["Scopes"]) == ("Store", [])
    assert len(app.idp.list_resource_servers(UserPoolId=app.pool, MaxResults=50)["ResourceServers"]) == 1
    app.idp.delete_resource_server(**named)
    assert error_of(app.idp.describe_resource_server, **named)[0] == MISSING
    twice = [{"ScopeName": "read", "ScopeDescription": "x"}] * 2
    assert error_of(server, app, Scopes=twice)[0] == INVALID


# --- domains ----------------------------------------------------------------------------------------------------


def test_domains(app):
    create = app.idp.create_user_pool_domain
    assert create(UserPoolId=app.pool, Domain="people")["ManagedLoginVersion"] == 1
    shown = app.idp.describe_user_pool_domain(Domain="people")["DomainDescription"]
    assert (shown["UserPoolId"], shown["Status"], shown["AWSAccountId"]) == (
        app.pool,
        "ACTIVE",
        "111122223333",
    )
    assert app.idp.describe_user_pool(UserPoolId=app.pool)["UserPool"]["Domain"] == "people"
    other = make_app(app.cloud)
    assert error_of(create, UserPoolId=other.pool, Domain="people") == (INVALID, "Domain already exists.")
    assert error_of(create, UserPoolId=app.pool, Domain="more")[0] == INVALID
    named = {"UserPoolId": app.pool, "Domain": "people"}
    assert app.idp.update_user_pool_domain(**named, ManagedLoginVersion=2)["ManagedLoginVersion"] == 2
    assert error_of(app.idp.update_user_pool, UserPoolId=app.pool, UserPoolTier="LITE")[0] == (
        "TierChangeNotAllowedException"
    )
    app.idp.delete_user_pool_domain(**named)
    assert app.idp.describe_user_pool_domain(Domain="people")["DomainDescription"] == {}
    assert error_of(app.idp.delete_user_pool_domain, **named)[0] == MISSING


@pytest.mark.parametrize("name", ["my-aws-pool", "amazon", "xcognitox", "-x", "x-", "with.dot", "UPPER"])
def test_prefixes_that_cannot_be(app, name):
    assert error_of(app.idp.create_user_pool_domain, UserPoolId=app.pool, Domain=name)[0] == INVALID


def test_custom_domains(app):
    create = app.idp.create_user_pool_domain
    config = {"CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/x"}
    answer = create(UserPoolId=app.pool, Domain="auth.example.com", CustomDomainConfig=config)
    assert answer["CloudFrontDomain"].endswith(".cloudfront.net")
    assert app.idp.describe_user_pool(UserPoolId=app.pool)["UserPool"]["CustomDomain"] == "auth.example.com"
    elsewhere = {"CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/x"}
    other = make_app(app.cloud)
    assert (
        error_of(create, UserPoolId=other.pool, Domain="a.example.com", CustomDomainConfig=elsewhere)[0]
        == INVALID
    )
    lite = make_app(app.cloud, pool={"UserPoolTier": "LITE"}, client={"ExplicitAuthFlows": []})
    assert error_of(create, UserPoolId=lite.pool, Domain="lite", ManagedLoginVersion=2)[0] == (
        "FeatureUnavailableInTierException"
    )


# --- branding --------------------------------------------------------------------------------------------------


def test_branding(app):
    named = {"UserPoolId": app.pool, "ClientId": app.client}
    create = app.idp.create_managed_login_branding
    assert error_of(create, **named, UseCognitoProvidedValues=True, Settings={"a": 1})[0] == INVALID
    made = create(**named, Settings={"components": {"form": {"borderRadius": 8}}})["ManagedLoginBranding"]
    assert (
        error_of(create, **named, UseCognitoProvidedValues=True)[0] == "ManagedLoginBrandingExistsException"
    )
    identifier = made["ManagedLoginBrandingId"]
    shown = app.idp.describe_managed_login_branding_by_client(**named)["ManagedLoginBranding"]
    assert shown["Settings"] == {"components": {"form": {"borderRadius": 8}}}
    changed = app.idp.update_managed_login_branding(
        UserPoolId=app.pool, ManagedLoginBrandingId=identifier, UseCognitoProvidedValues=True
    )["ManagedLoginBranding"]
    assert changed["UseCognitoProvidedValues"] is True
    changed = app.idp.update_managed_login_branding(
        UserPoolId=app.pool, ManagedLoginBrandingId=identifier, Settings={"components": {}}
    )["ManagedLoginBranding"]
    assert changed["UseCognitoProvidedValues"] is False
    app.idp.delete_managed_login_branding(UserPoolId=app.pool, ManagedLoginBrandingId=identifier)
    assert error_of(app.idp.describe_managed_login_branding_by_client, **named)[0] == MISSING


# --- threat protection and logs ---------------------------------------------------------------------------------

PLUS = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}


def test_addresses_can_be_kept_out(cloud):
    app = make_app(cloud, pool=PLUS)
    app.confirmed()
    blocked = {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["198.51.100.0/24"]}}
    app.idp.set_risk_configuration(UserPoolId=app.pool, **blocked)
    shown = app.idp.describe_risk_configuration(UserPoolId=app.pool, ClientId=app.client)["RiskConfiguration"]
    assert shown["RiskExceptionConfiguration"] == blocked["RiskExceptionConfiguration"]
    with cloud.calling_from("198.51.100.7"):
        assert error_of(app.password_auth)[0] == "NotAuthorizedException"
    assert "AccessToken" in app.tokens()
    wrong = {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["anywhere"]}}
    assert error_of(app.idp.set_risk_configuration, UserPoolId=app.pool, **wrong)[0] == INVALID
    app.idp.set_risk_configuration(UserPoolId=app.pool)
    assert (
        "RiskExceptionConfiguration"
        not in app.idp.describe_risk_configuration(UserPoolId=app.pool)["RiskConfiguration"]
    )


@pytest.mark.parametrize("propagates", [False, True])
def test_only_a_server_is_believed_where_its_user_is(cloud, propagates):
    settings = {"EnablePropagateAdditionalUserContextData": propagates}
    app = make_app(cloud, pool=PLUS, client=settings, secret=True)
    app.confirmed()
    blocked = {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["198.51.100.0/24"]}}
    app.idp.set_risk_configuration(UserPoolId=app.pool, **blocked)
    parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD, "SECRET_HASH": app.secret_hash("alice")}
    server = {"ServerName": "app", "ServerPath": "/", "HttpHeaders": []}

    def told(address):
        asked = {
            "ClientId": app.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
            "UserContextData": {"IpAddress": address},
        }  # fmt: skip
        try:
            app.idp.initiate_auth(**asked)
        except app.idp.exceptions.NotAuthorizedException:
            return "refused"
        return "let in"

    def told_by_administrator(address):
        return error_of(
            app.idp.admin_initiate_auth, UserPoolId=app.pool, ClientId=app.client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters=parameters, ContextData={"IpAddress": address, **server},
        )  # fmt: skip

    assert told("198.51.100.7") == ("refused" if propagates else "let in")
    assert told_by_administrator("198.51.100.7")[0] == "NotAuthorizedException"
    with cloud.calling_from("198.51.100.7"):
        assert told("203.0.113.77") == ("let in" if propagates else "refused")


def test_what_users_did_is_kept_where_protection_is_on(cloud):
    app = make_app(cloud, pool=PLUS)
    app.confirmed()
    error_of(app.password_auth, password="Wrong-Horse-1")
    app.tokens()
    named = {"UserPoolId": app.pool, "Username": "alice"}
    events = app.idp.admin_list_user_auth_events(**named)["AuthEvents"]
    assert [(each["EventType"], each["EventResponse"]) for each in events] == [
        ("SignIn", "Pass"),
        ("SignIn", "Fail"),
    ]
    app.idp.admin_update_auth_event_feedback(**named, EventId=events[1]["EventId"], FeedbackValue="Invalid")
    shown = app.idp.admin_list_user_auth_events(**named)["AuthEvents"][1]
    assert shown["EventFeedback"]["FeedbackValue"] == "Invalid"
    assert (
        error_of(
            app.idp.update_auth_event_feedback, **named, EventId="x", FeedbackToken="x", FeedbackValue="Valid"
        )[0]
        == "NotAuthorizedException"
    )
    off = make_app(cloud)
    assert (
        error_of(off.idp.set_risk_configuration, UserPoolId=off.pool)[0] == "UserPoolAddOnNotEnabledException"
    )


def test_logs(app):
    group = {"LogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:users"}
    errors = {"LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": group}
    put = app.idp.set_log_delivery_configuration
    assert put(UserPoolId=app.pool, LogConfigurations=[errors])["LogDeliveryConfiguration"][
        "LogConfigurations"
    ]
    assert error_of(put, UserPoolId=app.pool, LogConfigurations=[errors, errors])[0] == INVALID
    assert (
        error_of(put, UserPoolId=app.pool, LogConfigurations=[{**errors, "LogLevel": "INFO"}])[0] == INVALID
    )
    activity = {**errors, "LogLevel": "INFO", "EventSource": "userAuthEvents"}
    assert (
        error_of(put, UserPoolId=app.pool, LogConfigurations=[activity])[0]
        == "FeatureUnavailableInTierException"
    )
