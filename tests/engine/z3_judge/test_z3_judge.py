"""Z3 and the prover give the same answer, and Z3's formulas decide as AWS documents and as the decision engine does.

AWS describes how a request is decided at
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import z3

from labs_helpers.engine.analysis.containment import Verdict as Proof
from labs_helpers.engine.analysis.containment.custom_checks import new_access, read
from labs_helpers.policy import simulate_line
from tests.engine.z3_judge.concrete_requests import concrete
from tests.engine.z3_judge.conditions import entries, kind_of
from tests.engine.z3_judge.decision import Situation, allowed
from tests.engine.z3_judge.drawing import OWN, kinds
from tests.engine.z3_judge.judge import Judgment, Verdict, World, compare, conditions_in, symbolic
from tests.engine.z3_judge.pairs import Pair, pair, pairs
from tests.engine.z3_judge.patterns import UnsupportedError
from tests.engine.z3_judge.prover import asked
from tests.engine.z3_judge.request import BOOLEAN, TEXT, Request, new_key

CASES = Path(__file__).parent.parent / "policy" / "cases"


# The formulas


def scenarios() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield the documented cases in tests/engine/policy/cases that have a decision."""
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            if "scenario" in case and "decision" in case["expect"]:
                yield f"{path.stem}: {case['name']}", case["scenario"], case["expect"]["decision"] == "ALLOW"


def request_for(scenario: dict[str, Any]) -> Request:
    """Return a symbolic request whose keys have the kinds that a scenario's operators compare."""
    kinds: dict[str, str] = {}
    for condition in conditions_in(scenario["policies"]):
        for operator, key, _ in entries(condition):
            kind = kind_of(operator.name)
            if kind:
                found = {kind, kinds.get(key, kind)}
                kinds[key] = kind if len(found) == 1 else BOOLEAN if BOOLEAN in found else TEXT
    keys = {}
    for name, value in scenario.get("context", {}).items():
        places = max(len(value), 1) if isinstance(value, list) else 0
        kind = kinds.get(name.lower(), TEXT)
        keys[name.lower()] = new_key(name.lower(), kind, places, loose=kind != TEXT and not places)
    return Request(keys)


def decision(
    situation: Situation, request: Request, action: str, resource: str, context: dict[str, Any]
) -> bool:
    """Return what the formula says about a concrete request."""
    values = request.equals(action, resource, context)
    value = z3.simplify(z3.substitute(allowed(situation, request).whole, *values))
    assert z3.is_true(value) or z3.is_false(value), value
    return z3.is_true(value)


def test_formulas_decide_the_documented_cases_as_aws_does():
    wrong, without_formula = [], Counter[str]()
    for name, scenario, expected in scenarios():
        resource = scenario["resource"]
        situation = Situation.of(scenario["principal"], resource.get("account"), scenario["policies"])
        try:
            found = decision(
                situation,
                request_for(scenario),
                scenario["action"],
                resource["arn"],
                scenario.get("context", {}),
            )
        except UnsupportedError:
            without_formula[name.split(":")[0]] += 1
            continue
        if found != expected:
            wrong.append(name)
    assert wrong == []
    # Grants, and BinaryEquals.
    assert without_formula == {"kms_grants": 32, "bool_binary_null": 3}


def disagreements_with_the_engine(seed: int, count: int) -> tuple[int, list[str]]:
    """Return how many requests were decided, and those that the formulas and the engine decide differently."""
    decided, wrong = 0, []
    for drawn in pairs(seed, count):
        for policies in (drawn.a, drawn.b):
            keys = symbolic(drawn.world, policies).keys
            request = Request(
                {
                    name: new_key(name, key.kind, 3 if key.several else 0, loose=key.loose)
                    for name, key in keys.items()
                }
            )
            situation = Situation.of(drawn.principal, drawn.owner, policies)
            for asked_for in concrete(drawn, seed, 3):
                scenario = {
                    "principal": drawn.principal,
                    "action": asked_for["action"],
                    "resource": {"arn": asked_for["resource"], "account": drawn.owner},
                    "context": asked_for["context"],
                    "policies": policies,
                }
                answer = simulate_line(json.dumps(scenario))
                if "error" in answer:
                    # A resource's policy that isn't a trust policy, and a request to assume a role.
                    assert "Resource: unknown element" in answer["error"], answer
                    continue
                decided += 1
                if decision(situation, request, **asked_for) != (answer["decision"] == "ALLOW"):
                    wrong.append(json.dumps(scenario))
    return decided, wrong


def test_formulas_decide_random_requests_as_the_decision_engine_does():
    decided, wrong = disagreements_with_the_engine(seed=1, count=60)
    assert wrong == []
    assert decided > 300


@pytest.mark.slow
def test_formulas_decide_thousands_of_random_requests_as_the_decision_engine_does():
    decided, wrong = disagreements_with_the_engine(seed=2, count=2_000)
    assert wrong == []
    assert decided > 11_000


# The pairs


def judgment(drawn: Pair) -> Judgment:
    """Return Z3's answer to a pair."""
    a, b = (Situation.of(drawn.principal, drawn.owner, policies) for policies in (drawn.a, drawn.b))
    return compare(a, b, drawn.world)


@dataclass
class Tally:
    """What came of many pairs."""

    disagreements: list[str] = field(default_factory=list)
    judged: Counter[Verdict] = field(default_factory=Counter)
    unknown: Counter[bool] = field(default_factory=Counter)
    asked: Counter[bool] = field(default_factory=Counter)
    """Pairs by whether they have variables."""

    def ask(self, drawn: Pair) -> None:
        """Ask Z3 and the prover about one pair."""
        judged = judgment(drawn)
        question = asked(drawn)
        answer = question.answer()
        self.judged[judged.verdict] += 1
        self.asked[drawn.variables] += 1
        self.unknown[drawn.variables] += answer.verdict is Proof.UNKNOWN
        if (judged.verdict, answer.verdict) in _CONTRADICTIONS or (
            drawn.contained and answer.verdict is Proof.REFUTED
        ):
            self.disagreements.append(
                f"{drawn.number} ({drawn.layer}): Z3 {judged.verdict}, the prover {answer.verdict}"
            )
        if judged.verdict is Verdict.WIDER and question.decisions(**judged.request) != (True, False):
            self.disagreements.append(f"{drawn.number}: the engine decides otherwise about Z3's request")
        if answer.request and not question.refuted_by(answer.request):
            self.disagreements.append(
                f"{drawn.number}: the engine decides otherwise about the prover's request"
            )


_CONTRADICTIONS = {(Verdict.CONTAINED, Proof.REFUTED), (Verdict.WIDER, Proof.PROVED)}


def tally(seed: int, count: int) -> Tally:
    """Ask Z3 and the prover about many pairs, and check what holds of any number of them."""
    result = Tally()
    for drawn in pairs(seed, count):
        result.ask(drawn)
    assert result.disagreements == []
    assert result.judged[Verdict.GAVE_UP] <= count / 100
    assert 0.4 < result.judged[Verdict.WIDER] / count < 0.6
    assert result.unknown[False] <= result.asked[False] / 100
    assert result.unknown[True] <= result.asked[True] / 10
    return result


def test_prover_and_z3_agree_on_40_pairs():
    assert sum(tally(seed=1, count=40).judged.values()) == 40


@pytest.mark.slow
def test_prover_and_z3_agree_on_10000_pairs():
    assert sum(tally(seed=2, count=10_000).judged.values()) == 10_000


# CheckNoNewAccess

_ORDINARY = re.compile(r"arn:aws:[a-z0-9-]+:([a-z]{2}-[a-z]+-\d)?:(\d{12})?:")


def checked(seed: int, count: int) -> Counter[str]:
    """Ask CheckNoNewAccess about pairs of identity policies, and count its answers.

    A PASS is false if Z3 finds a request with an ordinary ARN that only the new policy allows: as on AWS, the check
    ignores other ARNs, which a * in the place of the account ID can match. A FAIL with a request can't be false: the
    engine has decided the request with both policies.
    """
    found: Counter[str] = Counter()
    for number in itertools.count():
        drawn = pair(seed, number)
        if any(each.keys() != {"identity"} or len(each["identity"]) != 1 for each in (drawn.a, drawn.b)):
            continue
        new, existing = (
            read(json.dumps(each["identity"][0]), "IDENTITY_POLICY") for each in (drawn.a, drawn.b)
        )
        reasons = new_access(new, existing)
        found["FAIL" if reasons else "PASS"] += 1
        found["FAIL without a request"] += any(each.request is None for each in reasons)
        if not reasons and (judged := judgment(drawn)).verdict is Verdict.WIDER:
            found[
                "false PASS" if _ORDINARY.match(judged.request["resource"]) else "PASS but for other ARNs"
            ] += 1
        if found["FAIL"] + found["PASS"] == count:
            return found


def test_check_no_new_access_is_right_about_40_pairs():
    found = checked(seed=3, count=40)
    assert (found["false PASS"], found["FAIL without a request"]) == (0, 0)


@pytest.mark.slow
def test_check_no_new_access_is_right_about_1500_pairs_as_the_page_says():
    found = checked(seed=4, count=1_500)
    print(dict(found))
    page = (Path(__file__).parents[3] / "docs" / "proved.md").read_text(encoding="utf-8")
    assert found["false PASS"] == 0
    with_request = found["FAIL"] - found["FAIL without a request"]
    assert f"of which {found['PASS']} pass |" in page
    assert f"of the {found['FAIL']} cases, {with_request} are REFUTED with a request" in page
    assert f"Z3 agrees in all but {found['PASS but for other ARNs']} cases" in page


# Pairs whose answer AWS's pages imply

KNOWN = json.loads((Path(__file__).parent / "known.json").read_text(encoding="utf-8"))
_ANSWERS = {"equal": (True, True), "narrower": (True, False), "wider": (False, True), "apart": (False, False)}
"""Whether a is contained in b, and b in a."""


def known_pairs(known: dict[str, Any]) -> tuple[Pair, Pair]:
    """Return two pairs of identity-based policies, given by their statements: a and b, and b and a."""
    sides = [{"identity": [{"Version": "2012-10-17", "Statement": known[side]}]} for side in ("a", "b")]
    user = {"arn": f"arn:aws:iam::{OWN}:user/alice"}
    first = Pair(0, "identity", user, OWN, *sides, World(kinds()), None)
    return first, replace(first, a=first.b, b=first.a)


@pytest.mark.parametrize("known", [pytest.param(known, id=known["says"]) for known in KNOWN])
def test_z3_and_prover_find_what_the_pages_imply(known: dict[str, Any]):
    found = known_pairs(known)
    expected = _ANSWERS[known["a is"]]
    assert tuple(judgment(one).verdict is Verdict.CONTAINED for one in found) == expected, known["source"]
    for one, contained in zip(found, expected, strict=True):
        answer = asked(one).answer().verdict
        right = Proof.PROVED if contained else Proof.REFUTED
        assert answer is right or (one.variables and answer is Proof.UNKNOWN), known["source"]
