"""The evaluation explorer, operated as by its buttons; tests/browser operates it in Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.explorer import context as context_text
from labs_helpers.course.widgets.explorer import sources
from labs_helpers.course.widgets.explorer.actions import completions, doubt
from labs_helpers.course.widgets.explorer.sources import CloudSource
from labs_helpers.course.widgets.explorer.widget import EvaluationExplorer

ALICE = "arn:aws:iam::111122223333:user/alice"
OBJECT = "arn:aws:s3:::payroll/2026.csv"
HOSTILE = '<img src=x onerror="alert(1)">'
ODD_TEXTS = [
    HOSTILE,
    "</pre><script>alert(1)</script>",
    "💥" * 50,
    "\u202eabc\u202c",
    "שלום",
    "\x1b[31m",
    "a" * 1_000_000,
    "{",
    "\ud800",
]


def statement(effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


FULL = document(statement("Allow", "*"))
ALLOWS_S3 = document(statement("Allow", "s3:*"))
DENIES_READING = document(statement("Allow", "*"), statement("Deny", "s3:Get*", Sid="NoReading"))


def explorer(policies: Any, **question: Any) -> EvaluationExplorer:
    asked = {"principal": ALICE, "action": "s3:GetObject", "resource": OBJECT, **question}
    return EvaluationExplorer(policies=policies, **asked)


class Page(HTMLParser):
    """The content of HTML: its tags, its handlers, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def html_of(shown: EvaluationExplorer) -> str:
    parts = [shown._status, shown._decision, shown._why, shown._trial]
    return "\n".join([*(part.value for part in parts), shown._all_layers])


def text_of(shown: EvaluationExplorer) -> str:
    return Page(html_of(shown)).text


def is_harmless(shown: EvaluationExplorer) -> bool:
    page = Page(html_of(shown))
    allowed = set(
        "p div details summary strong em pre code span ol ul li br wbr ins del svg path style".split()
    )
    return page.tags <= allowed and page.attributes <= {
        "style", "role", "open", "tabindex", "aria-label", "aria-hidden", "value", "class", "aria-current",
    }  # fmt: skip


def click(shown: EvaluationExplorer, button: str) -> None:
    shown.buttons[button].click()


# Predict, then reveal


def test_nothing_is_revealed_without_a_prediction() -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    for button in ("Reveal", "Next layer", "Reveal all"):
        click(shown, button)
        assert "Predict first" in text_of(shown)
        assert shown.judgement is None
        assert shown.layers == ()


def test_layers_come_one_by_one_in_the_order_of_aws() -> None:
    shown = explorer(
        {"identity": [ALLOWS_S3], "scp": [[FULL], [DENIES_READING]], "boundary": FULL, "resource": None}
        | {"resource": document({**statement("Allow", "s3:GetObject", OBJECT), "Principal": {"AWS": ALICE}})}
    )
    shown.predict("allow")
    click(shown, "Reveal")
    titles = [layer.title for layer in shown.layers]
    assert titles == ["Service control policy at the root"]
    assert "✓ allow" in text_of(shown)
    assert "explicit deny" not in text_of(shown), "what is not revealed yet must not be told"
    click(shown, "Next layer")
    assert shown.layers[-1].headline == "Service control policy at level 1: ✗✗ explicit deny"
    assert "✗ denied" not in text_of(shown)
    click(shown, "Next layer")
    click(shown, "Next layer")
    click(shown, "Next layer")
    assert [layer.title for layer in shown.layers][2:] == [
        "Resource policy",
        "Identity policies",
        "Permissions boundary",
    ]
    assert "✗ denied with an explicit deny" in text_of(shown)
    assert "with an explicit deny in a service control policy" in text_of(shown)
    assert "✗ Wrong: you predicted that it is allowed. 0 of 1 predictions right" in text_of(shown)
    click(shown, "Next layer")
    assert "All layers are shown" in text_of(shown)
    assert "repeated" not in text_of(shown)
    shown.predict("deny")
    shown.reveal()
    shown.reveal_all()
    assert "0 of 1 predictions right so far. A repeated request isn't counted." in text_of(shown)
    shown.start_over()
    shown.predict("deny")
    shown.reveal_all()
    assert "0 of 1 predictions right so far. A repeated request isn't counted." in text_of(shown)


def test_a_request_that_is_repeated_a_second_later_is_not_counted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = (datetime(2026, 1, 1, 12, 0, second, tzinfo=UTC) for second in range(60))
    monkeypatch.setattr(sources, "datetime", SimpleNamespace(now=lambda zone: next(moments)))
    shown = explorer({"identity": [ALLOWS_S3]})
    for _ in range(2):
        shown.predict("allow")
        shown.reveal_all()
        before = shown.context.value
        shown.start_over()
    assert "aws:CurrentTime" in before
    shown.context.value = before.replace("aws:CurrentTime = 2026", "aws:CurrentTime = 2027")
    shown.predict("allow")
    shown.reveal_all()
    assert shown.asked == 2, "a time that the learner has chosen makes another request"


def test_matching_statements_are_marked_by_sign_and_word_and_others_are_not() -> None:
    shown = explorer({"identity": [DENIES_READING]})
    shown.predict("deny")
    click(shown, "Reveal all")
    lines = text_of(shown).splitlines()
    marked = [line for line in lines if line.startswith("▶")]
    assert [line for line in marked if "this statement denies the request" in line]
    assert [line for line in marked if "this statement allows the request" in line]
    assert any('"Sid": "NoReading"' in line for line in marked)
    assert not any("Version" in line for line in marked)
    assert "<strong>▶" in html_of(shown)
    assert "✓ Right: you predicted that it is denied" in text_of(shown)


def test_aws_message_is_the_services_own() -> None:
    shown = explorer({"identity": [DENIES_READING]})
    shown.predict("deny")
    shown.reveal_all()
    message = f'User: {ALICE} is not authorized to perform: s3:GetObject on resource: "{OBJECT}" with an explicit deny'
    assert message in text_of(shown)
    assert "AccessDenied (HTTP 403)" in text_of(shown)
    kms = explorer({}, action="kms:Decrypt", resource="arn:aws:kms:us-east-1:111122223333:key/1")
    kms.predict("deny")
    kms.reveal_all()
    assert "AccessDeniedException (HTTP 400)" in text_of(kms)
    ec2 = explorer({}, action="ec2:RunInstances", resource="arn:aws:ec2:us-east-1:111122223333:instance/*")
    ec2.predict("deny")
    ec2.reveal_all()
    assert "UnauthorizedOperation" in text_of(ec2)
    assert "Encoded authorization failure message: …" in text_of(ec2)


def test_a_policy_that_had_to_be_there_is_a_layer_that_denies() -> None:
    shown = explorer({"identity": [ALLOWS_S3]}, context={"aws:ResourceAccount": "444455556666"})
    shown.predict("deny")
    shown.reveal_all()
    assert [layer.headline for layer in shown.layers] == [
        "Resource policy: ✗ implicit deny", "Identity policies: ✓ allows, but already denied",
    ]  # fmt: skip
    assert "No such policy is attached, but one must allow" in text_of(shown)


@pytest.mark.parametrize("name", ["principal", "action", "resource", "context"])
def test_another_question_takes_back_what_was_revealed(name: str) -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    shown.predict("allow")
    shown.reveal_all()
    getattr(shown, name).value += "x" if name != "context" else "\nkey = x"
    assert shown.judgement is None
    assert shown.prediction.value is None
    assert "ALLOW" not in text_of(shown)
    assert "Predict again" in text_of(shown)


def test_a_question_counts_once_however_often_it_is_revealed() -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    shown.predict("deny")
    shown.reveal_all()
    shown.predict("allow")
    shown.reveal()
    shown.reveal_all()
    assert (shown.right, shown.asked) == (0, 1)


# Why not?


def test_why_not_tells_the_smallest_change() -> None:
    shown = explorer({"identity": [document(statement("Allow", "s3:PutObject"))]})
    shown.predict("deny")
    click(shown, "Why not?")
    assert "Reveal all layers first" in text_of(shown)
    shown.reveal_all()
    click(shown, "Why not?")
    assert shown.changes[0].flips_alone
    assert "Enough by itself." in text_of(shown)
    assert '"s3:GetObject"' in text_of(shown)


def test_a_change_is_tried_by_asking_the_engine_again_and_the_question_stays() -> None:
    shown = explorer({"identity": [DENIES_READING], "boundary": document(statement("Allow", "s3:Put*"))})
    shown.predict("deny")
    shown.reveal_all()
    shown.why_not()
    before = shown.judgement
    shown._try.click()
    assert shown.trial is not None
    assert shown.trial.allowed, "with the changes that it needs"
    assert shown.judgement is before
    assert "nothing in the cloud was changed" in text_of(shown)
    assert re.search(r"[+−] ", text_of(shown))
    with pytest.raises(LookupError, match="no change 99"):
        shown.try_change(99)
    shown.action.value = "s3:PutObject"
    assert shown.trial is None
    assert "nothing was changed" not in text_of(shown)


def test_the_picture_has_a_place_for_every_layer_and_tells_none_before_it_is_shown() -> None:
    shown = explorer({"identity": [DENIES_READING], "boundary": FULL})
    shown.predict("deny")
    shown.reveal()
    assert [stop.says for stop in shown.stops] == ["✗✗ explicit deny", "not shown yet", "not shown yet"]
    shown.next_layer()
    assert [stop.says for stop in shown.stops] == ["✗✗ explicit deny", "✓ allow", "✗ denied"]
    assert [stop.here for stop in shown.stops] == [False, True, False]
    shown.back()
    assert [stop.here for stop in shown.stops] == [True, False, False]
    assert "NoReading" in Page(shown._explained.value).text
    assert "✗✗ explicit deny" in Page(shown._listed.value).text
    shown.back()
    assert "first layer" in text_of(shown)


def test_only_the_buttons_that_make_sense_are_shown() -> None:
    shown = explorer({"identity": [DENIES_READING], "boundary": FULL})

    def buttons() -> list[str]:
        return [each.description for each in shown.buttons.values() if each.layout.display != "none"]

    assert buttons() == ["Reveal", "Reveal all"]
    shown.predict("deny")
    shown.reveal()
    assert buttons() == ["Next layer", "Reveal all"]
    shown.next_layer()
    assert buttons() == ["Why not?", "Start over"], "each layer is in the list of layers"
    click(shown, "Reveal")
    assert buttons() == ["Reveal", "Reveal all"]
    assert shown.prediction.value is None, "a new answer needs a new prediction"
    assert shown.layers == ()
    click(shown, "Reveal")
    assert "Predict first" in text_of(shown)
    shown.predict("allow")
    shown.reveal()
    assert buttons() == ["Next layer", "Reveal all"]
    shown.reveal_all()
    assert buttons() == ["Why not?", "Start over"], "whichever layer is explained"


def test_the_path_is_drawn_before_the_question_is_asked_and_before_it_is_complete() -> None:
    shown = explorer({"identity": [DENIES_READING], "boundary": FULL})
    for title in ("Identity policies", "Permissions boundary", "Decision"):
        assert f"{title}not shown yet" in Page(shown._picture.value).text
    shown.principal.value = ""
    assert "Who requests which action, on which resource?" in Page(shown._picture.value).text
    assert "Service control policiesnot shown yet" in Page(shown._picture.value).text


def test_reveal_all_looks_at_the_layer_that_decides() -> None:
    shown = explorer({"identity": [DENIES_READING], "boundary": FULL})
    shown.predict("deny")
    shown.reveal_all()
    assert [stop.here for stop in shown.stops] == [True, False, False]


def test_its_still_picture_and_its_text_say_what_it_shows() -> None:
    shown = explorer({"identity": [DENIES_READING]})
    shown.predict("deny")
    shown.reveal_all()
    bundle = shown._repr_mimebundle_()
    assert "Identity policies ✗✗ explicit deny → Decision ✗ denied" in bundle["text/plain"]
    still = Page(bundle["text/html"]).text
    for told in (ALICE, "s3:GetObject", "explicit deny", "✗ denied", "NoReading"):
        assert told in still


def test_why_not_of_an_allowed_request_has_nothing_to_say() -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    shown.predict("allow")
    shown.reveal_all()
    click(shown, "Why not?")
    assert "nothing to change" in text_of(shown)


# Actions


def test_the_service_is_completed_first_then_its_actions() -> None:
    assert completions("")[0] == "s3:"
    assert "s3:" in completions("s")
    assert "sqs:" in completions("sq")
    assert completions("s3:GetObjectL")[0] == "s3:GetObjectLegalHold"
    assert "s3:GetObject" in completions("S3:getobj")
    assert completions("nosuch:") == []
    assert completions("x" * 1_000_000) == []
    assert all(len(completions(text)) <= 50 for text in ("", "e", "ec2:", "ec2:d"))
    shown = explorer({}, action="iam:Cre")
    assert "iam:CreateUser" in shown.action.options
    shown.action.value = "iam:CreateU"
    assert shown.action.options[0] == "iam:CreateUser"


def test_an_action_that_aws_does_not_have_is_doubted() -> None:
    assert doubt("s3:GetObject") == ""
    assert "s3:GetObject" in doubt("s3:GetObjekt")
    assert "no service" in doubt("s4:GetObject")


# Context


def test_context_is_text_that_reads_back() -> None:
    context = {
        "aws:SourceIp": "203.0.113.9",
        "aws:TagKeys": ["a", "b=c"],
        "aws:RequestTag/Team": "x = y",
        "aws:UserAgent": "",
    }
    assert context_text.read(context_text.as_text(context)) == context


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:b = c\nnonsense", "context line 2"),
        ("a:b = 1\nA:B = 2", "is already in line 1"),
        ("a:b = [1]", "isn't a string"),
        ("a:b = [", "not a valid JSON list"),
        ("= b", "line 1"),
        (f"{HOSTILE} = x", "isn't a condition key"),
        ("a:b = c\n" * 600, "600 lines"),
        ("x" * 200_000, "200,000 characters"),
    ],
)
def test_context_that_cannot_be_read_is_told_with_its_line(text: str, said: str) -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    shown.context.value = text
    shown.predict("allow")
    shown.reveal()
    assert said in text_of(shown)
    assert 'role="alert"' in html_of(shown)
    shown.context.value = ""
    shown.predict("allow")
    shown.reveal_all()
    assert shown.judgement is not None, "it must work again once the context is right"


def test_filled_in_keys_follow_the_principal_and_written_ones_stay() -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    assert "aws:username = alice" in shown.context.value
    shown.context.value = shown.context.value.replace("203.0.113.10", "198.51.100.1") + "\ns3:prefix = a/"
    shown.principal.value = ALICE.replace("alice", "bob")
    assert "aws:username = bob" in shown.context.value
    assert "aws:SourceIp = 198.51.100.1" in shown.context.value
    assert shown.context.value.count("aws:SourceIp") == 1
    assert shown.context.value.index("aws:SourceIp") < shown.context.value.index("aws:CurrentTime"), (
        "lines keep places"
    )
    assert "s3:prefix = a/" in shown.context.value


def test_the_principals_keys_are_there_before_the_rest_is_typed() -> None:
    shown = explorer({}, action="", resource="")
    assert "aws:username = alice" in shown.context.value
    shown.action.value = "s3:GetObject"
    shown.resource.value = "arn:aws:sqs:us-east-1:444455556666:queue"
    assert "aws:ResourceAccount = 444455556666" in shown.context.value
    assert shown.context.value.count("aws:ResourceAccount") == 1


def test_a_key_that_is_taken_out_is_absent_from_the_request() -> None:
    shown = explorer(
        {"identity": [document(statement("Allow", "*", Condition={"Null": {"aws:SourceIp": "true"}}))]}
    )
    shown.context.value = "\n".join(
        line for line in shown.context.value.splitlines() if "SourceIp" not in line
    )
    shown.predict("allow")
    shown.reveal_all()
    assert shown.judgement is not None
    assert shown.judgement.allowed


# With a cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=4) as running:
        iam, s3 = boto3.client("iam"), boto3.client("s3")
        iam.create_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
        own = document(statement("Allow", "s3:*", "arn:aws:s3:::${aws:username}-home/*"))
        iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=json.dumps(own))
        s3.create_bucket(Bucket="alice-home")
        yield running


def test_a_cloud_gives_principals_context_and_policies(cloud: Cloud) -> None:
    calls = len(cloud.record)
    shown = EvaluationExplorer(principal=ALICE, action="s3:GetObject", resource="arn:aws:s3:::alice-home/x")
    assert ALICE in shown.principal.options
    for line in ("aws:SourceIp = 203.0.113.10", "aws:username = alice", "aws:PrincipalTag/team = red"):
        assert line in shown.context.value
    shown.predict("allow")
    shown.reveal_all()
    assert "✓ allowed" in text_of(shown)
    assert "inline policy own" in text_of(shown)
    assert len(cloud.record) == calls, "asking is no call"


def test_a_role_is_asked_about_in_a_session_without_mfa(cloud: Cloud) -> None:
    trusts = {
        "Version": "2012-10-17",
        "Statement": [statement("Allow", "sts:AssumeRole", Principal={"AWS": "*"})],
    }
    del trusts["Statement"][0]["Resource"]
    role = boto3.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trusts))[
        "Role"
    ]
    shown = EvaluationExplorer(cloud, principal=role["Arn"], action="s3:GetObject", resource=OBJECT)
    for line in (
        "aws:MultiFactorAuthPresent = false",
        f"aws:userid = {role['RoleId']}:session",
        "aws:TokenIssueTime = ",
    ):
        assert line in shown.context.value


def test_a_principal_that_is_not_there_is_doubted(cloud: Cloud) -> None:
    for name, doubted in (("alice", False), ("nobody", True)):
        shown = EvaluationExplorer(
            cloud, principal=ALICE.replace("alice", name), action="s3:GetObject", resource="*"
        )
        shown.predict("deny")
        shown.reveal()
        assert ("This user or role doesn't exist" in text_of(shown)) is doubted


def test_the_answer_is_the_gates(cloud: Cloud) -> None:
    shown = EvaluationExplorer(cloud, principal=ALICE, action="s3:GetObject", resource="arn:aws:s3:::other/x")
    shown.predict("deny")
    shown.reveal_all()
    assert shown.judgement is not None
    assert shown.judgement.decision == cloud.would(ALICE, "s3:GetObject", "arn:aws:s3:::other/x")
    assert not shown.judgement.allowed


def test_the_decision_follows_a_change_of_policies(cloud: Cloud) -> None:
    shown = EvaluationExplorer(cloud, principal=ALICE, action="iam:ListUsers", resource="*")
    shown.predict("deny")
    shown.reveal_all()
    assert "✗ denied" in text_of(shown)
    more = json.dumps(document(statement("Allow", "iam:ListUsers")))
    boto3.client("iam").put_user_policy(UserName="alice", PolicyName="more", PolicyDocument=more)
    shown.reveal()
    shown.reveal_all()
    assert "✓ allowed" in text_of(shown)


def test_what_the_cloud_does_not_know_is_said(cloud: Cloud) -> None:
    shown = EvaluationExplorer(cloud, principal=ALICE, action="braket:GetDevice", resource="*")
    shown.predict("deny")
    shown.reveal()
    assert "this cloud knows" in text_of(shown)


def test_the_anonymous_caller_can_be_asked_about(cloud: Cloud) -> None:
    shown = EvaluationExplorer(
        cloud, principal="*", action="s3:GetObject", resource="arn:aws:s3:::alice-home/x"
    )
    shown.predict("deny")
    shown.reveal_all()
    assert "✗ denied" in text_of(shown)


ODD_ARNS = "s3::: s3:::/ iam::111122223333:role/ kms:::key/ sqs:x:y:z lambda:::function:a:b:c".split()
principals = st.text(max_size=80) | st.sampled_from(
    [ALICE, "arn:aws:iam::111122223333:role/x", "arn:aws:iam::::user/"]
)
actions = st.text(max_size=20) | st.sampled_from(
    "s3:GetObject iam:PassRole sts:AssumeRole kms:Decrypt sqs:A".split()
)
resources = st.sampled_from([f"arn:aws:{arn}" for arn in ODD_ARNS]) | st.text(max_size=60).map(
    "arn:aws:s3:::{}".format
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(principals, actions, resources)
def test_no_question_breaks_it(cloud: Cloud, principal: str, action: str, resource: str) -> None:
    shown = EvaluationExplorer(cloud)
    shown.principal.value, shown.action.value, shown.resource.value = principal, action, resource
    shown.predict("deny")
    shown.reveal_all()
    assert shown._status.value
    assert is_harmless(shown)


# Bad input


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("name", ["principal", "action", "resource", "context"])
def test_any_text_gives_a_message_and_the_widget_lives(name: str, text: str) -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    getattr(shown, name).value = text
    shown.predict("allow")
    shown.reveal_all()
    assert is_harmless(shown)
    assert len(html_of(shown)) < 100_000
    html_of(shown).encode("utf-8")
    values = {"principal": ALICE, "action": "s3:GetObject", "resource": OBJECT, "context": ""}
    getattr(shown, name).value = values[name]
    shown.predict("allow")
    shown.reveal_all()
    assert "✓ allowed" in text_of(shown)


def test_a_denying_policy_is_shown_however_many_allow() -> None:
    shown = explorer({"identity": [*[ALLOWS_S3] * 150, DENIES_READING, *[FULL] * 49]})
    shown.predict("deny")
    shown.reveal_all()
    assert "this statement denies the request" in text_of(shown)
    assert "192 more that match" in text_of(shown)


def test_markup_in_policies_is_shown_as_text() -> None:
    condition = {"StringLike": {f"aws:RequestTag/{HOSTILE}": [HOSTILE, "*"]}}
    bad = document(
        statement("Deny", "s3:*", [f"arn:aws:s3:::{HOSTILE}*", "*"], Condition=condition),
        statement("Deny", "s3:GetObject"),
    )
    shown = explorer({"identity": [bad]}, context={f"aws:RequestTag/{HOSTILE}": HOSTILE})
    shown.predict("deny")
    shown.reveal_all()
    shown.why_not()
    assert f"aws:RequestTag/{HOSTILE}".replace('"', '\\"') in text_of(shown)
    assert is_harmless(shown)


@pytest.mark.parametrize(
    "policies",
    [
        {"identity": "{"},
        {"identity": [{"Statement": HOSTILE}]},
        {"identty": []},
        [],
        {"scp": [document()]},
        {"identity": ["[" * 5000]},
    ],
)
def test_policies_that_cannot_be_read_are_told(policies: Any) -> None:
    shown = explorer(policies)
    shown.predict("allow")
    shown.reveal_all()
    assert "policies" in text_of(shown)
    assert 'role="alert"' in html_of(shown)
    assert is_harmless(shown)


def test_long_policies_are_shown_in_part_and_say_so() -> None:
    many = document(
        *(statement("Allow", f"s3:Get{'O' if number == 700 else 'X'}bject", OBJECT) for number in range(1000))
    )
    wide = document(statement("Allow", ["s3:GetObject", *(f"ec2:Action{number}" for number in range(3000))]))
    shown = explorer({"identity": [many, json.dumps(wide)]})
    shown.predict("allow")
    shown.reveal_all()
    assert "… 700 statements without a match omitted …" in text_of(shown)
    assert "… 299 statements without a match omitted …" in text_of(shown)
    assert re.search(r"… \d+ lines omitted …", text_of(shown))
    assert len(html_of(shown)) < 100_000


def test_it_needs_a_cloud_or_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="not both"):
        EvaluationExplorer(Cloud(), policies={})
    monkeypatch.setattr(Cloud, "running", staticmethod(lambda: None))
    with pytest.raises(ValueError, match="no cloud is running"):
        EvaluationExplorer()


def test_a_cloud_that_does_not_run_is_told() -> None:
    shown = EvaluationExplorer(policies={}, principal=ALICE, action="s3:GetObject", resource="*")
    shown._source = CloudSource(Cloud())
    shown.predict("deny")
    shown.reveal()
    assert "has been stopped" in text_of(shown)


def test_it_shows_itself_in_a_notebook_and_describes_itself_elsewhere() -> None:
    shown = explorer({"identity": [ALLOWS_S3]})
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (bundle[0] if isinstance(bundle, tuple) else bundle)
    assert "not revealed" in repr(shown)


def test_a_cloud_that_was_reset_is_named_when_the_answer_is_revealed(cloud: Cloud) -> None:
    shown = EvaluationExplorer(cloud, principal=ALICE, action="s3:GetObject", resource=OBJECT)
    shown.predict("deny")
    shown.reveal_all()
    assert "was reset" not in text_of(shown)
    cloud.reset()
    shown.reveal_all()
    shown.next_layer()
    shown.action.value = "s3:PutObject"
    shown.predict("deny")
    shown.reveal_all()
    assert "The cloud was reset after this explorer was created" in text_of(shown)
