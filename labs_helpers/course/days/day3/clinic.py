"""The staff directory of Alder Clinic: a user pool that signs its people in to other pools.

The clinic enters the addresses that its people give it, and never verifies them.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-idp.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

DOMAIN, PASSWORD = "work-place", "Work-place-6"


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory: its issuer, and the ID and secret of the client that it has registered for another pool."""

    issuer: str
    client_id: str
    client_secret: str
    _idp: Any
    _pool: str

    def hire(self, name: str, email: str) -> str:
        """Create an account for a person with the address that they give, and return its `sub`."""
        given = {"email": email, "email_verified": "true"}
        made = self._idp.admin_create_user(
            UserPoolId=self._pool, Username=name, MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in given.items()],
        )["User"]  # fmt: skip
        self._idp.admin_set_user_password(
            UserPoolId=self._pool, Username=name, Password=PASSWORD, Permanent=True
        )
        return str(next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub"))

    def disable(self, name: str) -> None:
        """Disable a person's account."""
        self._idp.admin_disable_user(UserPoolId=self._pool, Username=name)


def open_directory(cloud: Cloud, callback: str) -> Directory:
    """Create the directory, and register a client with this callback address in it."""
    idp = cloud.account(cloud.home).client("cognito-idp")
    pool = idp.create_user_pool(PoolName="work", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    idp.create_user_pool_domain(Domain=DOMAIN, UserPoolId=pool)
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="diary", GenerateSecret=True, CallbackURLs=[callback],
        AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid", "email"],
        AllowedOAuthFlowsUserPoolClient=True, SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]  # fmt: skip
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    return Directory(issuer, client["ClientId"], client["ClientSecret"], idp, pool)
