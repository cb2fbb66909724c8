"""What holds for all policies: a deny never allows, a boundary never widens, the order does not matter."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Decision,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
    simulate_line,
)
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.variables import tokenize

ACCOUNT = "111122223333"
PRINCIPALS = {
    f"arn:aws:iam::{ACCOUNT}:user/alice": None,
    f"arn:aws:iam::{ACCOUNT}:root": None,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session": f"arn:aws:iam::{ACCOUNT}:role/deploy",
    f"arn:aws:sts::{ACCOUNT}:federated-user/fred": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "arn:aws:iam::444455556666:user/bob": None,
}
ACTIONS = ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole"]
RESOURCES = [
    "arn:aws:s3:::payroll/2026.csv",
    "arn:aws:s3:::logs/x",
    f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k",
    f"arn:aws:iam::{ACCOUNT}:role/deploy",
]
ACTION_PATTERNS = [*ACTIONS, "*", "s3:*", "s3:Get*", "S3:?etObject", "kms:*", "sts:*"]
RESOURCE_PATTERNS = [
    *RESOURCES,
    "*",
    "arn:aws:s3:::payroll/*",
    "arn:aws:s3:::*",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:iam::*:role/d*",
    "arn:aws:s3:::${aws:username}/*",
]
CONDITIONS = [
    {},
    {"StringEquals": {"aws:username": "alice"}},
    {"StringNotEquals": {"aws:username": "alice"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"ForAllValues:StringLike": {"aws:TagKeys": ["a*"]}},
    {"Null": {"aws:SourceIp": "true"}},
    {"Bool": {"aws:SecureTransport": "false"}},
]
PRINCIPAL_ELEMENTS: list[Any] = ["*", {"AWS": ACCOUNT}, *({"AWS": arn} for arn in PRINCIPALS)]

actions = st.sampled_from(ACTION_PATTERNS) | st.lists(
    st.sampled_from(ACTION_PATTERNS), min_size=1, max_size=3
)
resources = st.sampled_from(RESOURCE_PATTERNS) | st.lists(
    st.sampled_from(RESOURCE_PATTERNS), min_size=1, max_size=3
)


def one_key(plain: str, negated: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda name, value: {name: value}, st.sampled_from([plain, plain, negated]), values)


def merge(*parts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


effects = st.sampled_from(["Allow", "Allow", "Deny"]).map(lambda effect: {"Effect": effect})
conditions = st.sampled_from(CONDITIONS).map(lambda block: {"Condition": block})
named = st.sampled_from(PRINCIPAL_ELEMENTS).map(lambda element: {"Principal": element})
of_principal = st.builds(
    merge,
    effects,
    one_key("Action", "NotAction", actions),
    one_key("Resource", "NotResource", resources),
    conditions,
)
of_resource = st.builds(merge, of_principal, named)
of_trust = st.builds(merge, effects, named, one_key("Action", "NotAction", actions), conditions)
statements_of_principal = st.lists(of_principal, min_size=1, max_size=5)
statements_of_resource = st.lists(of_resource, min_size=1, max_size=5)


def document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


@lru_cache(maxsize=5000)
def _parsed(text: str, kind: PolicyKind) -> Any:
    return parse_policy(text, kind)


def attach(name: str, kind: PolicyKind, statements: list[dict[str, Any]]) -> Attached:
    return Attached(name, _parsed(json.dumps(document(statements)), kind))


requests = st.builds(
    lambda arn, action, resource, context: AccessRequest.of(
        Principal.from_arn(arn, PRINCIPALS[arn]), action, resource, account=ACCOUNT, context=context
    ),
    st.sampled_from(list(PRINCIPALS)),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.fixed_dictionaries(
        {},
        optional={
            "aws:username": st.sampled_from(["alice", "bob", "payroll"]),
            "aws:SourceIp": st.sampled_from(["203.0.113.9", "198.51.100.1", "nonsense"]),
            "aws:TagKeys": st.lists(st.sampled_from(["a", "ab", "b"]), max_size=2),
            "aws:SecureTransport": st.booleans(),
        },
    ),
)
# The layers of a case, as lists of statements; None: not given. Trust statements have no Resource: see policies().
layers = st.fixed_dictionaries(
    {
        "identity": st.none() | statements_of_principal,
        "boundary": st.none() | statements_of_principal,
        "session": st.none() | statements_of_principal,
        "resource": st.none() | statements_of_resource,
        "vpc_endpoint": st.none() | statements_of_resource,
        "scp": st.none() | statements_of_principal,
    }
)
LAYERS = ["identity", "boundary", "session", "resource", "vpc_endpoint", "scp"]
KINDS = {
    "identity": PolicyKind.IDENTITY,
    "boundary": PolicyKind.BOUNDARY,
    "session": PolicyKind.SESSION,
    "resource": PolicyKind.RESOURCE,
    "vpc_endpoint": PolicyKind.VPC_ENDPOINT,
    "scp": PolicyKind.SCP,
}


def policies(given: dict[str, list[dict[str, Any]] | None]) -> Policies:
    made = {name: attach(name, KINDS[name], statements) for name, statements in given.items() if statements}
    return Policies(
        identity=(made["identity"],) if "identity" in made else (),
        boundary=made.get("boundary"),
        session=(made["session"],) if "session" in made else (),
        resource=made.get("resource"),
        vpc_endpoint=made.get("vpc_endpoint"),
        scp=((made["scp"],),) if "scp" in made else None,
    )


def answer(request: AccessRequest, given: dict[str, Any]) -> Decision:
    return decide(request, policies(given))


@settings(max_examples=250)
@given(requests, layers, st.sampled_from(LAYERS), of_resource)
def test_adding_a_deny_never_allows(
    request: AccessRequest, given: dict[str, Any], layer: str, statement: dict[str, Any]
) -> None:
    deny = statement | {"Effect": "Deny"}
    if layer not in ("resource", "vpc_endpoint"):
        del deny["Principal"]
    if given[layer] is None:  # a first policy of a layer is another question: it may hold an allow
        return
    before = answer(request, given)
    after = answer(request, given | {layer: [*given[layer], deny]})
    assert before.allowed or not after.allowed


@settings(max_examples=250)
@given(requests, layers, statements_of_principal)
def test_a_boundary_never_widens(request: AccessRequest, given: dict[str, Any], boundary: list[Any]) -> None:
    without = answer(request, given | {"boundary": None})
    assert without.allowed or not answer(request, given | {"boundary": boundary}).allowed


@settings(max_examples=250)
@given(requests, layers, statements_of_principal, st.sampled_from(["scp", "vpc_endpoint", "session"]))
def test_scp_endpoint_and_session_policies_never_widen(
    request: AccessRequest, given: dict[str, Any], statements: list[Any], layer: str
) -> None:
    if layer == "session" and "federated-user" in request.principal.arn:
        return  # without a session policy a federated user has no permissions at all
    if layer == "vpc_endpoint":
        statements = [statement | {"Principal": "*"} for statement in statements]
    without = answer(request, given | {layer: None})
    assert without.allowed or not answer(request, given | {layer: statements}).allowed


@settings(max_examples=200)
@given(requests, layers, of_principal)
def test_an_explicit_deny_always_wins(request: AccessRequest, given: dict[str, Any], statement: Any) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    decision = answer(request, given | {"identity": [statement, deny]})
    assert decision.effect == "EXPLICIT_DENY"
    assert decision.reason.startswith("with an explicit deny in ")


@settings(max_examples=200)
@given(requests, layers, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    request: AccessRequest, given: dict[str, Any], random: Any
) -> None:
    shuffled = {name: random.sample(each, len(each)) if each else each for name, each in given.items()}
    first, second = answer(request, given), answer(request, shuffled)
    assert (first.effect, first.reason) == (second.effect, second.reason)
    assert [check.effect for check in first.checks] == [check.effect for check in second.checks]
    assert [len(check.matched) for check in first.checks] == [len(check.matched) for check in second.checks]


@settings(max_examples=120)
@given(requests, st.lists(of_principal, min_size=9, max_size=40))
def test_the_index_finds_exactly_the_statements_that_match_alone(
    request: AccessRequest, statements: list[Any]
) -> None:
    whole = answer(request, {"identity": statements}).checks[-1]
    alone = [
        index
        for index, statement in enumerate(statements)
        if answer(request, {"identity": [statement]}).checks[-1].matched
    ]
    assert [matched.index for matched in whole.matched] == alone


@settings(max_examples=200)
@given(requests, layers)
def test_a_decision_is_consistent_with_its_checks(request: AccessRequest, given: dict[str, Any]) -> None:
    decision = answer(request, given)
    effects = [check.effect for check in decision.checks]
    assert decision.allowed == (decision.refused_by is None)
    assert (decision.effect == "EXPLICIT_DENY") == ("EXPLICIT_DENY" in effects)
    if decision.allowed:
        assert "IMPLICIT_DENY" not in effects
    order = [
        "SERVICE_CONTROL_POLICY",
        "VPC_ENDPOINT",
        "RESOURCE",
        "PRINCIPAL",
        "PERMISSIONS_BOUNDARY",
        "SESSION",
    ]
    kinds = [check.check_type for check in decision.checks]
    assert kinds == sorted(kinds, key=order.index)
    assert "PRINCIPAL" in kinds


@settings(max_examples=200)
@given(requests, layers)
def test_a_scenario_line_answers_as_the_engine_does(request: AccessRequest, given: dict[str, Any]) -> None:
    named = {name: document(statements) for name, statements in given.items() if statements}
    for name in ("identity", "session"):
        if name in named:
            named[name] = [named[name]]  # type: ignore[list-item]
    if "scp" in named:
        named["scp"] = [[named["scp"]]]  # type: ignore[list-item]
    principal = {"arn": request.principal.arn}
    if request.principal.issuer:
        principal["issuer"] = request.principal.issuer
    context = {
        key: list(value) if isinstance(value, tuple) else value for key, value in request.context.items()
    }
    line = json.dumps(
        {
            "principal": principal,
            "action": request.action,
            "resource": {"arn": request.resource, "account": request.account},
            "context": context,
            "policies": named,
        }
    )
    told = simulate_line(line)
    if "error" in told:  # a Resource in what the engine takes for a trust policy
        assert ".Statement" in told["error"]
        assert request.action == "sts:AssumeRole"
        return
    decision = answer(request, given)
    assert (told["decision"], told["reason"]) == (decision.effect, decision.reason)
    assert [check["evaluatedEffect"] for check in told["checks"]] == [
        check.effect for check in decision.checks
    ]


@settings(max_examples=200)
@given(requests, st.lists(of_trust, min_size=1, max_size=4), statements_of_principal)
def test_a_role_is_never_assumed_without_its_trust_policy(
    request: AccessRequest, trust: Any, identity: Any
) -> None:
    asked = AccessRequest.of(request.principal, "sts:AssumeRole", RESOURCES[3], account=ACCOUNT)
    without = decide(asked, policies({"identity": identity}))
    assert not without.allowed
    trusted = attach("resource", PolicyKind.TRUST, trust)
    decision = decide(
        asked, Policies(identity=(attach("identity", PolicyKind.IDENTITY, identity),), resource=trusted)
    )
    assert not decision.allowed or any(
        check.check_type == "RESOURCE" and check.effect == "ALLOW" for check in decision.checks
    )


def matches_slowly(pattern: str, text: str) -> bool:
    """Wildcards by the book, for comparison: the positions in text that each further token of pattern can reach."""
    reached = {0}
    for character in pattern:
        if character == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(text) and character in ("?", text[at])}
    return len(text) in reached


@settings(max_examples=1000)
@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=10))
def test_wildcards_match_as_by_the_book(pattern: str, text: str) -> None:
    assert glob(tokenize(pattern, variables=False, wildcards=True))(text) == matches_slowly(pattern, text)
