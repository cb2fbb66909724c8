"""The log of an attack: the calls of a foothold's sessions, as data.

Values that AWS assigns are different in every cloud, so the log names them: a name in angle brackets is one of the
company's names (`<prod>`), and a reference such as {"answer": [3, "Credentials", "SessionToken"]} is a value in the
response to the call with this number. {"answer": ["flag", "CiphertextBlob"]} is the ciphertext of the flag. Bytes are
{"base64": "…"}, and times {"time": "…"}.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, ValidationError

from labs_helpers.course.content.schema import Model, Name, Text
from labs_helpers.course.days.day6.blueprint import PLACEHOLDER
from labs_helpers.course.days.day6.league.company_file import read_json
from labs_helpers.course.days.day6.league.league_rules import rules
from labs_helpers.course.shown.mistakes import Mistake

FORMAT: Literal["larkspur-attack"] = "larkspur-attack"
_LONG = 16
"""The minimum length of a value that a log replaces with a reference to an earlier response."""
Path = tuple[int | str, ...]


class LoggedCall(Model):
    """A call: its session, the operation, and its parameters.

    `who` is one of the foothold's actors, or empty for a session whose credentials are in the response to the call
    `session`. `unsigned`: the call was sent without a signature.
    """

    who: Name | Literal[""] = ""
    session: int | None = None
    unsigned: bool = False
    service: Text
    region: Text
    operation: Text
    parameters: dict[str, Any]


class AttackLog(Model):
    """The schema of an attack file. `company` is the fingerprint of the company that was attacked."""

    format: Literal["larkspur-attack"]
    version: Literal[1]
    company: str
    foothold: Name
    hints: int = Field(0, ge=0)
    calls: tuple[LoggedCall, ...]


def attack_text(log: AttackLog) -> str:
    """Return the text of an attack file."""
    return json.dumps(log.model_dump(mode="json", exclude_defaults=True), indent=1, ensure_ascii=False) + "\n"


def read_attack(path: str | os.PathLike[str]) -> AttackLog:
    """Return the log in an attack file. Raises `Mistake`, which shows the location, or `OSError`."""
    return attack_of(read_json(path))


def attack_of(value: Any) -> AttackLog:
    """Return the log in the content of an attack file. Raises `Mistake`, with the location, for any other content."""
    try:
        log = AttackLog.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(step)[:60] for step in first["loc"])
        where = f"{place}: " if place else ""
        raise Mistake(f"This isn't an attack file: {where}{first['msg']:.100}.") from None
    names = [each.name for each in rules().footholds]
    if log.foothold not in names:
        raise Mistake(f"There is no foothold {log.foothold!r:.40}. Footholds: {', '.join(names)}.")
    foothold = rules().foothold(log.foothold)
    spent = len(log.calls) + sum(hint.cost for hint in foothold.hints[: log.hints])
    if spent > rules().budget:
        raise Mistake(f"The attack used {spent} calls, including hints, but the budget is {rules().budget}.")
    for number, call in enumerate(log.calls):
        if call.session is not None and not 0 <= call.session < number:
            raise Mistake(f"calls/{number}/session: there is no earlier call {call.session}.")
        if call.session is not None and call.who:  # an actor would determine the address of the call
            raise Mistake(f"calls/{number}/who: a call with a session has no actor.")
        if call.session is None and call.who not in foothold.actors:
            raise Mistake(f"calls/{number}/who: the foothold {log.foothold} has no actor {call.who!r:.40}.")
    return log


def is_attack(value: Any) -> bool:
    """Return True for the content of a file that claims to be an attack file."""
    return isinstance(value, dict) and value.get("format") == FORMAT


# Values, written and read


def logged(value: Any, known: Mapping[str, str], answers: Mapping[str | bytes, Path]) -> Any:
    """Return a parameter's value in the form that a log has. Raises `Mistake` for a value such as a file.

    `known` has the company's names by value, and `answers` has the locations of values in earlier responses.
    """
    if isinstance(value, (str, bytes)) and value in answers:
        return {"answer": list(answers[value])}
    if isinstance(value, str):
        return _named(value, known)
    if isinstance(value, (bytes, bytearray)):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, Mapping):
        return {str(name): logged(each, known, answers) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [logged(each, known, answers) for each in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise Mistake(
        f"In the league, a parameter can't be of type {type(value).__name__}.", "Pass text or bytes."
    )


def _named(text: str, known: Mapping[str, str]) -> str:
    for value, name in known.items():
        text = text.replace(value, f"<{name}>")
    return text


def read_back(value: Any, known: Mapping[str, str], answers: Mapping[Any, Any]) -> Any:
    """Return the value to use in a call in place of a value in a log.

    Raises `LookupError` if a response doesn't have the value.
    """
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: known.get(found[0][1:-1], found[0]), value)
    if isinstance(value, list):
        return [read_back(each, known, answers) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (kind, inner), *_ = value.items()
        if kind == "answer" and isinstance(inner, list) and inner:
            return _in_answer(inner, answers)
        if kind == "base64" and isinstance(inner, str):
            return base64.b64decode(inner)
        if kind == "time" and isinstance(inner, str):
            return datetime.fromisoformat(inner)
    return {name: read_back(each, known, answers) for name, each in value.items()}


def _in_answer(path: list[Any], answers: Mapping[Any, Any]) -> Any:
    found: Any = answers
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            raise LookupError(f"no earlier response has {'/'.join(map(str, path)):.100}") from None
    return found


def places(answer: Any, path: Path) -> Iterator[tuple[str | bytes, Path]]:
    """Yield the long values in a response, with their locations."""
    if isinstance(answer, (str, bytes)):
        if len(answer) >= _LONG:
            yield answer, path
    elif isinstance(answer, Mapping):
        for name, each in answer.items():
            if name != "ResponseMetadata":
                yield from places(each, (*path, name))
    elif isinstance(answer, (list, tuple)):
        for number, each in enumerate(answer):
            yield from places(each, (*path, number))


_KEYS = ("Credentials", "AccessKey", "roleCredentials")


def keys_in(answer: Any) -> dict[str, str] | None:
    """Return the credentials in a response, with the key names that AssumeRole uses, or None if there are none."""
    if not isinstance(answer, Mapping):
        return None
    found = next((answer[name] for name in _KEYS if isinstance(answer.get(name), Mapping)), answer)
    texts = {name[:1].upper() + name[1:]: each for name, each in found.items() if isinstance(each, str)}
    secret = texts.get("SecretAccessKey") or texts.get("SecretKey")
    if "AccessKeyId" not in texts or secret is None:
        return None
    keys = {"AccessKeyId": texts["AccessKeyId"], "SecretAccessKey": secret}
    return {**keys, "SessionToken": texts["SessionToken"]} if "SessionToken" in texts else keys
