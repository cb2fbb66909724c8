"""An exercise is tried more closely than the scoreboard tries the company: each of the prompt's words."""

from __future__ import annotations

import copy

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.exercises import load
from labs_helpers.days.day6 import blueprint, scoreboard
from labs_helpers.days.day6.grading import judge, stand
from labs_helpers.days.day6.probes import closer
from labs_helpers.days.day6.probes import load as load_probes

STEPS = sorted({probe.step for probe in closer()})


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as one:
        yield one


def of_step(step):
    return tuple(probe for probe in closer() if probe.step == step)


def test_no_probe_has_the_number_of_another():
    assert not {probe.id for probe in closer()} & {probe.id for probe in load_probes()}


@pytest.mark.parametrize("step", STEPS)
def test_before_a_step_its_attacks_get_through_and_leave_nothing_behind(cloud, step):
    for _ in range(2):
        company = stand(cloud, blueprint.after(step - 1))
        assert not any(one.right for one in scoreboard.run(company, of_step(step)).outcomes)
    assert judge(cloud, step, load(6)[f"6.{step}"].solution) == []


GENEROUS = [
    ("6.3", ("scps", "Boundaries", 0, "Action"), ["iam:CreateRole"], {"3.21", "3.22", "3.23"}),
    ("6.3", ("scps", "Exceptions", 0, "Action"), ["iam:UpdateAssumeRolePolicy"], {"3.25"}),
    ("6.4", ("rcps", "Perimeter", 0, "Action"), ["s3:*", "sqs:*"], {"4.21", "4.22", "4.23"}),
]


@pytest.mark.parametrize(("id", "place", "value", "red"), GENEROUS)
def test_an_answer_that_leaves_words_out_is_refused_by_what_they_guard(cloud, id, place, value, red):
    answer = copy.deepcopy(dict(load(6)[id].solution))
    kind, name, number, member = place
    answer[kind][name]["policy"]["Statement"][number][member] = value
    lines = judge(cloud, int(id.partition(".")[2]), answer)
    assert {line.split()[0] for line in lines} == red
