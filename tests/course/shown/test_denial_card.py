"""The card of a denial: the layers in AWS's order, the statements, and what would have to change, also as text."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from labs_helpers.cloud.core.call import Judgement
from labs_helpers.course.shown.denial_card import denial_card, folds
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)

HOME, OTHER = "111122223333", "444455556666"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
OBJECT = "arn:aws:s3:::payroll/2026.csv"
IMAGE = "<img src=x onerror=alert(1)>"


def attached(name: str, kind: PolicyKind, **statement: Any) -> Attached:
    full = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **statement}
    return Attached(name, parse_policy({"Version": "2012-10-17", "Statement": [full]}, kind))


def judged(policies: Policies, who: str = ALICE, account: str = HOME, resource: str = OBJECT) -> Judgement:
    request = AccessRequest.of(
        Principal.from_arn(who), "s3:GetObject", resource, account=account, context={"aws:PrincipalArn": who}
    )
    return Judgement(request, policies, decide(request, policies), "AUTH-1")


@pytest.fixture
def refused_by_scp() -> Judgement:
    full = attached("FullAWSAccess", PolicyKind.SCP, Action="*")
    guard = attached("guard", PolicyKind.SCP, Effect="Deny", Sid="NoS3")
    return judged(
        Policies(
            identity=(attached("own", PolicyKind.IDENTITY),),
            scp=((full, guard), (full,)),
            boundary=attached("limits", PolicyKind.BOUNDARY, Action="ec2:*"),
        )
    )


def test_it_says_who_asked_for_what_under_which_id(refused_by_scp):
    text = denial_card(refused_by_scp, "User: alice is not authorized").text
    for told in (ALICE, "s3:GetObject", OBJECT, "AUTH-1", "AWS's message: User: alice is not authorized"):
        assert told in text


def test_layers_come_in_the_order_of_aws_with_their_verdicts(refused_by_scp):
    text = denial_card(refused_by_scp).text
    layers = re.findall(r"^(\w[\w ,]+?)  +. (allow|no impact|implicit deny|explicit deny)", text, re.M)
    assert layers == [
        ("service control policy, the root", "explicit deny"),
        ("service control policy, level 1", "allow"),
        ("identity policies", "allow"),
        ("permissions boundary", "implicit deny"),
    ]
    assert 'statement 1 "NoS3" of guard denies' in text


def test_while_an_exercise_is_open_the_cure_is_folded_and_otherwise_it_is_open(refused_by_scp):
    card, open_card = denial_card(refused_by_scp, folded=True), denial_card(refused_by_scp)
    summary = "<summary>What would have to change</summary>"
    assert f'<details class="fold cure">{summary}' in card.html
    assert f'<details class="fold cure" open>{summary}' in open_card.html
    assert "explicit deny" in card.html.partition(summary)[0]
    assert "statement 1 &quot;NoS3&quot; of guard denies" in card.html
    assert "Together they are enough" in open_card.text
    assert "Together they are enough" not in card.text
    assert "What would have to change (collapsed" in card.text


def test_the_card_below_a_traceback_repeats_the_message_only_as_text(refused_by_scp):
    card = denial_card(refused_by_scp, "User: alice is not authorized")
    assert "User: alice is not authorized" in card.text
    assert "User: alice is not authorized" not in card.html


def test_the_statement_is_shown_and_marked_as_a_whole(refused_by_scp):
    text = denial_card(refused_by_scp).text
    assert "▶ {" in text
    assert '"Sid": "NoS3"' in text


def test_changes_that_are_enough_together_and_those_that_cannot_help(refused_by_scp):
    text = denial_card(refused_by_scp).text
    change = text[text.index("What would have to change") :]
    assert "None of these is enough by itself:" in change
    assert "Together they are enough: 1 and 2" in change
    assert "Allow s3:GetObject on arn:aws:s3:::payroll/2026.csv in limits." in change
    assert "An allow in an identity-based policy can't help: the service control policy at the root" in change


def test_a_change_that_is_enough_shows_the_statement_to_add():
    text = denial_card(judged(Policies())).text
    assert "Any one of these is enough:" in text
    assert f'{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{OBJECT}"}}' in text


def test_a_missing_resource_policy_is_told():
    text = denial_card(judged(Policies(identity=(attached("own", PolicyKind.IDENTITY),)), account=OTHER)).text
    assert "There is no resource policy, but one must allow the request." in text
    assert f"Only account {OTHER}" in text


def test_a_call_that_needs_no_permission_says_why_it_is_allowed():
    told = "This call needs no permission, so no policy has to allow it."
    own = Policies(identity=(attached("own", PolicyKind.IDENTITY),))
    request = AccessRequest.of(Principal.from_arn(ALICE), "sts:GetCallerIdentity", "*", account=HOME)
    assert told in folds(Judgement(request, own, decide(request, own), "AUTH-1"))
    assert told not in folds(judged(own))


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        (Principal.from_arn(ALICE), True),
        (Principal.service("s3.amazonaws.com"), False),
        (Principal.web_identity("cognito-identity.amazonaws.com"), False),
    ],
)
def test_who_can_see_the_policy_is_told_only_to_a_caller_in_another_account(caller, told):
    policies = Policies(resource=attached("bucket", PolicyKind.RESOURCE, Principal="*"))
    request = AccessRequest.of(caller, "s3:GetObject", OBJECT, account=OTHER)
    text = denial_card(Judgement(request, policies, decide(request, policies), "AUTH-1")).text
    assert ("can see the resource's policy" in text) == told


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_html_in_any_name_shows_as_text():
    deny = attached(f"bucket {IMAGE}", PolicyKind.RESOURCE, Effect="Deny", Sid=IMAGE, Principal="*")
    near = attached(
        IMAGE, PolicyKind.IDENTITY, Condition={"StringEquals": {f"aws:RequestTag/{IMAGE}": IMAGE}}
    )
    judgement = judged(
        Policies(identity=(near,), resource=deny),
        f"arn:aws:iam::{HOME}:user/{IMAGE}",
        resource=OBJECT + IMAGE,
    )
    page = denial_card(judgement, IMAGE)
    parser = _Tags()
    parser.feed(page.html)
    assert parser.tags <= {
        "div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "pre", "code", "br", "wbr", "ul", "li",
        "style", "ol", "span", "svg", "path", "circle", "ellipse", "small", "details", "summary",
    }  # fmt: skip
    drawn = set(
        "role class title aria-label aria-hidden aria-current viewbox width height fill d cx cy r rx ry open "
        "tabindex".split()
    )
    assert parser.attributes <= {"scope", "style", "stroke"} | drawn | {
        f"stroke-{each}" for each in ("width", "linecap", "linejoin")
    }
    assert html.escape(IMAGE) in page.html
    assert IMAGE in page.text


def test_control_characters_do_not_reach_a_terminal():
    assert "\x1b" not in denial_card(judged(Policies()), "\x1b[31mred").text
