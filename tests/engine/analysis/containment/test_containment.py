"""The prover: pairs with known answers, and properties that tie it to the decision engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.engine.analysis.containment import Answer, Verdict, World, contained
from labs_helpers.engine.policy import Policies, Principal, decide
from tests.engine.analysis.containment.drawn import (
    ACCOUNT,
    ALICE,
    OTHER_ACCOUNT,
    PRINCIPALS,
    pairs,
    policies,
    requests,
)

CASES = json.loads((Path(__file__).parent / "cases" / "containment.json").read_text(encoding="utf-8"))[
    "cases"
]


def situation(given: Any) -> Policies:
    if isinstance(given, list):
        given = {"identity": [{"Version": "2012-10-17", "Statement": given}]}
    return policies(given)


def world(given: dict[str, Any]) -> World:
    given = dict(given)
    if "values" in given:
        given["values"] = {key.lower(): tuple(values) for key, values in given["values"].items()}
    return World(**{name: frozenset(value) if name == "present" else value for name, value in given.items()})


def shown(a: Policies, b: Policies, principal: Principal, answer: Answer) -> bool:
    """Return whether a refutation's request is one that the engine allows on one side only."""
    request = answer.request
    assert request is not None
    assert request.principal == principal
    return decide(request, a).allowed and not decide(request, b).allowed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_pair_with_a_known_answer(case):
    a, b = situation(case["a"]), situation(case["b"])
    asked = [(a, b, case["verdict"])]
    if "back" in case:
        asked.append((b, a, case["back"]))
    for one, other, verdict in asked:
        answer = contained(one, other, ALICE, world(case.get("world", {})))
        assert answer.verdict == verdict, answer
        assert answer.reason == case.get("reason", "")
        assert (answer.verdict is not Verdict.REFUTED) or shown(one, other, ALICE, answer)


NOTHING = policies(
    {
        "identity": [
            {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
        ],
        "resource": {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
        },
    }
)


def _agree_with_the_engine(data: st.DataObject, *, variables: bool) -> None:
    one, other = data.draw(pairs(variables=variables))
    a, b = policies(one), policies(other)
    principal = data.draw(st.sampled_from((ALICE, ALICE, ALICE, *PRINCIPALS)))
    account = data.draw(st.sampled_from((None, ACCOUNT, OTHER_ACCOUNT))) or principal.account
    answer = contained(a, b, principal, World(account=account))
    if answer.verdict is Verdict.REFUTED:
        assert shown(a, b, principal, answer)
        return
    assert variables or answer.verdict is Verdict.PROVED
    for _ in range(3):
        request = data.draw(requests(principal, account))
        fixed = data.draw(st.lists(st.sampled_from(sorted(request.context) or ["aws:username"]), max_size=2))
        near = World(
            account=account,
            values={key: (request.context.get(key),) for key in fixed},
            actions=(request.action,) if data.draw(st.booleans()) else ("*",),
        )
        some = contained(a, NOTHING, principal, near).request  # one that the first side allows
        for each in (request, some):
            if answer.verdict is Verdict.PROVED and each is not None:
                assert not decide(each, a).allowed or decide(each, b).allowed, each


@settings(max_examples=40)
@given(data=st.data())
def test_no_drawn_request_refutes_a_proof(data):
    """Without variables, and without operators of several types on one key, there is always an answer."""
    _agree_with_the_engine(data, variables=False)


@settings(max_examples=15)
@given(data=st.data())
def test_no_drawn_request_refutes_a_proof_with_variables(data):
    _agree_with_the_engine(data, variables=True)


@settings(max_examples=15)
@given(data=st.data())
def test_every_situation_is_contained_in_itself(data):
    one, _ = data.draw(pairs())
    assert contained(policies(one), policies(one), ALICE).verdict is Verdict.PROVED


def test_the_budget_counts_steps_and_ends_the_search_with_unknown():
    holes = [f"{hole}" for hole in range(5)]
    pigeons = [f"aws:PrincipalTag/p{pigeon}" for pigeon in range(6)]
    together = [
        {"StringEquals": {one: hole, other: hole}}
        for index, one in enumerate(pigeons)
        for other in pigeons[:index]
        for hole in holes
    ]

    def identity(*conditions: dict[str, Any]) -> Policies:
        """Return a situation with a statement for each condition."""
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        return situation([{**statement, "Condition": condition} for condition in conditions])

    spread = identity({"StringEquals": dict.fromkeys(pigeons, holes)})
    crowded = identity(*together)
    answer = contained(spread, crowded, ALICE)
    assert answer.verdict is Verdict.PROVED
    assert contained(spread, crowded, ALICE) == answer
    cut = contained(spread, crowded, ALICE, World(steps=answer.steps - 1))
    assert (cut.verdict, cut.reason, cut.request) == (Verdict.UNKNOWN, "budget", None)


def test_two_policies_of_a_hundred_statements_are_compared_within_the_budget():
    statements = [
        {
            "Effect": "Allow",
            "Action": ("s3:Get*", "s3:PutObject", "ec2:*")[number % 3],
            "Resource": f"arn:aws:s3:::bucket{number % 7}*",
            "Condition": {
                "StringEquals": {f"aws:PrincipalTag/t{number % 4}": f"v{number}"},
                "StringLike": {"aws:RequestTag/t": f"v{number % 10}*"},
                "StringNotEquals": {"aws:ResourceTag/t": f"w{number}"},
                "IpAddress": {"aws:SourceIp": f"10.{number}.0.0/16"},
                "NumericLessThan": {"s3:max-keys": str(number)},
                "DateGreaterThan": {"aws:CurrentTime": f"20{number % 50 + 20}-01-01"},
                "Bool": {"aws:SecureTransport": "true"},
                "ForAllValues:StringEquals": {"aws:TagKeys": [f"k{number}", "q"]},
                "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::b{number}*"},
                "StringNotLike": {"aws:UserAgent": f"x{number}*"},
            },
        }
        for number in range(100)
    ]
    whole, part = situation(statements), situation(list(reversed(statements[1:])))
    assert contained(part, whole, ALICE).verdict is Verdict.PROVED
    answer = contained(whole, part, ALICE)
    assert answer.verdict is Verdict.REFUTED
    assert shown(whole, part, ALICE, answer)


def test_texts_are_compared_whatever_their_length():
    """A name that contains each of ten letters, in any order: the search visits a thousand states."""
    letters = "abcdefghij"
    a = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}] + [
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringNotLike": {"aws:UserAgent": f"*{c}*"}},
        }
        for c in letters
    ]
    b = [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringNotLike": {"aws:UserAgent": "*a*"}},
        }
    ]
    answer = contained(situation(a), situation(b), ALICE)
    assert answer.verdict is Verdict.REFUTED
    assert set(letters) <= set(answer.request.context["aws:useragent"])
