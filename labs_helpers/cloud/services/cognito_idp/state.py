"""The data of user pools: pools, app clients, users, groups, and their parts, without any rules.

Each cloud has one `UserPools` (`call.state.part(UserPools)`). moto doesn't store any of this data.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.services.cognito_idp.signing_keys import Keys


@dataclass(slots=True)
class Password:
    """A password's SRP salt and verifier, both as integers. The password itself is never stored."""

    salt: int = field(repr=False)
    verifier: int = field(repr=False)
    set_at: datetime = field(kw_only=True)
    temporary: bool = False


@dataclass(slots=True)
class Code:
    """A one-time code that was sent. It verifies `attribute` at `destination` until it expires."""

    text: str = field(repr=False)
    expires: datetime
    attribute: str
    destination: str = field(repr=False)


@dataclass(slots=True)
class Device:
    """A device from which a user signed in. The operation ConfirmDevice sets `verifier` and `salt`."""

    key: str
    group: str = field(repr=False)
    created: datetime
    modified: datetime
    authenticated: datetime
    address: str
    name: str | None = None
    salt: int | None = field(default=None, repr=False)
    verifier: int | None = field(default=None, repr=False)
    remembered: bool = False


@dataclass(slots=True)
class Passkey:
    """A user's WebAuthn credential. `key` is its public key (COSE), as an object of the library `cryptography`."""

    id: str
    key: Any = field(repr=False)
    name: str
    relying_party: str
    attachment: str | None
    transports: list[str]
    created: datetime
    sign_count: int = 0


@dataclass(slots=True)
class Lockout:
    """The number of consecutive wrong passwords, and the time until which all passwords are rejected."""

    failures: int = 0
    until: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class UnknownName:
    """Attempts to use a nonexistent user name, counted so that limits don't reveal which users exist."""

    lockout: Lockout = field(default_factory=Lockout)
    attempts: dict[str, list[datetime]] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class User:
    """A user in a pool. `username` never changes. In pools with sign-in by email or phone, it is the `sub`."""

    username: str
    sub: str
    created: datetime
    modified: datetime
    status: str
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    enabled: bool = True
    password: Password | None = field(default=None, repr=False)
    history: list[Password] = field(default_factory=list, repr=False)
    codes: dict[str, Code] = field(default_factory=dict, repr=False)
    """Codes by purpose: `sign-up`, `forgot-password`, `verify:email`."""
    pending: dict[str, str] = field(default_factory=dict, repr=False)
    """New attribute values that haven't been verified yet."""
    attempts: dict[str, list[datetime]] = field(default_factory=dict, repr=False)
    """The times of calls by operation, for hourly limits."""
    lockout: Lockout = field(default_factory=Lockout)
    mfa: list[str] = field(default_factory=list)
    """The activated second factors, in the order of activation: SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP."""
    preferred_mfa: str | None = None
    passkey_mfa: bool = False
    totp_secret: str | None = field(default=None, repr=False)
    totp_offered: str | None = field(default=None, repr=False)
    """A secret from AssociateSoftwareToken that hasn't been verified with a code yet."""
    totp_last_step: int = -1
    totp_name: str | None = None
    devices: dict[str, Device] = field(default_factory=dict)
    passkeys: dict[str, Passkey] = field(default_factory=dict)
    passkey_challenge: dict[str, Any] | None = field(default=None, repr=False)
    identities: list[dict[str, Any]] = field(default_factory=list)
    """Linked identities from external providers, in the form of the `identities` claim."""
    linked: list[dict[str, str]] = field(default_factory=list)
    """Links created by AdminLinkProviderForUser, as specified in that call."""
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA private key, and the certificate of its public key (DER, in Base64)."""

    private: Any = field(repr=False)
    certificate: str


@dataclass(slots=True)
class Group:
    """A group of users, with the role and the precedence that appear in the tokens of its members."""

    name: str
    created: datetime
    modified: datetime
    description: str | None = None
    role: str | None = None
    precedence: int | None = None
    members: set[str] = field(default_factory=set)
    """The user names of the group's members."""


@dataclass(slots=True)
class Secret:
    """A client secret. A client can have two secrets, so that applications can switch without an interruption."""

    id: str
    value: str = field(repr=False)
    created: datetime


@dataclass(slots=True)
class Client:
    """An app client. `settings` contains the requested members of UserPoolClientType, with defaults."""

    id: str
    name: str
    created: datetime
    modified: datetime
    settings: dict[str, Any]
    secrets: list[Secret] = field(default_factory=list)
    sso_minutes: int = 60
    registered: bool = False
    """True for a client that an application registered at the pool's domain."""


@dataclass(slots=True)
class Grant:
    """The result of one sign-in: a refresh token, and the `origin` that all of the sign-in's tokens share.

    `refresh` is the SHA-256 hash of the current refresh token. `earlier` contains the hashes of rotated tokens, each
    with the time until which the token can still be used.
    """

    origin: str
    session_id: str
    client: str
    username: str
    scopes: tuple[str, ...]
    auth_time: datetime
    expires: datetime
    refresh: str | None = field(repr=False)
    created: datetime
    event_id: str
    earlier: dict[str, datetime] = field(default_factory=dict, repr=False)
    revoked: bool = False
    device: str | None = None
    last_active: datetime | None = None
    address: str = ""
    agent: str = ""
    nonce: str | None = None
    parent: str | None = None
    resource: str | None = None
    """The audience (`aud`) of the access tokens."""
    level: dict[str, Any] = field(default_factory=dict)
    """The claims `acr` and `amr`, if a level of authentication was requested."""


@dataclass(slots=True)
class Challenge:
    """An authentication that awaits a response, identified by an opaque session string that can be used once.

    `username` is None for a nonexistent user, if responses must not reveal that the user doesn't exist.
    """

    pool: str
    client: str
    name: str
    username: str | None
    claimed: str
    expires: datetime
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    wrong: int = 0
    used: bool = False


@dataclass(slots=True)
class UserPool:
    """A user pool. `settings` contains the requested members of UserPoolType, with defaults."""

    id: str
    account: str
    region: str
    name: str
    created: datetime
    modified: datetime
    settings: dict[str, Any]
    schema: dict[str, dict[str, Any]]
    tags: dict[str, str] = field(default_factory=dict)
    mfa: dict[str, Any] = field(default_factory=dict)
    """The members of SetUserPoolMfaConfig other than MfaConfiguration (such as SmsMfaConfiguration), as requested."""
    keys: Keys = field(default_factory=Keys, repr=False)
    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    """User names by alias, as (attribute, comparable value). Users can also sign in with their aliases."""
    groups: dict[str, Group] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    """Grants by `origin_jti`."""
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    resource_servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    branding: dict[str, dict[str, Any]] = field(default_factory=dict)
    risks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Risk configurations by client ID. The key "" is for the pool's risk configuration."""
    logs: list[dict[str, Any]] = field(default_factory=list)
    session_tracking: bool = False
    sessions_per_user: int = 20
    saml_keys: dict[str, KeyPair] = field(default_factory=dict, repr=False)
    """Keys for SAML. A provider's key decrypts its responses; the key under "" signs the pool's requests."""
    unknown_names: dict[str, UnknownName] = field(default_factory=dict, repr=False)
    decoy: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """A secret from which responses about nonexistent users are derived."""

    @property
    def arn(self) -> str:
        """The pool's ARN."""
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    @property
    def issuer(self) -> str:
        """The issuer (`iss`) of the pool's tokens. The pool's well-known documents are at paths below this URL."""
        updated = (self.settings.get("IssuerConfiguration") or {}).get("Type") == "UPDATED"
        host = "issuer-cognito-idp" if updated else "cognito-idp"
        return f"https://{host}.{self.region}.amazonaws.com/{self.id}"

    @property
    def tier(self) -> str:
        """The feature plan: LITE, ESSENTIALS, or PLUS."""
        return str(self.settings["UserPoolTier"])

    @property
    def case_sensitive(self) -> bool:
        """True if user names and aliases are case-sensitive."""
        return bool(self.settings.get("UsernameConfiguration", {}).get("CaseSensitive", True))

    @property
    def username_attributes(self) -> list[str]:
        """The attributes with which users sign in instead of a user name, or an empty list if users have user names."""
        return list(self.settings.get("UsernameAttributes") or ())

    @property
    def alias_attributes(self) -> list[str]:
        """The attributes with which users can sign in besides their user name."""
        return list(self.settings.get("AliasAttributes") or ())

    def groups_of(self, username: str) -> list[Group]:
        """Return a user's groups, lowest precedence value first. Groups without a precedence come last."""
        found = [group for group in self.groups.values() if username in group.members]
        return sorted(
            found,
            key=lambda group: (group.precedence is None, group.precedence or 0, group.created, group.name),
        )


@dataclass(slots=True)
class UserPools:
    """All user pools in a cloud, in every account and Region."""

    pools: dict[str, UserPool] = field(default_factory=dict)
    challenges: dict[str, Challenge] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    """The pool ID of each domain (a prefix with its Region, or a custom domain)."""

    def of(self, account: str, region: str) -> Iterator[UserPool]:
        """Return an account's pools in a Region, oldest first."""
        return (pool for pool in self.pools.values() if (pool.account, pool.region) == (account, region))

    def find(self, region: str, pool_id: str | None) -> UserPool | None:
        """Return the pool with this ID in a Region, regardless of the owner, or None if it doesn't exist."""
        pool = self.pools.get(pool_id or "")
        return pool if pool is not None and pool.region == region else None

    def of_client(self, region: str, client_id: str | None) -> UserPool | None:
        """Return an app client's pool, or None if there isn't one."""
        return next(
            (each for each in self.pools.values() if each.region == region and client_id in each.clients),
            None,
        )
