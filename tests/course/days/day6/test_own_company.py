"""The learner's company is built from passed answers, and every result says whose it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint, campaign, capstone_scoreboard, design_grading
from labs_helpers.course.days.day6.capstone import Capstone
from labs_helpers.course.days.day6.league.league_rules import rules
from labs_helpers.course.days.day6.own_company import compose, earlier, reference_before, step_ids
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.starters import is_starter
from labs_helpers.course.shown.display import Page

STEPS = {id: load(6)[id] for id in step_ids().values()}
SOLUTIONS = {id: exercise.solution for id, exercise in STEPS.items()}
EARLIER = {each.exercise: load(int(each.exercise[0]))[each.exercise] for each in earlier()}
NOTEBOOK = Path(__file__).parents[4] / "notebooks" / "day6_governance.ipynb"


@pytest.fixture
def answers(tmp_path):
    return Answers(Progress(tmp_path / "progress.json"))


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


@pytest.fixture
def larkspur(cloud, answers):
    return Capstone(cloud, answers)


def design(made):
    """Return the parts of a design that are built, without the texts."""
    words = ("name", "title", "about")
    return {name: part for name, part in made.design.items() if name not in words}


@pytest.mark.parametrize(
    ("passed", "yours", "reference", "open"),
    [
        ((), (), (), (1, 2, 3, 4, 5, 6, 7, 8, 9)),
        ((1,), (1,), (), (2, 3, 4, 5, 6, 7, 8, 9)),
        ((3,), (3,), (1, 2), (4, 5, 6, 7, 8, 9)),
        ((1, 2, 5, 8), (1, 2, 5, 8), (3, 4, 6, 7), (9,)),
        ((1, 2, 3, 4, 5, 6, 7, 9), (1, 2, 3, 4, 5, 6, 7, 9), (8,), ()),
        (tuple(range(1, 10)), tuple(range(1, 10)), (), ()),
        ((10,), (10,), tuple(range(1, 10)), ()),
    ],
)
def test_the_reference_stands_in_only_below_a_step_that_is_the_learner_s(passed, yours, reference, open):
    made = compose({step_ids()[step]: SOLUTIONS[step_ids()[step]] for step in passed})
    assert (made.origin.yours, made.origin.reference, made.origin.open) == (yours, reference, open)


@pytest.mark.parametrize(
    ("passed", "before", "said", "title"),
    [
        ((), None, "No step is yours yet: this is Larkspur as it is on Monday.", "Larkspur Tickets on Monday"),
        (("6.2",), None, "1 of 9 steps are yours.", "Larkspur Tickets, under construction"),
        (("6.2",), None, "From the reference solution: step 1.", "Larkspur Tickets, under construction"),
        (("6.2",), None, "Unchanged since Monday: steps 3, 4, 5", "Larkspur Tickets, under construction"),
        ((), 4, "From the reference solution: steps 1, 2, 3.", "Larkspur Tickets on Friday"),
        (tuple(SOLUTIONS), None, "9 of 9 steps are yours. The change requests are yours", "Larkspur Tickets on Friday"),
    ],
)  # fmt: skip
def test_a_company_says_whose_it_is(passed, before, said, title):
    made = compose({id: SOLUTIONS[id] for id in passed}, before=before)
    assert said in made.origin.sentence()
    assert made.design["title"] == title
    assert said in made.design["about"]


def test_with_no_answers_the_company_is_monday_s_and_before_a_step_the_reference_s():
    assert design(compose({})) == design(compose({}, before=1))
    for step in range(1, 11):
        assert design(compose({}, before=step)) == design(reference_before(step))


def test_the_company_of_all_solutions_is_the_reference():
    made = compose({id: SOLUTIONS[id] for id in SOLUTIONS if id != "6.11"})
    reference = blueprint.as_data()
    assert design(made) == {name: reference[name] for name in design(made)}


@pytest.mark.parametrize(
    "answer", [7, "x", None, [], {"roles": 3}, {"nothing": 1}, {"units": {"X": {"parent": "Y"}}}]
)
def test_a_stored_answer_that_is_no_design_is_left_out_and_named(answer):
    made = compose({"6.3": answer, "6.4": SOLUTIONS["6.4"]})
    assert made.origin.reference == (1, 2, 3)
    assert "Your answers to 6.3 can't be built" in made.origin.sentence()


@pytest.mark.parametrize("answer", [7, "x", None, [], "[]", '{"Version": '])
def test_a_stored_answer_of_an_earlier_day_that_is_no_policy_is_left_out_and_named(answer):
    assert "answers to 4.6 can't be built" in compose({"4.6": answer}).origin.sentence()


@pytest.mark.parametrize("id", EARLIER)
def test_an_earlier_answer_is_part_of_the_company_until_a_step_replaces_it(id):
    """No step replaces the answer to 4.12, and step 7 can write the same policy again as 3.7."""
    for answer in (
        EARLIER[id].solution,
        json.dumps(EARLIER[id].solution),
        *(each.answer for each in EARLIER[id].right),
    ):
        made = compose({id: answer})
        assert made.origin.earlier == (id,)
        assert design(made) != design(compose({}))
        assert "<answer>" not in json.dumps(made.design)
        left = compose({id: answer, **SOLUTIONS})
        assert id in left.origin.earlier if id == "4.12" else id == "3.7" or not left.origin.earlier


def test_earlier_answers_turn_attacks_green_and_no_work_red(cloud):
    before = capstone_scoreboard.run(design_grading.build_company(cloud, compose({}).design)).red
    made = compose({id: exercise.solution for id, exercise in EARLIER.items()})
    after = capstone_scoreboard.run(design_grading.build_company(cloud, made.design)).red
    assert set(after) < set(before)
    assert set(before) - set(after) == {"2.4", "4.1", "4.2", "4.3", "7.2", "7.3"}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", [1, 3])
def test_right_answers_in_different_styles_make_one_company_that_holds(number, cloud):
    """Each answer passed by itself, on top of the reference's earlier steps. Together, they also stop every attack."""
    given = {}
    for id, exercise in {**STEPS, **EARLIER}.items():
        right = [each.answer for each in exercise.right]
        given[id] = right[number % len(right)]
    company = design_grading.build_company(cloud, compose(given).design)
    assert capstone_scoreboard.run(company).red == ()
    attack = campaign.attack(company, seed=6, strength=1)
    assert attack.through == []
    attack.clean_up()


def test_a_passed_answer_joins_the_company_and_can_be_tried_compared_and_taken_back(
    larkspur, answers, capsys
):
    for id in ("6.1", "6.2"):
        answers.keep(id, SOLUTIONS[id])
    assert larkspur.build()
    assert larkspur.origin.yours == (1, 2)
    draft = {"scps": {"OneRegion": None}}
    assert larkspur.build({"6.2": draft})
    assert "Only a draft: step 2." in capsys.readouterr().out
    assert answers.all()["6.2"] == SOLUTIONS["6.2"]
    larkspur.compare("6.2")
    assert "They are the same." in capsys.readouterr().out
    answers.keep("6.2", blueprint.changed(SOLUTIONS["6.2"], {"scps": {"OneRegion": {"about": "Mine."}}}))
    larkspur.compare("6.2")
    assert '"about": "Mine."' in capsys.readouterr().out
    assert larkspur.take_back("6.2")
    assert not larkspur.take_back("6.2")
    assert larkspur.build()
    assert larkspur.origin.yours == (1,)
    with pytest.raises(LookupError, match=r"6\.10"):
        larkspur.compare("6.10")


def test_every_page_with_a_result_says_whose_the_company_is(larkspur, answers, capsys):
    answers.keep("6.2", SOLUTIONS["6.2"])
    larkspur.build()
    for show in (larkspur.build, larkspur.scoreboard, larkspur.timeline):
        capsys.readouterr()
        show()
        assert "1 of 9 steps are yours. From the reference solution: step 1." in capsys.readouterr().out
    attack = larkspur.campaign()
    attack.show()
    assert "1 of 9 steps are yours." in capsys.readouterr().out
    attack.clean_up()


def test_the_result_of_the_own_company_is_kept_until_an_answer_changes(larkspur, answers):
    answers.keep("6.1", SOLUTIONS["6.1"])
    larkspur.begin_at(3)
    larkspur.scoreboard()
    assert answers.shown() == {}, "with the reference's step 2, it isn't the learner's company"
    larkspur.build()
    report = larkspur.scoreboard()
    shown = answers.shown()
    assert (shown["yours"], shown["of"], shown["green"], shown["probes"]) == (1, 9, report.green, 96)
    answers.keep("6.1", SOLUTIONS["6.1"])
    assert answers.shown() == shown
    answers.keep("6.2", SOLUTIONS["6.2"])
    assert answers.shown() == {}


def test_unsolved_the_notebook_shows_monday_s_truth(cloud, monkeypatch, tmp_path, capsys):
    """The cells use the cloud that is running, and reset it."""
    monkeypatch.setenv("LABS_PROGRESS", str(tmp_path / "progress.json"))
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    names: dict[str, object] = {}
    for id in ("open-day", "friday-code"):
        exec(cells[id], names)
    report = names["report"]
    assert isinstance(report, capstone_scoreboard.Report)
    assert not any(one.right for one in report.outcomes if one.probe.kind == "attack")
    assert "No step is yours yet: this is Larkspur as it is on Monday." in capsys.readouterr().out
    assert report.green == rules().work_on_monday, "which the league compares companies with"


def test_a_starter_has_the_learner_s_own_policies_of_earlier_steps(larkspur, answers):
    assert larkspur.starter("6.9") == STEPS["6.9"].starter
    own = STEPS["6.5"].right[0].answer
    answers.keep("6.5", own)
    policy = compose({"6.5": own}, before=9).design
    assert larkspur.starter("6.9")["keys"]["tickets"]["policy"] == blueprint.found(
        policy, "keys/tickets/policy"
    )
    assert larkspur.starter("6.9")["scps"] == STEPS["6.9"].starter["scps"]


def test_a_starter_adds_its_statements_to_the_learner_s_own(larkspur, answers):
    own = blueprint.changed(SOLUTIONS["6.4"], {})
    own["rcps"]["Perimeter"]["policy"] = {
        **own["rcps"]["Perimeter"]["policy"],
        "Statement": own["rcps"]["Perimeter"]["policy"]["Statement"][::-1],
    }
    answers.keep("6.4", own)
    made = larkspur.starter("6.11")["rcps"]["Perimeter"]["policy"]["Statement"]
    assert [each["Sid"] for each in made] == [
        "OnlyTLS", "OnlyOurBuilds", "ServicesForUs", "OnlyOurs", "FinchThere", "InsurerThere"
    ]  # fmt: skip


def test_what_an_exercise_shows_is_the_starter_that_is_returned(larkspur, answers):
    answers.keep("6.5", STEPS["6.5"].right[0].answer)
    for id, exercise in STEPS.items():
        page, own = Page(), exercise.begun_from(answers.all())
        own.show(page)
        own.show_form(page)
        assert own.starter == larkspur.starter(id)
        assert is_starter(own, larkspur.starter(id))
        shown = [line.strip() for line in page.text.splitlines()]
        assert all(line.strip() in shown for line in exercise.solution_as(own.starter).splitlines()), id
    assert larkspur.starter("6.9") != STEPS["6.9"].starter


@pytest.mark.sampled(2)
@pytest.mark.parametrize("id", ["6.9", "6.11"])
def test_a_starter_with_own_policies_can_still_be_solved(id, cloud, larkspur, answers):
    """The changes that the solution makes to the reference's parts are made to the learner's parts."""
    for other, exercise in STEPS.items():
        if other != id and exercise.step < STEPS[id].step:
            answers.keep(other, exercise.right[0].answer)
    starter = larkspur.starter(id)
    result = grade(STEPS[id], starter, cloud)
    assert result.counts, result.messages
    assert not result.passed
