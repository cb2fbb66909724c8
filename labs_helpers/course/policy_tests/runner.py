"""The runner for tables of policy tests: the engine evaluates requests before any policy is attached on AWS.

A table is a YAML file (docs/policy-as-code.md describes it): the tree of OUs and accounts with their attached policies,
or only the policies, and requests with the expected decisions. The tests don't attach anything or start a cloud.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import (
    FULL_ACCESS,
    RCP,
    RCP_FULL_ACCESS,
    SCP,
    ServiceError,
    check_organization_policy,
    policy_quota,
)
from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.course.policy_tests.names import refuse_unknown_names
from labs_helpers.course.policy_tests.policy_test_table import (
    AccountLevel,
    File,
    Level,
    TableError,
    Test,
    read_input,
    read_table,
)
from labs_helpers.engine.analysis.containment.comparison import Comparison, compare_limits
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import (  # fmt: skip
    AccessRequest,
    Attached,
    Decision,
    Policies,
    PolicyError,
    PolicyKind,
    Principal,
    decide,
    is_kms_key,
    needs_trust,
    parse_policy,
)
from labs_helpers.engine.policy.arn import account_number_in
from labs_helpers.engine.policy.request import read_context
from labs_helpers.limits import POLICY_TESTS_REQUESTS

if TYPE_CHECKING:
    from labs_helpers.cloud import Guardrails

_TYPES = {"scp": (SCP, PolicyKind.SCP), "rcp": (RCP, PolicyKind.RCP)}
_OF_AWS = {"FullAWSAccess": FULL_ACCESS, "RCPFullAWSAccess": RCP_FULL_ACCESS}
_EVERYTHING = Attached(
    "everything",
    parse_policy(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    ),
)


def _open(kind: PolicyKind) -> Attached:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    if kind is PolicyKind.TRUST:
        del statement["Resource"]
        statement["Action"] = "sts:*"
    return Attached(
        "open to everyone", parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind)
    )


_OPEN = {kind: _open(kind) for kind in (PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY)}
"""Policy kind → a policy that allows everyone to do everything."""
_DEEPEST = 5
"""The deepest level at which an OU can be: AWS's own limit."""


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """The outcome of one request.

    `witness`: a description of the request; `reason`: AWS's reason, with the statement that determined the decision.
    """

    test: str
    passed: bool
    witness: str
    expected: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class TableReport:
    """The outcomes of all requests in a file, in order."""

    path: str
    outcomes: tuple[RequestOutcome, ...]

    @property
    def failed(self) -> tuple[RequestOutcome, ...]:
        """Return the outcomes that are not as expected."""
        return tuple(each for each in self.outcomes if not each.passed)


def run(path: str | Path) -> TableReport:
    """Evaluate the requests in a file.

    Raises `TableError` if the file can't be read, or refers to something that doesn't exist, here or on AWS.
    """
    path = Path(path)
    file = read_table(path)
    refuse_unknown_names(path, file)
    return TableReport(str(path), tuple(_Run(path, file).outcomes()))


def compare(before: str | Path, after: str | Path) -> list[tuple[str, Comparison | None]]:
    """Compare what the SCPs and RCPs of two tables allow each account, for any request.

    Returns each account's name with the comparison, or with None if only one of the tables has the account. If both
    have it, the name is the second table's. Raises `TableError` as `run` does.
    """
    one, other = (_Run(Path(path), read_table(Path(path))) for path in (before, after))
    old = {account.id: account for account in one.accounts.values()}
    found: list[tuple[str, Comparison | None]] = []
    for name, account in other.accounts.items():
        earlier = old.pop(account.id, None)
        comparison = None
        if earlier is not None:
            comparison = compare_limits(account.id, earlier.limits, account.limits, other.organization)
        found.append((name, comparison))
    names = {account.id: name for name, account in one.accounts.items()}
    return [*found, *((names[id], None) for id in old)]


def guardrails(path: str | Path) -> Guardrails:
    """Return the SCPs of a table, by account. Raises `TableError` as `run` does."""
    return _Run(Path(path), read_table(Path(path)))


@dataclass(slots=True)
class _Account:
    """A member account: its ID, the names of the levels above it, and the policies of each level by slot."""

    id: str
    path: tuple[str, ...]
    levels: dict[str, tuple[tuple[Attached, ...], ...]] = field(default_factory=dict)

    @property
    def limits(self) -> Policies:
        """The SCPs and RCPs in the form of the decision engine."""
        return Policies(scp=self.levels["scp"], rcp=self.levels["rcp"])


class _Run:
    """A run of one file."""

    def __init__(self, path: Path, file: File) -> None:
        self._path, self._file = path, file
        self._texts = dict(_OF_AWS) | dict(self._policies_of_directories())
        self._texts |= {name: json.dumps(document) for name, document in file.documents.items()}
        self._parsed: dict[tuple[str, PolicyKind], Attached] = {}
        self.accounts: dict[str, _Account] = {}
        self._walk(file.tree, "root", (), {"scp": (), "rcp": ()})

    @property
    def organization(self) -> str:
        """The organization's ID."""
        return self._file.organization_id

    def levels(self, account: str) -> tuple[tuple[Attached, ...], ...] | None:
        """Return the SCPs for an account, by level from the root, or None if none apply."""
        member = self._member(account)
        return None if member is None else member.levels["scp"]

    def place(self, account: str) -> tuple[str, str] | None:
        """Return the organization's ID and an account's path in it, or None for an account outside it."""
        member = self._member(account)
        if member is None and account != self._file.management:
            return None
        path = member.path if member is not None else ("root",)
        return self.organization, "/".join((self.organization, *path)) + "/"

    def outcomes(self) -> Iterator[RequestOutcome]:
        """Yield the outcome of every combination of the lists in each test. Raises `TableError` as `run` does."""
        tests = [
            (each, each.account or ("",), each.principal, each.action, each.resource)
            for each in self._file.tests
        ]
        if sum(math.prod(map(len, lists)) for _, *lists in tests) > POLICY_TESTS_REQUESTS:
            raise TableError(
                f"{self._path}: tests: more than {POLICY_TESTS_REQUESTS:,} requests in one file, the limit"
            )
        for number, (test, *lists) in enumerate(tests):
            for account, principal, action, resource in itertools.product(*lists):
                try:
                    yield self._decided(test, account, principal, action, resource)
                except (PolicyError, LookupError) as error:
                    where = f"{self._path}: tests.{number} ({test.name})"
                    raise TableError(f"{where}: {_error_text(error)}") from None

    # Reading

    def _policies_of_directories(self) -> Iterator[tuple[str, str]]:
        for each in self._file.policies:
            folder = self._path.parent / each
            if not folder.is_dir():
                raise TableError(f"{self._path}: policies: the directory {each} doesn't exist")
            for file in sorted(folder.glob("*.json")):
                yield file.stem, read_input(file)

    def _walk(
        self,
        level: Level,
        name: str,
        path: tuple[str, ...],
        above: dict[str, tuple[tuple[Attached, ...], ...]],
    ) -> None:
        """Record the accounts at and below a level. `path`: the names of the levels above; `above`: their policies."""
        if len(path) > _DEEPEST:
            raise TableError(f"{self._path}: {name}: OUs can be nested at most {_DEEPEST} levels deep")
        policies = self._levels(level, name, above)
        for unit, below in level.units.items():
            self._walk(below, unit, (*path, name), policies)
        for account, given in level.accounts.items():
            own = AccountLevel(id=given) if isinstance(given, str) else given
            if account in self.accounts or own.id in {each.id for each in self.accounts.values()}:
                raise TableError(f"{self._path}: the account {account} ({own.id}) occurs twice in the tree")
            levels = self._levels(own, account, policies)
            self.accounts[account] = _Account(own.id, (*path, name), levels)

    def _levels(
        self, level: Level | AccountLevel, name: str, above: dict[str, tuple[tuple[Attached, ...], ...]]
    ) -> dict[str, tuple[tuple[Attached, ...], ...]]:
        """Return the policies of the levels above and of this one, by slot."""
        found = {}
        for slot, (policy_type, kind) in _TYPES.items():
            names: Sequence[str] = getattr(level, slot)
            most = policy_quota(policy_type).attached
            if not 1 <= len(names) <= most:
                raise TableError(
                    f"{self._path}: {name}: {slot}: needs 1 to {most} policies, but has {len(names)}"
                )
            found[slot] = (*above[slot], tuple(self._policy(each, kind, policy_type) for each in names))
        return found

    def _policy(self, name: str, kind: PolicyKind, policy_type: str | None = None) -> Attached:
        kept = self._parsed.get((name, kind))
        if kept is not None:
            return kept
        if name not in self._texts:
            raise TableError(f"{self._path}: there is no policy {name}. Policies: {', '.join(self._texts)}")
        text = self._texts[name]
        try:
            if policy_type is not None and name not in _OF_AWS:
                check_organization_policy(policy_type, text)
            attached = Attached(name, parse_policy(text, kind))
        except (PolicyError, ServiceError) as error:
            raise TableError(f"{self._path}: {name}: {_error_text(error)}") from None
        self._parsed[name, kind] = attached
        return attached

    # Deciding

    def _decided(
        self, test: Test, account: str, principal: str, action: str, resource: str
    ) -> RequestOutcome:
        who = self._principal(account, principal)
        caller = self._member(who.account)
        owner_id = self._owner(test, who, account, resource)
        owner = self._member(owner_id)
        request = AccessRequest.of(
            who, action, resource, account=owner_id, context=self._context(test, who, owner_id, resource)
        )
        policies = Policies(
            identity=self._identity(test) if who.account else (),
            resource=self._resource(test, request),
            scp=caller.levels["scp"] if caller else None,
            rcp=owner.levels["rcp"] if owner else None,
        )
        decision = decide(request, policies)
        passed = decision.allowed == (test.expect == "allow")
        if passed and test.because is not None:
            passed = test.because.lower() in decision.reason.lower()
        keys = "".join(f", {key} = {value}" for key, value in test.context.items())
        witness = f"{who.arn} requests {action} on {resource}{keys}"
        word = "allow" if decision.allowed else "deny"
        return RequestOutcome(test.name, passed, witness, test.expect, word, _reason(decision))

    def _principal(self, account: str, principal: str) -> Principal:
        if principal == "anonymous":
            return Principal.anonymous()
        if principal.startswith("service:"):
            return Principal.service(principal.removeprefix("service:"))
        if principal.startswith("arn:"):
            return _session_of(principal)
        if not account:
            raise LookupError(f'"{principal}" needs an "account"')
        return _session_of(f"arn:aws:iam::{self._id(account)}:{principal}")

    def _owner(self, test: Test, who: Principal, account: str, resource: str) -> str:
        """Return the account that owns the resource: the one the test names, the ARN's, or the principal's.

        An AWS service and an anonymous caller have no account, so for them `account` is the owner. Raises `LookupError`
        if there is none, because the guardrails that apply would be unknown.
        """
        if test.owner:
            return self._id(test.owner)
        found = account_number_in(resource) or who.account or (self._id(account) if account else None)
        if found is None:
            raise LookupError(
                f'{who.arn} has no account, so the request needs an "owner", the resource\'s account'
            )
        return found

    def _id(self, account: str) -> str:
        if account in self.accounts:
            return self.accounts[account].id
        if account == "management":
            return self._file.management
        if account.isdecimal() and len(account) == 12:
            return account
        known = ", ".join((*self.accounts, "management"))
        raise LookupError(f"there is no account {account}. Use {known}, or a 12-digit account ID")

    def _member(self, account: str | None) -> _Account | None:
        """Return the member account with this ID, or None for the management account and for external accounts."""
        return next((each for each in self.accounts.values() if each.id == account), None)

    def _identity(self, test: Test) -> tuple[Attached, ...]:
        names = test.identity
        if test.permission_set is not None:
            if test.permission_set not in self._file.permission_sets:
                raise LookupError(f"there is no permission set {test.permission_set}")
            names = self._file.permission_sets[test.permission_set]
        if names is None:
            return (_EVERYTHING,)
        return tuple(self._policy(each, PolicyKind.IDENTITY) for each in names)

    def _resource(self, test: Test, request: AccessRequest) -> Attached | None:
        """Return the resource's policy: the one that the test names, or an open one if the request needs one."""
        kind = PolicyKind.RESOURCE
        if needs_trust(request.action_key, request.resource):
            kind = PolicyKind.TRUST
        elif is_kms_key(request.resource):
            kind = PolicyKind.KEY
        if test.resource_policy is not None:
            return self._policy(test.resource_policy, kind)
        if kind is PolicyKind.RESOURCE and request.account == request.principal.account:
            return None
        return _OPEN[kind]

    def _context(self, test: Test, who: Principal, owner: str | None, resource: str) -> dict[str, Any]:
        context = request_context(who, owner)
        for whose, account in (("principal", who.account), ("resource", owner)):
            place = self.place(account or "")
            if place is not None:
                context[f"aws:{whose}orgid"], context[f"aws:{whose}orgpaths"] = place[0], (place[1],)
        own = read_context({key: _text(value) for key, value in test.context.items()}, "context")
        return settled(context, own, resource)


def _text(value: Any) -> Any:
    """Return a YAML value as the text that a request contains: YAML reads numbers, dates, and `yes` as such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [_text(each) for each in value] if isinstance(value, list) else str(value)


def _session_of(arn: str) -> Principal:
    """Return the principal of an ARN; for a role, a session of the role."""
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[5].startswith("role/"):
        name = parts[5].rpartition("/")[2]
        return Principal.from_arn(f"arn:aws:sts::{parts[4]}:assumed-role/{name}/test", issuer=arn)
    return Principal.from_arn(arn)


def _reason(decision: Decision) -> str:
    if decision.allowed:
        return "no policy denies it"
    check = decision.refused_by
    denying = next(
        (each for each in (check.matched if check else ()) if each.effect == "EXPLICIT_DENY"), None
    )
    if denying is None:
        return f"denied {decision.reason}"
    sid = f' "{denying.sid}"' if denying.sid else ""
    return f"denied {decision.reason} ({denying.policy}, statement {denying.index + 1}{sid})"


def _error_text(error: Exception) -> str:
    """Return an error's message; a KeyError's own text would be quoted."""
    return str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)


def reports(paths: Sequence[str]) -> list[TableReport]:
    """Return a report for each file, and for each .yaml and .yml file in a directory.

    Raises `TableError` if a file can't be read, or refers to something that doesn't exist.
    """
    found: list[TableReport] = []
    for each in paths:
        path = Path(each)
        files = sorted((*path.glob("*.yaml"), *path.glob("*.yml"))) if path.is_dir() else [path]
        if not files:
            raise TableError(f"{path}: no .yaml file in this directory")
        found += map(run, files)
    return found
