"""Who could do what with a policy: the cloud's principals and resources are asked about twice, without it and with it.

Nothing is attached, performed or recorded. The questions are bounded by `MAX_QUESTIONS` and `MAX_SECONDS`; what was
left out is said. Asked are the actions that the policy names, wildcards expanded with AWS's list, and for policies
that take away or stand in another's place also those that the principal's policies, or the replaced one, name.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from labs_helpers import services
from labs_helpers.analysis.public import is_public
from labs_helpers.cloud import Cloud
from labs_helpers.core.call import Judgement
from labs_helpers.core.errors import NotModelled
from labs_helpers.policy import (
    Attached,
    Policies,
    Policy,
    PolicyError,
    PolicyKind,
    Statement,
    decide,
    parse_policy,
)
from labs_helpers.policy.arn import Arn
from labs_helpers.policy.matching import TextTest, glob
from labs_helpers.policy.variables import tokenize
from labs_helpers.reference import authorization as reference
from labs_helpers.reference.arns import types_of
from labs_helpers.services.organizations.state import Organizations
from labs_helpers.services.s3 import access_block

MAX_QUESTIONS = 5_000
MAX_SECONDS = 15.0
MAX_CHANGES = 2_000
EVERYONE = "*"
ATTACHED = "the policy in the editor"

_MAX_RESOURCES = 500
_MAX_PATTERNS = 1_000
_MAX_EXAMPLES = 100
_BODY = 50_000
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s\"'<>&\\,*?]+")
_FILLED = re.compile(r"\$\{[^}]*\}")
_WILD = re.compile(r"\$\{[^}]*\}|[*?]+")
_DELETES = re.compile(
    "Delete(Bucket|Object|Queue|Topic|Table|Secret|Function|Group|Policy|Rule|LogGroup|Trail)"
)
_WITH_POLICY = {
    "s3": ("bucket",), "sqs": ("queue",), "sns": ("topic",), "lambda": ("function",), "secretsmanager": ("secret",),
    "dynamodb": ("table",),
}  # fmt: skip
# These kinds take away what is allowed by others, so what the others allow is asked about as well.
_LIMITS = frozenset({PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.VPC_ENDPOINT})
OF_RESOURCE = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY})
_OF_ACCOUNT = frozenset({PolicyKind.SCP, PolicyKind.RCP})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `before` and `after` are decisions' effects, e.g. IMPLICIT_DENY and ALLOW."""

    principal: str
    action: str
    resource: str
    before: str
    after: str


def targets(cloud: Cloud, kind: PolicyKind) -> list[tuple[str, str]]:
    """What a policy of a kind can be attached to in a cloud, as (label, identifier) pairs."""
    identities = cloud.identities()
    if kind in _OF_ACCOUNT:
        accounts = sorted({Arn.parse(arn).account for arn in identities})
        return [(f"account {account}", account) for account in accounts]
    if kind is PolicyKind.KEY:
        return _same(arn for arn in resources_of(cloud) if _is_a(arn, "kms", ("key",)))
    if kind is PolicyKind.RESOURCE:
        return _same(
            arn
            for arn in resources_of(cloud)
            for prefix, types in _WITH_POLICY.items()
            if _is_a(arn, prefix, types)
        )
    if kind in (PolicyKind.TRUST, PolicyKind.SESSION):
        return _same(arn for arn in identities if ":role/" in arn)
    return [("every user and role", EVERYONE), *_same(identities)]


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def resources_of(cloud: Cloud) -> list[str]:
    """The ARNs of what the cloud holds, as far as calls named it: those of answered calls, without what was deleted.

    Users and roles are there whoever created them.
    """
    found: dict[str, None] = {}
    for entry in cloud.record:
        if entry.error_code is not None:
            continue
        named = [arn for _, arn in entry.allowed if _ARN.fullmatch(arn)]
        if _DELETES.fullmatch(entry.operation):
            for arn in named:
                found.pop(arn, None)
            continue
        body = entry.answer.body if entry.answer is not None else b""
        text = body[:_BODY].decode("utf-8", "replace") if isinstance(body, bytes) else (body or "")[:_BODY]
        found.update(dict.fromkeys((*named, *_ARN.findall(text))))
    others = [
        arn for arn in found if not re.match(r"[^:]*:[^:]*:(iam:.*:(user|role)/|sts:)", arn) and _placed(arn)
    ]
    return [*cloud.identities(), *sorted(others)][:_MAX_RESOURCES]


def _placed(arn: str) -> bool:
    """Whether some service that the cloud knows has such a resource; the others cannot be asked about."""
    prefix = Arn.parse(arn).service
    return services.table_of_prefix(prefix) is not None and bool(types_of(prefix, arn))


def _is_a(arn: str, prefix: str, types: tuple[str, ...]) -> bool:
    return Arn.parse(arn).service == prefix and not types_of(prefix, arn).isdisjoint(types)


@cache
def _modelled() -> tuple[str, ...]:
    """The prefixes of the services that the cloud knows."""
    tables = (services.table(service) for service in services.modelled_services())
    return tuple(table.prefix for table in tables if table is not None)


def actions_of(patterns: Iterable[str]) -> tuple[list[str], list[str]]:
    """The actions that patterns cover, those that are written out first and the rest service by service in turns; and
    the services named that the cloud does not know. Only what AWS lists is an action; `unlisted` names the rest."""
    exact: dict[str, None] = {}
    wild: dict[str, dict[str, None]] = {}
    unknown: dict[str, None] = {}
    for pattern in patterns:
        prefix, _, name = pattern.lower().partition(":")
        everywhere = prefix == "*"
        if not everywhere and services.table_of_prefix(prefix) is None:
            unknown[prefix] = None
            continue
        if "*" not in pattern and "?" not in pattern:
            known = reference.actions(prefix).get(name)
            if known:
                exact[f"{prefix}:{known['name']}"] = None
            continue
        test = _test(name or "*")
        for service in _modelled() if everywhere else (prefix,):
            names = (each["name"] for key, each in reference.actions(service).items() if test(key))
            wild.setdefault(service, {}).update(dict.fromkeys(f"{service}:{each}" for each in names))
    turns = _in_turns([list(each) for each in wild.values()])
    return [*exact, *(action for action in turns if action not in exact)], list(unknown)


def unlisted(patterns: Iterable[str]) -> list[str]:
    """What is written out as an action of a service that the cloud knows, and is none."""
    found: dict[str, None] = {}
    for pattern in patterns:
        prefix, _, name = pattern.lower().partition(":")
        written_out = "*" not in pattern and "?" not in pattern
        if written_out and services.table_of_prefix(prefix) and name not in reference.actions(prefix):
            found[pattern] = None
    return list(found)


def _test(pattern: str) -> TextTest:
    """The engine's own test for `*` and `?`, whose time is bounded whatever the pattern is."""
    return glob(tokenize(pattern, variables=False, wildcards=True))


def _in_turns(lists: list[list[str]]) -> Iterator[str]:
    for place in range(max(map(len, lists), default=0)):
        for each in lists:
            if place < len(each):
                yield each[place]


def _strings(statement: Statement, element: str) -> list[str]:
    value = statement.source.get(element, [])
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _action_patterns(statements: Iterable[Statement]) -> list[str]:
    found: dict[str, None] = {}
    for statement in statements:
        found.update(dict.fromkeys(_strings(statement, "Action") or ["*"]))
    return list(found)


@dataclass
class Impact:
    """The comparison, made question by question: `for _ in impact.steps(): …` until it ends or `stop` is set."""

    cloud: Cloud
    policy: Policy
    target: str
    changes: list[Change] = field(default_factory=list)
    asked: int = 0
    expected: int = 0
    """How many questions there are, at most `MAX_QUESTIONS`; known once the steps have begun."""
    notes: list[str] = field(default_factory=list)
    stop: bool = False
    _spent: float = 0.0
    _restricted: Attached | None = None
    """What counts for callers from outside where RestrictPublicBuckets shuts them out."""

    def run(self) -> Impact:
        """All steps at once."""
        for _ in self.steps():
            pass
        return self

    def steps(self) -> Iterator[None]:
        """One question a step. Raises PolicyError if the target is not there to ask about."""
        started = time.perf_counter()
        self._block_public_access()
        principals = self._principals()
        questions = self._questions(principals)
        self._spent += time.perf_counter() - started
        yield
        harder: Counter[str] = Counter()
        for principal, action, resource in questions:
            if Cloud.running() is not self.cloud:
                self.notes.append("The cloud was stopped meanwhile.")
                break
            if self.stop:
                self.notes.append(f"Stopped after {self.asked:,} of {self.expected:,} questions.")
                break
            if self._spent > MAX_SECONDS or len(self.changes) >= MAX_CHANGES:
                why = (
                    f"{MAX_SECONDS:.0f} seconds" if self._spent > MAX_SECONDS else f"{MAX_CHANGES:,} changes"
                )
                self.notes.append(
                    f"Ended after {why}: {self.asked:,} of {self.expected:,} questions were asked."
                )
                break
            started = time.perf_counter()
            self._ask(principal, action, resource, harder)
            self._spent += time.perf_counter() - started
            yield
        if harder["deny"]:
            how = "but explicitly where it was implicitly, or the reverse"
            self.notes.append(f"{harder['deny']:,} requests stay denied, {how}.")
        if harder["error"]:
            self.notes.append(f"{harder['error']:,} questions could not be asked.")
        if harder["unbound"]:
            self.notes.append(
                f"{harder['unbound']:,} answers depend on no such policy: SCPs and RCPs bind neither accounts "
                "outside an organisation nor its management account, and RCPs the resources of some services only."
            )

    def _block_public_access(self) -> None:
        """S3 Block Public Access concerns public bucket policies, as `s3_public_access.effective_policy` has it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        """
        if self.policy.kind is not PolicyKind.RESOURCE or not _is_a(self.target, "s3", ("bucket",)):
            return
        document: dict[str, Any] = {
            "Version": self.policy.version,
            "Statement": [dict(each.source) for each in self.policy.statements],
        }
        if not is_public(json.dumps(document)):
            return
        block = access_block.of_bucket(self.cloud.part(Organizations), self.target.rpartition(":")[2])
        if block.block_public_policy:
            self.notes.append("This policy is public: BlockPublicPolicy would refuse it on this bucket.")
        if block.restrict_public_buckets:
            self.notes.append(
                "RestrictPublicBuckets shuts out anonymous callers and other accounts, whatever it allows."
            )
            shut = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
            document["Statement"].append(shut)
            self._restricted = Attached(ATTACHED, parse_policy(document, PolicyKind.RESOURCE))

    def _principals(self) -> list[str]:
        identities = self.cloud.identities()
        kind = self.policy.kind
        if kind is PolicyKind.SCP:
            return [arn for arn in identities if Arn.parse(arn).account == self.target]
        if kind in OF_RESOURCE or kind is PolicyKind.RCP or self.target == EVERYONE:
            return [*identities, "*"] if kind in (PolicyKind.RESOURCE, PolicyKind.RCP) else identities
        if self.target not in identities:
            raise PolicyError(
                "attach to", f"{self.target!r} is not in the cloud", "one of its users and roles"
            )
        return [self.target]

    def _questions(self, principals: list[str]) -> list[tuple[str, str, str]]:
        patterns = _action_patterns(self.policy.statements)
        for attached in self._in_force(principals):
            patterns += _action_patterns(attached.policy.statements)
        if len(patterns) > _MAX_PATTERNS:
            self.notes.append(
                f"Of {len(patterns):,} patterns of actions the first {_MAX_PATTERNS:,} are asked about."
            )
            del patterns[_MAX_PATTERNS:]
        actions, unknown = actions_of(dict.fromkeys(patterns))
        if unknown:
            self.notes.append(
                f"Not asked, since this cloud does not know these services: {', '.join(unknown[:20])}."
            )
        if none := unlisted(patterns):
            self.notes.append(f"Not asked, since AWS lists no such action: {', '.join(none[:20])}.")
        resources, without = self._resources(), 0
        questions: list[Any] = []
        total = 0
        for action in actions:
            fitting = _fitting(action, resources)
            without += not fitting
            total += len(fitting) * len(principals)
            if len(questions) < MAX_QUESTIONS:
                questions += [(who, action, resource) for resource in fitting for who in principals]
        if without:
            self.notes.append(f"{without:,} actions concern kinds of resources that the cloud has none of.")
        if total > MAX_QUESTIONS:
            self.notes.append(f"There are {total:,} questions; the first {MAX_QUESTIONS:,} are asked.")
        del questions[MAX_QUESTIONS:]
        self.expected = len(questions)
        return questions

    def _in_force(self, principals: list[str]) -> list[Attached]:
        """The policies whose actions matter besides those of the policy itself."""
        kind = self.policy.kind
        if kind in OF_RESOURCE and principals:
            current = self._current_resource_policy(principals[0])
            return [current] if current else []
        if kind not in _LIMITS:
            return []
        found: dict[int, Attached] = {}
        for principal in principals[:50]:
            policies = self.cloud.judge(principal, "sts:GetCallerIdentity", "*").policies
            found.update({id(each.policy): each for each in policies.identity})
        return list(found.values())

    def _current_resource_policy(self, principal: str) -> Attached | None:
        prefix = Arn.parse(self.target).service
        action = "sts:AssumeRole" if self.policy.kind is PolicyKind.TRUST else any_action(prefix, self.target)
        return self.cloud.judge(principal, action, self.target).policies.resource if action else None

    def _resources(self) -> list[str]:
        """The cloud's resources; and for patterns of the policy that none of them fits, one made up after each."""
        kind = self.policy.kind
        known = resources_of(self.cloud)
        if kind in OF_RESOURCE:
            inside = f"{self.target}/"
            known = [self.target, *(arn for arn in known if arn.startswith(inside))]
            if _is_a(self.target, "s3", ("bucket",)) and len(known) == 1:
                known.append(f"{inside}example")
        made_up: dict[str, None] = {}
        for statement in self.policy.statements:
            for pattern in _strings(statement, "Resource"):
                if len(made_up) >= _MAX_EXAMPLES:
                    break
                if pattern == "*" or pattern.count(":") < 5 or kind is PolicyKind.TRUST:
                    continue
                test = _test(_FILLED.sub("*", pattern))
                if not any(map(test, known)):
                    arn = _WILD.sub("example", pattern)
                    if kind not in OF_RESOURCE or arn == self.target or arn.startswith(f"{self.target}/"):
                        made_up[arn] = None
        return [*known, *made_up]

    def _ask(self, principal: str, action: str, resource: str, harder: Counter[str]) -> None:
        self.asked += 1
        try:
            judged = self.cloud.judge(principal, action, resource)
            policies = self._hypothetical(judged)
            if policies is None:
                harder["unbound"] += 1
                return
            after = decide(judged.request, policies)
        except (NotModelled, PolicyError):
            harder["error"] += 1
            return
        before = judged.decision
        if before.allowed is not after.allowed:
            self.changes.append(Change(principal, action, resource, before.effect, after.effect))
        elif before.effect != after.effect:
            harder["deny"] += 1

    def _hypothetical(self, judged: Judgement) -> Policies | None:
        """The policies in force if this one were attached; None where policies of its kind do not bind."""
        policies, kind, new = judged.policies, self.policy.kind, Attached(ATTACHED, self.policy)
        if kind is PolicyKind.IDENTITY:
            return replace(policies, identity=(*policies.identity, new))
        if kind is PolicyKind.BOUNDARY:
            return replace(policies, boundary=new)
        if kind is PolicyKind.SESSION:
            return replace(policies, session=(new,))
        if kind is PolicyKind.VPC_ENDPOINT:
            return replace(policies, vpc_endpoint=new)
        if kind in OF_RESOURCE:
            outside = judged.request.principal.account != judged.request.account
            return replace(policies, resource=self._restricted if outside and self._restricted else new)
        if kind is PolicyKind.RCP and judged.request.account != self.target:
            return policies
        name = "scp" if kind is PolicyKind.SCP else "rcp"
        levels = getattr(policies, name)
        if not levels:
            return None
        added: dict[str, Any] = {name: (*levels[:-1], (*levels[-1], new))}
        return replace(policies, **added)


def _fitting(action: str, resources: list[str]) -> list[str]:
    """The resources that an action can be about; "*" for one that is about none."""
    prefix, _, name = action.partition(":")
    known = reference.actions(prefix).get(name.lower())
    types = {each["name"].lower() for each in known["resourceTypes"]} if known else set()
    if not types:
        return ["*"]
    return [arn for arn in resources if arn != "*" and not types_of(prefix, arn).isdisjoint(types)]


def any_action(prefix: str, arn: str) -> str | None:
    """Some action that is about such a resource, to find the policy attached to it."""
    for each in reference.actions(prefix).values():
        if _fitting(f"{prefix}:{each['name']}", [arn]) == [arn]:
            return f"{prefix}:{each['name']}"
    return None
