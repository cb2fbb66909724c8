"""The policy document parser. For an invalid document, it raises `PolicyError`, which gives the position.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from labs_helpers.engine.policy.conditions import CompiledCondition, compile_condition
from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.matching import ResourcePattern, TextTest, glob, resource_pattern
from labs_helpers.engine.policy.principal_element import PrincipalSet, PrincipalTest, principal_test
from labs_helpers.engine.policy.statement import ALLOW, EXPLICIT_DENY, Elements, Policy, PolicyKind, Statement
from labs_helpers.engine.policy.strict_json import (
    as_object,
    as_text,
    describe,
    join,
    one_or_more,
    only_known,
    read_json,
)
from labs_helpers.engine.policy.variables import tokenize

MAX_STATEMENTS = 10_000

_VERSIONS = ("2012-10-17", "2008-10-17")
WITH_PRINCIPAL = frozenset(
    {PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY, PolicyKind.RCP, PolicyKind.VPC_ENDPOINT}
)
_WITH_ID = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.KEY, PolicyKind.VPC_ENDPOINT})
# IAM and Organizations accept letters and digits; services with resource policies accept more.
_PLAIN_SID = frozenset(
    {
        PolicyKind.IDENTITY,
        PolicyKind.TRUST,
        PolicyKind.BOUNDARY,
        PolicyKind.SESSION,
        PolicyKind.SCP,
        PolicyKind.RCP,
    }
)
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9_.*?/-]+")
_STATEMENTS = "a statement or a list of statements"


def parse_policy(
    document: str | Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY, *, path: str = "policy"
) -> Policy:
    """Parse a policy document (JSON text or a parsed object). Raises `PolicyError`, whose path begins with `path`."""
    if isinstance(document, str):
        document = read_json(document, path)
    policy = as_object(document, path, "a policy: an object with Version and Statement")
    allowed = ("Version", "Id", "Statement") if kind in _WITH_ID else ("Version", "Statement")
    only_known(policy, allowed, path)
    version = _version(policy, path)
    policy_id = as_text(policy["Id"], f"{path}.Id") if "Id" in policy else None
    if "Statement" not in policy:
        raise PolicyError(f"{path}.Statement", "missing", _STATEMENTS)
    where = f"{path}.Statement"
    sources = one_or_more(policy["Statement"], where, _STATEMENTS)
    if len(sources) > MAX_STATEMENTS:
        raise PolicyError(where, f"{len(sources)} statements, above the limit of {MAX_STATEMENTS}")
    reader = _Reader(kind, version == "2012-10-17")
    read = [reader.statement(index, source, place) for index, (source, place) in enumerate(sources)]
    return Policy(kind, version, policy_id, tuple(statement for statement, _ in read), read)


def _version(policy: dict[str, Any], path: str) -> str:
    version = policy.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise PolicyError(
            f"{path}.Version", describe(version), " or ".join(f'"{each}"' for each in _VERSIONS)
        )
    return str(version)


class _Actions(NamedTuple):
    """The actions of a statement by kind of pattern.

    `heads` are patterns of the most frequent kind, whose only wildcard is a `*` at the end, without this `*`. `tests`
    are for other patterns.
    """

    exact: frozenset[str]
    heads: tuple[str, ...]
    tests: tuple[TextTest, ...]
    negated: bool
    patterns: tuple[str, ...]


class _Reader:
    """A parser for the statements of one policy, whose Sids must be unique."""

    def __init__(self, kind: PolicyKind, variables: bool) -> None:
        self._kind = kind
        self._variables = variables
        self._sids: set[str] = set()
        elements = ["Sid", "Effect", "Action", "NotAction", "Condition"]
        if kind is not PolicyKind.TRUST:
            elements[4:4] = ["Resource", "NotResource"]
        if kind in WITH_PRINCIPAL:
            elements[1:1] = ["Principal"] if kind in (PolicyKind.TRUST, PolicyKind.RCP) else [
                "Principal", "NotPrincipal"
            ]  # fmt: skip
        self._elements = tuple(elements)

    def statement(self, index: int, source: Any, path: str) -> tuple[Statement, tuple[str, ...]]:
        """Return the statement, and the action patterns for the index (none for NotAction)."""
        as_object(source, path, f"a statement: an object with {', '.join(self._elements)}")
        only_known(source, self._elements, path)
        effect = self._effect(source, path)
        actions = self._actions(source, path)
        patterns, not_resource = self._resources(source, path)
        conditions = self._conditions(source.get("Condition", {}), f"{path}.Condition")
        keys = frozenset().union(*(each.keys for each in conditions), *(each.keys for each in patterns))
        principal, principals = self._principal(source, effect, path)
        statement = Statement(
            index=index,
            sid=self._sid(source, path),
            effect=effect,
            source=source,
            exact_actions=actions.exact,
            action_heads=actions.heads,
            action_tests=actions.tests,
            elements=Elements(
                actions.patterns,
                actions.negated,
                patterns,
                not_resource,
                tuple(conditions),
                self._variables,
                principals,
            ),
            principal_test=principal,
            keys=keys,
        )
        self._check_rcp(statement, actions, path)
        return statement, () if actions.negated else actions.patterns

    def _sid(self, source: dict[str, Any], path: str) -> str | None:
        if "Sid" not in source:
            return None
        where = f"{path}.Sid"
        sid = as_text(source["Sid"], where)
        if self._kind in _PLAIN_SID and not _SID.fullmatch(sid):
            raise PolicyError(where, describe(sid), "letters A-Z, a-z, and digits")
        if sid and sid in self._sids:
            raise PolicyError(where, f"{describe(sid)} is used twice", "a Sid that is unique in the policy")
        self._sids.add(sid)
        return sid or None

    def _effect(self, source: dict[str, Any], path: str) -> str:
        effect = source.get("Effect")
        if effect != "Allow" and effect != "Deny":
            problem = describe(effect) if "Effect" in source else "missing"
            raise PolicyError(f"{path}.Effect", problem, '"Allow" or "Deny"')
        return ALLOW if effect == "Allow" else EXPLICIT_DENY

    def _one_of(self, source: dict[str, Any], name: str, path: str) -> tuple[str, bool]:
        """Return (element, negated) for `name` or Not`name`, depending on which one the statement has.

        Raises `PolicyError` unless it has exactly one.
        """
        negated = f"Not{name}"
        if name in source and negated in source:
            raise PolicyError(f"{path}.{negated}", f"both {name} and {negated}", "one of them")
        if negated in source:
            return negated, True
        if name not in source:
            other = f" or {negated}" if negated in self._elements else ""
            raise PolicyError(f"{path}.{name}", "missing", f"{name}{other}")
        return name, False

    def _actions(self, source: dict[str, Any], path: str) -> _Actions:
        element, negated = self._one_of(source, "Action", path)
        patterns = []
        for item, where in one_or_more(
            source[element], f"{path}.{element}", "an action such as s3:GetObject"
        ):
            text = as_text(item, where)
            if not _ACTION.fullmatch(text):
                raise PolicyError(
                    where, describe(text), '"*" or service:Action, with * and ? only after the colon'
                )
            patterns.append(text.lower())
        wild = [text for text in patterns if "*" in text or "?" in text]
        heads = tuple(text[:-1] for text in wild if "?" not in text and text.index("*") == len(text) - 1)
        others = [text for text in wild if text[:-1] not in heads]
        tests = tuple(glob(tokenize(text, variables=False, wildcards=True)) for text in others)
        return _Actions(frozenset(patterns) - frozenset(wild), heads, tests, negated, tuple(patterns))

    def _resources(self, source: dict[str, Any], path: str) -> tuple[tuple[ResourcePattern, ...], bool]:
        if self._kind is PolicyKind.TRUST:  # the role itself is the resource
            return (), False
        element, negated = self._one_of(source, "Resource", path)
        patterns = []
        for item, where in one_or_more(source[element], f"{path}.{element}", '"*" or an ARN'):
            text = as_text(item, where)
            if text != "*":
                _check_resource(text, where)
            patterns.append(resource_pattern(text, variables=self._variables))
        return tuple(patterns), negated

    def _principal(
        self, source: dict[str, Any], effect: str, path: str
    ) -> tuple[PrincipalTest | None, PrincipalSet | None]:
        """Return the test of a statement's principals (None if all pass), and the principals that it lists."""
        if self._kind not in WITH_PRINCIPAL:
            return None, None
        element, negated = self._one_of(source, "Principal", path)
        where = f"{path}.{element}"
        if negated and effect == ALLOW:
            raise PolicyError(where, "NotPrincipal with Allow", "NotPrincipal only with Deny")
        if self._kind is PolicyKind.RCP and source[element] != "*":
            raise PolicyError(where, describe(source[element]), '"*"')
        test, listed = principal_test(source[element], where, negated=negated)
        return None if listed.everyone and not negated else test, listed

    def _check_rcp(self, statement: Statement, actions: _Actions, path: str) -> None:
        """Reject an RCP that allows, unless it is RCPFullAWSAccess.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
        """
        if self._kind is not PolicyKind.RCP:
            return
        if actions.negated:
            raise PolicyError(f"{path}.NotAction", "NotAction in a resource control policy", "Action")
        if statement.effect == ALLOW:
            everything = actions.patterns in (("*",), ("*:*",)) and statement.resource_test is None
            if not everything or statement.condition_tests:
                raise PolicyError(f"{path}.Effect", '"Allow"', '"Deny"; only RCPFullAWSAccess can allow')

    def _conditions(self, block: Any, path: str) -> list[CompiledCondition]:
        conditions = []
        for operator, entries in as_object(block, path, "an object of condition operators").items():
            where = join(path, operator)
            as_text(operator, where)
            for key, value in as_object(entries, where, "an object of condition keys").items():
                place = join(where, key)
                if not as_text(key, place):
                    raise PolicyError(place, "an empty condition key", "a condition key such as aws:SourceIp")
                values = self._values(value, place)
                conditions.append(
                    compile_condition(operator, key, values, variables=self._variables, path=where)
                )
            if not entries:  # without a key, nothing else has checked the operator's name
                compile_condition(operator, "", [], variables=False, path=where)
        return conditions

    def _values(self, value: Any, path: str) -> list[str]:
        allowed = "a string, number, or boolean, or a list of them"
        return [self._value(item, where, allowed) for item, where in one_or_more(value, path, allowed)]

    def _value(self, item: Any, path: str, allowed: str) -> str:
        if isinstance(item, str):
            return as_text(item, path)
        return scalar_text(item, path, allowed)


def scalar_text(value: Any, path: str, allowed: str) -> str:
    """Return a boolean or number as the string that IAM compares. Raises `PolicyError` for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) < 1e300:
        return str(value)
    raise PolicyError(path, describe(value), allowed)


def _check_resource(text: str, path: str) -> None:
    parts = text.split(":", 5)
    if parts[0] != "arn":
        raise PolicyError(path, describe(text), '"*" or an ARN')
    if len(parts) < 6:
        problem = f"{describe(text)} has only {len(parts)} of an ARN's six parts"
        raise PolicyError(path, problem, "arn:partition:service:region:account:resource")
    if "*" in parts[2] or "?" in parts[2]:
        raise PolicyError(
            path, f"a wildcard in the service part of {describe(text)}", "the name of a service"
        )
    if not parts[1] or not parts[2]:
        raise PolicyError(path, f"{describe(text)} has no partition or no service", "a full ARN")
