"""The kinds of differences, and the summary."""

from __future__ import annotations

import pytest

from tests.parity import differences, report
from tests.parity.shapes import Answer, Call, Group, Recorded, Scenario

OK = Answer(200, {"Name": "x", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]})
DENIED = Answer(403, code="AccessDenied", message="no")
FAILED = Answer(400, code="ValidationError", message="bad", members={"Type": "Sender"})


@pytest.mark.parametrize(
    ("theirs", "ours", "kinds"),
    [
        (OK, OK, []),
        (OK, Answer(200, {"Name": "x", "Tags": OK.answer["Tags"][::-1]}), []),
        (OK, DENIED, ["decision"]),
        (FAILED, DENIED, ["decision"]),
        (FAILED, Answer(0, skipped="the cloud refuses it by name"), ["decision"]),
        (OK, Answer(204, OK.answer), ["code"]),
        (FAILED, FAILED._replace(code="InvalidInput", message="other"), ["code"]),
        (FAILED, FAILED._replace(status=409), ["code"]),
        (FAILED, FAILED._replace(members={}), ["shape"]),
        (FAILED, FAILED._replace(message=None), ["shape"]),
        (FAILED, FAILED._replace(message="worse"), ["words"]),
        (OK, Answer(200, {"Name": "x"}), ["shape"]),
        (OK, Answer(200, {"Name": 7, "Tags": OK.answer["Tags"]}), ["shape"]),
        (OK, Answer(200, {"Name": "y", "Tags": OK.answer["Tags"]}), ["value"]),
        (OK, Answer(200, {"Name": "x", "Tags": OK.answer["Tags"][:1]}), ["value"]),
        (Answer(403, code="403"), Answer(403, code="AccessDenied"), ["code"]),
    ],
)  # fmt: skip
def test_kinds(theirs, ours, kinds) -> None:
    assert [kind for kind, *_ in differences.of_call(theirs, ours)] == kinds


def _group() -> Group:
    scenarios = tuple(
        Scenario(f"iam-{name}", "X.", "iam", (), (Call("iam.get_user", {}),), "d") for name in "abcd"
    )
    return Group("iam", {}, {}, (), scenarios)


def _recorded(*answers: Answer, digest: str = "d", failed: str | None = None) -> Recorded:
    return Recorded("iam", digest, answers, failed)


def test_a_comparison_counts_scenarios_and_names_what_it_leaves_out() -> None:
    theirs = {
        "iam-a": _recorded(OK),
        "iam-b": _recorded(FAILED),
        "iam-c": _recorded(OK, digest="old"),
        "iam-gone": _recorded(OK),
    }
    ours = {f"iam-{name}": _recorded(OK) for name in "acd"}
    ours["iam-b"] = _recorded(FAILED._replace(message="worse"))
    found = report.compare([_group()], theirs, ours)
    assert [each.kind for each in found.differences] == ["words"]
    assert found.alike() == {"iam": 1}
    assert found.alike(but_for=("words",)) == {"iam": 2}
    assert found.left_out == {
        "iam-gone": "the scenario isn't there any more",
        "iam-c": "the scenario has changed since it was recorded",
        "iam-d": "it wasn't recorded",
    }
    text = "\n".join(report.lines(found))
    assert "words: 1\n  iam-b, 1. iam.get_user as admin: bad | here worse" in text
    assert text.splitlines()[-1].split() == ["all", "2", "1", "2", "0", "0", "0", "0", "1"]


def test_a_set_up_that_fails_on_one_side_is_a_decision() -> None:
    scenario = _group().scenarios[0]
    (found,) = differences.of_scenario(scenario, _recorded(OK), _recorded(failed="iam.create_user: no"))
    assert (found.kind, found.ours) == ("decision", "iam.create_user: no")
    assert differences.of_scenario(scenario, _recorded(failed="x"), _recorded(failed="x")) == []
