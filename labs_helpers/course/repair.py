"""Situations in the running cloud: set up by one call, mended with boto3, judged by real calls.

What judges is what people do: the call that failed must work, and what was rightly refused must stay refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from labs_helpers.course.display import Page
from labs_helpers.course.stage import as_text, set_stage

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.schema import Exercise, Situation, Step, Try


def perform(cloud: Cloud, steps: Sequence[Step]) -> None:
    """Make the calls of `steps`, in order. ClientError for the first that AWS refuses."""
    set_stage(cloud, [step.model_dump(exclude_none=True) for step in steps])


def is_set_up(cloud: Cloud, situation: Situation) -> bool:
    """Whether the situation stands in the cloud as it is now."""
    return situation.profile in cloud.profiles()


def set_up(cloud: Cloud, exercise: Exercise, number: int) -> Page:
    """Set up the situation `number` (from 1), unless it is, and make its first call.

    The page tells what people report, the call, and what AWS answers. LookupError names the situations there are.
    """
    known = len(exercise.situations)
    if type(number) is not int or not 1 <= number <= known:
        raise LookupError(f"exercise {exercise.id} has the situations 1 to {known}; got {number!r:.40}")
    situation = exercise.situations[number - 1]
    if not is_set_up(cloud, situation):
        perform(cloud, situation.steps)
    first = situation.tries[0]
    page = Page().heading(f"Situation {number} of {known} · {situation.title}").say(situation.ticket)
    page.code(as_python(first))
    answer = make(cloud, first)
    return page.say(f"AWS answers: {answer}" if answer is not None else "It works.")


def grade(exercise: Exercise, cloud: Cloud) -> list[str]:
    """One line for each try that comes out wrong, in the cloud as it is now."""
    messages = []
    for number, situation in enumerate(exercise.situations, 1):
        if not is_set_up(cloud, situation):
            messages.append(
                f"Situation {number} ({situation.title}) is not set up: "
                f'`day.situation("{exercise.id}", {number})`'
            )
            continue
        wrong = (_wrong(cloud, attempt) for attempt in situation.tries)
        messages += [f"Situation {number} ({situation.title}): {line}" for line in wrong if line]
    return messages


def _wrong(cloud: Cloud, attempt: Try) -> str | None:
    answer = make(cloud, attempt)
    if (answer is None) == (attempt.expected == "works"):
        denied = answer is None or cloud.record[-1].refused
        return None if denied else f"{attempt.story} It fails, but not for want of permission: {answer}"
    return attempt.story if answer is None else f"{attempt.story} AWS answers: {answer}"


def make(cloud: Cloud, attempt: Try) -> str | None:
    """Make the call; None if it works, otherwise what AWS answers."""
    somewhere = cloud.calling_from(attempt.source_ip) if attempt.source_ip else nullcontext()
    try:
        client = boto3.Session(profile_name=attempt.who).client(attempt.service)
        with somewhere:
            getattr(client, attempt.call)(**as_text(attempt.parameters))
    except (ClientError, BotoCoreError) as error:
        return answer_of(error)
    return None


def answer_of(error: Exception) -> str:
    """What AWS answered, as `Code: message`; what botocore says if no answer came."""
    if not isinstance(error, ClientError):
        return str(error)
    answer = error.response["Error"]
    return f"{answer['Code']}: {answer.get('Message', '')}"


def as_python(step: Step | Try | dict[str, Any]) -> str:
    """The boto3 code of a call, to read and to paste."""
    made = step if isinstance(step, dict) else step.model_dump(exclude_none=True)
    who = made.get("who")
    session = f'boto3.Session(profile_name="{who}")' if who else "boto3"
    given = "".join(f"\n    {name}={_argument(name, value)}," for name, value in made["parameters"].items())
    return f'{session}.client("{made["service"]}").{made["call"]}({given}\n)'


def _argument(name: str, value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value).replace("'", '"')
    return shown if as_text({name: value})[name] is value else f"json.dumps({shown})"
