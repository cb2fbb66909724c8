"""The effect of a policy: each principal's access to each resource is evaluated with and without the policy.

Nothing is attached, performed, or recorded. `MAX_QUESTIONS` and `MAX_SECONDS` limit the questions; notes list what was
omitted. The evaluated actions are the actions that the policy names, with wildcards expanded from AWS's list. For a
policy that limits or replaces another policy, the actions in the principal's policies or in the replaced policy are
also evaluated.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from labs_helpers.cloud import Cloud, Judgement, NotModelled, public_access_block
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.widgets.policy_editor.policy_targets import (
    EVERYONE,
    OF_RESOURCE,
    action_patterns,
    actions_of,
    any_action,
    glob_test,
    is_a,
    resources_for,
    resources_of,
    strings,
    unlisted,
)
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy import (
    Attached,
    Policies,
    Policy,
    PolicyError,
    PolicyKind,
    decide,
    parse_policy,
)
from labs_helpers.engine.policy.arn import Arn

MAX_QUESTIONS = 5_000
MAX_SECONDS = 15.0
MAX_CHANGES = 2_000
ATTACHED = "the policy in the editor"

_MAX_PATTERNS = 1_000
_MAX_EXAMPLES = 100
_FILLED = re.compile(r"\$\{[^}]*\}")
_WILD = re.compile(r"\$\{[^}]*\}|[*?]+")
# These kinds limit what other policies allow, so the actions of those policies are judged as well.
_LIMITS = frozenset({PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.VPC_ENDPOINT})


@dataclass(frozen=True, slots=True)
class Change:
    """A changed decision. `before` and `after` are effects, such as IMPLICIT_DENY and ALLOW."""

    principal: str
    action: str
    resource: str
    before: str
    after: str


@dataclass
class Impact:
    """The comparison, computed request by request with `for _ in impact.steps(): …` until the end or a `stop`."""

    cloud: Cloud
    policy: Policy
    target: str
    changes: list[Change] = field(default_factory=list)
    asked: int = 0
    expected: int = 0
    """The number of requests to evaluate, at most `MAX_QUESTIONS`; known once the steps have begun."""
    notes: list[str] = field(default_factory=list)
    stop: bool = False
    _spent: float = 0.0
    _restricted: Attached | None = None
    """The policy that applies to external callers if RestrictPublicBuckets excludes them."""

    def run(self) -> Impact:
        """Run all steps at once."""
        for _ in self.steps():
            pass
        return self

    def steps(self) -> Iterator[None]:
        """Evaluate one request per step. Raises `PolicyError` if the target doesn't exist."""
        started = time.perf_counter()
        self._block_public_access()
        principals = self._principals()
        questions = self._questions(principals)
        self._spent += time.perf_counter() - started
        yield
        harder: Counter[str] = Counter()
        for principal, action, resource in questions:
            if Cloud.running() is not self.cloud:
                self.notes.append("The cloud was stopped in the meantime.")
                break
            if self.stop:
                self.notes.append(f"Stopped after {self.asked:,} of {self.expected:,} requests.")
                break
            if self._spent > MAX_SECONDS or len(self.changes) >= MAX_CHANGES:
                why = (
                    f"{MAX_SECONDS:.0f} seconds" if self._spent > MAX_SECONDS else f"{MAX_CHANGES:,} changes"
                )
                self.notes.append(
                    f"Ended after {why}: {self.asked:,} of {self.expected:,} requests were decided."
                )
                break
            started = time.perf_counter()
            self._ask(principal, action, resource, harder)
            self._spent += time.perf_counter() - started
            yield
        if harder["deny"]:
            how = "although an implicit deny became explicit, or the reverse"
            self.notes.append(f"Requests that stay denied, {how}: {harder['deny']:,}.")
        if harder["error"]:
            self.notes.append(f"Requests that couldn't be decided: {harder['error']:,}.")
        if harder["unbound"]:
            self.notes.append(
                f"Answers that don't depend on this policy: {harder['unbound']:,}. SCPs and RCPs don't apply to the "
                "management account or outside the organization, and RCPs cover the resources of only some services."
            )

    def _block_public_access(self) -> None:
        """Apply S3 Block Public Access to a public bucket policy, as `s3_public_access.effective_policy` does.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        """
        if self.policy.kind is not PolicyKind.RESOURCE or not is_a(self.target, "s3", ("bucket",)):
            return
        document: dict[str, Any] = {
            "Version": self.policy.version,
            "Statement": [dict(each.source) for each in self.policy.statements],
        }
        if not is_public(json.dumps(document)):
            return
        block = public_access_block(self.cloud, self.target.rpartition(":")[2])
        if block.block_public_policy:
            self.notes.append("This policy is public: BlockPublicPolicy would reject it on this bucket.")
        if block.restrict_public_buckets:
            self.notes.append(
                "RestrictPublicBuckets excludes anonymous callers and other accounts, whatever the policy allows."
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
                "attach to", f"{self.target!r} isn't in this cloud", "one of its users and roles"
            )
        return [self.target]

    def _questions(self, principals: list[str]) -> list[tuple[str, str, str]]:
        patterns = action_patterns(self.policy.statements)
        for attached in self._in_force(principals):
            patterns += action_patterns(attached.policy.statements)
        if len(patterns) > _MAX_PATTERNS:
            self.notes.append(
                f"Of {len(patterns):,} action patterns, only the first {_MAX_PATTERNS:,} are compared."
            )
            del patterns[_MAX_PATTERNS:]
        actions, unknown = actions_of(dict.fromkeys(patterns))
        if unknown:
            self.notes.append(
                f"Skipped, because this cloud doesn't have these services: {', '.join(unknown[:20])}."
            )
        if none := unlisted(patterns):
            self.notes.append(f"Skipped, because AWS lists no such action: {', '.join(none[:20])}.")
        resources, without = self._resources(), 0
        questions: list[Any] = []
        total = 0
        for action in actions:
            fitting = resources_for(action, resources)
            without += not fitting
            total += len(fitting) * len(principals)
            if len(questions) < MAX_QUESTIONS:
                questions += [(who, action, resource) for resource in fitting for who in principals]
        if without:
            self.notes.append(
                f"Skipped because this cloud has no resource for them: {counted(without, 'action')}."
            )
        if total > MAX_QUESTIONS:
            self.notes.append(f"There are {total:,} requests; only the first {MAX_QUESTIONS:,} are decided.")
        del questions[MAX_QUESTIONS:]
        self.expected = len(questions)
        return questions

    def _in_force(self, principals: list[str]) -> list[Attached]:
        """Return the policies in force whose actions are compared in addition to those of the edited policy."""
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
        """Return the cloud's resources, and an invented one for each pattern of the policy that matches none."""
        kind = self.policy.kind
        known = resources_of(self.cloud)
        if kind in OF_RESOURCE:
            inside = f"{self.target}/"
            known = [self.target, *(arn for arn in known if arn.startswith(inside))]
            if is_a(self.target, "s3", ("bucket",)) and len(known) == 1:
                known.append(f"{inside}example")
        made_up: dict[str, None] = {}
        for statement in self.policy.statements:
            for pattern in strings(statement, "Resource"):
                if len(made_up) >= _MAX_EXAMPLES:
                    break
                if pattern == "*" or pattern.count(":") < 5 or kind is PolicyKind.TRUST:
                    continue
                test = glob_test(_FILLED.sub("*", pattern))
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
        """Return the policies in force if this one were attached; None if policies of its kind don't apply."""
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
