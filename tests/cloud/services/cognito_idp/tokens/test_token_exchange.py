"""Token exchange: who may exchange which token for what.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDerivedToken.html
"""

from __future__ import annotations

from typing import Any

from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, App, claims, make_app
from tests.clouds import error_of


def exchanging(cloud: Any) -> tuple[App, dict[str, Any]]:
    """A pool, and a confidential client that may exchange tokens."""
    app = make_app(cloud)
    app.confirmed(email=EMAIL)
    app.confirmed("service")
    app.idp.create_resource_server(
        UserPoolId=app.pool, Identifier="https://api.example.com", Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )  # fmt: skip
    flows = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"]
    made = app.idp.create_user_pool_client(
        UserPoolId=app.pool, ClientName="exchange", GenerateSecret=True, ExplicitAuthFlows=flows,
        AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"],
    )["UserPoolClient"]  # fmt: skip
    return app, made


def test_a_token_is_exchanged_for_one_that_is_bound_to_a_service(cloud):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDerivedToken.html"""
    app, client = exchanging(cloud)
    subject, actor = app.tokens(), app.tokens("service", PASSWORD)
    given = {
        "ClientId": client["ClientId"], "ClientSecret": client["ClientSecret"], "SubjectToken": subject["AccessToken"],
        "SubjectTokenType": "ACCESS_TOKEN",
    }  # fmt: skip
    ask = app.idp.get_derived_token
    answer = ask(**given, Resources=["https://api.example.com"])
    told = claims(answer["IssuedToken"])
    assert (answer["IssuedTokenType"], answer["TokenType"], answer["ExpiresIn"]) == (
        "ACCESS_TOKEN",
        "Bearer",
        3600,
    )
    assert answer["Scopes"] == ["aws.cognito.signin.user.admin"]
    assert (told["aud"], told["client_id"]) == ("https://api.example.com", client["ClientId"])
    assert told["sub"] == claims(subject["AccessToken"])["sub"]
    assert "act" not in told, "as if the user acted"
    delegated = ask(
        **given, ActorToken=actor["AccessToken"], ActorTokenType="ACCESS_TOKEN", Audiences=["orders"]
    )
    told = claims(delegated["IssuedToken"])
    assert told["act"] == {"sub": claims(actor["AccessToken"])["sub"]}
    assert told["aud"] == "orders"
    identity = ask(**given, RequestedTokenType="ID_TOKEN")
    assert (identity["IssuedTokenType"], claims(identity["IssuedToken"])["token_use"]) == ("ID_TOKEN", "id")
    for wrong, code in (
        ({"Scopes": ["openid"]}, None), ({"SubjectToken": "a.b.c"}, "NotAuthorizedException"),
        ({"SubjectTokenType": "ID_TOKEN"}, "NotAuthorizedException"),
        ({"Resources": ["https://other.example"]}, "ResourceNotFoundException"),
        ({"Resources": ["https://api.example.com"], "Audiences": ["x"]}, "InvalidParameterException"),
        ({"ActorToken": actor["AccessToken"]}, "InvalidParameterException"),
        ({"ClientSecret": "x" * 30}, "NotAuthorizedException"), ({"ClientId": app.client}, "NotAuthorizedException"),
    ):  # fmt: skip
        if code is None:
            assert "Scopes" not in ask(**{**given, **wrong}), "not among the subject's"
        else:
            assert error_of(ask, **{**given, **wrong})[0] == code, wrong
