"""Functions that create a cloud's contents from files: users, groups, roles, policies, and the organization's tree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from labs_helpers.cloud.account_files.cli_output import Answers
from labs_helpers.cloud.account_files.json_files import AccountFileError, NotInFiles, Place, steps
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate.policies_in_force import parsed
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.organizations.state import (
    RCP,
    SCP,
    Member,
    Organization,
    OrganizationPolicy,
    Organizations,
    Unit,
)
from labs_helpers.engine.policy import PolicyError, PolicyKind

_ABOUT = {SCP: "SCPs", RCP: "RCPs"}


@dataclass(slots=True)
class Unknown:
    """Missing data that makes decisions impossible: by a principal's ARN and, for SCPs and RCPs, by account."""

    principals: dict[str, str] = field(default_factory=dict)
    control_policies: dict[tuple[str, str], str] = field(default_factory=dict)
    """The reason that the policies for an account aren't known, by account and policy type."""

    def refuse_principal(self, arn: str, account: str) -> None:
        """Raise `NotInFiles` if any decision about a principal would be a guess."""
        _refuse(self.principals.get(arn) or self.control_policies.get((account, SCP)))

    def refuse_owner(self, account: str | None) -> None:
        """Raise `NotInFiles` if the RCPs that apply to an account's resources aren't known."""
        _refuse(self.control_policies.get((account or "", RCP)))


def _refuse(why: str | None) -> None:
    if why is not None:
        raise NotInFiles(why)


def put_accounts(answers: Answers, now: datetime) -> Unknown:
    """Create in moto's IAM the identities and policies that the files describe, and return the missing data.

    Raises `AccountFileError`, which names the file and the line, for data that can't be stored.
    """
    unknown = Unknown()
    for account in answers.accounts:
        _Account(answers, account, now, unknown).put()
    return unknown


class _Account:
    """One account while it is created."""

    def __init__(self, answers: Answers, account: str, now: datetime, unknown: Unknown) -> None:
        self._id, self._now, self._unknown = account, now, unknown
        self._kinds = answers.identities[account]
        self._readable: dict[str, str | None] = {}
        """ARN of a managed policy → the reason why it can't be read, or None if it can."""

    def put(self) -> None:
        """Create the account's policies and identities; groups before users, because users join them."""
        for arn, place in self._kinds["policy"].items():
            self._put_policy(arn, place)
        for place in self._kinds["group"].values():
            self._put_group(place)
        for arn, place in self._kinds["user"].items():
            self._put_user(arn, place)
        for arn, place in self._kinds["role"].items():
            self._put_role(arn, place)

    def _put_policy(self, arn: str, place: Place) -> None:
        default = place.text("DefaultVersionId")
        versions = [
            (each.text("VersionId"), each.document("Document"), each.time("CreateDate", self._now))
            for each in place.items("PolicyVersionList")
        ]
        document = next((text for version, text, _ in versions if version == default), None)
        if document is None:
            raise place.wrong(f"{arn[:100]}: its default version {default} is not in PolicyVersionList")
        index = [version for version, _, _ in versions].index(default)
        self._readable[arn] = _fault(
            place, ("PolicyVersionList", index, "Document"), document, PolicyKind.IDENTITY
        )
        moto_iam.keep_policy(
            self._id, place.text("PolicyName"), arn, versions, default, policy_id=place.optional("PolicyId"),
            created=place.time("CreateDate", self._now), description=place.optional("Description"),
        )  # fmt: skip

    def _put_group(self, place: Place) -> None:
        group = moto_iam.keep_group(
            self._id, place.text("GroupName"), place.optional("Path", "/"), place.optional("GroupId"),
            place.time("CreateDate", self._now),
        )  # fmt: skip
        group.policies.update(self._inline(place, "GroupPolicyList", place.text("Arn")))
        self._attach(place, group)

    def _put_user(self, arn: str, place: Place) -> None:
        user = moto_iam.keep_user(
            self._id, place.text("UserName"), place.optional("Path", "/"), place.optional("UserId"),
            place.time("CreateDate", self._now), _tags(place),
        )  # fmt: skip
        user.policies.update(self._inline(place, "UserPolicyList", arn))
        self._attach(place, user)
        user.permissions_boundary_arn = self._boundary(place, arn)
        for name in place.value.get("GroupList") or []:
            group = moto_iam.backend(self._id).groups.get(name)
            if group is None:
                self._note_missing(arn, f"the group {name} of {arn} isn't in any file: load what "
                            "`aws iam get-account-authorization-details` prints without --filter")  # fmt: skip
                continue
            group.users.append(user)
            why = self._unknown.principals.get(group.arn)
            if why is not None:
                self._note_missing(arn, why)

    def _put_role(self, arn: str, place: Place) -> None:
        trust = place.document("AssumeRolePolicyDocument")
        path = place.optional("Path", "/")
        linked = path.split("/")[2] if path.startswith("/aws-service-role/") else None
        role = moto_iam.add_role(
            self._id, place.text("RoleName"), trust, path=path, role_id=place.text("RoleId"),
            created=place.time("CreateDate", self._now), boundary=self._boundary(place, arn), tags=_tags(place),
            linked_service=linked,
        )  # fmt: skip
        fault = _fault(place, ("AssumeRolePolicyDocument",), trust, PolicyKind.TRUST)
        if fault is not None:
            self._note_missing(arn, fault)
        role.policies.update(self._inline(place, "RolePolicyList", arn))
        self._attach(place, role)

    def _inline(self, place: Place, listed: str, arn: str) -> Iterator[tuple[str, str]]:
        for index, each in enumerate(place.items(listed)):
            text = each.document("PolicyDocument")
            fault = _fault(place, (listed, index, "PolicyDocument"), text, PolicyKind.IDENTITY)
            if fault is not None:
                self._note_missing(arn, fault)
            yield each.text("PolicyName"), text

    def _attach(self, place: Place, identity: moto_iam.Identity) -> None:
        for each in place.items("AttachedManagedPolicies"):
            if self._knows(each.arn("PolicyArn"), place.text("Arn")):
                moto_iam.attach(self._id, each.text("PolicyArn"), identity)

    def _boundary(self, place: Place, arn: str) -> str | None:
        if "PermissionsBoundary" not in place:
            return None
        boundary = place.member("PermissionsBoundary").arn("PermissionsBoundaryArn")
        return boundary if self._knows(boundary, arn) else None

    def _knows(self, policy: str, arn: str) -> bool:
        """Return whether an identity's managed policy is in the files and readable; record the reason if it isn't."""
        if policy not in self._readable:
            self._note_missing(arn, f"the policy {policy} of {arn} isn't in any file: load what "
                        "`aws iam get-account-authorization-details` prints without --filter")  # fmt: skip
            return False
        fault = self._readable[policy]
        if fault is not None:
            self._note_missing(arn, fault)
        return fault is None

    def _note_missing(self, arn: str, why: str) -> None:
        self._unknown.principals.setdefault(arn, why)


def _tags(place: Place) -> list[dict[str, str]]:
    return [{"Key": each.text("Key"), "Value": each.text("Value")} for each in place.items("Tags")]


def _fault(place: Place, path: tuple[str | int, ...], text: str, kind: PolicyKind) -> str | None:
    """Return the reason why a policy can't be read, with file and line, or None if it can be read."""
    try:
        parsed(text, kind)
    except PolicyError as error:
        where = place.file.line((*place.path, *path, *steps(error.path)))
        return str(AccountFileError(place.file.path, where, f"this policy can't be read: {error}"))
    return None


# The organization


def put_organization(answers: Answers, state: State, unknown: Unknown) -> Organization | None:
    """Create the organization that the files describe, or return None if they don't describe one."""
    described = answers.organization
    if described is None:
        return None
    if answers.root is None:
        raise described.wrong("the root isn't in any file: add what `aws organizations list-roots` prints")
    now = state.clock.now()
    organization = Organization(
        described.text("Id"), described.text("MasterAccountId"), described.optional("FeatureSet", "ALL"),
        answers.root.text("Id"),
    )  # fmt: skip
    organization.add_unit(Unit(organization.root, answers.root.optional("Name", "Root"), None))
    for unit in _parents_first(answers, organization.root):
        organization.add_unit(Unit(unit, answers.units[unit].text("Name"), answers.parents[unit]))
    _join(answers, state.part(Organizations), organization, now)
    for identifier, place in answers.policies.items():
        organization.add_policy(_policy(answers, identifier, place))
    for place in answers.root.items("PolicyTypes"):
        if place.optional("Status") == "ENABLED":
            organization.enabled[place.text("Type")] = None
    _attach_policies(answers, organization)
    for account in organization.members:
        _note_unknown(answers, organization, account, unknown)
    return organization


def _parents_first(answers: Answers, root: str) -> Iterator[str]:
    """Return the IDs of the OUs, parents first."""
    waiting, placed = dict(answers.units), {root}
    while waiting:
        ready = [each for each in waiting if answers.parents.get(each) in placed]
        if not ready:
            place = next(iter(waiting.values()))
            raise place.wrong(
                f"the parent of {place.text('Id')} isn't in any file: use a newer AWS CLI, which prints its Path, "
                "or name the file units-PARENTID.json"
            )
        for each in ready:
            del waiting[each]
            placed.add(each)
            yield each


def _join(answers: Answers, organizations: Organizations, organization: Organization, now: datetime) -> None:
    for account, place in answers.members.items():
        parent = answers.parents.get(account)
        if parent not in organization.units:
            raise place.wrong(
                f"the parent of account {account} isn't in any file: use a newer AWS CLI, which prints its Paths, "
                "or name the file of list-accounts-for-parent accounts-PARENTID.json"
            )
        name, email = place.optional("Name", account), place.optional("Email", f"{account}@example.com")
        organizations.set_profile(account, name, email)
        joined = place.time("JoinedTimestamp", now)
        method = place.optional("JoinedMethod", "CREATED")
        organizations.join(organization, Member(account, name, email, method, joined, parent))
    for account in answers.accounts:
        if account not in organization.members:
            first = next(place for kind in answers.identities[account].values() for place in kind.values())
            raise first.wrong(f"account {account} isn't in the organization {organization.id} in these files")


def _policy(answers: Answers, identifier: str, place: Place) -> OrganizationPolicy:
    return OrganizationPolicy(
        identifier, place.text("Type"), place.text("Name"), place.optional("Description"),
        answers.contents.get(identifier, ""), bool(place.value.get("AwsManaged")),
    )  # fmt: skip


def _attach_policies(answers: Answers, organization: Organization) -> None:
    for target, policies in answers.attached.items():
        if not organization.is_target(target):
            assert answers.organization is not None
            raise answers.organization.wrong(
                f"a policy is attached to {target}, which isn't in any file of this organization"
            )
        for identifier in policies:
            if identifier in organization.policies:
                organization.attach(organization.policies[identifier], target)


def _note_unknown(answers: Answers, organization: Organization, account: str, unknown: Unknown) -> None:
    """Record the account's SCPs or RCPs as unknown if a root, OU, or account has no readable policy in the files.

    AWS attaches at least one SCP to each of them, and RCPFullAWSAccess as well, so a target without a policy means
    that a file is missing.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    if account == organization.management:  # SCPs and RCPs don't affect the management account
        return
    for policy_type in (each for each in (SCP, RCP) if each in organization.enabled):
        for target in organization.ids_from_root(account):
            attached = organization.attached_to(target, policy_type)
            unreadable = next((each for each in attached if not _readable(each)), None)
            if not attached:
                why = (
                    f"the {_ABOUT[policy_type]} attached to {target} aren't in any file: add what `aws organizations "
                    f"list-policies-for-target --target-id {target} --filter {policy_type}` prints, as "
                    f"policies-{target}-{policy_type}.json"
                )
            elif unreadable is not None:
                why = (
                    f"the document of the policy {unreadable.id} ({unreadable.name}) isn't in any file, or can't be "
                    f"read: add what `aws organizations describe-policy --policy-id {unreadable.id}` prints"
                )
            else:
                continue
            unknown.control_policies.setdefault((account, policy_type), why)


def _readable(policy: OrganizationPolicy) -> bool:
    if not policy.content:
        return False
    try:
        parsed(policy.content, PolicyKind.SCP if policy.type == SCP else PolicyKind.RCP)
        json.loads(policy.content)
    except (PolicyError, ValueError):
        return False
    return True
