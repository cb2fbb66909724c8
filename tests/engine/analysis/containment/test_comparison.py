"""Two versions of a policy, or of an account's guardrails, compared in both directions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs_helpers.engine.analysis.containment.comparison import (
    Relation,
    compare_documents,
    compare_limits,
    sentence,
)
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    parse_policy,
    simulate_line,
)
from tests.engine.analysis.containment.cells_picture import PATH, picture

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
READ_ALL = {**READ, "Action": "s3:Get*"}
WRITE = {**READ, "Action": "s3:PutObject"}
ACCOUNT = "111122223333"


def document(*statements: dict[str, Any], kind: PolicyKind = PolicyKind.IDENTITY):
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind)


@pytest.mark.parametrize(
    ("before", "after", "relation"),
    [
        ([READ], [READ, READ], Relation.EQUAL),
        ([READ_ALL], [READ], Relation.NARROWER),
        ([READ], [READ_ALL], Relation.WIDER),
        ([READ], [WRITE], Relation.DIFFERENT),
    ],
)
def test_relation_of_two_versions(before, after, relation):
    compared = compare_documents(document(*before), document(*after))
    assert compared.relation is relation
    assert compared.no_wider is (relation in (Relation.EQUAL, Relation.NARROWER))


def test_policies_that_only_deny_are_compared_by_what_they_deny():
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    compared = compare_documents(document(deny), document({**deny, "Action": "s3:Put*"}))
    assert compared.relation is Relation.WIDER
    assert compared.more.request.action.startswith("s3:")
    assert not compared.more.request.action.startswith("s3:Put")


def test_trust_policies_are_compared_for_every_principal_they_can_tell_apart():
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    services = {**trust, "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}}
    one = {**trust, "Principal": {"Service": "ec2.amazonaws.com"}}
    compared = compare_documents(
        document(trust, services, kind=PolicyKind.TRUST), document(trust, one, kind=PolicyKind.TRUST)
    )
    assert compared.relation is Relation.NARROWER
    assert compared.less.request.principal == Principal.service("lambda.amazonaws.com")


def test_a_request_names_a_resource_that_the_action_has():
    """S3 reads objects, not "*"."""
    request = compare_documents(document(WRITE), document(WRITE, READ)).more.request
    assert request.resource == "arn:aws:s3:::example/example"


def test_the_request_in_json_is_a_scenario():
    compared = compare_documents(document(READ), document(READ_ALL))
    found = compared.to_dict()
    assert (found["relation"], found["less"]) == ("wider", {"verdict": "PROVED"})
    scenario = json.dumps({**found["more"]["request"], "policies": {"identity": []}})
    assert simulate_line(scenario)["decision"] == "IMPLICIT_DENY"


def test_request_in_a_sentence():
    request = AccessRequest.of(
        Principal.anonymous(),
        "s3:GetObject",
        "*",
        account=ACCOUNT,
        context={"aws:TagKeys": ["a", "b"], "aws:SourceIp": "10.0.0.1"},
    )
    assert sentence(request) == (
        'anonymous requests s3:GetObject on * with aws:SourceIp = "10.0.0.1", aws:TagKeys = ["a", "b"]'
    )


def limits(**levels: dict[str, Any]) -> Policies:
    """Return an account's guardrails: one policy on one level for each type."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    found = {}
    for name, kind in (("scp", PolicyKind.SCP), ("rcp", PolicyKind.RCP)):
        allow = everything if kind is PolicyKind.SCP else {**everything, "Principal": "*"}
        statements = [allow, levels[name]] if name in levels else [allow]
        found[name] = ((Attached(name, document(*statements, kind=kind)),),)
    return Policies(**found)


DENY = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}


def test_an_scp_more_is_narrower_for_the_account_s_principals():
    compared = compare_limits(ACCOUNT, limits(), limits(scp=DENY), "o-exampleorgid")
    assert compared.relation is Relation.NARROWER
    assert compared.less.request.principal.account == ACCOUNT
    assert compared.less.request.action == "s3:DeleteBucket"
    assert compared.less.request.context["aws:principalorgid"] == "o-exampleorgid"


def test_an_rcp_that_spares_the_organization_is_narrower_only_for_outsiders():
    outside = {
        **DENY,
        "Principal": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}},
    }
    compared = compare_limits(ACCOUNT, limits(), limits(rcp=outside), "o-exampleorgid")
    assert compared.relation is Relation.NARROWER
    assert compared.less.request.principal.account != ACCOUNT


def test_the_picture_on_the_page_is_what_the_prover_computes():
    assert PATH.read_text(encoding="utf-8") == picture()
