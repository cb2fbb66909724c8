"""A pool with managed login and the people of the day's walks."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

HOST = "https://diary.auth.us-east-1.amazoncognito.com"
CALLBACK = "https://diary.example/callback"
PASSWORDS = {"alice": "Correct-horse-1", "mallory": "Purple-monkey-3"}


@pytest.fixture
def login(cloud: Any) -> dict[str, str]:
    """The IDs of the pool and of a public client. Alice and Mallory have accounts in the pool."""
    idp = boto3.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="diary")["UserPool"]["Id"]
    idp.create_user_pool_domain(Domain="diary", UserPoolId=pool)
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="web", CallbackURLs=[CALLBACK], AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"], AllowedOAuthFlowsUserPoolClient=True,
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    for name, password in PASSWORDS.items():
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    return {"pool": pool, "client": client}
