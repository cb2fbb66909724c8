"""The state of Organizations: each organization's tree, accounts, policies, handshakes, and delegations, with indexes.

Every call needs an account's organization and the policies on its path to the root. Both are found by lookup, so an
organization with thousands of accounts is as fast as one with two accounts.
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
"""The time for which an account is PENDING_CLOSURE on the lab clock.

The AWS documentation only mentions "a few minutes".
"""
_PENDING = ("REQUESTED", "OPEN")

FULL_ACCESS = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
RCP_FULL_ACCESS = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)


@dataclass(slots=True)
class Member:
    """An account in an organization, including the management account."""

    id: str
    name: str
    email: str
    joined_method: str
    joined: datetime
    parent: str
    close_requested: datetime | None = None
    standalone: bool = True
    """True if the account has the information that a standalone account requires. Created accounts don't have it."""

    def status(self, now: datetime) -> str:
        """Return the account's Status in ListAccounts: ACTIVE, PENDING_CLOSURE, or SUSPENDED."""
        if self.close_requested is None:
            return "ACTIVE"
        return "PENDING_CLOSURE" if now < self.close_requested + CLOSING else "SUSPENDED"

    def state(self, now: datetime) -> str:
        """Return the account's State, which replaces Status. A closed account's State is CLOSED instead of SUSPENDED.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
        """
        status = self.status(now)
        return "CLOSED" if status == "SUSPENDED" else status


@dataclass(slots=True)
class Unit:
    """An organizational unit, or the root (whose `parent` is None)."""

    id: str
    name: str
    parent: str | None
    units: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        """True for the root, False for an OU."""
        return self.parent is None


@dataclass(slots=True)
class OrganizationPolicy:
    """An organization's policy, or an AWS managed policy."""

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
    """A request to create an account. Its result is available only after CreateAccount has returned."""

    id: str
    name: str
    requested: datetime
    account: str | None
    failure: str | None

    @property
    def state(self) -> str:
        """The state: FAILED or SUCCEEDED."""
        return "FAILED" if self.failure else "SUCCEEDED"


@dataclass(slots=True)
class Handshake:
    """A request from one account to another. `account` or `email` identifies the recipient, if there is one.

    `sender` contains the data about the organization that the recipient can see, as of the time of the request: the
    email address and name of its management account, and its feature set.
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
        """Return REQUESTED, OPEN, CANCELED, ACCEPTED, DECLINED, or EXPIRED."""
        return "EXPIRED" if self.stored_state in _PENDING and now >= self.expires else self.stored_state

    def pending(self, now: datetime) -> bool:
        """Return whether the handshake is still awaiting a response."""
        return self.state(now) in _PENDING

    def is_deleted(self, now: datetime) -> bool:
        """Return whether the handshake has been deleted, which happens 30 days after it ended."""
        ended = self.ended or (None if self.pending(now) else self.expires)
        return ended is not None and now >= ended + days("handshake_kept")

    def end(self, state: str, now: datetime) -> None:
        """Set a final state, and the time at which it was reached."""
        self.stored_state, self.ended = state, now


@dataclass(slots=True)
class ResourcePolicy:
    """The resource-based delegation policy."""

    id: str
    content: str


@dataclass(slots=True)
class Organization:
    """An organization. `attached` contains policy IDs by target and policy type, in order of attachment."""

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
    """Account → the services that it administers → the time of its registration for the service."""
    resource_policy: ResourcePolicy | None = None
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    closures: list[datetime] = field(default_factory=list)
    invitations: list[tuple[datetime, str]] = field(default_factory=list)
    root_features: set[str] = field(default_factory=set)
    """The enabled features of centralized root access: RootCredentialsManagement, RootSessions."""

    def arn(self, identifier: str) -> str:
        """Return the ARN of a root, OU, account, policy, or resource policy in this organization."""
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
        """The organization's ARN."""
        return f"arn:aws:organizations::{self.management}:organization/{self.id}"

    # the tree

    def parent(self, identifier: str) -> str | None:
        """Return the ID of the parent of an account or OU, or None for the root or a nonexistent ID."""
        member = self.members.get(identifier)
        if member is not None:
            return member.parent
        unit = self.units.get(identifier)
        return None if unit is None else unit.parent

    def ids_from_root(self, identifier: str) -> list[str]:
        """Return the IDs on the path from the root to an OU or account, including both ends of the path."""
        steps = [identifier]
        while (above := self.parent(steps[-1])) is not None:
            steps.append(above)
        return steps[::-1]

    def path(self, identifier: str) -> str:
        """Return the path `o-…/r-…/ou-…/` up to and including an account or OU."""
        return "/".join([self.id, *self.ids_from_root(identifier)]) + "/"

    def is_target(self, identifier: str) -> bool:
        """Return whether policies can be attached to the root, OU, or account with this ID."""
        return identifier in self.units or identifier in self.members

    def target_name(self, identifier: str) -> tuple[str, str]:
        """Return the name and TargetType of a root, OU, or account."""
        if identifier in self.members:
            return self.members[identifier].name, "ACCOUNT"
        unit = self.units[identifier]
        return unit.name, "ROOT" if unit.is_root else "ORGANIZATIONAL_UNIT"

    def targets(self) -> Iterator[str]:
        """Yield the IDs of all roots, OUs, and accounts, to which policies can be attached."""
        yield from self.units
        yield from self.members

    def add_unit(self, unit: Unit) -> None:
        """Add an OU, or the root, with the full-access policies of the enabled policy types."""
        self.units[unit.id] = unit
        if unit.parent is not None:
            self.units[unit.parent].units[unit.id] = None
        self.attach_defaults(unit.id)

    def remove_unit(self, identifier: str) -> None:
        """Remove an OU, its tags, and its policy attachments."""
        unit = self.units.pop(identifier)
        if unit.parent is not None:
            del self.units[unit.parent].units[identifier]
        self._detach_all(identifier)

    def add_member(self, member: Member) -> None:
        """Add an account under its parent, with the full-access policies of the enabled policy types."""
        self.members[member.id] = member
        self.units[member.parent].accounts[member.id] = None
        self.attach_defaults(member.id)

    def move(self, account: str, destination: str) -> None:
        """Move an account to another parent."""
        member = self.members[account]
        del self.units[member.parent].accounts[account]
        member.parent = destination
        self.units[destination].accounts[account] = None

    def remove_member(self, account: str) -> Member:
        """Remove an account and its tags, policy attachments, and delegations, and return the account."""
        member = self.members.pop(account)
        del self.units[member.parent].accounts[account]
        self.delegated.pop(account, None)
        self._detach_all(account)
        return member

    def _detach_all(self, target: str) -> None:
        self.tags.pop(target, None)
        for key in [key for key in self.attached if key[0] == target]:
            for policy in self.attached.pop(key):
                self.policies[policy].targets.pop(target, None)

    # policies

    def add_policy(self, policy: OrganizationPolicy) -> None:
        """Add a policy that isn't attached to a target yet."""
        self.policies[policy.id] = policy
        self.policies_of_type.setdefault(policy.type, {})[policy.id] = None

    def remove_policy(self, identifier: str) -> None:
        """Remove an unattached policy and its tags."""
        policy = self.policies.pop(identifier)
        del self.policies_of_type[policy.type][identifier]
        self.tags.pop(identifier, None)

    def of_type(self, policy_type: str) -> list[OrganizationPolicy]:
        """Return the policies of a type, in order of creation."""
        return [self.policies[each] for each in self.policies_of_type.get(policy_type, ())]

    def attached_to(self, target: str, policy_type: str) -> list[OrganizationPolicy]:
        """Return the policies of a type that are attached to a target, in order of attachment."""
        return [self.policies[each] for each in self.attached.get((target, policy_type), ())]

    def attach(self, policy: OrganizationPolicy, target: str) -> None:
        """Attach a policy to a target."""
        self.attached.setdefault((target, policy.type), []).append(policy.id)
        policy.targets[target] = None

    def detach(self, policy: OrganizationPolicy, target: str) -> None:
        """Detach a policy from a target to which it is attached."""
        self.attached[target, policy.type].remove(policy.id)
        del policy.targets[target]

    def attach_defaults(self, target: str) -> None:
        """Attach AWS's full-access policies of the enabled policy types to a new root, OU, or account.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
        """
        for identifier, policy_type in (("p-FullAWSAccess", SCP), ("p-RCPFullAWSAccess", RCP)):
            if policy_type in self.enabled:
                self.attach(self.policies[identifier], target)

    def enable(self, policy_type: str) -> None:
        """Enable a policy type and attach its full-access policy to every target."""
        self.enabled[policy_type] = None
        if policy_type in (SCP, RCP):
            policy = self.policies["p-FullAWSAccess" if policy_type == SCP else "p-RCPFullAWSAccess"]
            for target in self.targets():
                self.attach(policy, target)

    def disable(self, policy_type: str) -> None:
        """Disable a policy type and detach all its policies permanently."""
        del self.enabled[policy_type]
        for key in [key for key in self.attached if key[1] == policy_type]:
            for policy in self.attached.pop(key):
                self.policies[policy].targets.pop(key[0], None)

    # delegation

    def administers(self, account: str, service: str | None = None) -> bool:
        """Return whether a member is a delegated administrator for a service.

        If `service` is None, any service qualifies.
        """
        services = self.delegated.get(account, {})
        return bool(services) if service is None else service in services

    def undelegate(self, account: str, service: str) -> None:
        """Deregister a member as an administrator for a service."""
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
    """All organizations in a cloud by account, and the email addresses and handshakes of all accounts."""

    def __init__(self) -> None:
        self._of: dict[str, Organization] = {}
        self._emails: dict[str, str] = {}
        """Email address in lowercase → account. A closed account's address stays taken."""
        self._profiles: dict[str, tuple[str, str]] = {}
        self.handshakes: dict[str, Handshake] = {}
        self.closed: dict[str, datetime] = {}
        """The time of CloseAccount, by account: the account's credentials stop working then."""
        self.after_leaving: list[Callable[[str, str], None]] = []
        """Functions that clean up after an account that left.

        They are called with the management account and the departed account.
        """

    def of(self, account: str | None) -> Organization | None:
        """Return the organization that an account belongs to, or None if it isn't in one."""
        return self._of.get(account or "")

    def all(self) -> list[Organization]:
        """Return every organization once."""
        return list({each.id: each for each in self._of.values()}.values())

    def profile(self, account: str) -> tuple[str, str]:
        """Return an account's name and its root user's email address.

        Accounts without a profile have a default profile.
        """
        return self._profiles.get(account, (f"Account {account}", f"{account}@example.com"))

    def set_profile(self, account: str, name: str, email: str) -> None:
        """Set an account's name and root user's email address."""
        self._profiles[account] = name, email
        self._emails[email.lower()] = account

    def account_with(self, email: str) -> str | None:
        """Return the account whose root user has this email address (case-insensitive), or None if there isn't one."""
        account_of_address = self._emails.get(email.lower())
        if account_of_address is not None:
            return account_of_address
        account, _, domain = email.lower().partition("@")
        plain = domain == "example.com" and len(account) == 12 and account.isdigit()
        return account if plain and account not in self._profiles else None

    def create(self, management: str, feature_set: str, ids: Ids, now: datetime) -> Organization:
        """Return a new organization with its root, AWS managed policies, and the management account at the root."""
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
        """Add a member to an organization."""
        organization.add_member(member)
        self._of[member.id] = organization

    def leave(self, account: str) -> None:
        """Remove a member from its organization, along with its policy attachments, tags, and delegations."""
        organization = self._of.pop(account)
        organization.remove_member(account)
        for clean_up in self.after_leaving:
            clean_up(organization.management, account)

    def delete(self, organization: Organization) -> None:
        """Delete an organization. Its accounts then don't belong to an organization."""
        for account in organization.members:
            self._of.pop(account, None)

    def sent_by(self, organization: Organization) -> list[Handshake]:
        """Return the handshakes that an organization sent."""
        return [each for each in self.handshakes.values() if each.organization == organization.id]

    def delete_expired(self, now: datetime) -> list[tuple[Organization, str, datetime]]:
        """Delete handshakes that ended a month ago, and remove accounts that were closed three months ago.

        Returns the removed accounts, each with its organization and the time of its removal.
        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
        """
        for identifier in [each.id for each in self.handshakes.values() if each.is_deleted(now)]:
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
        """Return whether an account has been closed with CloseAccount."""
        return account in self.closed
