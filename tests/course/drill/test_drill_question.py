"""The drill's questions: each has one right answer, which the engine confirms in a separate process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from labs_helpers.course.drill.decisions import decide, is_allowed
from labs_helpers.course.drill.drill_question import KINDS, Question, draw_question, draw_questions
from labs_helpers.course.drill.evaluation_rules import rules
from labs_helpers.course.drill.makers import MAKERS
from labs_helpers.course.drill.question_pages import answer_page, question_page
from labs_helpers.course.drill.scene import FULL_ACCESS, allow, deny, doc, is_service_linked, scene
from labs_helpers.course.drill.words import policies, request_words, verdicts
from tests.course.drill.shapes import shape

ROOT = Path(__file__).resolve().parents[3]
FEW, MANY = 320, 10_000


@pytest.fixture(scope="module")
def few() -> list[Question]:
    return list(draw_questions(FEW, "few"))


def decided_elsewhere(questions: list[Question]) -> list[list[dict[str, object]]]:
    """Return the decisions on each question's options by `simulate`, which runs in another process."""
    lines = [json.dumps(option.scene) for question in questions for option in question.options.values()]
    run = subprocess.run(
        [sys.executable, "-m", "labs_helpers", "simulate"], input="\n".join(lines), capture_output=True, text=True,
        check=True, cwd=ROOT,
    )  # fmt: skip
    answers = iter(map(json.loads, run.stdout.splitlines()))
    return [[next(answers) for _ in question.options] for question in questions]


def right_letters(question: Question, decided: list[dict[str, object]]) -> list[str]:
    """Return the letters that decisions make right. The drill's own idea of the right answer isn't used."""
    allowed = [each["decision"] == "ALLOW" for each in decided]
    if question.kind == "allowed":
        return ["a" if allowed[0] else "b"]
    if question.kind == "layer":
        checks = decided[0]["checks"]
        layers = {check["checkType"] for check in checks if check["evaluatedEffect"].endswith("DENY")}
        layers = layers if not allowed[0] else {""}
        return [letter for letter, option in question.options.items() if option.layer in layers]
    turned = not question.text.endswith(("deny it?", "does AWS deny?"))
    return [letter for letter, each in zip(question.options, allowed, strict=True) if each == turned]


def check_right_answers(questions: list[Question]) -> None:
    for question, decided in zip(questions, decided_elsewhere(questions), strict=True):
        assert right_letters(question, decided) == [question.right], question.rule.id


def test_exactly_one_option_is_right_by_simulate_in_its_own_process(few):
    check_right_answers(few)


def test_about_half_of_the_requests_are_allowed(few):
    assert 0.4 < sum(is_allowed(question.scene) for question in few) / FEW < 0.6


def test_every_rule_has_a_maker_and_at_least_forty_exist():
    assert rules().keys() == MAKERS.keys()
    assert len(rules()) >= 40


@pytest.mark.parametrize("rule", MAKERS)
def test_without_what_the_rule_is_about_the_answer_is_another(rule):
    for number in range(3):
        pair = draw_question(rule, "pair", number).pair
        assert is_allowed(pair.allowed)
        assert not is_allowed(pair.denied)
        changed = [name for name in pair.allowed if pair.allowed[name] != pair.denied.get(name)]
        changed += [name for name in pair.denied if name not in pair.allowed]
        assert len(changed) == 1, (
            "the situations differ in one part: the policies, or one part of the request"
        )


@pytest.mark.parametrize("rule", MAKERS)
def test_a_situation_that_only_lacks_policies_says_so(rule):
    """Otherwise, a question about SCPs and the management account would show neither of them."""
    pair = draw_question(rule, "pair", 0).pair
    if request_words(pair.allowed) != request_words(pair.denied):
        return
    allowed, denied = list(policies(pair.allowed)), list(policies(pair.denied))
    if all(each in denied for each in allowed) or all(each in allowed for each in denied):
        question = draw_question(rule, "pair", 0, kind="allowed")
        said = pair.allow_by if is_allowed(question.scene) else pair.deny_by
        assert question.text == f"{said} Is the request allowed?"


@pytest.mark.parametrize("rule", MAKERS)
def test_every_kind_of_question_can_be_drawn(rule):
    drawn = {draw_question(rule, number, kind=kind).kind for kind in KINDS[:2] for number in range(4)}
    assert {"allowed", "layer"} <= drawn


def test_the_same_seed_draws_the_same_question():
    one, other = draw_question("explicit-deny", "seed", 1), draw_question("explicit-deny", "seed", 1)
    assert question_page(one).text == question_page(other).text


def test_a_question_doesn_t_name_its_rule_and_an_answer_does(few):
    for question in few[:80]:
        assert question.rule.says not in question_page(question).text
        shown = answer_page(question, question.right).text
        assert all(part in shown for part in (question.rule.says, question.rule.page, question.rule.lesson))


def test_a_wrong_answer_shows_the_right_one(few):
    question = few[0]
    wrong = next(letter for letter in question.options if letter != question.right)
    assert f"The right answer is {question.right}." in answer_page(question, wrong).text


def test_a_request_is_sent_to_the_region_of_its_resource(few):
    for question in few:
        for asked in (question.pair.allowed, question.pair.denied):
            sent_to = asked.get("context", {}).get("aws:RequestedRegion")
            own = asked["resource"]["arn"].split(":")[3] if asked["resource"]["arn"] != "*" else ""
            assert sent_to is None or own in ("", sent_to), question.rule.id


def test_a_vpc_and_an_endpoint_have_ids_of_their_kind():
    shown = [json.dumps(draw_question("ifexists-allow", "vpc", number).pair.allowed) for number in range(20)]
    found = {match for text in shown for match in re.findall(r'"aws:Source(Vpce?)": "(vpce?)-', text)}
    assert found == {("Vpce", "vpce"), ("Vpc", "vpc")}


def test_an_answer_says_which_of_several_policies_decides(few):
    for question in few:
        text = answer_page(question, question.right).text
        assert re.search(r"(statement \d+) and \1\b(?! of)", text) is None, text
    scps = [[FULL_ACCESS, doc(allow("sns:*"))], [FULL_ACCESS, doc(deny("s3:*")), doc(deny("sqs:*"))]]
    asked = scene(
        "arn:aws:iam::111122223333:user/ana", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders",
        "111122223333", identity=[doc(allow("*"))], scp=scps,
    )  # fmt: skip
    at_root, at_account, own = verdicts(asked, decide(asked))
    assert at_root == "SCPs at the root level: FullAWSAccess allows the request."
    assert at_account == "SCPs at the account level: statement 1 of policy 2 denies the request."
    assert own == "Identity-based policies: statement 1 allows the request."


def test_no_change_gives_a_service_linked_role_other_policies():
    for number in range(20):
        question = draw_question("service-linked-roles-are-exempt", "linked", number, kind="change")
        texts = " ".join(option.text for option in question.options.values())
        assert not is_service_linked(question.scene) or not re.search("AdministratorAccess|boundary", texts)


def test_no_option_occurs_twice(few):
    for question in few:
        assert len({option.text for option in question.options.values()}) == len(question.options)


def test_every_lesson_is_in_its_notebook_under_its_heading():
    for rule in rules().values():
        (notebook,) = (ROOT / "notebooks").glob(f"day{rule.day}_*.ipynb")
        part = ""
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            first = "".join(cell["source"]).partition("\n")[0]
            part = first.removeprefix("## ") if first.startswith("## ") else part
            if cell["id"] == rule.cell:
                break
        else:
            raise AssertionError(f"{notebook.name} has no cell {rule.cell}")
        assert part == rule.part


@pytest.mark.slow
def test_ten_thousand_questions_are_varied_and_right_by_simulate():
    questions = list(draw_questions(MANY, "many"))
    asked = Counter(question.rule.id for question in questions)
    assert min(asked.values()) >= MANY // 100
    assert len(asked) == len(rules())
    allowed = sum(is_allowed(question.scene) for question in questions) / MANY
    assert 0.45 <= allowed <= 0.55
    shapes = len(set(map(shape, questions)))
    assert shapes >= 2_000
    check_right_answers(questions)
    page = (ROOT / "docs" / "drill.md").read_text(encoding="utf-8")
    rarest = min(asked.values()) / MANY
    for measured in (
        f"{len(asked)}",
        f"{MANY:,}",
        f"{100 * allowed:.1f}%",
        f"{shapes:,}",
        f"{100 * rarest:.2f}%",
    ):
        assert f"| {measured} |\n" in page


def test_a_scene_that_the_engine_can_t_read_is_an_error():
    with pytest.raises(ValueError, match="principal"):
        decide({"action": "s3:GetObject"})
