"""A cloud that contains a real account, as far as the files describe it. It makes decisions but doesn't perform calls.

Decisions are based on the files. If the files lack the data for a decision, a `NotInFiles` error names the AWS CLI
command that prints the missing data. `gaps` lists facts that no decision can take into account.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, NoReturn

from labs_helpers.cloud import services
from labs_helpers.cloud.account_files.cli_output import Answers, collected
from labs_helpers.cloud.account_files.json_files import AccountFileError, NotInFiles, Place, read_files
from labs_helpers.cloud.account_files.last_accessed import Accessed
from labs_helpers.cloud.account_files.mistyped_names import mistyped_names
from labs_helpers.cloud.account_files.populate import Unknown, put_accounts, put_organization
from labs_helpers.cloud.account_files.unused_access import UnusedAccess, unused_access
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.call import Call, Judgement
from labs_helpers.cloud.gate.questions import Questions
from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.kms import key_policies
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table, account_in
from labs_helpers.engine.policy import Principal, PrincipalKind

_ANSWERS_FROM_FILES = frozenset({"iam", "sts", "organizations", "accessanalyzer"})
"""The services whose calls a loaded account answers. Other services would look as if the account were empty."""
_COMMANDS = {
    "s3": "aws s3api get-bucket-policy --bucket {name} > bucket-policy-{name}.json 2>&1",
    "kms": "aws kms get-key-policy --policy-name default --key-id {name} > key-policy-{name}.json",
    "sqs": "aws sqs get-queue-attributes --attribute-names All --queue-url …{name}",
    "sns": "aws sns get-topic-attributes --topic-arn {arn}",
    "lambda": "aws lambda get-policy --function-name {name}",
    "dynamodb": "aws dynamodb get-resource-policy --resource-arn {arn}",
    "secretsmanager": "aws secretsmanager get-resource-policy --secret-id {arn}",
}
_OWN_PREFIXES = frozenset({"iam", "sts", "organizations"})
"""Services whose resource policies and tags are part of the users and roles."""

_ALWAYS_MISSING = (
    "Session policies and VPC endpoint policies aren't in the files. They can only narrow what is allowed.",
    "Tags of resources other than users and roles aren't in the files: answers show the conditions on them.",
    "ACLs, access points, shared snapshots and images, and other services' policies aren't in the files.",
)
_KINDS_OF_RESOURCES = {
    "s3": ("buckets", "aws s3api get-bucket-policy"), "kms": ("keys", "aws kms get-key-policy"),
    "sqs": ("queues", "aws sqs get-queue-attributes --attribute-names All"),
    "sns": ("topics", "aws sns get-topic-attributes"), "lambda": ("functions", "aws lambda get-policy"),
    "dynamodb": ("tables", "aws dynamodb get-resource-policy"),
    "secretsmanager": ("secrets", "aws secretsmanager get-resource-policy"),
}  # fmt: skip
"""Service → the word for its resources, and the command that prints a resource's policy."""


class LoadedCloud(Cloud):
    """A cloud that contains the accounts described by a set of files.

    `load` starts it; `reset` restores the state that the files describe.

    The default profile is the root user of the first account (or of the management account, if the files identify it),
    so no identity is added to the account.
    """

    def __init__(self, *paths: str | os.PathLike[str]) -> None:
        """Read the files. Raises `AccountFileError`, with the file and line, for anything that can't be read."""
        self._answers = collected(read_files(paths))
        super().__init__(seed=1, home=_home(self._answers))
        self._unknown = Unknown()

    def start(self) -> Cloud:
        """Start making decisions, unless the cloud is already running."""
        return self if Cloud.running() is self else super().start()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Sentences about facts that no decision takes into account, because they aren't in the files."""
        return tuple(_gaps(self._answers))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The IDs of the accounts whose users, roles, and policies are known."""
        return tuple(self._answers.accounts)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The CloudTrail records in the files."""
        return self._answers.records

    @property
    def accessed(self) -> dict[str, Accessed]:
        """Last-accessed reports, by the ARN of a user or role, or by the ID of a root, OU, or account."""
        return self._answers.accessed

    def unused(self, days: int = 90) -> UnusedAccess:
        """Return the roles, passwords, access keys, and service permissions that weren't used in the last `days` days.

        Their last use is in the roles' descriptions, credential reports, and last-accessed reports; the result's `gaps`
        lists the reports that the files lack. Raises `ValueError` if `days` isn't positive.
        """
        if days < 1:
            raise ValueError(f"{days} days isn't a period: specify at least 1 day")
        return unused_access(self._answers, self.clock.now(), days)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The reasons that no decision can be made for some principals and accounts, without duplicates."""
        return tuple(
            dict.fromkeys([*self._unknown.principals.values(), *self._unknown.control_policies.values()])
        )

    @cached_property
    def mistakes(self) -> tuple[AccountFileError, ...]:
        """The names in the files' policies that don't exist on AWS, with file, line, and what was probably meant."""
        return tuple(mistyped_names(self._answers))

    def place_of(self, arn: str) -> tuple[str, int]:
        """Return the file and line that describe a user, role, group, policy, or the policy of a resource."""
        kinds = self._answers.identities.get(arn.split(":")[4], {})
        places = [by_arn[arn] for by_arn in kinds.values() if arn in by_arn]
        if arn in self._answers.documents:
            places.append(self._answers.documents[arn][0])
        if not places:
            raise LookupError(f"{arn} isn't in any file")
        return str(places[0].file.path), places[0].file.line(places[0].path) or 1

    def resource_policies(self) -> dict[str, tuple[str, ...]]:
        """Return the policies of the resources in the files, except roles, as JSON strings by ARN."""
        return {arn: (text,) for arn, text in self._answers.resource_policies.items() if text}

    def restricts_public_access(self, bucket: str) -> bool:
        """Return whether a Block Public Access file shows that a bucket with a public policy is limited to its account.

        Without such a file, the bucket is treated as unrestricted, and `gaps` contains a note about it.
        """
        owner = self._answers.owners.get(bucket, "")
        return bool({bucket, owner} & self._answers.restricting)

    def administrator(self, account: str) -> dict[str, str]:
        """Raise `NotInFiles`, because no identity can be added to a loaded account."""
        raise NotInFiles(
            f"no principal can be added to the loaded account {account}: use root(account) for its root user"
        )

    def account(self, account_id: str) -> Any:
        """Return a session for an account's root user."""
        return self.root(account_id)

    def root(self, account_id: str | None = None) -> Any:
        """Return a session for an account's root user, for access decisions only.

        Raises `NotInFiles` if the account isn't in the files.
        """
        account = account_id or self.home
        return self.profile(f"root-{account}", self.root_key(account))

    def root_key(self, account: str) -> dict[str, str]:
        """Return a new access key for an account's root user. Raises `NotInFiles` if the account isn't in the files."""
        if account not in self._answers.identities:
            raise NotInFiles(f"account {account} isn't in any file; loaded are {', '.join(self.accounts)}")
        return super().root_key(account)

    def _begin(self) -> None:
        hooks.reset(self._seed)
        self._unknown = put_accounts(self._answers, self.clock.now())
        put_organization(self._answers, self._state, self._unknown)
        self._state.touch_policies()
        self._state.before_call.append(_refuse_unloaded)
        assert self._gate is not None
        gate = self._gate
        gate.questions = _Questions(
            self._answers, self._unknown, self._state, gate.authorizer, self._network, self.home
        )
        self._profiles.add_keys("default", self.root_key(self.home))


def load(*paths: str | os.PathLike[str]) -> LoadedCloud:
    """Return a running cloud with the accounts that the files describe. `Cloud.from_account` calls this."""
    cloud = LoadedCloud(*paths)
    cloud.start()
    return cloud


def _home(answers: Answers) -> str:
    if not answers.identities:
        raise NotInFiles(
            "no file lists an account's users and roles: add what `aws iam get-account-authorization-details` prints"
        )
    managing = answers.organization.optional("MasterAccountId") if answers.organization is not None else ""
    return managing if managing in answers.identities else answers.accounts[0]


def _refuse_unloaded(call: Call) -> None:
    if call.service not in _ANSWERS_FROM_FILES:
        raise NotInFiles(
            f"{call.service}:{call.operation}: no file describes the {call.service} resources of a loaded account. "
            "Use would(), or use an empty Cloud()"
        )


def _gaps(answers: Answers) -> list[str]:
    gaps = []
    if answers.organization is None:
        gaps.append(
            "No file describes an organization: SCPs and RCPs, if there are any, aren't taken into account."
        )
    elif (
        answers.root is not None and _may_have_guardrails(answers.root) and not any(answers.attached.values())
    ):
        gaps.append("No file contains the targets of the SCPs and RCPs.")
    gaps += _resource_gaps(answers)
    if not answers.records:
        gaps.append("No file contains CloudTrail events: actual use isn't known.")
    return [*gaps, *_ALWAYS_MISSING]


def _may_have_guardrails(root: Place) -> bool:
    """Return False if the root shows that SCPs and RCPs aren't enabled, so that none has a target.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Root.html
    """
    if "PolicyTypes" not in root:
        return True
    kinds = {kind.optional("Type") for kind in root.items("PolicyTypes")}
    return not kinds.isdisjoint(("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"))


def _resource_gaps(answers: Answers) -> Iterator[str]:
    """Yield sentences about resources whose policies, settings, or grants aren't in the files."""
    known = {arn.split(":")[2] for arn in answers.resource_policies}
    for service, (resources, command) in _KINDS_OF_RESOURCES.items():
        if service not in known:
            yield f"The files contain no policies of {resources} (`{command}`): access through them isn't found."
    regions = sorted({arn.split(":")[3] for arn in answers.resource_policies} - {""})
    if regions:
        yield f"The files contain resource-based policies for these Regions only: {', '.join(regions)}."
    buckets = [arn for arn in answers.resource_policies if arn.startswith("arn:aws:s3:::")]
    covered = answers.with_public_access_block
    open_buckets = [arn for arn in buckets if not {arn, answers.owners.get(arn)} & covered]
    if open_buckets:
        yield (
            f"Buckets whose Block Public Access settings aren't in the files: {len(open_buckets)} (`aws s3api "
            "get-public-access-block`). What looks public might not be."
        )
    without = [arn for arn in answers.keys.values()
               if arn in answers.resource_policies and arn not in answers.grants]  # fmt: skip
    if without:
        yield (
            f"Grants of {len(without)} KMS keys aren't in the files (`aws kms list-grants`): only key policies apply."
        )


class _Questions(Questions):
    """Questions to the engine, answered from the files; a question whose answer would be a guess is rejected."""

    def __init__(self, answers: Answers, unknown: Unknown, *parts: Any) -> None:
        super().__init__(*parts)
        self._answers, self._unknown = answers, unknown
        self._tables: dict[str, Table] = {}
        self._arns = {
            (arn.split(":")[4], kind, arn.rpartition("/")[2]): arn
            for kinds in answers.identities.values()
            for kind in ("user", "role")
            for arn in kinds[kind]
        }

    def asker(
        self, principal_arn: str, resource: str, context: Mapping[str, Any], *, any_service: bool = False
    ) -> Callable[[str], Judgement]:
        """Return the function that judges actions. Raises `NotInFiles` if the answer would be a guess."""
        self._refuse_unknown(principal_arn)
        self._unknown.refuse_owner(self._bucket_owner(resource) or account_in(resource))
        return super().asker(principal_arn, resource, context, any_service=any_service)

    def _refuse_unknown(self, arn: str) -> None:
        """Raise `NotInFiles` unless the principal and all its policies are in the files."""
        principal = Principal.anonymous() if arn == "*" else Principal.from_arn(arn)
        if principal.account is None:
            return
        if principal.account not in self._answers.identities:
            raise NotInFiles(
                f"{arn}: account {principal.account} isn't in any file, so its permissions are unknown"
            )
        if principal.kind is PrincipalKind.ROOT:
            return self._unknown.refuse_principal(arn, principal.account)
        kind = "user" if principal.kind is PrincipalKind.USER else "role"
        known = self._arns.get((principal.account, kind, (principal.issuer or arn).rpartition("/")[2]))
        if known is None:
            raise NotInFiles(
                f"{arn} isn't in any file: account {principal.account}'s files don't contain this {kind}"
            )
        return self._unknown.refuse_principal(known, principal.account)

    def _table(self, action: str) -> Table:
        prefix = action.partition(":")[0]
        if prefix not in self._tables:
            self._tables[prefix] = self._table_from_files(prefix)
        return self._tables[prefix]

    def _table_from_files(self, prefix: str) -> Table:
        """Return a table for a service, which looks up resources in the files instead of in moto."""
        modelled = services.table_of_prefix(prefix)
        if prefix in _OWN_PREFIXES and modelled is not None:
            return modelled
        table = copy.copy(modelled) if modelled is not None else Table(prefix, prefix, resources={})
        has_policies = modelled is not None and modelled.policy is not None
        table.policy = (lambda call, ask: self._policy(prefix, ask)) if has_policies else None
        table.grants = (
            (lambda call, ask: self._answers.grants.get(ask.resource, [])) if prefix == "kms" else None
        )
        table.tags = table.beyond_rcps = None
        if prefix == "s3":
            table.owner_of_arn = self._bucket_owner
        return table

    def _policy(self, prefix: str, ask: Ask) -> tuple[str, str] | None:
        """Return the ARN and the policy of a resource; raise `NotInFiles` if no file shows whether it has one."""
        about_bucket = prefix == "s3" and ask.resource.startswith("arn:aws:s3:::")
        # A bucket's policy applies to every question about the bucket, even if the action has no resource type.
        if ask.type in (None, "alias") and not about_bucket:
            return None
        arn = _holder(prefix, ask.resource)
        if "*" in arn or "?" in arn:  # a pattern, which isn't a resource
            return None
        if arn in self._answers.resource_policies:
            text = self._answers.resource_policies[arn]
            if text is not None and prefix == "kms":
                return f"{arn} (key policy)", key_policies.effective(text)
            return (arn, text) if text is not None else None
        return _refuse_missing_policy(prefix, arn)

    def _bucket_owner(self, arn: str) -> str | None:
        return self._answers.owners.get(_holder("s3", arn))


def _holder(prefix: str, arn: str) -> str:
    """Return the ARN that the policy is attached to: an object's bucket, or the function of a version."""
    if prefix == "s3":
        return arn.partition("/")[0]
    return ":".join(arn.split(":")[:7]) if prefix == "lambda" else arn


def _refuse_missing_policy(prefix: str, arn: str) -> NoReturn:
    name = arn.rpartition(":")[2].rpartition("/")[2]
    printing = _COMMANDS.get(prefix)
    how = f": add what `{printing.format(name=name, arn=arn)}` prints" if printing else ""
    how += f'. If it has none, add a file with {{"WithoutPolicy": ["{arn}"]}}'
    raise NotInFiles(f"no file shows whether {arn} has a policy{how}")
