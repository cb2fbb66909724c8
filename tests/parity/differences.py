"""The differences between recorded answers and this cloud's, by kind.

- `decision`: one is answered and the other isn't, or one lacks a permission and the other fails otherwise;
- `code`: another error code or HTTP status;
- `shape`: members that are missing, too many, or of another type;
- `value`: a member's value;
- `words`: an error's message.

If the decision or the code of a call differs, only that is reported, because other differences follow from it. The
order of lists isn't compared, because AWS doesn't guarantee one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.parity.shapes import Answer, Call, Difference, Kind, Recorded, Scenario

_DENIED = frozenset({
    "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
    "NotAuthorizedException", "UnauthorizedOperation", "Forbidden",
})  # fmt: skip


def of_scenario(scenario: Scenario, theirs: Recorded, ours: Recorded) -> list[Difference]:
    """Return all differences of a scenario."""
    if theirs.failed or ours.failed:
        if theirs.failed == ours.failed:
            return []
        found = ("decision", "", theirs.failed or "set up", ours.failed or "set up")
        return [Difference(found[0], scenario.service, scenario.name, "set-up", *found[1:])]
    return [
        Difference(kind, scenario.service, scenario.name, shown(number, call), at, their, our)
        for number, call in enumerate(scenario.calls)
        for kind, at, their, our in of_call(theirs.answers[number], ours.answers[number])
    ]


def shown(number: int, call: Call) -> str:
    """A call of a scenario, as it is named in a report."""
    return f"{number + 1}. {call.method} as {call.caller}"


def outcome(answer: Answer) -> str:
    """Return `answered`, `denied`, `failed`, or why the call wasn't made."""
    if answer.skipped:
        return f"not made: {answer.skipped}"
    if answer.code is None:
        return "answered"
    return "denied" if answer.code in _DENIED or (answer.code == "403" == str(answer.status)) else "failed"


def of_call(theirs: Answer, ours: Answer) -> Iterator[tuple[Kind, str, Any, Any]]:
    """Yield the kind, the member, and both sides of each difference between two answers to a call."""
    if outcome(theirs) != outcome(ours):
        yield "decision", "", _told(theirs), _told(ours)
        return
    if (theirs.code, theirs.status) != (ours.code, ours.status):
        yield "code", "", _told(theirs), _told(ours)
        if theirs.code != ours.code:
            return
    if theirs.code is None:
        yield from _members("", theirs.answer, ours.answer)
        return
    yield from _members("", theirs.members, ours.members)
    if (theirs.message is None) != (ours.message is None):
        yield "shape", "Message", theirs.message, ours.message
    elif theirs.message != ours.message:
        yield "words", "", theirs.message, ours.message


def _told(answer: Answer) -> str:
    return f"{outcome(answer)} ({answer.code or 'OK'}, {answer.status})"


def _members(at: str, theirs: Any, ours: Any) -> Iterator[tuple[Kind, str, Any, Any]]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() | ours.keys()):
            path = f"{at}.{name}".lstrip(".")
            if name not in theirs or name not in ours:
                yield "shape", path, theirs.get(name, MISSING), ours.get(name, MISSING)
            else:
                yield from _members(path, theirs[name], ours[name])
    elif isinstance(theirs, list) and isinstance(ours, list):
        yield from _items(at, theirs, ours)
    elif _kind(theirs) != _kind(ours):
        yield "shape", at, theirs, ours
    elif theirs != ours:
        yield "value", at, theirs, ours


MISSING = "(not there)"


def _items(at: str, theirs: list[Any], ours: list[Any]) -> Iterator[tuple[Kind, str, Any, Any]]:
    def order(value: Any) -> str:
        return json.dumps(value, sort_keys=True)

    if len(theirs) != len(ours):
        yield "value", f"{at}[]", f"{len(theirs)} items", f"{len(ours)} items"
        return
    for their, our in zip(sorted(theirs, key=order), sorted(ours, key=order), strict=True):
        yield from _members(f"{at}[]", their, our)


def _kind(value: Any) -> str:
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )
