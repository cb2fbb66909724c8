"""User pools as they are kept: pools, app clients, users, groups and all that hangs on them. Plain data, no rules.

One `UserPools` lives with a cloud (`call.state.part(UserPools)`); nothing of it is in moto.
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
    """What a pool keeps of a password: the salt and the verifier of SRP, both as numbers. Never the password."""

    salt: int = field(repr=False)
    verifier: int = field(repr=False)
    set_at: datetime = field(kw_only=True)
    temporary: bool = False


@dataclass(slots=True)
class Code:
    """A one-time code that was sent: what it proves (`attribute` at `destination`) and until when."""

    text: str = field(repr=False)
    expires: datetime
    attribute: str
    destination: str = field(repr=False)


@dataclass(slots=True)
class Device:
    """A device that a user signed in from; `verifier` and `salt` come with ConfirmDevice."""

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
    """A WebAuthn credential of a user. `key` is the credential's public key (COSE) as `cryptography` reads it."""

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
    """Wrong passwords in a row, and until when no more are tried."""

    failures: int = 0
    until: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class UnknownName:
    """What is counted for a user name that nobody has, so that limits do not tell who exists."""

    lockout: Lockout = field(default_factory=Lockout)
    attempts: dict[str, list[datetime]] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class User:
    """A user of a pool. `username` never changes; in pools that sign in by e-mail or phone it is the `sub`."""

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
    """By purpose: `sign-up`, `forgot-password`, `verify:email`."""
    pending: dict[str, str] = field(default_factory=dict, repr=False)
    """New values of attributes that wait for their verification."""
    attempts: dict[str, list[datetime]] = field(default_factory=dict, repr=False)
    """When an operation was called for the user, for limits an hour."""
    lockout: Lockout = field(default_factory=Lockout)
    mfa: list[str] = field(default_factory=list)
    """Activated second factors, in the order of activation: SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP."""
    preferred_mfa: str | None = None
    passkey_mfa: bool = False
    totp_secret: str | None = field(default=None, repr=False)
    totp_offered: str | None = field(default=None, repr=False)
    """A secret that AssociateSoftwareToken gave and no code has proved yet."""
    totp_last_step: int = -1
    totp_name: str | None = None
    devices: dict[str, Device] = field(default_factory=dict)
    passkeys: dict[str, Passkey] = field(default_factory=dict)
    passkey_challenge: dict[str, Any] | None = field(default=None, repr=False)
    identities: list[dict[str, Any]] = field(default_factory=list)
    """Linked identities of outside providers, as the claim `identities` shows them."""
    linked: list[dict[str, str]] = field(default_factory=list)
    """What AdminLinkProviderForUser linked, as it was named there."""
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key of RSA and the certificate of the public one, as Base64 of its bytes."""

    private: Any = field(repr=False)
    certificate: str


@dataclass(slots=True)
class Group:
    name: str
    created: datetime
    modified: datetime
    description: str | None = None
    role: str | None = None
    precedence: int | None = None
    members: set[str] = field(default_factory=set)
    """User names."""


@dataclass(slots=True)
class Secret:
    """A client secret; two of them may be valid while apps change over."""

    id: str
    value: str = field(repr=False)
    created: datetime


@dataclass(slots=True)
class Client:
    """An app client. `settings` are the members of UserPoolClientType as they were set, defaults included."""

    id: str
    name: str
    created: datetime
    modified: datetime
    settings: dict[str, Any]
    secrets: list[Secret] = field(default_factory=list)
    sso_minutes: int = 60
    registered: bool = False
    """Whether an application registered it, at the pool's domain."""


@dataclass(slots=True)
class Grant:
    """What one sign-in gave: a refresh token and all tokens that come of it share `origin`.

    `refresh` is the SHA-256 of the refresh token that is valid now; `earlier` are those that rotation replaced, with
    the time until which each may still be used.
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
    """What the access tokens are bound to (`aud`)."""
    actor: str | None = None
    """Who got the tokens by an exchange, and acts in the user's name."""
    level: dict[str, Any] = field(default_factory=dict)
    """The claims `acr` and `amr`, where a level of authentication was asked for."""


@dataclass(slots=True)
class Challenge:
    """An authentication that waits for an answer: what an opaque session string stands for. It is used once.

    `username` is None for a user who does not exist and of whom the answers must not tell so.
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
    """A user pool. `settings` are the members of UserPoolType as they were set, defaults included."""

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
    """Members of SetUserPoolMfaConfig besides MfaConfiguration: SmsMfaConfiguration, … as set."""
    keys: Keys = field(default_factory=Keys, repr=False)
    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    """(attribute, value as compared) → user name: what signs in besides the user name."""
    groups: dict[str, Group] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    """By `origin_jti`."""
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    resource_servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    branding: dict[str, dict[str, Any]] = field(default_factory=dict)
    styles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Classic hosted UI customisation, by client id or "ALL"."""
    terms: dict[str, dict[str, Any]] = field(default_factory=dict)
    risks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Risk configurations by client id, "" for the pool's own."""
    logs: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata_policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    session_tracking: bool = False
    sessions_per_user: int = 20
    replicas: dict[str, dict[str, Any]] = field(default_factory=dict)
    saml_keys: dict[str, KeyPair] = field(default_factory=dict, repr=False)
    """By SAML provider what opens its responses, "" what signs the pool's requests (`saml_keys`)."""
    unknown_names: dict[str, UnknownName] = field(default_factory=dict, repr=False)
    decoy: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """What answers about users who do not exist are derived from."""

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    @property
    def issuer(self) -> str:
        """What tokens say in `iss`; its well-known documents lie below it."""
        updated = (self.settings.get("IssuerConfiguration") or {}).get("Type") == "UPDATED"
        host = "issuer-cognito-idp" if updated else "cognito-idp"
        return f"https://{host}.{self.region}.amazonaws.com/{self.id}"

    @property
    def tier(self) -> str:
        return str(self.settings["UserPoolTier"])

    @property
    def case_sensitive(self) -> bool:
        return bool(self.settings.get("UsernameConfiguration", {}).get("CaseSensitive", True))

    @property
    def username_attributes(self) -> list[str]:
        """Empty, or what users sign in with in the place of a user name of their own."""
        return list(self.settings.get("UsernameAttributes") or ())

    @property
    def alias_attributes(self) -> list[str]:
        return list(self.settings.get("AliasAttributes") or ())

    def groups_of(self, username: str) -> list[Group]:
        """A user's groups, the one of lowest precedence first; those without one come last."""
        found = [group for group in self.groups.values() if username in group.members]
        return sorted(
            found,
            key=lambda group: (group.precedence is None, group.precedence or 0, group.created, group.name),
        )


@dataclass(slots=True)
class UserPools:
    """All user pools of a cloud, of every account and Region."""

    pools: dict[str, UserPool] = field(default_factory=dict)
    challenges: dict[str, Challenge] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    """Domain (a prefix with its Region, or a custom one) → pool."""
    limits: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(account, Region, category) → provisioned requests a second."""

    def of(self, account: str, region: str) -> Iterator[UserPool]:
        """The pools of an account in a Region, oldest first."""
        return (pool for pool in self.pools.values() if (pool.account, pool.region) == (account, region))

    def find(self, region: str, pool_id: str | None) -> UserPool | None:
        """A pool of a Region, whoever owns it."""
        pool = self.pools.get(pool_id or "")
        return pool if pool is not None and pool.region == region else None

    def of_client(self, region: str, client_id: str | None) -> UserPool | None:
        """The pool of an app client."""
        return next(
            (each for each in self.pools.values() if each.region == region and client_id in each.clients),
            None,
        )
