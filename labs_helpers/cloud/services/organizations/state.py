"""What Organizations keeps: each organisation's tree, accounts, policies, handshakes and delegations, with indexes.

Everything that is asked at every call (which organisation an account is in, what hangs on its way to the root) is a
look-up, so that an organisation of thousands is as quick as one of two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.services.organizations.quotas import days

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
ALL, BILLING = "ALL", "CONSOLIDATED_BILLING"
CLOSING = timedelta(minutes=2)
"""How long an account is PENDING_CLOSURE by the lab clock; AWS says a few minutes."""
_SEEN = ("REQUESTED", "OPEN")

FULL_ACCESS = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
RCP_FULL_ACCESS = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)


@dataclass(slots=True)
class Member:
    """An account of an organisation, the management account among them."""

    id: str
    name: str
    email: str
    joined_method: str
    joined: datetime
    parent: str
    close_asked: datetime | None = None
    standalone: bool = True
    """Whether it has what an account of its own needs (a payment method, above all): created accounts lack it."""

    def status(self, now: datetime) -> str:
        """Status as ListAccounts has it: ACTIVE, PENDING_CLOSURE, SUSPENDED."""
        if self.close_asked is None:
            return "ACTIVE"
        return "PENDING_CLOSURE" if now < self.close_asked + CLOSING else "SUSPENDED"

    def state(self, now: datetime) -> str:
        """State, which has replaced Status: a closed account is CLOSED, where Status says SUSPENDED.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
        """
        status = self.status(now)
        return "CLOSED" if status == "SUSPENDED" else status


@dataclass(slots=True)
class Unit:
    """An organizational unit, or the root (`parent` is then None)."""

    id: str
    name: str
    parent: str | None
    units: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        return self.parent is None


@dataclass(slots=True)
class OrganizationPolicy:
    """A policy of an organisation, or one of AWS's own."""

    id: str
    type: str
    name: str
    description: str
    content: str
    aws_managed: bool = False
    updated: datetime | None = None
    targets: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class CreateRequest:
    """A request for a new account. Its end is known to whoever asks for it after CreateAccount has answered."""

    id: str
    name: str
    requested: datetime
    account: str | None
    failure: str | None

    @property
    def state(self) -> str:
        return "FAILED" if self.failure else "SUCCEEDED"


@dataclass(slots=True)
class Handshake:
    """A request from one account to another. `account` and `email` are the recipient's, where there is one.

    `sender` is what the recipient is told of the organisation: its management account's e-mail address and name and
    its features, as they were.
    """

    id: str
    action: str
    organization: str
    management: str
    account: str | None
    email: str | None
    requested: datetime
    expires: datetime
    stored_state: str
    sender: tuple[str, str, str] | None = None
    notes: str | None = None
    parent: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    ended: datetime | None = None

    def state(self, now: datetime) -> str:
        """REQUESTED, OPEN, CANCELED, ACCEPTED, DECLINED, EXPIRED."""
        return "EXPIRED" if self.stored_state in _SEEN and now >= self.expires else self.stored_state

    def pending(self, now: datetime) -> bool:
        return self.state(now) in _SEEN

    def gone(self, now: datetime) -> bool:
        """Whether it was deleted: 30 days after it came to an end."""
        ended = self.ended or (None if self.pending(now) else self.expires)
        return ended is not None and now >= ended + days("handshake_kept")

    def end(self, state: str, now: datetime) -> None:
        self.stored_state, self.ended = state, now


@dataclass(slots=True)
class ResourcePolicy:
    """The resource-based delegation policy."""

    id: str
    content: str


@dataclass(slots=True)
class Organization:
    """One organisation. `attached` has by target and policy type the policies' ids, in the order of attachment."""

    id: str
    management: str
    feature_set: str
    root: str
    members: dict[str, Member] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    policies: dict[str, OrganizationPolicy] = field(default_factory=dict)
    policies_of_type: dict[str, dict[str, None]] = field(default_factory=dict)
    enabled: dict[str, None] = field(default_factory=dict)
    attached: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    requests: dict[str, CreateRequest] = field(default_factory=dict)
    services: dict[str, datetime] = field(default_factory=dict)
    delegated: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """By account: the services that it administers, with since when."""
    resource_policy: ResourcePolicy | None = None
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    closures: list[datetime] = field(default_factory=list)
    invitations: list[tuple[datetime, str]] = field(default_factory=list)
    root_features: set[str] = field(default_factory=set)
    """What of centralised root access is enabled: RootCredentialsManagement, RootSessions."""

    def arn(self, identifier: str) -> str:
        """The ARN of a root, unit, account, policy or resource policy of this organisation."""
        kind = _kind(identifier)
        if kind == "policy":
            policy = self.policies[identifier]
            path = (
                f"policy/{policy.type.lower()}"
                if policy.aws_managed
                else f"policy/{self.id}/{policy.type.lower()}"
            )
            owner = "aws" if policy.aws_managed else self.management
            return f"arn:aws:organizations::{owner}:{path}/{identifier}"
        return f"arn:aws:organizations::{self.management}:{kind}/{self.id}/{identifier}"

    @property
    def organization_arn(self) -> str:
        return f"arn:aws:organizations::{self.management}:organization/{self.id}"

    # the tree

    def parent(self, identifier: str) -> str | None:
        """The id of what an account or unit is in, None for the root and for what isn't there."""
        member = self.members.get(identifier)
        if member is not None:
            return member.parent
        unit = self.units.get(identifier)
        return None if unit is None else unit.parent

    def way(self, identifier: str) -> list[str]:
        """The ids from the root down to a unit or account, both included."""
        steps = [identifier]
        while (above := self.parent(steps[-1])) is not None:
            steps.append(above)
        return steps[::-1]

    def path(self, identifier: str) -> str:
        """`o-…/r-…/ou-…/`: where an account or unit stands, itself included."""
        return "/".join([self.id, *self.way(identifier)]) + "/"

    def is_target(self, identifier: str) -> bool:
        """Whether policies can hang there."""
        return identifier in self.units or identifier in self.members

    def target_name(self, identifier: str) -> tuple[str, str]:
        """(name, TargetType) of a root, unit or account."""
        if identifier in self.members:
            return self.members[identifier].name, "ACCOUNT"
        unit = self.units[identifier]
        return unit.name, "ROOT" if unit.is_root else "ORGANIZATIONAL_UNIT"

    def targets(self) -> Iterator[str]:
        yield from self.units
        yield from self.members

    def add_unit(self, unit: Unit) -> None:
        self.units[unit.id] = unit
        if unit.parent is not None:
            self.units[unit.parent].units[unit.id] = None
        self.attach_defaults(unit.id)

    def remove_unit(self, identifier: str) -> None:
        unit = self.units.pop(identifier)
        if unit.parent is not None:
            del self.units[unit.parent].units[identifier]
        self._forget(identifier)

    def add_member(self, member: Member) -> None:
        self.members[member.id] = member
        self.units[member.parent].accounts[member.id] = None
        self.attach_defaults(member.id)

    def move(self, account: str, destination: str) -> None:
        member = self.members[account]
        del self.units[member.parent].accounts[account]
        member.parent = destination
        self.units[destination].accounts[account] = None

    def remove_member(self, account: str) -> Member:
        member = self.members.pop(account)
        del self.units[member.parent].accounts[account]
        self.delegated.pop(account, None)
        self._forget(account)
        return member

    def _forget(self, target: str) -> None:
        self.tags.pop(target, None)
        for key in [key for key in self.attached if key[0] == target]:
            for policy in self.attached.pop(key):
                self.policies[policy].targets.pop(target, None)

    # policies

    def add_policy(self, policy: OrganizationPolicy) -> None:
        self.policies[policy.id] = policy
        self.policies_of_type.setdefault(policy.type, {})[policy.id] = None

    def remove_policy(self, identifier: str) -> None:
        policy = self.policies.pop(identifier)
        del self.policies_of_type[policy.type][identifier]
        self.tags.pop(identifier, None)

    def of_type(self, policy_type: str) -> list[OrganizationPolicy]:
        return [self.policies[each] for each in self.policies_of_type.get(policy_type, ())]

    def attached_to(self, target: str, policy_type: str) -> list[OrganizationPolicy]:
        """The policies of a type on one target, in the order in which they were attached."""
        return [self.policies[each] for each in self.attached.get((target, policy_type), ())]

    def attach(self, policy: OrganizationPolicy, target: str) -> None:
        self.attached.setdefault((target, policy.type), []).append(policy.id)
        policy.targets[target] = None

    def detach(self, policy: OrganizationPolicy, target: str) -> None:
        self.attached[target, policy.type].remove(policy.id)
        del policy.targets[target]

    def attach_defaults(self, target: str) -> None:
        """Hang AWS's full-access policies on a new root, unit or account, for the types that are enabled.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
        """
        for identifier, policy_type in (("p-FullAWSAccess", SCP), ("p-RCPFullAWSAccess", RCP)):
            if policy_type in self.enabled:
                self.attach(self.policies[identifier], target)

    def enable(self, policy_type: str) -> None:
        """Switch a type on: from now on its full-access policy hangs everywhere."""
        self.enabled[policy_type] = None
        if policy_type in (SCP, RCP):
            policy = self.policies["p-FullAWSAccess" if policy_type == SCP else "p-RCPFullAWSAccess"]
            for target in self.targets():
                self.attach(policy, target)

    def disable(self, policy_type: str) -> None:
        """Switch a type off: all its policies are detached for good."""
        del self.enabled[policy_type]
        for key in [key for key in self.attached if key[1] == policy_type]:
            for policy in self.attached.pop(key):
                self.policies[policy].targets.pop(key[0], None)

    # delegation

    def administers(self, account: str, service: str | None = None) -> bool:
        """Whether a member is a delegated administrator, of a service or of any."""
        services = self.delegated.get(account, {})
        return bool(services) if service is None else service in services

    def undelegate(self, account: str, service: str) -> None:
        services = self.delegated[account]
        del services[service]
        if not services:
            del self.delegated[account]


def _kind(identifier: str) -> str:
    for prefix, kind in (("rp-", "resourcepolicy"), ("r-", "root"), ("ou-", "ou"), ("p-", "policy")):
        if identifier.startswith(prefix):
            return kind
    return "account"


class Organizations:
    """Every organisation of a cloud, found by any of its accounts; e-mail addresses, handshakes."""

    def __init__(self) -> None:
        self._of: dict[str, Organization] = {}
        self._emails: dict[str, str] = {}
        """E-mail address in lower case → account; an address of a closed account stays taken."""
        self._profiles: dict[str, tuple[str, str]] = {}
        self.handshakes: dict[str, Handshake] = {}
        self.closed: dict[str, datetime] = {}
        """When CloseAccount was asked for an account: from then on its credentials are good for nothing."""
        self.after_leaving: list[Callable[[str, str], None]] = []
        """Who cleans up after accounts that leave: each is told the management account, and the one that left."""

    def of(self, account: str | None) -> Organization | None:
        """The organisation that an account manages or is a member of, None if it is in none."""
        return self._of.get(account or "")

    def all(self) -> list[Organization]:
        return list({each.id: each for each in self._of.values()}.values())

    def profile(self, account: str) -> tuple[str, str]:
        """(name, e-mail address of the root user) of an account; those that nobody has given have plain ones."""
        return self._profiles.get(account, (f"Account {account}", f"{account}@example.com"))

    def set_profile(self, account: str, name: str, email: str) -> None:
        self._profiles[account] = name, email
        self._emails[email.lower()] = account

    def account_with(self, email: str) -> str | None:
        """The account whose root user has an e-mail address; case does not matter."""
        found = self._emails.get(email.lower())
        if found is not None:
            return found
        account, _, domain = email.lower().partition("@")
        plain = domain == "example.com" and len(account) == 12 and account.isdigit()
        return account if plain and account not in self._profiles else None

    def create(self, management: str, feature_set: str, ids: Ids, now: datetime) -> Organization:
        """A new organisation with its root, AWS's policies, and the management account at the root."""
        root = "r-" + ids.lowercase(4)
        organization = Organization("o-" + ids.lowercase(10), management, feature_set, root)
        organization.add_policy(
            OrganizationPolicy(
                "p-FullAWSAccess", SCP, "FullAWSAccess", "Allows access to every operation", FULL_ACCESS, True
            )
        )
        organization.add_policy(
            OrganizationPolicy(
                "p-RCPFullAWSAccess", RCP, "RCPFullAWSAccess", "Allows access to every resource", RCP_FULL_ACCESS,
                True,
            )
        )  # fmt: skip
        organization.add_unit(Unit(root, "Root", None))
        name, email = self.profile(management)
        self.join(organization, Member(management, name, email, "INVITED", now, root))
        return organization

    def join(self, organization: Organization, member: Member) -> None:
        organization.add_member(member)
        self._of[member.id] = organization

    def leave(self, account: str) -> None:
        """Take a member out of its organisation; what hangs on it there is gone, tags and delegations too."""
        organization = self._of.pop(account)
        organization.remove_member(account)
        for told in self.after_leaving:
            told(organization.management, account)

    def delete(self, organization: Organization) -> None:
        for account in organization.members:
            self._of.pop(account, None)

    def sent_by(self, organization: Organization) -> list[Handshake]:
        return [each for each in self.handshakes.values() if each.organization == organization.id]

    def forget_old(self, now: datetime) -> list[tuple[Organization, str, datetime]]:
        """Drop handshakes that ended a month ago, and accounts that were closed three months ago. Gives the accounts,
        each with its organisation and when it was gone for good.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
        """
        for identifier in [each.id for each in self.handshakes.values() if each.gone(now)]:
            del self.handshakes[identifier]
        kept = days("closed_account_kept")
        cleaned = [
            (self._of[account], account, since + kept)
            for account, since in self.closed.items() if now >= since + kept and account in self._of
        ]  # fmt: skip
        for _, account, _ in cleaned:
            self.leave(account)
        return cleaned

    def is_closed(self, account: str | None) -> bool:
        return account in self.closed
