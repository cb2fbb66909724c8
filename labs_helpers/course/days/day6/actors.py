"""The actors who call a company's cloud: people, customers, programs, and attackers, with their credentials.

Each actor gets credentials as on AWS: people from Identity Center, customers from the identity pool, the app from its
instance, the build service with a token. If AWS denies an actor credentials, the error from AWS is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from labs_helpers.cloud.actors import Authenticator, IdentityProvider
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.situations.identity_clients import client_as
from labs_helpers.course.situations.staging import error_text

Keys = Mapping[str, Any]
INTERNET = "203.0.113.10"
APP_ADDRESS = "192.0.2.10"
OFFICE = "198.18.7.7"
THIEF = "198.51.100.66"
OUTSIDER = "999988887777"
FINCH = "777788889999"
INSURER = "666655554444"
BUILDS = "https://builds.larkspur.example"
ANOTHERS_AUDIENCE = "https://packages.example"
_PASSWORD = "Winter-is-over-2026!"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor: a description, and the address that its calls come from."""

    about: str
    address: str = INTERNET


ACTORS: dict[str, Actor] = {
    "developer": Actor("Dora, who builds the shop in dev"),
    "operator": Actor("Omar, who keeps the shop running"),
    "auditor": Actor("Ada, the auditor, in the account logs"),
    "auditor-in-prod": Actor("Ada, the auditor, in the account prod"),
    "key-admin": Actor("Kim, who manages the keys"),
    "prod-admin": Actor("Pia, administrator of the account prod"),
    "log-admin": Actor("Lars, administrator of the account logs"),
    "leaver": Actor("Lee, who left the company"),
    "customer": Actor("Cleo, a customer who has signed in"),
    "neighbor": Actor("Nico, another customer"),
    "guest": Actor("a visitor to the website who hasn't signed in"),
    "app": Actor("the shop's app, on its instance", APP_ADDRESS),
    "stolen-session": Actor("a thief with the app's session, somewhere else", THIEF),
    "ci": Actor("the build service, for a build of the main branch"),
    "partner": Actor("Ledger's program, in Ledger's office", OFFICE),
    "leaked-key": Actor("someone who found Ledger's key on the internet", THIEF),
    "prod-root": Actor("the root user of the account prod"),
    "logs-root": Actor("the root user of the account logs"),
    "emergency": Actor("someone with the emergency user's key, but not the device", THIEF),
    "emergency-with-device": Actor("the emergency user, signed in with the device"),
    "break-glass": Actor("the emergency user in the role break-glass, with the device"),
    "outsider": Actor("Mallory, administrator of an external account", THIEF),
    "finch": Actor("Finch, which Larkspur bought, in its own account"),
    "insurer": Actor("the insurer's auditor, in the insurer's account"),
    "platform": Actor("the platform role, which you use from the management account"),
    "nobody": Actor("someone without AWS credentials", THIEF),
}


@dataclass
class Credentials:
    """The actors' credentials, values for other names in angle brackets, and the reason why an actor is absent."""

    keys: dict[str, Keys | None] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


class ReusedResources:
    """The devices, customers, and providers that are reused the next time that credentials are collected."""

    def __init__(self) -> None:
        self.provider: IdentityProvider | None = None
        self.authenticator: Authenticator | None = None
        self.serial = ""
        self.customers: set[str] = set()
        self.foreign_pool = ""


class CredentialCollector:
    """A collector that gets the credentials of all actors for one run."""

    def __init__(self, company: Company) -> None:
        self.company, self.cloud = company, company.cloud
        self.region = company.known["home"]
        self.cast = Credentials()
        self.kept = self.cloud.part(ReusedResources)

    def collect(self) -> Credentials:
        """Return the credentials of all actors.

        A denial by AWS is not an error: an actor without credentials is absent.
        """
        for name, account, permission_set, person in _PEOPLE:
            self._collect(name, partial(self._person, person, permission_set, account))
        for name in ("customer", "neighbor"):
            self._collect(name, partial(self._customer, name))
        for name, get_keys in self._other_actors().items():
            self._collect(name, get_keys)
        self._store_tickets()
        return self.cast

    def _other_actors(self) -> dict[str, Callable[[], Keys | None]]:
        return {
            "guest": self._guest,
            "app": self._app,
            "stolen-session": self._app,
            "ci": self._build_service,
            "partner": lambda: self.company.keys["partner-export"],
            "leaked-key": lambda: self.company.keys["partner-export"],
            "prod-root": lambda: self._root("prod"),
            "logs-root": lambda: self._root("logs"),
            "emergency": lambda: self.company.keys["emergency"],
            "emergency-with-device": self._emergency,
            "break-glass": self._break_glass,
            "outsider": self._outsider,
            "finch": lambda: self._external_administrator(FINCH),
            "insurer": lambda: self._external_administrator(INSURER),
            "nobody": lambda: None,
        }

    def _collect(self, name: str, get_keys: Callable[[], Keys | None]) -> None:
        try:
            self.cast.keys[name] = get_keys()
        except ClientError as error:
            self.cast.absent[name] = error_text(error)
        except LookupError as error:
            self.cast.absent[name] = str(error)

    def _client(self, service: str, keys: Keys | None = None) -> Any:
        return client_as(self.cloud, keys, service, self.region)

    # People

    def _person(self, person: str, permission_set: str, account: str) -> Keys:
        """Sign in as the AWS CLI does: with a code that the person confirms, a token, and a role's credentials."""
        portal = self._client("sso")
        answer = portal.get_role_credentials(
            accessToken=self._token(person),
            accountId=self.company.account(account),
            roleName=permission_set,
        )["roleCredentials"]
        return {
            "AccessKeyId": answer["accessKeyId"],
            "SecretAccessKey": answer["secretAccessKey"],
            "SessionToken": answer["sessionToken"],
        }

    def _token(self, person: str) -> str:
        name = f"portal:{person}"
        if name not in self.cast.known:
            oidc = self._client("sso-oidc")
            program = oidc.register_client(
                clientName="cli", clientType="public", scopes=["sso:account:access"]
            )
            keys = {each: program[each] for each in ("clientId", "clientSecret")}
            begun = oidc.start_device_authorization(startUrl=self.company.start_url, **keys)
            self.cloud.identity_center(self.region).approve(begun["userCode"], person)
            answer = oidc.create_token(grantType=_DEVICE, deviceCode=begun["deviceCode"], **keys)
            self.cast.known[name] = answer["accessToken"]
        return self.cast.known[name]

    def _root(self, account: str) -> Keys | None:
        number = self.company.account(account)
        self.cloud.root(number)
        return self.cloud.keys(f"root-{number}")

    def _emergency(self) -> Keys:
        """Return the emergency user's session, which was begun with the device's code."""
        user = self._client("sts", self.company.keys["emergency"])
        credentials: Keys = user.get_session_token(**self._device())["Credentials"]
        return credentials

    def _break_glass(self) -> Keys:
        """Assume the role `break-glass` as the emergency user, with the device's code."""
        user = self._client("sts", self.company.keys["emergency"])
        answer = user.assume_role(
            RoleArn=f"arn:aws:iam::{self.company.account('prod')}:role/emergency/break-glass",
            RoleSessionName="emergency",
            **self._device(),
        )
        credentials: Keys = answer["Credentials"]
        return credentials

    def _device(self) -> dict[str, str]:
        """Return the serial number of the emergency user's device, enabled on first use, and its next code."""
        if self.kept.authenticator is None:
            iam = self.company.client("iam", "security")
            made = iam.create_virtual_mfa_device(VirtualMFADeviceName="safe")["VirtualMFADevice"]
            self.kept.serial = made["SerialNumber"]
            self.kept.authenticator = Authenticator(self.cloud, made["Base32StringSeed"])
            one, two = self.kept.authenticator.two_codes()
            iam.enable_mfa_device(
                UserName="emergency",
                SerialNumber=self.kept.serial,
                AuthenticationCode1=one,
                AuthenticationCode2=two,
            )
        return {"SerialNumber": self.kept.serial, "TokenCode": self.kept.authenticator.next_code()}

    # Customers

    def _customer(self, name: str) -> Keys:
        idp = self._client("cognito-idp")
        email = f"{name}@example.com"
        if name not in self.kept.customers:
            self._create_customer(email)
            self.kept.customers.add(name)
        answer = idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.company.known["client"],
            AuthParameters={"USERNAME": email, "PASSWORD": _PASSWORD},
        )
        if "AuthenticationResult" not in answer:
            raise LookupError(f"Cognito requires {answer['ChallengeName']} from {name}")
        issuer = f"cognito-idp.{self.region}.amazonaws.com/{self.company.known['user-pool']}"
        logins = {"Logins": {issuer: answer["AuthenticationResult"]["IdToken"]}}
        keys = self._identity_credentials(name, logins)
        self._identity_token(name, logins)
        return keys

    def _create_customer(self, email: str) -> None:
        admin = self.company.client("cognito-idp", "prod")
        pool = {"UserPoolId": self.company.known["user-pool"], "Username": email}
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        admin.admin_create_user(**pool, UserAttributes=attributes, MessageAction="SUPPRESS")
        admin.admin_set_user_password(**pool, Password=_PASSWORD, Permanent=True)

    def _guest(self) -> Keys:
        keys = self._identity_credentials("guest", {})
        self._identity_token("guest", {})
        return keys

    def _identity_token(self, name: str, logins: Mapping[str, Any]) -> None:
        """Store the identity pool's token, which lets a caller choose the role to assume, if the pool issues one."""
        identity = self.cast.known[f"identity:{name}"]
        try:
            answer = self._client("cognito-identity").get_open_id_token(IdentityId=identity, **logins)
            self.cast.known[f"token:{name}"] = answer["Token"]
        except ClientError as error:
            self.cast.absent[f"token:{name}"] = error_text(error)

    def _identity_credentials(self, name: str, logins: Mapping[str, Any]) -> Keys:
        pool = self._client("cognito-identity")
        identity = pool.get_id(IdentityPoolId=self.company.known["identity-pool"], **logins)["IdentityId"]
        self.cast.known[f"identity:{name}"] = identity
        given = pool.get_credentials_for_identity(IdentityId=identity, **logins)["Credentials"]
        return {
            "AccessKeyId": given["AccessKeyId"],
            "SecretAccessKey": given["SecretKey"],
            "SessionToken": given["SessionToken"],
        }

    # Programs

    def _app(self) -> Keys:
        """Return the credentials of the app's instance, for the app and for anyone who extracts them."""
        instance = self.cloud.instance(self.company.ids["instances", "prod/tickets-app"])
        given = instance.session(self.region).get_credentials().get_frozen_credentials()
        return {
            "AccessKeyId": given.access_key,
            "SecretAccessKey": given.secret_key,
            "SessionToken": given.token,
        }

    def _build_service(self) -> Keys:
        if self.kept.provider is None:
            self.kept.provider = IdentityProvider(self.cloud, BUILDS)
        for name, subject, audience in _TOKENS:
            self.cast.known[f"token:{name}"] = self.kept.provider.token(subject, audience)
        answer = self._client("sts").assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{self.company.account('prod')}:role/ci/ci-deploy",
            RoleSessionName="build-1",
            WebIdentityToken=self.cast.known["token:main"],
        )
        credentials: Keys = answer["Credentials"]
        return credentials

    def _external_administrator(self, account: str) -> Keys | None:
        self.cloud.account(account)
        return self.cloud.keys(f"admin-{account}")

    def _outsider(self) -> Keys | None:
        """Return Mallory's keys, after her own identity pool issued tokens to a signed-in user and to a guest."""
        keys = self._external_administrator(OUTSIDER)
        pool = client_as(self.cloud, keys, "cognito-identity", self.region)
        if not self.kept.foreign_pool:
            made = pool.create_identity_pool(
                IdentityPoolName="mine",
                AllowUnauthenticatedIdentities=True,
                AllowClassicFlow=True,
                DeveloperProviderName="mallory",
            )
            self.kept.foreign_pool = made["IdentityPoolId"]
        answer = pool.get_open_id_token_for_developer_identity(
            IdentityPoolId=self.kept.foreign_pool, Logins={"mallory": "me"}
        )
        self.cast.known["token:foreign"] = answer["Token"]
        guest = pool.get_id(IdentityPoolId=self.kept.foreign_pool)["IdentityId"]
        self.cast.known["token:foreign-guest"] = pool.get_open_id_token(IdentityId=guest)["Token"]
        return keys

    def _store_tickets(self) -> None:
        """Store a ticket for each customer as the app, if AWS allows it."""
        keys = self.cast.keys.get("app")
        if keys is None:
            return
        key = self.company.known.get("key:tickets")
        how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        for name in ("customer", "neighbor"):
            identity = self.cast.known.get(f"identity:{name}")
            if identity is not None:
                self._store(keys, f"tickets/{identity}/1.txt", how)

    def _store(self, keys: Keys, name: str, how: Mapping[str, str]) -> None:
        bucket = f"larkspur-tickets-{self.company.account('prod')}"
        try:
            with self.cloud.calling_from(APP_ADDRESS):
                self._client("s3", keys).put_object(Bucket=bucket, Key=name, Body=b"row 3, seat 7", **how)
        except ClientError as error:
            self.cast.absent[f"ticket:{name}"] = error_text(error)


_TOKENS = (
    ("main", "repo:larkspur/shop:ref:refs/heads/main", "sts.amazonaws.com"),
    ("fork", "repo:mallory/shop:ref:refs/heads/main", "sts.amazonaws.com"),
    ("tools", "repo:larkspur/tools:ref:refs/heads/next", "sts.amazonaws.com"),
    ("lent", "repo:larkspur/shop:ref:refs/heads/main", ANOTHERS_AUDIENCE),
)
"""The name, subject, and audience of each of the build service's tokens. The last one was issued for another company's
service."""

_PEOPLE = (
    ("developer", "dev", "Developer", "dora"),
    ("operator", "prod", "Operator", "omar"),
    ("auditor", "logs", "Auditor", "ada"),
    ("auditor-in-prod", "prod", "Auditor", "ada"),
    ("key-admin", "prod", "KeyAdmin", "kim"),
    ("prod-admin", "prod", "Admin", "pia"),
    ("log-admin", "logs", "Admin", "lars"),
    ("leaver", "dev", "Developer", "lee"),
)
"""Actor, account, permission set, sign-in name."""
