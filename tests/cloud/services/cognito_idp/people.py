"""Shortcuts for tests of user pools: pools and clients with the settings that matter, users, codes from mailboxes."""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

import boto3

from labs_helpers.cloud import Cloud

PASSWORD = "Correct-Horse-1"
FLOWS = [
    "ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH",
]  # fmt: skip
EMAIL = "alice@example.com"


@dataclass
class App:
    """A pool with one client, and shortcuts for the calls that tests often make."""

    cloud: Cloud
    idp: Any
    pool: str
    client: str
    secret: str | None = None

    def hash(self, name: str) -> dict[str, str]:
        """SecretHash for operations that take it as a member."""
        return {"SecretHash": self.secret_hash(name)} if self.secret else {}

    def secret_hash(self, name: str) -> str:
        message = (name + self.client).encode()
        return base64.b64encode(hmac.digest((self.secret or "").encode(), message, "sha256")).decode()

    def sign_up(self, name: str = "alice", password: str = PASSWORD, **attributes: str) -> Any:
        return self.idp.sign_up(
            ClientId=self.client,
            Username=name,
            Password=password,
            UserAttributes=pairs(attributes),
            **self.hash(name),
        )

    def confirmed(self, name: str = "alice", password: str = PASSWORD, **attributes: str) -> str:
        """Create a user who can sign in, and return the user name."""
        made = self.idp.admin_create_user(
            UserPoolId=self.pool, Username=name, MessageAction="SUPPRESS", UserAttributes=pairs(attributes)
        )["User"]["Username"]
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username=name, Password=password, Permanent=True
        )
        return str(made)

    def password_auth(self, name: str = "alice", password: str = PASSWORD, **more: str) -> Any:
        parameters = {"USERNAME": name, "PASSWORD": password, **more}
        if self.secret:
            parameters.setdefault("SECRET_HASH", self.secret_hash(name))
        return self.idp.initiate_auth(
            ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
        )

    def tokens(self, name: str = "alice", password: str = PASSWORD) -> dict[str, Any]:
        return dict(self.password_auth(name, password)["AuthenticationResult"])

    def answer(self, challenge: Any, name: str = "alice", **responses: str) -> Any:
        answers = {"USERNAME": name, **responses}
        if self.secret:
            answers.setdefault("SECRET_HASH", self.secret_hash(name))
        return self.idp.respond_to_auth_challenge(
            ClientId=self.client,
            ChallengeName=challenge["ChallengeName"],
            ChallengeResponses=answers,
            **({"Session": challenge["Session"]} if "Session" in challenge else {}),
        )

    def user(self, name: str = "alice") -> dict[str, Any]:
        return dict(self.idp.admin_get_user(UserPoolId=self.pool, Username=name))

    def attributes(self, name: str = "alice") -> dict[str, str]:
        return {each["Name"]: each["Value"] for each in self.user(name)["UserAttributes"]}

    def code(self, destination: str = EMAIL) -> str:
        """The six digits of the latest message."""
        found = re.search(r"\b\d{6}\b", self.cloud.mailbox(destination)[-1])
        assert found is not None
        return found[0]


def pairs(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name.replace("__", ":"), "Value": value} for name, value in attributes.items()]


def make_app(
    cloud: Cloud,
    *,
    pool: dict[str, Any] | None = None,
    client: dict[str, Any] | None = None,
    secret: bool = False,
) -> App:
    idp = boto3.client("cognito-idp")
    made = idp.create_user_pool(PoolName="people", **{"AutoVerifiedAttributes": ["email"], **(pool or {})})[
        "UserPool"
    ]
    settings = {"ExplicitAuthFlows": FLOWS, **(client or {})}
    app = idp.create_user_pool_client(
        UserPoolId=made["Id"], ClientName="app", GenerateSecret=secret, **settings
    )["UserPoolClient"]
    return App(cloud, idp, made["Id"], app["ClientId"], app.get("ClientSecret"))


def claims(token: str) -> dict[str, Any]:
    """Return a token's claims, without verifying them."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def header(token: str) -> dict[str, Any]:
    part = token.split(".")[0]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def sms_role(cloud: Cloud, name: str = "sms") -> str:
    """A role that Cognito may assume to send text messages."""
    iam = boto3.client("iam")
    trusted = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "outside"}},
            }
        ],
    }  # fmt: skip
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted))["Role"]
    publish = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}],
    }
    iam.put_role_policy(RoleName=name, PolicyName="sms", PolicyDocument=json.dumps(publish))
    return str(role["Arn"])


def sms(cloud: Cloud) -> dict[str, str]:
    """Return a working SmsConfiguration."""
    return {"SnsCallerArn": sms_role(cloud), "ExternalId": "outside"}
