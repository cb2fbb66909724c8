"""The who-can-do-what matrix, operated as by its buttons; tests/browser operates it in Chromium."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import time
from html.parser import HTMLParser
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.matrix import grid
from labs_helpers.course.widgets.matrix import widget as matrix_module
from labs_helpers.course.widgets.matrix.grid import actions_on
from labs_helpers.course.widgets.matrix.widget import AccessMatrix
from tests.hangs import ends

ALICE, BOB, ROLE = (f"arn:aws:iam::111122223333:{name}" for name in ("user/alice", "user/bob", "role/report"))
OBJECT = "arn:aws:s3:::payroll/2026.csv"
READ, WRITE, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"
THREE = [READ, WRITE, DELETE]
HOSTILE = '<img src=x onerror="alert(1)">'
ODD_TEXTS = [
    HOSTILE,
    "</td><script>alert(1)</script>",
    "💥",
    "\u202eabc\u202c",
    "שלום",
    "\x1b[31m",
    "a" * 1_000_000,
    "{",
    "\ud800",
    "*" * 50_000,
    "s3:" + "*a" * 20_000,
    "",
    "arn:",
]
USERS = [f"arn:aws:iam::111122223333:user/{number}" for number in range(200)]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


POLICIES = {
    ALICE: {"identity": [document(allow("s3:*"))]},
    BOB: {"identity": [document(allow("s3:Get*"))]},
    "resource": document(deny("s3:DeleteObject", OBJECT, Principal="*", Sid="KeepIt")),
}


def matrix(**more: Any) -> AccessMatrix:
    given = {"resource": OBJECT, "actions": THREE, "policies": POLICIES, **more}
    return AccessMatrix(**given)


class Table(HTMLParser):
    """An HTML table: its headings by scope, and its cells row by row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.heads: dict[str, list[str]] = {"col": [], "row": []}
        self.rows: list[list[str]] = []
        self._into: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag == "th":
            self._into = self.heads[dict(attrs)["scope"] or ""]
        elif tag == "td":
            self._into = self.rows[-1]
        if tag in ("th", "td") and self._into is not None:
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def table(shown: AccessMatrix) -> Table:
    return Table(shown._table.value)


def status(shown: AccessMatrix) -> str:
    return re.sub("<[^>]*>", "", shown._status.value)


@pytest.fixture
def cloud(one_cloud: Cloud) -> Cloud:
    """A cloud: Alice can do everything in S3, Bob can read, the role can do nothing, and the bucket denies deletion."""
    one_cloud.reset()
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    trust = document({"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"})
    for name, action in (("alice", "s3:*"), ("bob", "s3:Get*")):
        iam.create_user(UserName=name)
        iam.put_user_policy(
            UserName=name, PolicyName="own", PolicyDocument=json.dumps(document(allow(action)))
        )
    iam.create_role(RoleName="report", AssumeRolePolicyDocument=json.dumps(trust))
    s3.create_bucket(Bucket="payroll")
    keeps = document(deny("s3:DeleteObject", "arn:aws:s3:::payroll/*", Principal="*", Sid="KeepIt"))
    s3.put_bucket_policy(Bucket="payroll", Policy=json.dumps(keeps))
    return one_cloud


# What it says


def test_each_cell_says_allow_deny_or_explicit_deny() -> None:
    shown = matrix()
    words = {(who, action): shown.answer(who, action) for who in (ALICE, BOB) for action in THREE}
    assert words == {
        (ALICE, READ): "allow", (ALICE, WRITE): "allow", (ALICE, DELETE): "explicit deny",
        (BOB, READ): "allow", (BOB, WRITE): "deny", (BOB, DELETE): "explicit deny",
    }  # fmt: skip


def test_every_cell_says_what_the_cloud_would(cloud: Cloud) -> None:
    shown = AccessMatrix(cloud, OBJECT)
    assert {"s3:GetObject", "s3:PutObjectAcl"} <= set(shown.actions)
    assert {ALICE, BOB, ROLE, "arn:aws:iam::111122223333:user/admin"} == set(shown.principals)
    words = {"ALLOW": "allow", "IMPLICIT_DENY": "deny", "EXPLICIT_DENY": "explicit deny"}
    for who in shown.principals:
        for action in shown.actions:
            assert shown.answer(who, action) == words[cloud.would(who, action, OBJECT).effect], (who, action)


def test_computing_records_nothing_and_draws_no_ids(one_cloud: Cloud) -> None:
    ids = []
    for asks in (False, True):
        one_cloud.reset()
        if asks:
            AccessMatrix(one_cloud, OBJECT, principals="*", actions=THREE)
        assert not len(one_cloud.record)
        ids.append(boto3.client("iam").create_user(UserName="carol")["User"]["UserId"])
    assert ids[0] == ids[1]


def test_a_resource_that_is_a_role_is_asked_about_with_iam_and_sts_actions() -> None:
    actions = actions_on(ROLE)
    assert {"iam:PassRole", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole"} <= set(actions)
    assert "iam:CreateUser" not in actions


def test_a_bucket_and_its_objects_have_actions_of_their_own() -> None:
    on_object, on_bucket = set(actions_on(OBJECT)), set(actions_on("arn:aws:s3:::payroll"))
    assert "s3:GetObject" in on_object - on_bucket
    assert "s3:ListBucket" in on_bucket - on_object
    assert actions_on("*") == actions_on("arn:aws:nothing:::x") == []


def test_patterns_name_actions_and_principals(cloud: Cloud) -> None:
    shown = AccessMatrix(
        cloud, OBJECT, principals="*:user/?o?, *:role/*", actions="s3:getobjectt*,S3:putobject"
    )
    assert shown.principals == (BOB, ROLE)
    assert shown.actions == ("s3:GetObjectTagging", "s3:GetObjectTorrent", "s3:PutObject")


def test_a_caller_without_credentials_can_be_asked_about(cloud: Cloud) -> None:
    shown = AccessMatrix(cloud, OBJECT, principals=["*", ALICE], actions=[READ])
    assert (shown.answer("*", READ), shown.answer(ALICE, READ)) == ("deny", "allow")


def test_condition_keys_of_every_request_can_be_given() -> None:
    mfa = document(allow("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    policies = {ALICE: {"identity": [mfa]}}
    assert matrix(policies=policies).answer(ALICE, READ) == "deny"
    shown = matrix(policies=policies, context={"aws:MultiFactorAuthPresent": True})
    assert shown.answer(ALICE, READ) == "allow"


# How it is shown


def test_table_has_row_and_column_heads_and_words_with_signs() -> None:
    shown = table(matrix())
    assert shown.heads == {"col": ["Action", "user/alice", "user/bob"], "row": THREE}
    assert shown.rows[1:] == [
        ["✓ allow", "✓ allow"],
        ["✓ allow", "✗ implicit deny"],
        ["✗✗ explicit deny", "✗✗ explicit deny"],
    ]
    assert any(OBJECT in str(each.get("aria-label")) for _, each in shown.tags)
    region = next(attrs for tag, attrs in shown.tags if attrs.get("role") == "region")
    assert region["tabindex"] == "0"
    assert region["aria-label"]


def test_principals_of_several_accounts_are_told_apart() -> None:
    other = ALICE.replace("111122223333", "444455556666")
    heads = table(matrix(policies={**POLICIES, other: {}})).heads["col"]
    assert heads[1::2] == ["user/alice (111122223333)", "user/alice (444455556666)"]


def test_accounts_are_named_even_if_a_filter_leaves_only_one() -> None:
    shown = matrix(policies={**POLICIES, ALICE.replace("111122223333", "444455556666"): {}})
    shown.only_allowed.value = True
    assert table(shown).heads["col"] == ["Action", "user/alice (111122223333)", "user/bob (111122223333)"]


def test_what_is_explicitly_denied_comes_first_and_equal_rows_are_folded_below_their_first() -> None:
    shown = matrix(actions="s3:GetObject* s3:PutObject s3:DeleteObject")
    first, rest = shown._table.value.split('<details class="fold ')
    assert Table(first).heads["row"] == [DELETE, READ, WRITE]
    same = Table(rest).heads["row"]
    assert same == [each for each in shown.actions if each not in THREE]
    assert f">{len(same)} more actions with the same decisions as s3:GetObject</summary>" in rest
    shown.group.value = "access level"
    assert "<details" not in shown._table.value


def test_only_differences_leaves_the_actions_that_not_everybody_gets_the_same_answer_to() -> None:
    shown = matrix()
    shown.only_differences.value = True
    assert table(shown).heads["row"] == [WRITE]


def test_only_allowed_leaves_who_is_allowed_what() -> None:
    shown = matrix(policies={**POLICIES, ROLE: {}})
    assert table(shown).heads["col"][-1] == "role/report"
    shown.only_allowed.value = True
    assert table(shown).heads == {"col": ["Action", "user/alice", "user/bob"], "row": [READ, WRITE]}


def test_filters_that_leave_nothing_say_so() -> None:
    shown = matrix(policies={ALICE: {}})
    shown.only_allowed.value = True
    assert "Remove a filter" in shown._table.value


def test_csv_holds_what_the_filters_show_under_full_arns() -> None:
    shown = matrix()
    assert list(csv.reader(io.StringIO(shown.csv())))[:2] == [
        ["action", ALICE, BOB],
        [READ, "allow", "allow"],
    ]
    shown.only_differences.value = True
    shown.csv_button.click()
    assert shown._csv.value == shown.csv() == f"action,{ALICE},{BOB}\n{WRITE},allow,deny\n"
    assert shown.csv_button.description == "Hide CSV"
    shown.csv_button.click()
    assert shown._csv.layout.display == "none"


def test_csv_is_written_before_it_is_shown() -> None:
    shown, seen = matrix(), []
    shown._csv.layout.observe(lambda _: seen.append(shown._csv.value), "display")
    shown.csv_button.click()
    assert seen == [shown.csv()]


def test_the_answers_are_shown_before_the_status_says_that_they_are_there() -> None:
    shown, seen = matrix(), []
    shown._status.observe(lambda _: seen.append(table(shown).heads["row"] == [DELETE]), "value")
    shown.actions_text.value = DELETE
    seen.clear()
    shown.run()
    assert seen == [False, True]  # how many questions are asked; what came of them


def test_choosing_a_principal_and_an_action_tells_why() -> None:
    shown = matrix()
    shown._who.value, shown._what.value = BOB, DELETE
    assert "with an explicit deny in a resource-based policy" in shown._why.value
    assert "KeepIt" in shown._why.value
    explanation = shown.why(BOB, WRITE)
    assert explanation.reason == "because no identity-based policy allows the s3:PutObject action"
    assert (shown._who.value, shown._what.value) == (BOB, WRITE)


def test_every_control_has_a_visible_label() -> None:
    shown = matrix()
    controls = [
        shown.resource,
        shown.principals_text,
        shown.actions_text,
        shown.compute_button,
        shown.stop_button,
    ]
    controls += [
        shown.only_differences,
        shown.only_allowed,
        shown._who,
        shown._what,
        shown.csv_button,
        shown._csv,
    ]
    labels = [control.description for control in controls]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_it_shows_itself_as_a_cells_last_value() -> None:
    shown = matrix()
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert (
        bundle["text/plain"]
        == "<AccessMatrix: 2 principals × 3 actions: 3 allow, 1 implicit deny, 2 explicit deny.>"
    )


def test_it_is_told_by_a_still_picture_with_the_table_and_the_why() -> None:
    shown = matrix()
    shown.why(BOB, DELETE)
    still = shown._repr_mimebundle_()["text/html"]
    assert Table(still).heads["row"] == THREE
    assert "KeepIt" in still


def test_one_cell_is_in_the_order_of_tab_and_every_cell_knows_what_it_asks() -> None:
    cells = [attrs for tag, attrs in table(matrix()).tags if tag == "td"]
    assert [cell["tabindex"] for cell in cells] == ["0"] + ["-1"] * 5
    assert [(cell["data-column"], cell["data-row"]) for cell in cells[:3]] == [
        ("0", "0"),
        ("1", "0"),
        ("0", "1"),
    ]


def test_rows_are_sorted_and_grouped_by_access_level_and_service() -> None:
    shown = matrix(actions=[WRITE, READ, "kms:Decrypt", DELETE])
    shown.order.value = "by name"
    assert shown.shown[1] == ["kms:Decrypt", DELETE, READ, WRITE]
    shown.order.value = "most allowed first"
    assert shown.shown == ([ALICE, BOB], [READ, WRITE, "kms:Decrypt", DELETE])
    shown.group.value = "access level"
    assert shown.shown[1] == [READ, WRITE, "kms:Decrypt", DELETE]
    assert 'scope="rowgroup" colspan="3"><span>Write<' in shown._table.value
    shown.group.value = "service"
    assert shown.shown[1][0] == "kms:Decrypt"


def test_columns_are_grouped_by_account() -> None:
    other = BOB.replace("111122223333", "444455556666")
    shown = matrix(policies={ALICE: POLICIES[ALICE], other: {}, BOB: POLICIES[BOB]})
    shown.group.value = "account"
    assert shown.shown[0] == [ALICE, BOB, other]
    assert 'scope="colgroup" colspan="2">111122223333<' in shown._table.value
    assert 'scope="colgroup" colspan="1">444455556666<' in shown._table.value


def test_find_leaves_the_actions_or_the_principals_that_have_the_text() -> None:
    shown = matrix()
    shown.find.value = "BOB"
    assert shown.shown == ([BOB], THREE)
    shown.find.value = "put"
    assert shown.shown == ([ALICE, BOB], [WRITE])
    shown.find.value = "nothing like it"
    assert shown.shown == ([ALICE, BOB], [])


def test_a_small_matrix_is_whole_before_it_is_shown_though_a_loop_runs() -> None:
    async def shown_at_once() -> str:
        return str(matrix())

    assert "3 allow" in asyncio.run(shown_at_once())


# Input of any kind


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("control", ["resource", "principals_text", "actions_text"])
def test_odd_text_gets_an_inline_message_and_the_matrix_lives(control: str, text: str) -> None:
    shown = matrix()
    with ends():
        getattr(shown, control).set_state({"value": text})
        shown.compute_button.click()
    everything = "".join(part.value for part in (shown._status, shown._table, shown._why))
    tags = {tag for tag, _ in Table(everything).tags}
    assert not tags & {"img", "script"}
    assert "\u202e" not in everything
    assert status(shown)
    shown.resource.value, shown.principals_text.value, shown.actions_text.value = OBJECT, "", READ
    shown.compute_button.click()
    assert shown.answer(ALICE, READ) == "allow"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"actions": "s3:Gett*"}, 'actions: "s3:Gett*" matches no action that AWS lists'),
        ({"actions": "GetObject"}, "action: "),
        ({"principals": "alice"}, 'principals: "alice" isn&#x27;t a principal'),
        ({"principals": "*:role/none*"}, 'principals: "*:role/none*" matches no user or role'),
        ({"resource": "*", "actions": None}, "actions: AWS lists no actions for *"),
        ({"resource": "payroll"}, "resource.arn: "),
        ({"context": {"": "x"}}, "an empty key"),
        ({"actions": "s3:*", "principals": USERS}, "at most 20,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(question: dict[str, Any], told: str) -> None:
    shown = matrix(**question)
    assert told in status(shown).replace("&quot;", '"')
    assert 'role="alert"' in shown._status.value
    with pytest.raises(ValueError, match="nothing was computed"):
        shown.csv()


def test_policies_that_cannot_be_read_are_an_error_in_their_principals_cells_only() -> None:
    broken = {"identity": [document({**allow("s3:*"), "Efect": "x"})]}
    shown = matrix(policies={**POLICIES, BOB: broken})
    assert [shown.answer(who, READ) for who in (ALICE, BOB)] == ["allow", "error"]
    shown._who.value = BOB
    assert "Efect: unknown element" in shown._why.value


def test_services_that_the_cloud_does_not_know_are_an_error_in_their_cells(cloud: Cloud) -> None:
    shown = AccessMatrix(cloud, OBJECT, principals=[ALICE], actions=["glacier:ListVaults", READ])
    assert [shown.answer(ALICE, action) for action in shown.actions] == ["error", "allow"]
    shown._what.value = "glacier:ListVaults"
    assert "this cloud knows the actions of" in shown._why.value


def test_it_needs_a_cloud_or_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cloud, "running", staticmethod(lambda: None))
    with pytest.raises(ValueError, match="no cloud is running"):
        AccessMatrix(resource=OBJECT)


def test_a_changed_question_is_told_until_it_is_computed() -> None:
    shown = matrix()
    shown.actions_text.value = READ
    assert "Compute again" in status(shown)
    shown.compute_button.click()
    assert "Compute again" not in status(shown)
    assert shown.actions == (READ,)


# Long runs


def slow(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.005) -> None:
    monkeypatch.setattr(matrix_module, "AT_ONCE", 0)
    original = grid.DocumentAnswers.asker

    def asker(self: Any, *question: Any) -> Any:
        ask = original(self, *question)

        def answer(action: str) -> Any:
            time.sleep(seconds)
            return ask(action)

        return answer

    monkeypatch.setattr(grid.DocumentAnswers, "asker", asker)


def test_on_a_loop_it_runs_in_chunks_with_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)

    async def watch() -> list[int]:
        shown = matrix(actions="s3:Get*")
        seen = [shown._progress.value]
        assert shown.running
        assert shown.compute_button.disabled
        while shown.running:
            await asyncio.sleep(0.001)
            seen.append(shown._progress.value)
        assert shown._progress.max == len(shown.actions) * 2
        assert not shown.compute_button.disabled
        assert shown._progress.layout.display == "none"
        assert table(shown).heads["row"] == list(shown.actions)
        return seen

    seen = asyncio.run(watch())
    assert len(set(seen)) > 3
    assert seen == sorted(seen)


def test_stop_keeps_what_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)

    async def stop() -> AccessMatrix:
        shown = matrix(actions="s3:Get*")
        while not shown._progress.value:
            await asyncio.sleep(0.001)
        shown.stop_button.click()
        assert not shown.running
        await asyncio.sleep(0.02)
        return shown

    shown = asyncio.run(stop())
    assert shown.answer(ALICE, shown.actions[0]) == "allow"
    assert shown.answer(BOB, shown.actions[-1]) == "not asked"
    assert re.search(r"Stopped: \d+ of \d+ requests were decided", status(shown))
    assert "… not asked" in [cell for row in table(shown).rows for cell in row]
    shown._who.value, shown._what.value = BOB, shown.actions[-1]
    assert "This request was not decided" in shown._why.value
    shown.run()
    assert shown.answer(BOB, shown.actions[-1]) == "allow"


def test_reading_a_result_waits_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, 0.001)

    async def read() -> str:
        shown = matrix(actions="s3:Get*")
        text = shown.csv()
        await asyncio.sleep(0.02)
        return text

    assert "not asked" not in asyncio.run(read())


def test_a_change_of_the_cloud_meanwhile_is_told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_module, "AT_ONCE", 0)

    async def change() -> AccessMatrix:
        shown = AccessMatrix(cloud, OBJECT)
        boto3.client("iam").delete_user_policy(UserName="bob", PolicyName="own")
        while shown.running:
            await asyncio.sleep(0.001)
        return shown

    assert "The cloud changed during the computation" in status(asyncio.run(change()))


def test_a_cloud_that_is_stopped_meanwhile_is_told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_module, "AT_ONCE", 0)

    async def end() -> AccessMatrix:
        shown = AccessMatrix(cloud, OBJECT)
        monkeypatch.setattr(Cloud, "running", staticmethod(lambda: None))
        while shown.running:
            await asyncio.sleep(0.001)
        return shown

    assert "this cloud has been stopped" in status(asyncio.run(end()))


def test_a_run_ends_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    monkeypatch.setattr(grid, "MAX_SECONDS", 0.02)
    assert re.search(r"Ended after 0 seconds: \d of 6 requests", status(matrix()))
