"""Applications that register their own app clients at the pool's domain.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-dynamic-client-registration.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DcrConfigurationType.html
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from labs_helpers.cloud.actors.browser import Browser
from tests.cloud.services.cognito_idp.managed_login.test_app import CALLBACK, HOST, Shop
from tests.clouds import error_of

SCOPE = "aws.cognito/dcr/register"
MACHINE = {"grant_types": ["client_credentials"], "scope": "files/read"}


def shop(**registration: Any) -> Shop:
    """A pool whose domain registers clients, openly unless said otherwise."""
    return Shop(DcrConfiguration={"OpenDcrEnabled": True, **registration})


def register(token: str | None = None, **metadata: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    asked = {"client_name": "agent", "redirect_uris": [CALLBACK], **metadata}
    return requests.post(f"{HOST}/oauth2/register", json=asked, headers=headers)


def initial_token(pool: Shop, scope: str = SCOPE) -> str:
    client = pool.new_client(
        GenerateSecret=True, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=[scope], CallbackURLs=[],
        LogoutURLs=[],
    )  # fmt: skip
    answer = requests.post(
        f"{HOST}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(client["ClientId"], client["ClientSecret"]),
    )
    return str(answer.json()["access_token"])


def described(pool: Shop, client: str) -> dict[str, Any]:
    return dict(pool.idp.describe_user_pool_client(UserPoolId=pool.pool, ClientId=client)["UserPoolClient"])


@pytest.mark.ledger("F-COG-18")
def test_a_registered_client_signs_users_in(cloud: Any) -> None:
    pool = shop()
    answer = register(token_endpoint_auth_method="none")
    assert answer.status_code == 201
    made = answer.json()
    assert made["redirect_uris"] == [CALLBACK]
    assert (made["grant_types"], made["response_types"]) == (["authorization_code"], ["code"])
    assert (made["scope"], "client_secret" in made) == ("openid email phone profile", False)
    client = described(pool, made["client_id"])
    assert (client["ClientType"], client["ClientName"]) == ("DCR", "agent")
    assert client["AllowedOAuthFlows"] == ["code"]
    pool.client = made["client_id"]
    assert pool.exchange(pool.sign_in(Browser())["code"]).status_code == 200


def test_a_confidential_client_gets_its_secret_once_and_keeps_it_from_the_api(cloud: Any) -> None:
    pool = shop()
    made = register().json()
    assert (made["token_endpoint_auth_method"], made["client_secret_expires_at"]) == (
        "client_secret_basic",
        0,
    )
    named = {"UserPoolId": pool.pool, "ClientId": made["client_id"]}
    for operation in (pool.idp.add_user_pool_client_secret, pool.idp.list_user_pool_client_secrets):
        assert error_of(operation, **named)[0] == "InvalidParameterException"
    update = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"]}
    wide = error_of(pool.idp.update_user_pool_client, **named, **update, AllowedOAuthScopes=[SCOPE])
    assert wide[0] == "InvalidParameterException"


def test_clients_are_listed_by_how_they_were_made(cloud: Any) -> None:
    pool = shop()
    made = register().json()["client_id"]

    def listed(**more: str) -> list[str]:
        found = pool.idp.list_user_pool_clients(UserPoolId=pool.pool, **more)["UserPoolClients"]
        return [each["ClientId"] for each in found]

    assert listed(ClientType="DCR") == [made]
    assert listed(ClientType="REGULAR") == [pool.client]
    assert listed() == [pool.client, made]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/callback"]}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        (MACHINE, "invalid_client_metadata"),
        ({"scope": "openid files/write"}, "invalid_client_metadata"),
        ({"scope": SCOPE}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"client_name": "x" * 129}, "invalid_client_metadata"),
    ],
)  # fmt: skip
def test_what_openly_registered_clients_cannot_be(cloud: Any, metadata: dict[str, Any], error: str) -> None:
    pool = shop(AllowedScopes=["files/read", SCOPE])
    answer = register(**metadata)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert pool.idp.list_user_pool_clients(UserPoolId=pool.pool, ClientType="DCR")["UserPoolClients"] == []


@pytest.mark.ledger("F-COG-18")
def test_a_token_with_the_scope_registers_machines_where_nobody_may_openly(cloud: Any) -> None:
    pool = shop(OpenDcrEnabled=False, AllowedScopes=["files/read"])
    assert (register().status_code, register().json()["error"]) == (401, "invalid_token")
    assert register("nonsense").json()["error"] == "invalid_token"
    other = register(initial_token(pool, "files/read"))
    assert (other.status_code, other.json()["error"]) == (403, "insufficient_scope")
    made = register(initial_token(pool), **MACHINE, redirect_uris=[]).json()
    answer = requests.post(
        f"{HOST}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(made["client_id"], made["client_secret"]),
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("registration", "openly", "with_token"),
    [
        ({}, 201, 201),
        ({"OpenDcrGrantTypes": []}, 400, 201),
        ({"AuthenticatedGrantTypes": []}, 201, 400),
        ({"AuthenticatedGrantTypes": ["implicit"]}, 201, 400),
        ({"EnableStatus": "Disabled"}, 404, 404),
    ],
)  # fmt: skip
def test_each_way_in_has_grant_types_of_its_own(
    cloud: Any, registration: dict[str, Any], openly: int, with_token: int
) -> None:
    pool = shop(**registration)
    assert register().status_code == openly
    assert register(initial_token(pool)).status_code == with_token


@pytest.mark.parametrize("state", ["Enabled", "Disabled"])
def test_discovery_names_the_endpoint_where_it_is_on(cloud: Any, state: str) -> None:
    pool = shop(EnableStatus=state)
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool.pool}"
    found = requests.get(f"{issuer}/.well-known/openid-configuration").json().get("registration_endpoint")
    assert found == (f"{HOST}/oauth2/register" if state == "Enabled" else None)
