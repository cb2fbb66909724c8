"""The evidence from a learner's own answer: which statement decided, or which element doesn't match."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from labs_helpers.cloud import Judgement
from labs_helpers.course.lesson.own_statement import own_statement, statements_of
from labs_helpers.engine.policy import AccessRequest, Policies, Principal, decide, parse_policy
from labs_helpers.engine.policy.policy_set import Attached
from labs_helpers.engine.policy.statement import PolicyKind

LOOK = {"Sid": "Look", "Effect": "Allow", "Action": ["ec2:Describe*", "logs:Get*"], "Resource": "*"}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
KEEP = {"Sid": "Keep", "Effect": "Deny", "Action": "ec2:TerminateInstances", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def evidence(action: str, *statements: dict[str, Any], own: Any = None, control: str = "") -> str:
    policy = parse_policy(document(*statements), PolicyKind.IDENTITY)
    policies = Policies(identity=(Attached("own", policy),))
    request = AccessRequest.of(Principal.from_arn("arn:aws:iam::111122223333:user/omar"), action, "*")
    judged = Judgement(request, policies, decide(request, policies))
    html = own_statement(judged, statements_of(own or list(statements)), control)
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_an_allow_that_nearly_matched_shows_the_element_that_does_not() -> None:
    said = evidence("ec2:RebootInstances", LOOK)
    assert (
        said == 'The Action of your statement 1 "Look" doesn\'t match"Action": ["ec2:Describe*", "logs:Get*"]'
    )


def test_a_statement_that_matched_shows_what_it_covers() -> None:
    assert evidence("ec2:TerminateInstances", ALL, KEEP).startswith('Your statement 2 "Keep" denies it')
    assert evidence("ec2:RebootInstances", ALL, KEEP) == 'Your statement 1 allows it"Action": "*"'


def test_a_trust_policy_shows_whom_it_trusts_even_if_it_trusts_everyone() -> None:
    role = "arn:aws:iam::111122223333:role/reports"
    trusting = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    policies = Policies(resource=Attached(role, parse_policy(document(trusting), PolicyKind.TRUST)))
    request = AccessRequest.of(
        Principal.from_arn("arn:aws:iam::111122223333:user/omar"), "sts:AssumeRole", role
    )
    judged = Judgement(request, policies, decide(request, policies))
    assert "&quot;Principal&quot;" in own_statement(judged, [trusting])


def test_a_deny_that_did_not_match_is_shown_only_if_it_is_what_must_be_fixed() -> None:
    own = document(KEEP)
    assert "its" not in evidence("ec2:RebootInstances", ALL, KEEP, own=own)
    assert evidence("ec2:RebootInstances", ALL, KEEP, own=own) == 'None of your Deny statements matches"Keep"'
    unnamed = {name: value for name, value in KEEP.items() if name != "Sid"}
    said = evidence("ec2:RebootInstances", ALL, unnamed, KEEP, own=document(unnamed, KEEP))
    assert said == 'None of your Deny statements matchesstatement 2, "Keep"'
    named = evidence("ec2:RebootInstances", ALL, KEEP, own=own, control="service control policy (Keep)")
    assert named.startswith('The Action of your statement 2 "Keep" doesn\'t match')


def test_statements_that_are_not_in_force_are_said_to_do_nothing() -> None:
    assert evidence("ec2:RebootInstances", ALL, own=document(LOOK)) == "No statement of your answer denies it"
    said = evidence("ec2:RebootInstances", LOOK, own=document(ALL))
    assert said == "No statement of your answer in an identity-based policy allows it"


def test_answers_without_statements_are_no_evidence() -> None:
    assert evidence("ec2:RebootInstances", ALL, own={1: "allow"}) == ""
    assert statements_of(json.dumps(document(LOOK))) == [LOOK]
    assert statements_of({1: "allow"}) == statements_of(print) == []
