"""The proof that every exercise of every day grades correctly, and its figures.

How a kind is tested depends on its answers: policies are tested with mutants of the solution, choices with every wrong
choice, code with classic mistakes, and work in the cloud or a break-in with each step left out or changed. All kinds
are also tested with the listed wrong answers and other right answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.course.content.loading import lessons
from labs_helpers.course.content.numbering import place_of
from labs_helpers.course.content.schema import Step
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds import Exercise, Probed
from labs_helpers.course.grading.kinds.boundary import Boundary
from labs_helpers.course.grading.kinds.break_in import BreakIn
from labs_helpers.course.grading.kinds.choices import Choices
from labs_helpers.course.grading.kinds.decided import Decided
from labs_helpers.course.grading.kinds.delegation import SLOTS, Delegation
from labs_helpers.course.grading.kinds.design import Design
from labs_helpers.course.grading.kinds.detection import Detection
from labs_helpers.course.grading.kinds.function import Function
from labs_helpers.course.grading.kinds.hunt import Hunt
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.predictions import Predictions
from labs_helpers.course.grading.kinds.repair import Repair
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations import staging
from labs_helpers.course.situations.described_calls import NotKept, with_kept
from labs_helpers.course.situations.memory import Memory
from labs_helpers.engine.policy import PolicyError, PolicyKind
from tests.course import surroundings
from tests.course.code_mutants import code_mutants
from tests.course.design_mutants import design_mutants
from tests.course.mutants import fitted, mutants
from tests.course.rule_mutants import rule_mutants

EXERCISES = [exercise for day in lessons() for exercise in load(day).values()]
_IN_SECONDS = ("1.7", "3.9", "W.12")
_WITH_COMPANY: WeakSet[Cloud] = WeakSet()
"""The clouds whose last live exercise was a design."""


def takes_seconds(exercise: Exercise) -> bool:
    """Return whether grading one answer takes seconds, because real calls are made in a whole company or by an
    attacker.
    """
    return isinstance(exercise, Design | Delegation) or exercise.id in _IN_SECONDS


def check(exercise: Exercise, answer: Any, cloud: Cloud) -> CheckResult:
    """Check an answer from data/ for a learner, in a newly reset cloud; designs are built on the same company."""
    if exercise.live:
        of_design = isinstance(exercise, Design)
        if not of_design or cloud not in _WITH_COMPANY:
            cloud.reset()
        (_WITH_COMPANY.add if of_design else _WITH_COMPANY.discard)(cloud)
    return grade(exercise, exercise.enact(answer, cloud), cloud)


@dataclass
class Figures:
    """The results of an exercise's mutants: rejected as too wide or too narrow, not a valid policy, or equal."""

    made: int = 0
    too_wide: int = 0
    too_narrow: int = 0
    invalid: int = 0
    equal: list[str] = field(default_factory=list)
    asked: int = 0

    def row(self, id: str) -> str:
        """A line of the table in docs/grading.md."""
        return f"| {id} | {self.made} | {self.too_wide} | {self.too_narrow} | {self.invalid} | {len(self.equal)} |"


PROPERTY = "mutants"
"""The property of a test's report that contains the figures of its exercise, even if a worker ran the test."""


def tried(exercise: Exercise, cloud: Cloud, learner: str | None = "") -> Figures:
    """Try every mutant of an exercise, with a learner's randomly chosen values, or (None) with those that every learner
    gets.
    """
    figures = Figures()
    for name, result in _results(exercise if learner is None else exercise.for_learner(learner), cloud):
        figures.made += 1
        if result.passed:
            figures.equal.append(name)
        elif not result.counts:
            figures.invalid += 1
        elif _is_too_wide(exercise, result):
            figures.too_wide += 1
        else:
            figures.too_narrow += 1
    return figures


def _is_too_wide(exercise: Exercise, result: CheckResult) -> bool:
    """Return whether a mutant allows too much or, if it is a rule, raises alarms for legitimate calls."""
    if isinstance(exercise, Detection):
        return any(clause.holds is False for clause in result.clauses[1:3])
    if isinstance(exercise, Design):
        told = "It got through|no policy stopped it| can perform "
        return any(re.search(told, message) for message in result.messages)
    return bool(result.witnesses) or any(probe.expected == "refuse" for probe in result.failed)


def _results(exercise: Exercise, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    if isinstance(exercise, (Probed, Function)):
        for name, answer in answers(exercise, cloud):
            yield name, grade(exercise, answer, cloud)
    elif isinstance(exercise, Delegation):
        yield from _of_delegation(exercise, cloud)
    elif isinstance(exercise, Repair):
        yield from _of_repair(exercise, cloud)
        yield from surroundings.mutants(exercise, cloud)
    elif isinstance(exercise, Predictions):
        for number, word in exercise.solution.items():
            other = "deny" if word == "allow" else "allow"
            yield f"request {number}: {other}", grade(exercise, {**exercise.solution, number: other}, cloud)
    elif isinstance(exercise, Choices):
        yield from _of_choices(exercise, cloud)
    elif isinstance(exercise, Boundary):
        yield from _of_card(exercise, cloud)
    elif isinstance(exercise, Detection):
        for name, answer in rule_mutants(exercise.solution).items():
            yield name, grade(exercise, answer, cloud)
    elif isinstance(exercise, Hunt):
        yield from _of_hunt(exercise, cloud)
    elif isinstance(exercise, BreakIn):
        yield from _without_steps(exercise, cloud)
    elif isinstance(exercise, Design):
        yield from _of_design(exercise, cloud)
    elif isinstance(exercise, Live):
        yield from _without_steps(exercise, cloud)
        yield from _with_other_values(exercise, cloud)
        yield from surroundings.mutants(exercise, cloud)


RENEWED_AFTER = 12
"""After this many checks of a design, listing the full log archive takes longer than building the company again."""


def _of_design(exercise: Design, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    mutants = [(each.name, each.answer) for each in design_mutants(exercise.changes(exercise.solution))]
    if isinstance(exercise, Decided):
        mutants += otherwise_decided(exercise)
    for number, (name, answer) in enumerate(mutants):
        if number % RENEWED_AFTER == 0:
            cloud.reset()
            check(exercise, exercise.solution, cloud)
        yield name, check(exercise, answer, cloud)


def otherwise_decided(exercise: Decided) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the solution with each of the other decisions for each part."""
    for name, words in exercise.words.items():
        for word in words:
            if word != exercise.solution[name]:
                yield f"{name}: {word}", {**exercise.solution, name: word}


def _without_steps(exercise: BreakIn | Live, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    for number, step in enumerate(exercise.solution):
        rest = [*exercise.solution[:number], *exercise.solution[number + 1 :]]
        name = f"without step {number + 1}: {step.get('call', 'the clock')}"
        yield name, checked_if_possible(exercise, rest, cloud)


def _with_other_values(exercise: Live, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    """Yield changes to each number, boolean, list, and policy that a call sends."""
    for number, step in enumerate(exercise.solution):
        kind = _WRITTEN_BY.get(step.get("call"), PolicyKind.IDENTITY)
        for name, changed in _changed(step.get("parameters", {}), kind):
            steps = [*exercise.solution]
            steps[number] = {**step, "parameters": changed}
            title = f"step {number + 1}, {step['call']}: {_KEY_ID.sub('its-id', name)}"
            yield title, checked_if_possible(exercise, steps, cloud)


def _changed(value: Any, kind: PolicyKind, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield f"{path} is {not value}", not value
    elif isinstance(value, int):
        yield f"{path} is {value + 1}", value + 1
    elif isinstance(value, dict) and "Statement" in value:
        yield from mutants(value, kind)
    elif isinstance(value, dict):
        for key, each in value.items():
            for name, other in _changed(each, kind, f"{path}.{key}".lstrip(".")):
                yield name, {**value, key: other}
    elif isinstance(value, str) and value.startswith("$landing."):
        for place in ("prod", "play", "root"):
            if value != f"$landing.{place}":
                yield f"{path} is that of {place}", f"$landing.{place}"
    elif isinstance(value, str) and value.endswith(".amazonaws.com"):
        yield f"{path} is another service", "config.amazonaws.com"
    elif isinstance(value, list):
        for place, each in enumerate(value):
            for name, other in _changed(each, kind, path):
                yield name, [*value[:place], other, *value[place + 1 :]]
            if len(value) > 1:
                yield f"{path} without {str(each)[:40]}", [*value[:place], *value[place + 1 :]]


def checked_if_possible(exercise: Exercise, steps: list[Any], cloud: Cloud) -> CheckResult:
    """Check the cloud after these steps. If the steps can't be made, the check doesn't count."""
    try:
        return check(exercise, steps, cloud)
    except (ClientError, LookupError, NotKept):
        return CheckResult(False, exercise.id, (), counts=False)


def _of_hunt(exercise: Hunt, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    """Yield the results of fixing each setting with one step left out, while all other settings are fixed."""
    from labs_helpers.course.days.day1.account import begin_anew

    cloud.reset()
    exercise.enact(exercise.solution, cloud)
    for setting, steps in exercise.solution.items():
        alone = exercise.model_copy(update={"settings": (setting,)})
        for left_out in range(len(steps)):
            begin_anew(cloud, setting)
            rest = {setting: [step for number, step in enumerate(steps) if number != left_out]}
            name = f"{setting}: without {steps[left_out]['call']}"
            cloud.part(Memory).kept.clear()
            try:
                alone.enact(rest, cloud)
            except (ClientError, LookupError):
                yield name, CheckResult(False, exercise.id, (), counts=False)
                continue
            yield name, grade(alone, None, cloud)


def answers(exercise: Probed | Function, cloud: Cloud) -> Iterator[tuple[str, Any]]:
    """Yield the mutants of policies or of a function, which are graded without building anything in the cloud."""
    if isinstance(exercise, Probed):
        yield from _of_policies(exercise)
    else:
        for name, source in code_mutants(exercise.solution).items():
            yield name, exercise.enact(source, cloud)


def _of_policies(exercise: Probed) -> Iterator[tuple[str, Any]]:
    slots = exercise.answer_slots
    for slot, document in exercise.given(exercise.solution).items():
        kind = exercise.policy_kind(slot)
        for mutant in (*mutants(document, kind), *fitted(document, kind, exercise.probes)):
            if len(slots) == 1:
                yield mutant.name, mutant.document
            else:
                yield f"{slot}: {mutant.name}", {**exercise.solution, slot: mutant.document}


def _of_delegation(exercise: Delegation, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    """Grade without the attacker, whose paths are known, because the search must find what the attacker doesn't try."""
    cloud.reset()
    alone = exercise.model_copy(update={"attacks": ()})
    for slot in SLOTS:
        for mutant in mutants(exercise.solution[slot], PolicyKind[slot.upper()]):
            answer = {**exercise.solution, slot: mutant.document}
            result = _too_wide(exercise, answer) or grade(alone, answer, cloud)
            yield f"{slot}: {mutant.name}", result


def _too_wide(exercise: Delegation, answer: dict[str, Any]) -> CheckResult | None:
    """Return the result if the search alone rejects the answer. In that case, the work doesn't have to be done."""
    try:
        found = exercise.search_beyond(exercise.read(answer)[0]).witnesses
    except (AnswerError, PolicyError):
        return None
    return CheckResult(False, exercise.id, (), witnesses=found) if found else None


def _of_repair(exercise: Repair, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    """Yield the results of the solution with a change in one of the policies that it writes."""
    cloud.reset()
    exercise.enact(exercise.solution, cloud)
    kept = cloud.part(Memory).kept
    for step in (with_kept(each, kept) for each in exercise.solution):
        written = [name for name, value in step["parameters"].items() if isinstance(value, dict)]
        who = next(
            (
                str(step["parameters"][each])
                for each in ("UserName", "RoleName")
                if each in step["parameters"]
            ),
            "",
        )
        call = f"{step['call']} {who}".strip()
        for name in written:
            kind = _WRITTEN_BY.get(step["call"], PolicyKind.IDENTITY)
            for mutant in mutants(step["parameters"][name], kind):
                changed = {**step, "parameters": {**step["parameters"], name: mutant.document}}
                title = f"{call}: {_KEY_ID.sub('its-id', mutant.name)}"
                if not _made(cloud, changed):
                    yield title, CheckResult(False, exercise.id, (), counts=False)
                    continue
                yield title, grade(exercise, None, cloud)
                _forget_a_version(cloud, step)
        _made(cloud, step)
        _forget_a_version(cloud, step)


_WRITTEN_BY = {
    "update_assume_role_policy": PolicyKind.TRUST,
    "put_key_policy": PolicyKind.KEY,
    "put_bucket_policy": PolicyKind.RESOURCE,
}


_KEY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _made(cloud: Cloud, step: dict[str, Any]) -> bool:
    from botocore.exceptions import ClientError

    try:
        staging.perform(cloud, [Step.model_validate(step)])
    except ClientError:
        return False
    return True


def _forget_a_version(cloud: Cloud, step: dict[str, Any]) -> None:
    """Delete the old versions of a managed policy, which can have at most five."""
    if step["call"] != "create_policy_version":
        return
    iam, arn = cloud.account(cloud.home).client("iam"), step["parameters"]["PolicyArn"]
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])


def _of_choices(exercise: Choices, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    for item in exercise.items:
        for word in item.why:
            answer = {
                key: dict(value) if isinstance(value, dict) else value
                for key, value in exercise.solution.items()
            }
            if item.group is None:
                answer[item.item] = word
            else:
                answer[item.group][item.item] = word
            yield f"{item.name}: {word}", grade(exercise, answer, cloud)


def _of_card(exercise: Boundary, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    for service, row in exercise.solution.items():
        for control, right in row.items():
            for word in {"aws", "customer", "both"} - {right}:
                answer = {**exercise.solution, service: {**row, control: word}}
                yield f"{service}, {control}: {word}", grade(exercise, answer, cloud)


def table(rows: Iterable[str]) -> list[str]:
    """Return the rows of exercises as a table, with their sums."""
    rows = sorted(set(rows), key=lambda row: place_of(row.split()[1]))
    numbers = [[int(cell) for cell in row.split("|")[2:-1]] for row in rows]
    head = "| exercise | mutants | too wide | too narrow | invalid | equal |"
    sums = " | ".join(str(sum(column)) for column in zip(*numbers, strict=True))
    return [head, "| --- | --: | --: | --: | --: | --: |", *rows, f"| all | {sums} |"]


def rows_of(reports: Iterable[Any]) -> list[str]:
    """Return the rows in the properties of test reports."""
    return [
        str(value)
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY and report.when == "call"
    ]
