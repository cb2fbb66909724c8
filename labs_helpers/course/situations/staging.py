"""Situations in the running cloud: functions that set one up, reset it, and grade it with real calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import UnknownName
from labs_helpers.course.situations.described_calls import (
    KEPT,
    NOBODY,
    NoCredentials,
    NotKept,
    Performer,
    set_stage,
    with_kept,
)
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.memory import Memory
from labs_helpers.course.situations.trials import Must, Trial, trial
from labs_helpers.course.situations.undo import undo
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy.arn import last_part
from labs_helpers.engine.policy.request import read_context

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.content.schema import Inquiry, Situation, Step, Try
    from labs_helpers.course.situations.drawn_values import Drawing


class WithSituations(Protocol):
    """An exercise with situations in the running cloud."""

    id: str
    situations: tuple[Situation, ...]


class WithTries(Protocol):
    """A situation or a live exercise, which is graded by tries and inquiries."""

    tries: tuple[Try, ...]
    inquiries: tuple[Inquiry, ...]


def perform(cloud: Cloud, steps: Sequence[Step]) -> None:
    """Make the calls in `steps`, in order. Raises `ClientError` for the first call that fails."""
    set_stage(cloud, [step.model_dump(exclude_none=True) for step in steps])


def is_set_up(cloud: Cloud, exercise: WithSituations, number: int) -> bool:
    """Return True if the setup of the situation `number` (from 1) is complete."""
    return (exercise.id, number) in cloud.part(Memory).standing


def can_be_solved(cloud: Cloud, exercise: WithSituations) -> bool:
    """Return True if all situations of an exercise are set up, and none has ended by itself."""
    return all(
        is_set_up(cloud, exercise, number) and not is_over(cloud, exercise, number)
        for number, _ in enumerate(exercise.situations, 1)
    )


def is_over(cloud: Cloud, exercise: WithSituations, number: int) -> bool:
    """Return True if the situation `number` was set up so long ago that it has ended by itself."""
    lasts, since = _situation(exercise, number).lasts, cloud.part(Memory).standing.get((exercise.id, number))
    return lasts is not None and since is not None and since + timedelta(**lasts) < cloud.clock.now()


def set_up(cloud: Cloud, exercise: WithSituations, number: int) -> Page:
    """Set up the situation `number` (from 1), unless that has already been done, and make its first try.

    The page shows what users report, the call, and AWS's answer. Raises `LookupError`, which lists the existing
    situations, for an unknown number.
    """
    from labs_helpers.course.situations import cloud_snapshots

    situation = _situation(exercise, number)
    memory, place = cloud.part(Memory), (exercise.id, number)
    cloud_snapshots.begin_or_continue(cloud, exercise.id)
    if place not in memory.standing:
        if place in memory.begun:  # an earlier setup was interrupted halfway
            undo(cloud, situation.steps)
            cloud_snapshots.credit_lesson(cloud)
        memory.begun.add(place)
        perform(cloud, situation.steps)
        cloud_snapshots.credit_lesson(cloud)
        memory.standing[place] = cloud.clock.now()
        memory.set_up_by[place] = cloud.record[-1].event_id
    first = situation.tries[0]
    page = Page().heading(f"Situation {number} of {len(exercise.situations)} · {situation.title}")
    page.say(situation.ticket).code(as_typed(first))
    error = error_of(cloud, first)
    cloud_snapshots.credit_lesson(cloud)
    page.say(f"AWS answers: {error}" if error is not None else "It works.")
    return page.say(str(over(exercise, number))) if is_over(cloud, exercise, number) else page


def over(exercise: WithSituations, number: int) -> Fault:
    """Return a fault that reports that a situation has ended by itself, and how to set it up again."""
    return Fault(
        f"Situation {number} ({_situation(exercise, number).title}) is over: too much time has passed since it was "
        f'set up. To set it up again, call `day.begin_anew("{exercise.id}", {number})`'
    )


def begin_anew(cloud: Cloud, exercise: WithSituations, number: int) -> Page:
    """Undo the situation `number`, whatever its state, and set it up again. Raises `LookupError` as `set_up` does."""
    from labs_helpers.course.situations import cloud_snapshots

    situation = _situation(exercise, number)
    memory = cloud.part(Memory)
    memory.standing.pop((exercise.id, number), None)
    cloud_snapshots.credit_exercise(cloud, exercise.id)
    undo(cloud, situation.steps)
    cloud_snapshots.credit_lesson(cloud)
    return set_up(cloud, exercise, number)


def _situation(exercise: WithSituations, number: object) -> Situation:
    known = len(exercise.situations)
    if type(number) is not int or not 1 <= number <= known:
        there = f"situations 1 to {known}" if known > 1 else "only situation 1" if known else "no situations"
        raise UnknownName(f"exercise {exercise.id} has {there}, not {number!r:.40}")
    return exercise.situations[number - 1]


def trials_in_situations(
    cloud: Cloud, exercise: WithSituations, drawing: Drawing | None = None
) -> list[Trial]:
    """Return each try and inquiry with its result, and a fault for each situation that isn't set up or has ended.

    If a learner's `drawing` is given, the tries and inquiries are made with its values.
    """
    tests = []
    ended = {number for number, _ in enumerate(exercise.situations, 1) if is_over(cloud, exercise, number)}
    for number, situation in enumerate(exercise.situations, 1):
        where = f"Situation {number} ({situation.title})"
        if not is_set_up(cloud, exercise, number):
            how = f'To set it up, call `day.situation("{exercise.id}", {number})`'
            fault = Fault(f"{where} is not set up. {how}")
            tests.append(Trial(f"Situation {number}", Must.WORK, None, fault))
            continue
        own = clause_numbers(situation.clause)
        if drawing is None:
            found = [
                *trials_of_tries(cloud, situation.tries),
                *trials_of_inquiries(cloud, situation.inquiries),
            ]
        else:
            found = trials_with_drawn_values(cloud, situation, drawing)
        if number in ended and faults_of(found):
            tests.append(Trial(f"Situation {number}", Must.WORK, None, over(exercise, number)))
            continue
        tests += [_in_situation(each, where, own) for each in found]
    return tests


def _in_situation(test: Trial, where: str, clauses: tuple[int, ...]) -> Trial:
    """Return a test with the situation in its fault, and with the situation's clauses if the test has none."""
    numbers = test.clauses or clauses
    fault = None if test.fault is None else Fault(f"{where}: {test.fault.story}", numbers)
    return replace(test, fault=fault, clauses=numbers)


def faults_of(tests: Iterable[Trial]) -> list[Fault]:
    """Return the faults that tests found."""
    return [each.fault for each in tests if each.fault is not None]


def trials_with_drawn_values(cloud: Cloud, tried: WithTries, drawing: Drawing) -> list[Trial]:
    """Return the tries that have free values, and all inquiries, with a learner's own values and their results.

    A call that keeps its response or advances the clock isn't repeated. An inquiry without a time gets a randomly
    chosen one.
    """
    repeated = [
        attempt.model_copy(
            update={"parameters": drawing(attempt.parameters), "story": _story(attempt, drawing)}
        )
        for attempt in tried.tries
        if drawing(attempt.parameters) != attempt.parameters and not (attempt.keep or attempt.advance)
    ]
    asked = [
        inquiry.model_copy(
            update={
                "resource": drawing(inquiry.resource),
                "context": drawing({"aws:CurrentTime": drawing.moment(number), **inquiry.context}),
                "story": _story(inquiry, drawing),
            }
        )
        for number, inquiry in enumerate(tried.inquiries)
    ]
    return [*trials_of_tries(cloud, repeated), *trials_of_inquiries(cloud, asked)]


def _story(tried: Try | Inquiry, drawing: Drawing) -> str:
    given = tried.parameters if hasattr(tried, "parameters") else (tried.resource, tried.context)
    words = drawing.instead(drawing(given))
    return f"{tried.story} This is also tested {f'with {words}' if words else 'at another time'}."


def trials_of_inquiries(cloud: Cloud, inquiries: Sequence[Inquiry]) -> list[Trial]:
    """Return each inquiry with its decision, and a fault if the decision isn't the expected one."""
    tests = []
    kept = cloud.part(Memory).kept
    for inquiry in inquiries:
        principal, resource = (str(with_kept(each, kept)) for each in (inquiry.principal, inquiry.resource))
        who = "*" if principal == "anonymous" else principal
        context = settled({}, read_context(inquiry.context, "context"))
        judged, numbers = cloud.judge(who, inquiry.action, resource, context), clause_numbers(inquiry.clause)
        right = judged.allowed == (inquiry.expected == "allow")
        title = f"{principal.rpartition(':')[2]}: {inquiry.action} on {last_part(resource)}"
        test = trial(
            title, Must.of(inquiry.expected), None if right else Fault(inquiry.story, numbers), numbers
        )
        tests.append(replace(test, judgement=judged, story=inquiry.story))
    return tests


def trials_of_tries(cloud: Cloud, tries: Sequence[Try]) -> list[Trial]:
    """Make the calls in `tries`, and return each with a fault if its outcome isn't the expected one."""
    tests = []
    for attempt in tries:
        story, numbers = failure_of(cloud, attempt), clause_numbers(attempt.clause)
        who = "an unsigned call" if attempt.who == NOBODY else attempt.who or "the administrator"
        title = f"{who}: {attempt.service}.{attempt.call}"
        fault = Fault(story, numbers) if story else None
        test = trial(title, Must.of(attempt.expected), fault, numbers)
        tests.append(replace(test, story=attempt.story))
    return tests


def failure_of(cloud: Cloud, attempt: Try) -> str | None:
    """Make a try's call. Return its story if the outcome is not the expected one, or None otherwise.

    AWS's answer follows the story, unless the try is quiet.
    """
    failure = _failure(cloud, attempt)
    return attempt.story if failure is not None and attempt.quiet else failure


def _failure(cloud: Cloud, attempt: Try) -> str | None:
    try:
        answer, error = _made(cloud, attempt)
        wanted = with_kept(attempt.answers, cloud.part(Memory).kept) if error is None else {}
    except NotKept:
        return f"{attempt.story} (An earlier call that this one needs has failed.)"
    except NoCredentials:
        return f"{attempt.story} There are no credentials to make the call with."
    if error is None:
        if attempt.expected != "works":
            return attempt.story
        unlike = [name for name, value in wanted.items() if member(answer, name) != value]
        return f"{attempt.story} {_unexpected(unlike[0], member(answer, unlike[0]))}" if unlike else None
    said = error_text(error)
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code in attempt.also:
        return None
    if attempt.expected == "works":
        return f"{attempt.story} AWS answers: {said}"
    if attempt.expected == "refused":
        # Only a denial counts as "refused": a call can also fail because of its parameters.
        if len(cloud.record) and cloud.record[-1].refused:
            return None
        return f"{attempt.story} The call fails, but not because of a missing permission: {said}"
    return None if code == attempt.expected else f"{attempt.story} AWS answers: {said}"


def _unexpected(name: str, value: Any) -> str:
    """Return a sentence about a member of AWS's answer that is missing or unexpected; a short value is included."""
    if value is None:
        return f"AWS's answer has no {_in_words(name)}."
    short = isinstance(value, (str, int)) and len(str(value)) <= 100
    return f"In AWS's answer, {_in_words(name)} is {value if short else 'a different one'}."


def _in_words(path: str) -> str:
    """Return the path of a member in words: `KeyMaterialState of item 1 of Rotations`."""
    said = ""
    for part in _parts(path):
        if part.isdecimal():
            said = f"item {int(part) + 1} of {said}"
        elif "=" in part:
            said = f"{said} with {part}"
        else:
            said = f"{part} of {said}" if said else part
    return said


def member(answer: Any, path: str) -> Any:
    """Return the member of a response at a path, or None if there is no such member.

    A path is, for example, `Buckets.0.Name` or `Tags.Key=Team.Value`. A value that contains a dot is quoted:
    `EnabledServicePrincipals.ServicePrincipal="config.amazonaws.com".DateEnabled`.
    """
    for part in _parts(path):
        try:
            answer = _listed(answer, part) if isinstance(answer, list) else answer[part]
        except (KeyError, IndexError, ValueError, TypeError, StopIteration):
            return None
    return answer


def _parts(path: str) -> list[str]:
    return [part.replace('"', "") for part in re.findall(r'[^.="]+(?:="[^"]*"|=[^.]*)?', path)]


def _listed(answers: list[Any], part: str) -> Any:
    name, equals, value = part.partition("=")
    return next(each for each in answers if each[name] == value) if equals else answers[int(part)]


def error_of(cloud: Cloud, attempt: Try) -> str | None:
    """Make a try's call and return AWS's error as `Code: message`, or None if the call succeeds."""
    _, error = _made(cloud, attempt)
    return None if error is None else error_text(error)


def _made(cloud: Cloud, attempt: Try) -> tuple[Any, Exception | None]:
    if attempt.advance:
        cloud.clock.advance(**attempt.advance)
    somewhere = cloud.calling_from(attempt.source_ip) if attempt.source_ip else nullcontext()
    try:
        with somewhere:
            return Performer(cloud).make(attempt.model_dump(exclude_none=True)), None
    except (ClientError, BotoCoreError) as error:
        return ({}, None) if _would_have_worked(error) else (None, error)


def _would_have_worked(error: Exception) -> bool:
    """Return True for AWS's response to a permitted dry run, which a try uses to leave nothing behind."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "DryRunOperationException"


def error_text(error: Exception) -> str:
    """Return AWS's error as `Code: message`, or botocore's own message if AWS did not respond."""
    if not isinstance(error, ClientError):
        return str(error)
    answer = error.response["Error"]
    return f"{answer['Code']}: {answer.get('Message', '')}"


def as_typed(attempt: Try) -> str:
    """Return a try as code for the learner's notebook, which first fetches kept responses with `day.made`."""
    kept = dict.fromkeys(found[1] for found in KEPT.finditer(json.dumps(attempt.parameters)))
    return "".join(f'{name} = day.made("{name}")\n' for name in kept) + as_python(attempt)


def as_python(step: Step | Try | Mapping[str, Any]) -> str:
    """Return a call as boto3 code that can be pasted; a response that it keeps becomes a variable for later calls."""
    made = step if isinstance(step, Mapping) else step.model_dump(exclude_none=True)
    if made.get("advance") and not made.get("call"):
        return f"day.clock.advance({', '.join(f'{word}={count}' for word, count in made['advance'].items())})"
    who, account = made.get("who"), made.get("account")
    session = "boto3"
    if who:
        session = f'boto3.Session(profile_name="{who}")'
    elif account:
        session = f'day.cloud.account("{account}")'
    region = f', region_name="{made["region"]}"' if made.get("region") else ""
    given = "".join(f"\n    {name}={_argument(value)}," for name, value in made.get("parameters", {}).items())
    kept = f"{made['keep']} = " if made.get("keep") else ""
    call = f'{session}.client("{made["service"]}"{region}).{made["call"]}({given}\n)'
    if made.get("profile"):
        keys = "AccessKey" if made["call"] == "create_access_key" else "Credentials"
        call = f'day.cloud.profile("{made["profile"]}", {call}["{keys}"])'
    return kept + call


def _argument(value: Any) -> str:
    if isinstance(value, str):
        return _TEXT.sub(_with_variables, _QUOTED.sub(_variable, json.dumps(value, ensure_ascii=False)))
    shown = _TEXT.sub(_with_variables, _QUOTED.sub(_variable, repr(value).replace("'", '"')))
    is_policy = isinstance(value, dict) and ("Statement" in value or "@@" in shown)
    return f"json.dumps({shown})" if is_policy else shown


_QUOTED = re.compile(f'"{KEPT.pattern}"')
_TEXT = re.compile(f'"[^"]*{KEPT.pattern}[^"]*"')


def _with_variables(found: re.Match[str]) -> str:
    """Return a string with references as an f-string: `f"a/{key['KeyId']}"` for `"a/$key.KeyId"`."""
    return "f" + KEPT.sub(lambda each: "{" + _variable(each).replace('"', "'") + "}", found[0])


def _variable(found: re.Match[str]) -> str:
    """Return a reference as code: `key["KeyMetadata"]["Arn"]` for `"$key.KeyMetadata.Arn"`."""
    path = found[2][1:].split(".")
    return found[1] + "".join(f"[{part}]" if part.isdecimal() else f'["{part}"]' for part in path)
