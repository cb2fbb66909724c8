"""The line between AWS and the customer: every cell has its own reason and an AWS page, and can be sorted."""

from __future__ import annotations

import pytest

from labs_helpers.course.days.day1.responsibility import ANSWERS, AT_ONCE, Sorting, blank_card, the_line
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.lesson.day_pages import check_page
from labs_helpers.course.shown.display import Page

LINE = the_line()


def test_fourteen_services_and_twelve_controls_at_least_have_all_their_cells() -> None:
    assert {"ec2", "s3", "rds", "lambda", "fargate", "dynamodb", "cognito", "kms"} <= LINE.services.keys()
    assert len(LINE.services) >= 14
    assert len(LINE.controls) >= 12
    assert len(LINE) == len(LINE.services) * len(LINE.controls)


def test_a_reason_speaks_of_its_own_cell() -> None:
    """If AWS does the same for many services, a sentence can be repeated; your part is described for each service."""
    yours = [cell.reason for cell in LINE if cell.answer != "aws"]
    assert len(set(yours)) == len(yours)


@pytest.mark.parametrize(
    ("service", "control", "side"),
    [
        ("ec2", "os", "customer"),
        ("rds", "os", "shared"),
        ("lambda", "os", "shared"),
        ("lambda", "platform", "shared"),
        ("fargate", "os", "shared"),
        ("s3", "access", "customer"),
        ("s3", "at-rest", "aws"),
        ("sqs", "at-rest", "shared"),
        ("dynamodb", "at-rest", "aws"),
        ("ebs", "at-rest", "customer"),
        ("rds", "network", "customer"),
        ("kms", "keys", "shared"),
        ("ec2", "facilities", "inherited"),
    ],
)
def test_where_the_line_runs(service: str, control: str, side: str) -> None:
    """The cells that people often get wrong have the answers on AWS's pages."""
    assert LINE.cell(service, control).side == side


@pytest.mark.parametrize("service", LINE.services)
def test_what_the_lesson_says_of_every_service_holds_for_all_of_the_matrix(service: str) -> None:
    """The lesson's part 8 states some rows of the matrix without asking about them."""
    assert LINE.cell(service, "facilities").side == "inherited"
    assert LINE.cell(service, "host").side == "aws"
    assert LINE.cell(service, "access").side == "customer"
    assert LINE.cell(service, "content").side == ("shared" if service == "cloudtrail" else "customer")
    assert LINE.cell(service, "logging").side == "shared"


def test_an_unknown_service_or_control_is_answered_with_those_there_are() -> None:
    with pytest.raises(LookupError, match="lambda"):
        LINE.cell("lambdas", "os")
    with pytest.raises(LookupError, match="facilities"):
        LINE.cell("s3", "roof")
    with pytest.raises(LookupError):
        LINE.deal(service="lambdas")


def test_deals_share_no_cell_until_all_were_dealt() -> None:
    deals = len(LINE) // AT_ONCE
    dealt = [cell for number in range(1, deals + 1) for cell in LINE.deal(number)]
    assert len(set(dealt)) == deals * AT_ONCE
    assert LINE.deal(1) == LINE.deal(deals + 1)


def test_a_deal_of_one_service_has_cells_of_that_service_only() -> None:
    assert {cell.service for number in (1, 2) for cell in LINE.deal(number, "s3")} == {"s3"}


def test_every_answer_to_every_cell_is_told_its_reason() -> None:
    for cell in LINE:
        for word in ANSWERS:
            said = cell.judged(word)
            assert cell.reason in said
            assert said.startswith("Right") == (word == cell.answer)


def test_sorting_counts_what_is_right_and_refuses_what_is_no_answer() -> None:
    sorting = Sorting(LINE.deal(1))
    for place, cell in enumerate(sorting.cells, 1):
        sorting.say(place, cell.answer)
    assert sorting.right == AT_ONCE
    wrong = next(word for word in ANSWERS if word != sorting.cells[0].answer)
    sorting.say(1, wrong)
    assert sorting.right == AT_ONCE - 1
    assert "7 of 8 right" in sorting.page().text
    for place, word in ((0, "aws"), (9, "aws"), (1, "nobody")):
        with pytest.raises(ValueError, match=r"one of|numbered"):
            sorting.say(place, word)


def test_a_row_shows_all_controls_of_a_service() -> None:
    text = LINE.row("lambda").text
    assert all(name in text for name in LINE.controls.values())


def test_a_card_is_refused_for_what_is_no_card_and_counts_no_try_while_it_is_blank() -> None:
    card = load(1)["1.9"]
    assert not grade(card, blank_card("s3", "rds", "sqs"), None).counts
    for wrong, said in (
        (None, "blank_card"),
        ({"s4": {}}, "isn't a service on this card"),
        ({"s3": "aws"}, "give a dict of control"),
        ({"s3": {"roof": "aws"}}, "isn't a control"),
        ({"s3": {1: "aws"}}, "every key is a string"),
        ({1: {"os": "aws"}}, "every key is a string"),
        ("s3", "blank_card"),
    ):
        result = grade(card, wrong, None)
        assert not result.passed
        assert not result.counts
        assert said in result.messages[0]
    assert "Choose aws, customer, or both" in grade(card, {"s3": {"os": "me"}}, None).messages[0]
    with pytest.raises(LookupError, match="kms"):
        blank_card("kns")


def test_a_right_card_of_more_services_is_told_how_many_cells_it_has() -> None:
    exercise, services = load(1)["1.9"], ("s3", "rds", "lambda", "sqs")
    right = {
        service: {control: LINE.cell(service, control).answer for control in LINE.controls}
        for service in services
    }
    for count in (3, 4):
        card = {service: right[service] for service in services[:count]}
        result = grade(exercise, card, None)
        assert result.passed
        assert f"All {12 * count} cells are right." in check_page(exercise, result).text


def test_the_card_says_what_each_control_is() -> None:
    page = Page()
    load(1)["1.9"].show(page)
    assert all(meaning in page.text for meaning in LINE.meanings.values())
