"""The statement in a learner's own answer that led to a wrong decision, as evidence on the card of a check.

It is the statement that matched or, if none did, the one that nearly matched, with the element that doesn't match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from labs_helpers.course.shown.look import escaped
from labs_helpers.course.shown.look.code import block
from labs_helpers.engine.policy.decision import IMPLICIT_DENY
from labs_helpers.engine.policy.layers import Layer, short_statement_words, statement_words

if TYPE_CHECKING:
    from labs_helpers.cloud import Judgement
    from labs_helpers.engine.policy.statement import Statement

_EFFECTS = {"Allow": "ALLOW", "Deny": "EXPLICIT_DENY"}
_ELEMENTS = ("Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
_WORD = re.compile(r"\w+")
_MOST_VALUES = 6
"""The maximum number of a list's values that the line shows."""


class _Own(NamedTuple):
    """One of the answer's statements in force, with the layer and the name of the policy that contain it."""

    layer: str
    level: int | None
    policy: str
    statement: Statement


def statements_of(answer: Any) -> list[Mapping[str, Any]]:
    """Return the policy statements in an answer that is data or JSON; other answers have none."""
    from labs_helpers.course.grading.answers import AnswerError, plain

    try:
        return list(_statements(plain(answer)))
    except AnswerError:
        return []


def _statements(data: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, str) and data.lstrip().startswith("{"):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return
    if isinstance(data, dict) and data.get("Effect") in _EFFECTS:
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from _statements(each)


def own_statement(judged: Judgement, own: Sequence[Mapping[str, Any]], control: str = "") -> str:
    """Return the statement among `own` that led to a wrong decision as HTML, or "" if the answer has no statements.

    If the statement matched, the HTML shows its actions and resources; if it didn't, the element that doesn't match.
    `control` names what must be fixed: a Deny that didn't match is at fault only if `control` names it.
    """
    found, decision = list(_in_force(judged, own)), judged.decision
    if decision.effect != IMPLICIT_DENY:
        for each in found:
            if each.statement.effect == decision.effect and not _missed(each.statement, judged):
                does = "allows" if decision.allowed else "denies"
                return _evidence(f"Your {_name(each)} {does} it", _members(_covering(each.statement)))
    wanted = "Deny" if decision.allowed else "Allow"
    others = [each for each in found if each.statement.effect == _EFFECTS[wanted] and _could(each, judged)]
    for each in sorted(others, key=lambda one: "Action" in _missed(one.statement, judged)):
        missed = _missed(each.statement, judged)
        is_meant = not decision.allowed or each.statement.sid in _WORD.findall(control)
        if len(missed) == 1 and is_meant and _is_near(each.statement, missed[0], judged):
            element = {missed[0]: each.statement.source[missed[0]]}
            return _evidence(f"The {missed[0]} of your {_name(each)} doesn't match", _members(element))
    return _none_of(others, wanted) if others else _nothing(judged) if own else ""


def _could(own: _Own, judged: Judgement) -> bool:
    """Return whether a statement is in a layer that could have changed the decision."""
    refused = judged.decision.refused_by
    return refused is None or (refused.check_type, refused.level) == (own.layer, own.level)


def _in_force(judged: Judgement, own: Sequence[Mapping[str, Any]]) -> Iterator[_Own]:
    """Yield the answer's own statements among those in the policies in force for the request."""
    for check in dict.fromkeys(filter(None, (judged.decision.refused_by, *judged.decision.checks))):
        for name, policy in Layer(check.check_type).attached(judged.policies, check.level):
            for statement in policy.statements:
                if any(_is_same(statement.source, each) for each in own):
                    yield _Own(check.check_type, check.level, name, statement)


def _is_same(source: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Return whether two statements are the same, except that a name in a design can be an ARN in the cloud."""
    return all(source.get(each) == own.get(each) for each in ("Sid", "Effect", "Action", "NotAction"))


def _missed(statement: Statement, judged: Judgement) -> list[str]:
    """Return the elements of a statement that don't cover a request."""
    asked = judged.request
    resource, principal = statement.resource_test, statement.principal_test
    has_boundary = judged.policies.boundary is not None
    covers = {
        "Action": statement.concerns(asked.action_key),
        "Resource": resource is None or resource(asked.resource, asked.context),
        "Principal": principal is None or bool(principal(asked.principal, has_boundary)),
        "Condition": all(condition(asked.context) for condition in statement.condition_tests),
    }
    return [each for each in _ELEMENTS if each in statement.source and not covers[each.removeprefix("Not")]]


def _is_near(statement: Statement, missed: str, judged: Judgement) -> bool:
    """Return False for a statement whose actions don't cover the request and belong only to other services."""
    service = f"{judged.request.action_key.partition(':')[0]}:"
    return missed != "Action" or any(each.startswith(service) for each in statement.elements.actions)


def _covering(statement: Statement) -> dict[str, Any]:
    """Return the elements of a statement that limit what it covers, its actions, and its principals."""
    source = statement.source
    return {
        each: source[each]
        for each in _ELEMENTS
        if each in source
        and (each in ("Action", "Principal") or source[each] not in ("*", ["*"], {"AWS": "*"}))
    }


def _name(own: _Own) -> str:
    return statement_words(own.statement.index, own.statement.sid)


def _members(shown: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {_value(value)}" for name, value in shown.items())


def _none_of(others: Sequence[_Own], effect: str) -> str:
    """Return the evidence if no single statement is to blame: the statements that could cover the request but don't."""
    names = list(
        dict.fromkeys(short_statement_words(each.statement.index, each.statement.sid) for each in others)
    )
    more = f", … {len(names) - _MOST_VALUES} more" if len(names) > _MOST_VALUES else ""
    return _evidence(f"None of your {effect} statements matches", ", ".join(names[:_MOST_VALUES]) + more)


def _nothing(judged: Judgement) -> str:
    """Return the evidence if none of the answer's statements was in a layer that could have changed the decision."""
    refused = judged.decision.refused_by
    layer = f" in {Layer(refused.check_type).with_article}" if refused is not None else ""
    return _evidence(f"No statement of your answer{layer} {'allows' if layer else 'denies'} it")


def _evidence(words: str, code: str = "") -> str:
    shown = block(code, words) if code else ""
    return f'<div class="evidence"><p>{escaped(words)}</p>{shown}</div>'


def _value(value: Any) -> str:
    """Return a value as JSON; of a long list, only the first values."""
    if not isinstance(value, list) or len(value) <= _MOST_VALUES:
        return json.dumps(value, ensure_ascii=False)
    first = ", ".join(json.dumps(each, ensure_ascii=False) for each in value[:_MOST_VALUES])
    return f"[{first}, … {len(value) - _MOST_VALUES} more]"
