"""The state of IAM Identity Center: instances, permission sets, assignments, and the roles provisioned in accounts.

https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.services.identitystore.customer_key import ServiceKey
from labs_helpers.cloud.services.identitystore.state import IdentityStore, IdentityStores

SERVICE = "sso.amazonaws.com"


@dataclass(slots=True)
class PermissionSet:
    """A template for roles.

    `version` increases with every change; an account has the version that was last provisioned to it.
    """

    arn: str
    name: str
    created: datetime
    description: str | None = None
    session_seconds: int = 3_600
    session_duration: str = "PT1H"
    relay_state: str | None = None
    inline: str | None = None
    managed: list[str] = field(default_factory=list)
    customer: list[tuple[str, str]] = field(default_factory=list)
    """The customer managed policies as (name, path) pairs. Each account must have these policies."""
    boundary: dict[str, Any] | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """The assignment of a permission set in an account to a principal, given as (USER or GROUP, ID)."""

    account: str
    permission_set: str
    kind: str
    principal: str


@dataclass(slots=True)
class Provisioned:
    """A permission set's role in an account."""

    role: str
    version: int
    session_seconds: int


@dataclass(slots=True)
class Request:
    """A request that AWS processes in the background. In this cloud, it is completed immediately."""

    id: str
    kind: str
    created: datetime
    permission_set: str
    account: str | None
    principal_kind: str | None = None
    principal: str | None = None
    failure: str | None = None

    @property
    def status(self) -> str:
        """The status: FAILED or SUCCEEDED."""
        return "FAILED" if self.failure else "SUCCEEDED"


@dataclass(slots=True)
class Instance:
    """An IAM Identity Center instance: an organization instance (in the management account) or an account instance."""

    id: str
    account: str
    region: str
    store: IdentityStore
    created: datetime
    of_organization: bool
    name: str | None = None
    alias: str | None = None
    """The subdomain that an administrator chose for the access portal."""
    session: timedelta = timedelta(hours=8)
    """The time for which a user stays signed in to the portal or an application.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html
    """
    sets: dict[str, PermissionSet] = field(default_factory=dict)
    assignments: dict[Assignment, None] = field(default_factory=dict)
    provisioned: dict[tuple[str, str], Provisioned] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    attributes: list[dict[str, Any]] | None = None
    """The attributes for access control, in the API's form, or None while they aren't enabled."""
    own_sets: bool = False
    """True if permission sets were enabled for an account instance. An organization instance always has them."""
    network: dict[str, Any] | None = None
    """The NetworkConfigurationInfo, or None if it wasn't set."""
    sealed: ServiceKey | None = None
    """The instance's data key, or None if no customer managed KMS key encrypts the instance."""
    encryption_failure: str | None = None
    """The reason that the last requested key isn't in use, or None."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The instance's ARN."""
        return f"arn:aws:sso:::instance/{self.id}"

    @property
    def has_sets(self) -> bool:
        """True if the instance can have permission sets."""
        return self.of_organization or self.own_sets

    @property
    def start_url(self) -> str:
        """The URL of the access portal."""
        return f"https://{self.alias or self.store.id}.awsapps.com/start"

    @property
    def portal_hosts(self) -> tuple[str, ...]:
        """The access portal's hosts. The first host keeps working after an administrator chooses a subdomain."""
        return tuple(f"{name}.awsapps.com" for name in (self.store.id, self.alias) if name)

    @property
    def issuer(self) -> str:
        """The issuer of the SAML assertions for the instance's users."""
        return f"https://portal.sso.{self.region}.amazonaws.com/saml/assertion/{self.id}"

    def assigned(self, account: str, permission_set: str) -> Iterator[Assignment]:
        """Return a permission set's assignments in an account."""
        return (
            each for each in self.assignments
            if each.account == account and each.permission_set == permission_set
        )  # fmt: skip

    def of_user(self, user: str) -> Iterator[Assignment]:
        """Return a user's assignments, including the assignments of the user's groups."""
        principals = self.store.principals_of(user)
        return (each for each in self.assignments if (each.kind, each.principal) in principals)


class IdentityCenters:
    """All instances in a cloud."""

    def __init__(self) -> None:
        self._instances: dict[str, Instance] = {}
        self.answers: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
        """The request's parameters and the response, by account, operation, and ClientToken."""

    def add(
        self, stores: IdentityStores, ids: Ids, account: str, region: str, now: datetime, *, of_organization: bool,
        name: str | None = None,
    ) -> Instance:  # fmt: skip
        """Add and return a new instance with its identity store."""
        store = IdentityStore(f"d-{ids.hexadecimal(10)}", account, region)
        stores.add(store)
        instance = Instance(
            f"ssoins-{ids.hexadecimal(16)}", account, region, store, now, of_organization, name
        )
        self._instances[instance.arn] = instance
        return instance

    def remove(self, arn: str) -> None:
        """Delete an instance."""
        del self._instances[arn]

    def find(self, arn: str) -> Instance | None:
        """Return an instance by ARN, or None if there isn't one."""
        return self._instances.get(arn)

    def all(self) -> list[Instance]:
        """Return every instance."""
        return list(self._instances.values())

    def owned_by(self, account: str) -> Instance | None:
        """Return an account's instance, or None if there isn't one.

        An account can have only one instance, in one Region.
        """
        return next((each for each in self._instances.values() if each.account == account), None)
