"""The grader for day 6's steps, which builds a learner's changes on top of the earlier steps and runs probes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from labs_helpers.course.days.day6 import blueprint, build, capstone_scoreboard
from labs_helpers.course.days.day6.capstone_scoreboard import Outcome
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.company_probes import Probe, closer, load
from labs_helpers.course.days.day6.design_ceiling import Excess, beyond
from labs_helpers.course.days.day6.own_company import starter_on as starter_on
from labs_helpers.course.days.day6.scoreboard_page import fix, red_line
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.policy_checks import rejections
from labs_helpers.course.shown.progress_line import progress_reporter
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.trials import Must, Trial

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.kinds.design import Limit


_BROKEN = re.compile("NoSuch|NotFound|AccessDenied")
"""Error codes for calls on resources that have since been removed or changed, sometimes by the design itself."""
_AFRESH = " (If your own calls changed something, start over with `day.reset()`.)"


@dataclass(frozen=True, slots=True)
class Graded:
    """The faults in a design, its probes with their results, and whether other requests have been tried."""

    faults: tuple[Fault, ...]
    trials: tuple[Trial, ...] = ()
    looked_beyond: bool = False


class BuiltCompany:
    """A holder for the cloud's only company, once it has been built.

    `attacked`: True for another learner's company, on which the next company must not be built.
    """

    def __init__(self) -> None:
        self.company: Company | None = None
        self.attacked = False


def build_company(cloud: Cloud, design: dict[str, Any], told: build.Told | None = None) -> Company:
    """Build a design (as data) in the cloud, as its only company.

    Raises `AnswerError`, which describes the problem, for an invalid design or a denied call.
    """
    checked = blueprint_of(design)
    missing_parts = blueprint.missing_parts(checked)
    if missing_parts:
        raise AnswerError(f"This is a design for another company: {'; '.join(missing_parts[:3])}.")
    if cloud.part(BuiltCompany).attacked:
        cloud.reset()
    standing = cloud.part(BuiltCompany)
    if standing.company is None:
        standing.company = Company(cloud)
    try:
        _build(cloud, checked, standing.company, told)
    except LookupError as error:
        raise AnswerError(str(error.args[0] if error.args else error)) from error
    except BotoCoreError as error:
        raise AnswerError(f"The SDK didn't send this. {error}") from error
    except ClientError as error:
        afresh = _AFRESH if _BROKEN.search(error.response["Error"]["Code"]) else ""
        raise AnswerError(f"AWS rejected this. {build.refusal(error)}{afresh}") from error
    return standing.company


def blueprint_of(design: Any) -> blueprint.Blueprint:
    """Validate a design (as data). Raises `AnswerError`, which locates the fault, if the design is invalid."""
    try:
        return blueprint.Blueprint.model_validate(design)
    except ValidationError as error:
        raise AnswerError(f"This isn't a blueprint: {_first_fault(error, design)}") from error


def _build(
    cloud: Cloud, design: blueprint.Blueprint, company: Company, told: build.Told | None = None
) -> None:
    """Build a design; if existing policies deny that, remove them first."""
    try:
        build.build(cloud, design, company=company, told=told)
    except ClientError as error:
        if not build.denied(error):
            raise
        build.unlock(company)
        build.build(cloud, design, company=company, told=told)


def _first_fault(error: ValidationError, design: object) -> str:
    fault = error.errors()[0]
    place = "/".join(_by_name(fault["loc"], design))
    said = _FAULTS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


_FAULTS = {
    "missing": "required, but missing",
    "extra_forbidden": "there is no such dict key; `look` shows the existing ones",
    "tuple_type": "must be a dict, with names as keys, or a list",
    "dict_type": "must be a dict",
    "model_type": "must be a dict",
    "string_type": "must be a string",
    "bool_type": "must be True or False",
}
"""Messages about faults, by pydantic's names for the faults."""


def _by_name(place: tuple[int | str, ...], design: object) -> Iterator[str]:
    """Yield the steps of a path as `look` accepts it, in which parts of lists are identified by name."""
    for step in place:
        within = blueprint.named(design)
        if isinstance(step, int) and step < len(within):
            step, design = list(within.items())[step]
        else:
            design = within.get(str(step))
        yield str(step)


def probes_up_to(step: int) -> tuple[Probe, ...]:
    """Return the probes for this step and all earlier steps, which must still pass, and this step's closer probes."""
    return *(probe for probe in load() if probe.step <= step), *(one for one in closer() if one.step == step)


def tried(step: int) -> int:
    """Return the number of probes that grade a step."""
    return len(probes_up_to(step))


def title_of(id: str) -> str:
    """Return the title of a probe."""
    return next(each.title for each in (*load(), *closer()) if each.id == id)


def red(cloud: Cloud, step: int, answer: dict[str, Any], ids: Sequence[str]) -> tuple[str, ...]:
    """Build an answer on top of the earlier steps, and return which of these probes have a wrong result."""
    company = build_company(cloud, blueprint.changed(blueprint.after(step - 1), answer))
    probes = [probe for probe in probes_up_to(step) if probe.id in ids]
    return capstone_scoreboard.run(company, probes).red


def judge(
    cloud: Cloud,
    step: int,
    answer: dict[str, Any],
    ceilings: Sequence[Mapping[str, Any]] = (),
    limits: Sequence[Limit] = (),
) -> Graded:
    """Build the answer on top of the earlier steps, and return a fault per probe with a wrong result.

    If every result is right, return a fault for each request (at most three) that the design allows and that none of
    the `ceilings` allows. The first of the `limits` that the request exceeds determines the clause. Each ceiling has
    the same form as an answer. A fault without clauses means that something changed that must stay as it is.
    """
    start = blueprint.after(step - 1)
    try:
        design = blueprint.changed(start, answer)
    except (TypeError, KeyError, AttributeError) as error:
        raise AnswerError(f"This isn't a valid change to a blueprint: {error}") from error
    unread = [line for document in _policies(answer) for line in rejections(document)]
    if unread:
        raise AnswerError("\n".join(dict.fromkeys(unread)))
    company = build_company(cloud, design)
    try:
        build.restore_bucket_policies(company)
    except ClientError as error:
        return Graded((Fault(f"Your design locks out the platform. {build.refusal(error)}"),))
    with progress_reporter() as told:
        report = capstone_scoreboard.run(company, probes_up_to(step), told=told)
    trials = tuple(_trial(outcome, step) for outcome in report.outcomes)
    red = tuple(each.fault for each in trials if each.fault is not None)
    if red or not ceilings:
        return Graded(red, trials)
    allowed = [_complete(blueprint.changed(start, each)) for each in ceilings]
    more = tuple(_exceeding(each, limits) for each in beyond(_complete(design), allowed, company.known))
    return Graded(more, trials, looked_beyond=True)


def _exceeding(excess: Excess, limits: Sequence[Limit]) -> Fault:
    """Return the fault in a design that allows a request, with the clause that limits such requests."""
    request = (excess.principal, excess.action, excess.policy, excess.sid)
    exceeded = next((each.clause for each in limits if each.is_exceeded_by(*request)), None)
    return Fault(excess.story, clause_numbers(exceeded))


def _trial(outcome: Outcome, step: int) -> Trial:
    """Return a probe's result. Probes of earlier steps don't test any clause of this step."""
    probe, judged = outcome.probe, outcome.judged
    is_earlier = probe.step != step
    numbers = () if is_earlier else clause_numbers(probe.clause)
    fault = None if outcome.right else Fault(red_line(outcome), numbers)
    return Trial(
        probe.title,
        Must.of(probe.kind),
        outcome.right,
        fault,
        numbers,
        None if outcome.right and is_earlier else judged,
        f"probe {probe.id}",
        f"Step {probe.step}: {_step_title(probe.step)}" if is_earlier else "",
        f"{probe.story} {fix(probe)}" if fault is not None and judged is not None else "",
    )


def _step_title(step: int) -> str:
    return next((each.title for each in blueprint.steps() if each.step == step), "Change requests")


def _policies(part: Any) -> Iterator[dict[str, Any]]:
    """Yield all policies in a part of a design."""
    if isinstance(part, Mapping):
        if isinstance(part.get("Statement"), list) and all(
            isinstance(one, dict) for one in part["Statement"]
        ):
            yield dict(part)
        for each in part.values():
            yield from _policies(each)
    elif isinstance(part, list):
        for each in part:
            yield from _policies(each)


def _complete(design: dict[str, Any]) -> dict[str, Any]:
    """Return a design as data, with its defaults."""
    return blueprint.Blueprint.model_validate(design).model_dump(mode="json")
