"""A search in a company for requests that a design allows but no ceiling allows, with engine/analysis/ceiling.

Probes test only anticipated requests. In this search, every principal makes requests: the company's roles, users, and
permission sets, its accounts' administrators, principals named in policies, outsiders, services, and holders of tokens.
Each request is evaluated with all policies of the design, including SCPs and RCPs, and with the policies of each
ceiling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud import managed_policy, parsed
from labs_helpers.course.days.day6.blueprint import MANAGEMENT, ROOT, filled
from labs_helpers.course.grading import ceiling
from labs_helpers.course.grading.ceiling import EVERYTHING, empty_policy, make_caller
from labs_helpers.engine.analysis.ceiling import Caller, Seed, guises, named
from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER, RESERVED
from labs_helpers.engine.analysis.ceiling.places import ELSEWHERE
from labs_helpers.engine.policy import Attached, Policies, PolicyKind, Principal, PrincipalKind

SECONDS = 1.5
"""The search's time limit in seconds. It is longer than in other exercises, because a company has more principals."""
_NUMBER = re.compile(r"\d{12}")
_WHOLE = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
_OPEN = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'
_SERVICES = ("cloudtrail.amazonaws.com", "logging.s3.amazonaws.com")
"""The services that write on behalf of any caller."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A request that a design allows but no ceiling allows.

    `story`: a sentence about the request. The other members help to find the clause of a task that limits the request.
    `policy` and `sid` belong to the statement that allows the request or, if a deny is missing, to the deny. Account
    names replace account IDs.
    """

    story: str
    principal: str
    action: str
    policy: str
    sid: str


def beyond(
    design: Mapping[str, Any], ceilings: Sequence[Mapping[str, Any]], known: Mapping[str, str]
) -> tuple[Excess, ...]:
    """Return at most three requests that a design (as data) allows but no ceiling allows.

    `known` are the values for the names in angle brackets.
    """
    sides = tuple(_PolicySet(filled(each, known), known) for each in (design, *ceilings))
    outcome = ceiling.search_for_witnesses(_Company(sides, known).everyone(), SECONDS)
    accounts = {number: f"<{name}>" for name, number in known.items() if number.isdigit()}

    def named_accounts(text: str) -> str:
        return _NUMBER.sub(lambda found: accounts.get(found[0], found[0]), text)

    return tuple(
        Excess(
            named_accounts(ceiling.story(each, "your design")),
            named_accounts(each.request.principal.arn),
            each.request.action,
            each.part.policy,
            each.part.statement.sid or "",
        )
        for each in outcome.witnesses
    )


@dataclass(frozen=True, slots=True)
class _Holder:
    """A principal of the company: account, ARN, identity-based policies, boundary."""

    account: str
    arn: str
    identity: tuple[Attached, ...]
    boundary: Attached | None


class _PolicySet:
    """A design or a ceiling, and the policies in force under it."""

    def __init__(self, design: Mapping[str, Any], known: Mapping[str, str]) -> None:
        self.design, self._known = design, known
        self._parents = {unit["name"]: unit.get("parent", ROOT) for unit in design["units"]}

    def levels(self, kind: str, account: str) -> tuple[tuple[Attached, ...], ...] | None:
        """Return the guardrails (`scps` or `rcps`) of an account, level by level; None for the management account."""
        if account not in self.design["accounts"]:
            return None
        place = self.design["accounts"][account]["unit"]
        way = [account]
        while place != ROOT:
            way.insert(0, place)
            place = self._parents[place]
        of = PolicyKind.SCP if kind == "scps" else PolicyKind.RCP
        return tuple(
            (
                *((_attached("FullAWSAccess", _WHOLE, of),) if kind == "scps" else ()),
                *(_guardrail(rail, of) for rail in self.design.get(kind, ()) if target in rail["targets"]),
            )
            for target in (ROOT, *way)
        )

    def people(self) -> Iterator[_Holder]:
        """Yield roles, users, and the roles that Identity Center creates from permission sets."""
        for role in self.design.get("roles", ()):
            yield self._held(role, "role")
        for user in self.design.get("users", ()):
            yield self._held(user, "user")
        sets = {each["name"]: each for each in self.design["people"]["permission_sets"]}
        for assigned in self.design["people"]["assignments"]:
            for account in assigned["accounts"]:
                yield self._assigned(sets[assigned["permission_set"]], account)

    def _held(self, part: Mapping[str, Any], kind: str) -> _Holder:
        account, name = part["account"], part["name"]
        arn = f"arn:aws:iam::{self._known[account]}:{kind}{part.get('path', '/')}{name}"
        own = [
            _attached(f"the {kind} {name} (policy {each})", document)
            for each, document in part.get("policies", {}).items()
        ]
        managed = [self._managed(arn, account) for arn in part.get("managed", ())]
        boundary = part.get("boundary")
        limit = self._managed(boundary, account, PolicyKind.BOUNDARY) if boundary else None
        return _Holder(account, arn, (*own, *(each for each in managed if each)), limit)

    def _assigned(self, each: Mapping[str, Any], account: str) -> _Holder:
        path = f"role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{each['name']}_0123456789abcdef"
        managed = [self._managed(arn, account) for arn in each.get("managed", ())]
        own = [_attached(f"the permission set {each['name']}", each["policy"])] if each.get("policy") else []
        name = each.get("boundary")
        limit = f"arn:aws:iam::{self._known[account]}:policy/{name}"
        boundary = self._managed(limit, account, PolicyKind.BOUNDARY) if name else None
        found = (*own, *(one for one in managed if one))
        return _Holder(account, f"arn:aws:iam::{self._known[account]}:{path}", found, boundary)

    def _managed(self, arn: str, account: str, kind: PolicyKind = PolicyKind.IDENTITY) -> Attached | None:
        document: Any = self.boundaries(account).get(arn)
        text = managed_policy(self._known[account], arn) if document is None else None
        return _attached(arn.rpartition("/")[2], document or text, kind) if document or text else None

    def boundaries(self, account: str) -> dict[str, Any]:
        """Return the customer managed policies of an account, by ARN."""
        return {
            f"arn:aws:iam::{self._known[account]}:policy{each.get('path', '/')}{each['name']}": each["policy"]
            for each in self.design.get("policies", ())
            if account in each["accounts"]
        }

    def resources(self) -> dict[str, tuple[str, Attached]]:
        """Return the resources with a resource-based policy, by ARN: the owning account and the policy."""
        found: dict[str, tuple[str, Attached]] = {}
        for role in self.design.get("roles", ()):
            arn = f"arn:aws:iam::{self._known[role['account']]}:role{role.get('path', '/')}{role['name']}"
            trust = _attached(f"the trust policy of the role {role['name']}", role["trust"], PolicyKind.TRUST)
            found[arn] = role["account"], trust
        for bucket in self.design.get("buckets", ()):
            if bucket.get("policy"):
                policy = _attached(
                    f"the policy of the bucket {bucket['name']}", bucket["policy"], PolicyKind.RESOURCE
                )
                found[f"arn:aws:s3:::{bucket['name']}"] = bucket["account"], policy
        for key in self.design.get("keys", ()):
            policy = _attached(f"the key policy of {key['alias']}", key["policy"], PolicyKind.KEY)
            found[self._known[f"key:{key['alias']}"]] = key["account"], policy
        return found


def _guardrail(rail: Mapping[str, Any], kind: PolicyKind) -> Attached:
    word = "SCP" if kind is PolicyKind.SCP else "RCP"
    return _attached(f"the {word} {rail['name']}", rail["policy"], kind)


def _attached(name: str, document: Any, kind: PolicyKind = PolicyKind.IDENTITY) -> Attached:
    return Attached(name, parsed(document if isinstance(document, str) else json.dumps(document), kind))


class _Company:
    """A company whose callers are created from the design and its ceilings."""

    def __init__(self, sides: tuple[_PolicySet, ...], known: Mapping[str, str]) -> None:
        self._sides, self._known = sides, known
        self._names = {number: name for name, number in known.items() if number.isdigit()}
        self._people = [{each.arn: each for each in side.people()} for side in sides]

    def everyone(self) -> Iterator[Caller]:
        """Yield all callers."""
        yield from self._administrators()
        yield from self._principals()
        yield from self._under_boundaries()
        yield from self._at_resources()
        yield from self._within_perimeters()

    def _accounts(self) -> list[str]:
        return [name for name in self._sides[0].design["accounts"] if name in self._known]

    def _principals(self) -> Iterator[Caller]:
        """Yield roles, users, and permission sets, each with its own policies."""
        for arn, held in self._people[0].items():
            policies = [
                self._policies_of(people.get(arn), side)
                for people, side in zip(self._people, self._sides, strict=True)
            ]
            yield self._caller(Principal.from_arn(arn), policies, self._seeds(held.account))

    def _policies_of(self, held: _Holder | None, side: _PolicySet) -> Policies:
        if held is None:
            return Policies()
        return Policies(held.identity, held.boundary, scp=side.levels("scps", held.account))

    def _administrators(self) -> Iterator[Caller]:
        """Yield each account's administrator, root user, and principals named in guardrails, with full access."""
        for account in self._accounts():
            limits = [Policies((EVERYTHING,), scp=side.levels("scps", account)) for side in self._sides]
            if all(each.scp == limits[0].scp for each in limits):
                continue
            number = self._known[account]
            people = [
                Principal.from_arn(f"arn:aws:iam::{number}:role/administrator"),
                Principal.from_arn(f"arn:aws:iam::{number}:root"),
                *(each for each in named(limits, number) if each.account == number),
            ]
            for principal in dict.fromkeys(people):
                yield self._caller(principal, limits, self._seeds(account))

    def _under_boundaries(self) -> Iterator[Caller]:
        """Yield principals with full access under a customer managed policy as their boundary."""
        for account in self._accounts():
            for arn in self._sides[0].boundaries(account):
                limits = [
                    Policies((EVERYTHING,), side._managed(arn, account, PolicyKind.BOUNDARY))
                    for side in self._sides
                ]
                if any(each.boundary is None for each in limits[1:]):
                    continue  # no ceiling has this policy, so there is no boundary to compare with
                principal = Principal.from_arn(f"arn:aws:iam::{self._known[account]}:role/app/newcomer")
                yield self._caller(principal, limits, self._seeds(account))

    def _at_resources(self) -> Iterator[Caller]:
        """Yield principals that access a resource by its own policy.

        The company's principals have their own policies, and all others have full access.
        """
        theirs = [side.resources() for side in self._sides]
        for arn, (account, policy) in theirs[0].items():
            kind = policy.policy.kind
            policies = [each[arn][1] if arn in each else empty_policy(kind) for each in theirs]
            if all(each.policy is policy.policy for each in policies):
                continue
            sides = [
                Policies(resource=each, rcp=side.levels("rcps", account))
                for each, side in zip(policies, self._sides, strict=True)
            ]
            seeds = (Seed(_FIRST[kind], arn, self._known[account], {}),)
            others = (Principal.from_arn(OUTSIDER), Principal.anonymous())
            insiders = [Principal.from_arn(each) for each in self._people[0]]
            strangers = map(self._elsewhere, named(sides, self._known[account]))
            for principal in dict.fromkeys((*strangers, *insiders, *others)):
                for asked in self._policies_in_force(principal, sides, self._known[account]):
                    yield self._caller(principal, asked, seeds, (arn,))

    def _elsewhere(self, principal: Principal) -> Principal:
        """Return a permission set's role as it would be in another organization, and any other principal unchanged.

        The company's permission sets are among its people, with their policies, and no one else can create such a role
        in its accounts. An outsider can give a permission set any name.
        """
        if RESERVED not in principal.arn or principal.account not in self._names:
            return principal
        return Principal.from_arn(principal.arn.replace(principal.account, ELSEWHERE))

    def _policies_in_force(
        self, principal: Principal, sides: list[Policies], owner: str
    ) -> Iterator[list[Policies]]:
        """Yield the policies in force for a principal that accesses a resource of the account `owner`.

        For a principal of another account, also yield full access: the resource's policy must not allow more than the
        task requires, even if the principal's own policies don't allow it yet.
        """
        of = [people.get(principal.issuer or principal.arn) for people in self._people]
        account = self._names.get(principal.account or "", MANAGEMENT)
        limited = [
            replace(each, scp=side.levels("scps", account))
            for each, side in zip(sides, self._sides, strict=True)
        ]
        if any(of):
            yield [
                replace(
                    each, identity=held.identity if held else (), boundary=held.boundary if held else None
                )
                for each, held in zip(limited, of, strict=True)
            ]
            if principal.account == owner:
                return
        else:
            yield limited
        if principal.account is not None:
            yield [replace(each, identity=(EVERYTHING,)) for each in limited]

    def _within_perimeters(self) -> Iterator[Caller]:
        """Yield principals that access a resource with an open policy, under the RCPs of its account."""
        for account in self._accounts():
            levels = [side.levels("rcps", account) for side in self._sides]
            if all(each == levels[0] for each in levels):
                continue
            number = self._known[account]
            for kind, asked in _LEFT_OPEN.items():
                resources = tuple(filled(arn, {**self._known, "here": number}) for _, arn in asked)
                seeds = tuple(
                    Seed(action, arn, number, {}) for (action, _), arn in zip(asked, resources, strict=True)
                )
                sides = [
                    Policies((EVERYTHING,), resource=_left_open(kind, self._providers(number)), rcp=each)
                    for each in levels
                ]
                member = Principal.from_arn(f"arn:aws:iam::{number}:role/administrator")
                for principal in (
                    *named(sides, number),
                    Principal.from_arn(OUTSIDER),
                    Principal.anonymous(),
                    member,
                    *self._bearers(number),
                ):
                    yield self._caller(principal, sides, seeds, resources)
                for guise in guises(sides):
                    yield self._caller(Principal.from_arn(OUTSIDER), sides, seeds, resources, guise)

    def _providers(self, number: str) -> list[str]:
        return [
            f"arn:aws:iam::{number}:oidc-provider/{each['url'].removeprefix('https://')}"
            for each in self._sides[0].design.get("providers", ())
            if self._known[each["account"]] == number
        ]

    def _audiences(self, principal: Principal) -> dict[str, tuple[str, ...]]:
        """Return the audiences that tokens of a provider can have, because STS rejects tokens with other audiences.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        """
        if principal.kind is not PrincipalKind.WEB_IDENTITY:
            return {}
        return {
            f"{url}:aud".lower(): tuple(each["audiences"])
            for each in self._sides[0].design.get("providers", ())
            if principal.arn.endswith(f"/{(url := each['url'].removeprefix('https://'))}")
        }

    def _bearers(self, number: str) -> list[Principal]:
        tokens = [Principal.web_identity(arn) for arn in self._providers(number)]
        return [*(Principal.service(name) for name in _SERVICES), *tokens]

    def _seeds(self, account: str) -> tuple[Seed, ...]:
        """Return resources of the account to begin the search with."""
        found = []
        for arn, (owner, policy) in self._sides[0].resources().items():
            if owner == account:
                found.append(Seed(_FIRST[policy.policy.kind], arn, self._known[account], {}))
        return tuple(found)

    def _caller(
        self,
        principal: Principal,
        policies: Sequence[Policies],
        seeds: tuple[Seed, ...],
        within: tuple[str, ...] | None = None,
        guise: Mapping[str, Any] | None = None,
    ) -> Caller:
        made = make_caller(principal, policies[0], tuple(policies[1:]), seeds, within)
        context = {**made.context, **self._membership(principal), **(guise or {})}
        return replace(made, context=context, only=self._audiences(principal))

    def _membership(self, principal: Principal) -> dict[str, Any]:
        """Return the condition keys that name a caller's organization."""
        if principal.account not in self._names:
            return {}
        organization = self._known["organization"]
        return {"aws:principalorgid": organization, "aws:principalorgpaths": (f"{organization}/r-1/",)}


_FIRST = {
    PolicyKind.TRUST: "sts:AssumeRole",
    PolicyKind.RESOURCE: "s3:GetObject",
    PolicyKind.KEY: "kms:Decrypt",
}
_LEFT_OPEN = {
    PolicyKind.RESOURCE: (
        ("s3:GetObject", "arn:aws:s3:::left-open-<here>/x"),
        ("s3:ListBucket", "arn:aws:s3:::left-open-<here>"),
        ("sqs:SendMessage", "arn:aws:sqs:<home>:<here>:left-open"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:<home>:<here>:secret:left-open-AbCdEf"),
    ),
    PolicyKind.KEY: (("kms:Decrypt", "arn:aws:kms:<home>:<here>:key/1234abcd-12ab-34cd-56ef-1234567890ab"),),
    PolicyKind.TRUST: (("sts:AssumeRole", "arn:aws:iam::<here>:role/left-open"),),
}


def _left_open(kind: PolicyKind, providers: list[str]) -> Attached:
    """Return a resource-based policy that allows everyone."""
    if kind is not PolicyKind.TRUST:
        return _attached("a policy written in a hurry", _OPEN, kind)
    principals: list[dict[str, Any]] = [{"AWS": "*"}, *({"Federated": each} for each in providers)]
    actions = ["sts:AssumeRole", *("sts:AssumeRoleWithWebIdentity" for _ in providers)]
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": action}
        for principal, action in zip(principals, actions, strict=True)
    ]
    return _attached(
        "a trust policy written in a hurry", {"Version": "2012-10-17", "Statement": statements}, kind
    )
