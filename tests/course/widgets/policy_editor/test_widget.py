"""The policy editor: what it reports about a text, what its buttons write, and what it evaluates on a cloud."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.policy_editor import impact
from labs_helpers.course.widgets.policy_editor.check import MAX_TEXT
from labs_helpers.course.widgets.policy_editor.completion import OPERATORS, keys, suited
from labs_helpers.course.widgets.policy_editor.policy_targets import actions_of, resources_of, targets
from labs_helpers.course.widgets.policy_editor.quotas import QUOTAS
from labs_helpers.course.widgets.policy_editor.widget import PolicyEditor
from labs_helpers.engine.policy import PolicyKind, parse_policy
from tests.clouds import new_member
from tests.hangs import ends

HOME = "111122223333"
ALICE, BOB = f"arn:aws:iam::{HOME}:user/alice", f"arn:aws:iam::{HOME}:user/bob"
APP = f"arn:aws:iam::{HOME}:role/app"
BUCKET = "arn:aws:s3:::data-bucket"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def first(editor: PolicyEditor) -> tuple[str, int, int]:
    problem = editor.problems[0]
    return problem.source, problem.line, problem.column


# --- validation -----------------------------------------------------------------------------------------------------


def test_a_valid_policy_has_a_value_and_no_errors() -> None:
    text = policy(allow("s3:GetObject", f"{BUCKET}/*"))
    editor = PolicyEditor(text)
    assert editor.value == json.loads(text)
    assert editor.problems == ()
    assert "✓ Valid" in editor._errors.value
    assert "has no findings" in editor._findings.value


def test_a_document_may_be_given_instead_of_text() -> None:
    document = json.loads(policy(allow("s3:GetObject")))
    assert PolicyEditor(document).value == document


def test_an_empty_editor_has_no_problems_and_no_value() -> None:
    editor = PolicyEditor()
    assert (editor.value, editor.problems) == (None, ())


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"Version": "2012-10-17",\n  "Statement": [{"Eff', 2, 18),
        ('{"Version": "2012-10-17"\n "Statement": []}', 2, 2),
        ("<img src=x onerror=alert(1)>", 1, 1),
        ("\0", 1, 1),
        ('{"a":\n\n tru}', 3, 2),
    ],
)
def test_errors_of_json_are_placed(text: str, line: int, column: int) -> None:
    editor = PolicyEditor(text)
    assert editor.value is None
    assert [each.source for each in editor.problems] == ["JSON"]
    assert first(editor)[1:] == (line, column)


@pytest.mark.parametrize(
    ("statement", "line", "column", "says"),
    [
        ('{"Efect": "Allow", "Action": "s3:*", "Resource": "*"}', 3, 2, "unknown element"),
        ('{"Effect": "Alow", "Action": "s3:*", "Resource": "*"}', 3, 12, '"Alow"'),
        ('{"Effect": "Allow", "Action": ["s3:*", 7], "Resource": "*"}', 3, 40, "a number"),
        ('{"Effect": "Allow", "Resource": "*"}', 3, 1, "missing"),
        ('{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3"}', 3, 51, "six parts"),
        ('{"Effect": "Allow", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}', 3, 21, "given twice"),
        (
            '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bol": {"aws:SourceIp": "true"}}}',
            3, 67, "Bol",
        ),
        (
            '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"a.b[0]": null}}}',
            3, 92, "null",
        ),
    ],
)  # fmt: skip
def test_errors_of_the_grammar_are_placed(statement: str, line: int, column: int, says: str) -> None:
    editor = PolicyEditor(f'{{"Version": "2012-10-17",\n"Statement": [\n{statement}\n]}}')
    assert editor.value is None
    assert first(editor) == ("policy", line, column)
    assert says in editor.problems[0].message


def test_the_place_is_found_for_keys_that_paths_shorten() -> None:
    key = "k" * 200
    editor = PolicyEditor(f'{{"Version": "2012-10-17",\n "{key}": 1, "Statement": []}}')
    assert first(editor) == ("policy", 2, 2)


def test_the_text_is_checked_as_it_is_typed() -> None:
    editor = PolicyEditor()
    text = policy(allow("s3:GetObject"))
    for end in range(1, len(text)):
        editor._text.value = text[:end]
        assert editor.value is None
        assert editor.problems[0].source == "JSON"
    editor._text.value = text
    assert editor.value == json.loads(text)


def test_the_kind_decides_what_is_valid() -> None:
    editor = PolicyEditor(policy({"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}))
    assert editor.value is None
    editor._kind.value = PolicyKind.TRUST
    assert editor.value is not None
    assert PolicyEditor(editor.text, kind="trust").value is not None


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="identity, resource, trust"):
        PolicyEditor(kind="identty")


def test_a_service_that_there_is_not_is_placed_and_the_one_meant_is_named() -> None:
    trusted = {"Service": ["ec2.amazonaws.com", "lamda.amazonaws.com"]}
    text = policy({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"})
    [problem] = PolicyEditor(text, kind="trust").problems
    assert (problem.severity, problem.source) == ("ERROR", "policy")
    assert (
        problem.message
        == "There is no AWS service `lamda.amazonaws.com`. Did you mean `lambda.amazonaws.com`?"
    )
    assert problem.excerpt[1].startswith('"lamda.')
    assert PolicyEditor(text.replace("lamda", "lambda"), kind="trust").problems == ()


def test_findings_of_access_analyzer_are_placed_and_explained() -> None:
    editor = PolicyEditor(policy(allow("s3:GetObjct")))
    [finding] = [each for each in editor.problems if each.code == "INVALID_ACTION"]
    assert (finding.severity, finding.source) == ("ERROR", "Access Analyzer")
    line = editor.text.split("\n")[finding.line - 1]
    assert line[finding.column - 1 :].startswith('"s3:GetObjct"')
    assert editor.text[finding.offset :].startswith('"s3:GetObjct"')
    assert "access-analyzer-reference-policy-checks" in finding.link
    assert finding.link in editor._findings.value


def test_a_policy_in_one_line_opens_formatted_and_one_with_lines_as_it_was_written() -> None:
    assert PolicyEditor(policy(allow("s3:GetObject"))).text.count("\n") > 5
    written = '{"Version": "2012-10-17",\n "Statement": []}'
    assert PolicyEditor(written).text == written
    assert PolicyEditor("{").text == "{"


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (policy(allow("s3:GetObjct")), "Change s3:GetObjct to s3:GetObject (line 6)"),
        (policy(allow("iamm:PassRole")), "Change iamm:PassRole to iam:PassRole (line 6)"),
        (policy({"Efect": "Allow", "Action": "s3:*", "Resource": "*"}), "Change Efect to Effect (line 5)"),
        (policy({"effect": "Allow", "Action": "s3:*", "Resource": "*"}), "Change effect to Effect (line 5)"),
        (policy({"Effect": "allow", "Action": "s3:*", "Resource": "*"}), "Change allow to Allow (line 5)"),
        (policy(allow("s3:*")).replace("2012", "2021"), "Change 2021-10-17 to 2012-10-17 (line 2)"),
        (
            policy({**allow("s3:*"), "Condition": {"StringEqals": {"aws:username": "a"}}}),
            "Change StringEqals to StringEquals (line 9)",
        ),
        (
            policy({**allow("s3:*"), "Condition": {"StringEquals": {"aws:usernam": "a"}}}),
            "Change aws:usernam to aws:username (line 10)",
        ),
        (policy(allow("s3:*")).replace('"Version": "2012-10-17", ', ""), "Add the version 2012-10-17"),
    ],
)
def test_one_click_fixes_what_has_one_obvious_fix(text: str, offered: str) -> None:
    editor = PolicyEditor(text)
    assert editor.fixes == (offered,)
    assert (editor._fixing[0].button_style, editor._show.button_style) == ("primary", ""), (
        "an error comes first"
    )
    editor._fixing[0].click()
    assert editor.fixes == ()
    assert (editor._fixing[0].button_style, editor._show.button_style) == ("", "primary")
    assert editor.value is not None


def test_a_fix_that_is_not_offered_is_refused() -> None:
    editor = PolicyEditor(policy(allow("s3:GetObject")))
    assert editor.fixes == ()
    with pytest.raises(ValueError, match="fixes offered: 0"):
        editor.fix(0)


def test_a_missing_access_analyzer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "labs_helpers.engine.analysis.validation", None)
    editor = PolicyEditor(policy(allow("s3:GetObject")))
    assert editor.value is not None
    assert "not available" in editor._findings.value


def test_characters_that_iam_does_not_take_are_named() -> None:
    editor = PolicyEditor(policy(allow("s3:GetObject", f"{BUCKET}/日*")).encode().decode("unicode_escape"))
    assert any("U+65E5" in each.message for each in editor.problems)
    scp = PolicyEditor(json.dumps({"Version": "2012-10-17", "Statement": []}, ensure_ascii=False), kind="scp")
    assert not any("U+" in each.message for each in scp.problems)


def test_characters_that_cannot_be_seen_are_named() -> None:
    editor = PolicyEditor(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get\u202eObject"}}'
    )
    assert any("U+202E" in each.message and each.severity == "WARNING" for each in editor.problems)


# --- any input ------------------------------------------------------------------------------------------------------

ANYTHING = {
    "a megabyte": "a" * 1_000_000,
    "a megabyte of JSON": json.dumps({"Version": "x" * 1_000_000}),
    "nested lists": "[" * 50_000,
    "nested objects": '{"a":' * 15_000,
    "many numbers": "[" + "1," * 49_000 + "1]",
    "many members": "{" + ",".join(f'"k{i}": 1' for i in range(8_000)) + "}",
    "many statements": policy(*[allow("s3:*x*")] * 1_300),
    "many patterns": policy(
        allow([f"s3:*{i}*?" for i in range(4_000)], [f"{BUCKET}*{i}*" for i in range(700)])
    ),
    "unfinished": '{"Version": "2012-10-17", "Statement": [{"Effect": "Al',
    "emoji": policy(allow("s3:😀")),
    "right to left": '{"Version": "שלום \u202e\u2067 مرحبا"}',
    "markup": "<img src=x onerror=alert(1)>",
    "markup in a key": '{"<img src=x onerror=alert(1)>": "</textarea><script>alert(1)</script>"}',
    "markup in an action": policy(allow("s3:<img src=x onerror=alert(1)>")),
    "NUL": '\0{"a": "\0"}',
    "half a character": '"\ud800"',
    "escaped half": '{"\\ud800": 1, "Version": "\\udfff"}',
    "terminal escapes": "\x1b[31m\x07",
    "numbers": '{"Statement": 1e999, "Version": NaN}',
    "a long number": '{"Statement": ' + "9" * 50_000 + "}",
    "blank": " \t\r\n",
    "null": "null",
}


def _anything() -> list[Any]:
    """Return each text for each kind of policy. The longest lists are tried with all kinds by `make judges`."""
    return [
        pytest.param(
            name, kind, marks=[pytest.mark.slow] if name.startswith("many ") and kind != "identity" else []
        )
        for name in ANYTHING
        for kind in ("identity", "trust", "scp", "resource")
    ]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("name", "kind"), _anything())
def test_anything_gives_a_message_in_bounded_time_and_nothing_that_runs(name: str, kind: str) -> None:
    editor = PolicyEditor(kind=kind)
    with ends():
        editor.text = ANYTHING[name]
    shown = editor._errors.value + editor._findings.value + editor._size.value
    assert "<img" not in shown
    assert "<script" not in shown
    assert len(shown) < 200_000
    shown.encode("utf-8")
    assert "role=" in editor._errors.value
    if name not in ("blank", "many statements", "many patterns"):
        assert editor.value is None
        assert editor.problems
    editor.insert_action("s3:GetObject")
    editor.insert_condition("aws:SourceIp")
    editor.show_changes()
    assert "role=" in editor._inserted.value


def test_hostile_patterns_are_asked_about_in_bounded_time(cloud: Cloud) -> None:
    wild = [f"s3:{'*a?' * 15}{i}" for i in range(700)]
    editor = PolicyEditor(policy(allow(wild, [f"{BUCKET}{'*?' * 40}{i}" for i in range(90)])))
    assert editor.value is not None
    assert "run on more than" in editor._findings.value
    editor.attach_to("*")
    with ends():
        editor.show_changes()


def test_the_limit_is_stated() -> None:
    editor = PolicyEditor(" " * MAX_TEXT + "{}")
    assert f"{MAX_TEXT:,}" in editor._errors.value


# --- size -----------------------------------------------------------------------------------------------------------


def test_white_space_counts_where_aws_counts_it() -> None:
    text = '{ "Version": "2012-10-17" }\n'
    assert QUOTAS[PolicyKind.IDENTITY][0].size(text) == 24
    assert QUOTAS[PolicyKind.SCP][0].size(text) == 28
    assert QUOTAS[PolicyKind.SCP][0].limit == 10_240
    assert QUOTAS[PolicyKind.KEY][0].size("é") == 2


def test_every_kind_has_a_quota_with_a_source() -> None:
    assert set(QUOTAS) == set(PolicyKind)
    assert all(
        quota.source.startswith("https://docs.aws.amazon.com/") for each in QUOTAS.values() for quota in each
    )


def test_the_size_is_shown_against_the_quota() -> None:
    long = policy(allow("s3:GetObject", [f"{BUCKET}/{i:04}" for i in range(70)]))
    editor = PolicyEditor(long, kind="trust")
    assert "of 2,048 characters, ✗" in editor._size.value
    editor._kind.value = PolicyKind.IDENTITY
    assert "of 6,144 characters, ✓" in editor._size.value
    assert "✗ over 2,048 for all inline policies of a user together" in editor._size.value


# --- completion and insertion ---------------------------------------------------------------------------------------


def test_actions_and_condition_keys_are_completed() -> None:
    editor = PolicyEditor(policy(allow("s3:GetObject")))
    editor._action.value = "s3:getobj"
    assert "s3:GetObject" in editor._action.options
    editor._key.value = "s3:pref"
    assert "s3:prefix" in editor._key.options
    editor._key.value = "sourceip"
    assert "aws:SourceIp" in editor._key.options
    editor._key.value = "x" * 100_000
    assert editor._key.options == ()


def test_the_operator_suits_the_key() -> None:
    editor = PolicyEditor()
    editor._key.value = "aws:SourceIp"
    assert editor._operator.value == "IpAddress"
    editor._key.value = "aws:PrincipalOrgPaths"
    assert editor._operator.value == "ForAnyValue:StringEquals"
    assert suited("nobody:knows") is None


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_what_is_inserted_into_nothing_is_a_policy_of_its_kind(kind: PolicyKind) -> None:
    editor = PolicyEditor(kind=kind)
    editor.insert_action("sts:AssumeRole" if kind is PolicyKind.TRUST else "s3:GetObject")
    assert editor.value is not None, editor.problems
    for key in keys("", frozenset({"s3"})):
        if not key.endswith("/"):
            editor.insert_condition(key, *(suited(key) or ()))
            assert editor.value is not None, editor.problems[0]


def test_every_operator_offered_is_one() -> None:
    """The engine can read a condition with each offered operator; for any other, it raises PolicyError."""
    for operator in OPERATORS:
        value = {"N": "1", "D": "2030-01-01T00:00:00Z", "I": "10.0.0.0/8", "B": "true"}.get(operator[0], "x")
        value = {"NotIpAddress": "10.0.0.0/8", "Null": "true"}.get(operator, value)
        value = "arn:aws:iam::111122223333:role/x" if "Arn" in operator else value
        parse_policy(policy(allow("s3:GetObject", Condition={operator: {"aws:x": value}})))


def test_inserting_goes_into_the_last_statement_and_leaves_the_rest() -> None:
    text = (
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n'
        '    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},\n'
        '    {\n      "Effect": "Allow",\n      "Action": [\n        "s3:GetObject"\n      ],\n'
        '      "Resource": "*"\n    }\n  ]\n}'
    )
    editor = PolicyEditor(text)
    editor.insert_action("s3:PutObject")
    assert editor.text == text.replace('"s3:GetObject"', '"s3:GetObject",\n        "s3:PutObject"')
    editor.insert_condition("aws:SecureTransport", "Bool", "true")
    assert (
        '"Resource": "*",\n      "Condition": {"Bool": {"aws:SecureTransport": "true"}}\n    }' in editor.text
    )
    assert editor.value is not None
    assert editor.value["Statement"][0] == allow("s3:ListBucket")


def test_a_second_value_makes_a_list() -> None:
    editor = PolicyEditor(policy(allow("s3:GetObject")))
    editor.insert_action("s3:PutObject")
    for value in ("10.0.0.0/8", "203.0.113.0/24", "198.51.100.0/24"):
        editor.insert_condition("aws:SourceIp", "IpAddress", value)
    editor.insert_condition("aws:SecureTransport", "Bool", "true")
    assert editor.value is not None
    [statement] = editor.value["Statement"]
    assert statement["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert statement["Condition"] == {
        "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24", "198.51.100.0/24"]},
        "Bool": {"aws:SecureTransport": "true"},
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (policy(allow("s3:GetObject")), "already"),
        (policy({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}), "NotAction"),
        ('{"Statement": [', "Fix the JSON first"),
        ("[]", "a policy: it must be"),
        ('{"Statement": [1]}', "an object, so nothing"),
        ('{"Statement": {"Action": null}}', "neither"),
    ],
)
def test_what_cannot_be_inserted_is_said_and_the_text_stays(text: str, says: str) -> None:
    editor = PolicyEditor()
    editor.text = text
    editor._action.value = "s3:GetObject"
    editor._insert_action.click()
    assert editor.text == text
    assert says in editor._inserted.value


def test_text_that_is_inserted_is_quoted() -> None:
    editor = PolicyEditor(policy(allow("s3:GetObject")))
    editor.insert_action('"], "Resource": "<b>\n\0')
    json.loads(editor.text)
    assert "<b>" not in editor._inserted.value


# --- who could do what ----------------------------------------------------------------------------------------------


@pytest.fixture
def cloud(one_cloud: Cloud) -> Cloud:
    one_cloud.reset()
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    iam.create_user(UserName="alice")
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(allow("s3:*")))
    trust = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(
        RoleName="app", PolicyName="p", PolicyDocument=policy(allow(["s3:GetObject", "s3:PutObject"]))
    )
    s3.create_bucket(Bucket="data-bucket")
    s3.put_object(Bucket="data-bucket", Key="a.txt", Body=b"a")
    s3.create_bucket(Bucket="gone")
    s3.delete_bucket(Bucket="gone")
    return one_cloud


def changes(kind: str, target: str, *statements: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    editor = PolicyEditor(policy(*statements), kind=kind)
    editor.attach_to(target)
    return {
        (each.principal.rpartition("/")[2], each.action, each.resource.removeprefix(BUCKET), each.after)
        for each in editor.show_changes()
    }


def test_an_identity_policy_gives_its_principal_what_it_allows(cloud: Cloud) -> None:
    found = changes("identity", ALICE, allow("s3:GetObject", f"{BUCKET}/*"), allow("s3:ListBucket"))
    assert found == {("alice", "s3:GetObject", "/a.txt", "ALLOW"), ("alice", "s3:ListBucket", "", "ALLOW")}


def test_a_deny_takes_away_what_was_allowed(cloud: Cloud) -> None:
    found = changes("identity", BOB, {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"})
    assert found == {("bob", "s3:PutObject", "/a.txt", "EXPLICIT_DENY")}


def test_every_user_and_role_can_be_asked_about(cloud: Cloud) -> None:
    found = changes("identity", "*", allow("s3:ListBucket"))
    assert {who for who, *_ in found} == {"alice", "app"}


def test_a_pattern_that_no_resource_fits_is_asked_about_with_an_example(cloud: Cloud) -> None:
    found = changes("identity", ALICE, allow("s3:GetObject", "arn:aws:s3:::other/*"))
    assert found == {("alice", "s3:GetObject", "arn:aws:s3:::other/example", "ALLOW")}


def test_a_boundary_takes_away_what_it_does_not_allow(cloud: Cloud) -> None:
    found = changes("boundary", APP, allow("s3:GetObject"))
    assert found == {("app", "s3:PutObject", "/a.txt", "IMPLICIT_DENY")}


def test_a_session_policy_takes_away_what_it_does_not_allow(cloud: Cloud) -> None:
    assert changes("session", APP, allow("s3:PutObject")) == {
        ("app", "s3:GetObject", "/a.txt", "IMPLICIT_DENY")
    }


def test_a_trust_policy_stands_in_the_place_of_the_present_one(cloud: Cloud) -> None:
    found = changes("trust", APP, {"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"})
    assert {(who, after) for who, _, _, after in found} == {("alice", "IMPLICIT_DENY"), ("bob", "ALLOW")}


def test_a_bucket_policy_concerns_everybody(cloud: Cloud) -> None:
    found = changes("resource", BUCKET, allow("s3:GetObject", f"{BUCKET}/*", Principal="*"))
    assert {who for who, *_ in found} == {"alice"}  # Block Public Access keeps the anonymous out
    boto3.client("s3").delete_public_access_block(Bucket="data-bucket")
    found = changes("resource", BUCKET, allow("s3:GetObject", f"{BUCKET}/*", Principal="*"))
    assert {who for who, *_ in found} == {"alice", "*"}


def test_block_public_access_is_told(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(allow("s3:GetObject", f"{BUCKET}/*", Principal="*")), kind="resource")
    editor.attach_to(BUCKET)
    editor.show_changes()
    assert "BlockPublicPolicy would reject it" in editor._result.value


def test_an_scp_outside_an_organisation_binds_nobody(cloud: Cloud) -> None:
    editor = PolicyEditor(policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}), kind="scp")
    assert editor.show_changes() == ()
    assert "outside the organization" in editor._result.value


def test_an_scp_binds_a_member_account(cloud: Cloud) -> None:
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    account = new_member()
    root = organizations.list_roots()["Roots"][0]["Id"]
    types = {each["Type"] for each in organizations.list_roots()["Roots"][0]["PolicyTypes"]}
    if "SERVICE_CONTROL_POLICY" not in types:
        organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    cloud.account(account).client("s3").create_bucket(Bucket="dev-bucket")
    found = changes(
        "scp", account, {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::dev-bucket"}
    )
    assert ("admin", "s3:ListBucket", "arn:aws:s3:::dev-bucket", "EXPLICIT_DENY") in found


def test_nothing_is_attached_performed_or_recorded(cloud: Cloud) -> None:
    before = len(cloud.record)
    changes("identity", ALICE, allow("*"))
    assert len(cloud.record) == before
    assert not cloud.would(ALICE, "s3:ListBucket", BUCKET).allowed


def test_what_was_deleted_is_not_asked_about(cloud: Cloud) -> None:
    assert BUCKET in resources_of(cloud)
    assert "arn:aws:s3:::gone" not in resources_of(cloud)
    assert [name for name, _ in targets(cloud, PolicyKind.RESOURCE)] == [BUCKET]


def test_the_questions_are_bounded_and_it_is_said(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "MAX_QUESTIONS", 20)
    editor = PolicyEditor(policy(allow("s3:*")))
    editor.attach_to("*")
    editor.show_changes()
    assert "only the first 20 are decided" in editor._result.value
    monkeypatch.setattr(impact, "MAX_SECONDS", 0.0)
    editor.show_changes()
    assert "Ended after" in editor._result.value


def test_services_that_the_cloud_does_not_know_are_named(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(allow(["sagemaker:*", "nobody:x", "s3:ListBucket"])))
    editor.show_changes()
    assert "sagemaker, nobody" in editor._result.value


def test_an_action_that_does_not_exist_changes_nothing_and_is_named(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(allow(["s3:GetObjct", "s3:ListBucket"])))
    editor.attach_to(ALICE)
    assert {each.action for each in editor.show_changes()} == {"s3:ListBucket"}
    assert "AWS lists no such action: s3:GetObjct" in editor._result.value


def test_the_table_says_that_it_is_out_of_date(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(allow("s3:ListBucket")))
    editor.attach_to(ALICE)
    editor.show_changes()
    assert "Press Show what would change again" not in editor._result.value
    editor.text += " "
    assert "Press Show what would change again" in editor._result.value


def test_the_button_asks_in_chunks_and_can_be_stopped(cloud: Cloud) -> None:
    async def learner() -> None:
        editor = PolicyEditor(policy(allow("*")))
        editor.attach_to("*")
        editor._show.click()
        await asyncio.sleep(0.1)
        assert not editor._stop.disabled
        editor._show.click()  # a second click begins nothing
        editor._stop.click()
        assert editor._work is not None
        assert editor._work.task is not None
        await asyncio.wait_for(editor._work.task, 5)
        assert "Stopped after" in editor._result.value
        assert editor._stop.disabled
        assert not editor._show.disabled

    asyncio.run(learner())


def test_a_cloud_that_stops_meanwhile_ends_the_asking(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = PolicyEditor(policy(allow("s3:*")))
    work = editor._begin()
    assert work is not None
    assert not work.advance(0)
    monkeypatch.setattr(Cloud, "running", staticmethod(lambda: None))
    work.finish()
    assert "stopped in the meantime" in editor._result.value


def test_a_text_from_the_browser_that_is_no_utf8_is_taken() -> None:
    editor = PolicyEditor()
    editor._text.set_state({"value": '"\ud800'})
    assert editor.text == '"\\ud800'
    assert editor.problems[0].source == "JSON"


def test_a_text_that_is_no_policy_is_not_asked_about(cloud: Cloud) -> None:
    editor = PolicyEditor("{")
    assert editor.show_changes() == ()
    assert "a valid policy yet" in editor._result.value


def test_a_cloud_that_is_not_running_is_said(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(allow("s3:*")), cloud=Cloud())
    assert editor.show_changes() == ()
    assert "No cloud is running" in editor._result.value
    assert editor.value is not None


def test_wildcards_are_expanded_from_awss_list() -> None:
    actions, unknown = actions_of(["s3:GetObj*", "S3:ListBucket", "*:x", "braket:*"])
    assert actions[0] == "s3:ListBucket"
    assert {"s3:GetObject", "s3:GetObjectAcl"} <= set(actions)
    assert unknown == ["braket"]


# --- how it is shown ------------------------------------------------------------------------------------------------


def test_it_shows_itself_as_a_widget_with_labels() -> None:
    editor = PolicyEditor()
    bundle = editor._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].startswith("<PolicyEditor")
    assert "identity-based policy" in bundle["text/html"]
    assert "The text is empty" in bundle["text/html"]
    for control in (
        editor._kind, editor._text, editor._action, editor._key, editor._operator, editor._value, editor._target,
        editor._insert_action, editor._insert_condition, editor._show, editor._stop, editor._refresh, editor._progress,
    ):  # fmt: skip
        assert control.description
