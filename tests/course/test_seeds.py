"""The values that are chosen for a learner: they are always the same, right answers pass with them, and answers fitted
to the examples fail. LABS_SEEDS is the number of learners (three, if it isn't set; `make seeds` tries 200).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Exercise, Probed
from labs_helpers.course.grading.kinds.delegation import Delegation
from labs_helpers.course.grading.kinds.function import Case, Function, Watch
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.repair import Repair
from labs_helpers.course.situations import staging
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing, is_way
from labs_helpers.course.situations.undo import undo
from tests.course import proof
from tests.course.grading_page import DRAWN, OLD_PAGE, PAGE, requests_table, what_is_drawn_for
from tests.course.proof import EXERCISES

SEEDS = [f"{number:016x}" for number in range(int(os.environ.get("LABS_SEEDS", "3")))]
PURE = [exercise for exercise in DRAWN if not exercise.live]
LIVE = [exercise for exercise in DRAWN if exercise.live]
each_drawn = pytest.mark.parametrize("exercise", DRAWN, ids=lambda exercise: exercise.id)
each_pure = pytest.mark.parametrize("exercise", PURE, ids=lambda exercise: exercise.id)


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=2) as cloud:
        yield cloud


def right_answers(exercise: Exercise) -> list[Any]:
    return [exercise.solution, *(each.answer for each in exercise.right)]


@each_pure
def test_right_answers_pass_whatever_is_drawn(exercise: Exercise) -> None:
    given = [exercise.enact(answer, None) for answer in right_answers(exercise)]  # type: ignore[arg-type]
    for answer in given:
        assert grade(exercise, answer).messages == ()
    tried = _read(exercise, {f"right answer {number}": answer for number, answer in enumerate(given)})
    for learner in SEEDS:
        assert _refused(exercise.for_learner(learner), tried) == {}


@pytest.mark.sampled(9)
@pytest.mark.parametrize("exercise", LIVE, ids=lambda exercise: exercise.id)
def test_right_work_passes_whatever_is_drawn(exercise: Exercise, cloud: Cloud) -> None:
    """Each learner's check tests the same work, and no check leaves anything behind that affects another one."""
    for answer in right_answers(exercise)[: None if len(SEEDS) > 3 else 1]:
        cloud.reset()
        given = exercise.enact(answer, cloud)
        assert grade(exercise.for_learner(SEEDS[0]), given, cloud).messages == ()
        if isinstance(exercise, Delegation):  # whose attacks are drawn for nobody, only the work
            alone = exercise.model_copy(update={"attacks": ()})
            for learner in SEEDS[1:]:
                assert grade(alone.for_learner(learner), given, cloud).messages == ()
            continue
        assert isinstance(exercise, (Live, Repair))
        with cloud.record.aside(), cloud.clock.aside():
            steps = getattr(exercise, "steps", ())
            staging.perform(cloud, steps)
            for learner in SEEDS:
                assert exercise.for_learner(learner).drawn_faults(cloud) == []
            undo(cloud, steps)
        assert grade(exercise.for_learner(SEEDS[-1]), given, cloud).messages == ()


@pytest.mark.sampled(2)
@each_pure
def test_wrong_answers_and_mutants_are_refused_whatever_is_drawn(exercise: Exercise, cloud: Cloud) -> None:
    """Answers that fail the requests that every learner gets are rejected first; all others must fail with each
    learner's values.
    """
    assert all(not grade(exercise, exercise.enact(each.answer, cloud)).passed for each in exercise.wrong)
    told = set(proof.tried(exercise, cloud, learner=None).equal)
    equal = {mutation for group in exercise.equal for mutation in group.mutations}
    passed = {name: answer for name, answer in proof.answers(exercise, cloud) if name in told - equal}
    tried = _read(exercise, passed)
    for learner in SEEDS if tried else ():
        assert tried.keys() - _refused(exercise.for_learner(learner), tried).keys() == set()


def _read(exercise: Exercise, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers in the form in which they are tried: policies are parsed once for all learners."""
    if isinstance(exercise, Probed):
        return {name: exercise.read(answer)[0] for name, answer in answers.items()}
    return answers


def _refused(exercise: Exercise, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers that fail with the values chosen for a learner, each with the faults that were found.

    The search for other requests, and the requests that every learner gets, don't depend on these values, so they
    aren't repeated.
    """
    if isinstance(exercise, Probed):
        drawn = exercise.with_drawn_probes()
        found = {name: drawn.failed_probes(placed) for name, placed in answers.items()}
    else:
        assert isinstance(exercise, Function)
        cases = _cases(exercise)
        found = {name: exercise.faults(answer, cases()) for name, answer in answers.items()}
    return {name: faults for name, faults in found.items() if faults}


def _cases(exercise: Function) -> Callable[[], list[Case]]:
    """Return a function that returns the cases with the chosen values. Cases that remember calls are new each time."""
    drawing = exercise._drawing
    assert drawing is not None
    cases = exercise.all_cases(drawing)
    remembers = any(type(each.watch) is not Watch or type(each.returns) not in _PLAIN for each in cases)
    return (lambda: exercise.all_cases(drawing)) if remembers else lambda: cases


_PLAIN = (object, str, bytes, bool, int, tuple, list, dict)


@pytest.mark.parametrize(
    "exercise", [each for each in PURE if isinstance(each, Function)], ids=lambda exercise: exercise.id
)
def test_a_table_of_the_examples_is_refused(exercise: Function) -> None:
    table = _memorized(exercise)
    for learner in SEEDS:
        assert _refused(exercise.for_learner(learner), {"a table": table})


def _memorized(exercise: Function) -> Callable[..., Any]:
    """Return a function that knows the outcome of each case that every learner gets, and rejects everything else."""
    known = {repr(case.arguments[:3]): case for case in exercise.all_cases() if case.taken}

    def answer(*given: Any) -> Any:
        case = known.get(repr(given[:3]))
        if case is None:
            raise ValueError("not among the examples")
        return True if type(case.returns) is object else case.returns

    return answer


@each_drawn
def test_a_check_twice_says_the_same(exercise: Exercise) -> None:
    for learner in SEEDS[:3]:
        one, other = exercise.for_learner(learner), exercise.for_learner(learner)
        assert one._drawing is not None
        assert other._drawing is not None
        assert one._drawing.values == other._drawing.values
        if isinstance(one, Probed) and isinstance(other, Probed):
            assert one.drawn_probes() == other.drawn_probes()


@each_drawn
def test_learners_get_different_values(exercise: Exercise) -> None:
    drawn = [exercise.for_learner(learner)._drawing for learner in SEEDS[:3]]
    assert not exercise.free or len({str(each.values) for each in drawn if each is not None}) > 1


@pytest.mark.parametrize("exercise", [each for each in EXERCISES if each.free], ids=lambda each: each.id)
def test_no_two_values_become_the_same_and_none_stays(exercise: Exercise) -> None:
    for learner in SEEDS[:20]:
        drawing = exercise.for_learner(learner)._drawing
        assert drawing is not None
        names = {told: drawn for told, drawn in drawing.values.items() if "/" not in exercise.free[told]}
        assert len(set(names.values())) == len(names)
        assert not set(names.values()) & set(exercise.free)


def test_every_learner_meets_new_year_and_a_leap_day() -> None:
    for learner in SEEDS:
        times = {Drawing(learner, "2.1", {}).moment(number) for number in range(7)}
        assert {"2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2028-02-29T23:59:59Z"} <= times


def test_a_drawing_replaces_whole_words_only() -> None:
    drawing = Drawing("", "2.1", {"alice": "name"})
    name = drawing.values["alice"]
    assert drawing({"home/alice/": ["alice", "malice", 3]}) == {f"home/{name}/": [name, "malice", 3]}


def test_what_is_free_is_drawn_in_a_known_way() -> None:
    assert is_way("name")
    assert is_way("203.0.113.0/24")
    assert is_way("2026-03-01T00:00:00Z/2026-03-31T23:59:59Z")
    assert not is_way("at random")


def test_nothing_is_drawn_without_a_learner() -> None:
    assert UNCHANGED({"alice": "bob"}) == {"alice": "bob"}


def test_the_page_shows_what_tests_an_answer() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "\n".join(requests_table()) in text, OLD_PAGE
    assert what_is_drawn_for(text) in " ".join(text.split()), OLD_PAGE
