"""A denial as a card: the request, each layer's verdict with its statements, and the changes that would allow it.

The layers have the same order and names as in AWS's Access Troubleshooter.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.look import Verdict, fold, framed, path_text
from labs_helpers.course.shown.verdict_strip import (
    GRANT,
    SIGNS,
    is_granted,
    layer_name,
    layer_title,
    said,
    stops,
    strip,
)
from labs_helpers.engine.policy.layers import Layer, statement_words
from labs_helpers.engine.policy.principal import PrincipalKind
from labs_helpers.engine.policy.reasons import WITHOUT_PERMISSION
from labs_helpers.engine.policy.whatif.smallest_changes import changes

if TYPE_CHECKING:
    from labs_helpers.cloud import Judgement
    from labs_helpers.engine.policy import Policies
    from labs_helpers.engine.policy.decision import Check, Matched
    from labs_helpers.engine.policy.whatif.change import Change

Name = Callable[["Check"], str]
"""A function that names a layer: in text, or in a picture."""
_MOST_STATEMENTS = 8
_NO_ACCOUNT = frozenset({PrincipalKind.SERVICE, PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML})
"""Callers for whom it makes no sense to say which account can see a policy."""
_MARK = "▶ "
_CURE = "What would have to change"
_WHY = "Why: each layer and its statements"


def denial_card(judgement: Judgement, message: str = "", *, folded: bool = False) -> Page:
    """Return a denied request's card. `message`: AWS's error message, if known.

    An uncaught error's card is below the traceback, which shows the message. So only the card's text form repeats it.

    `folded`: True if the changes that would allow the request are collapsed, because finding them is the task.
    """
    request, decision = judgement.request, judgement.decision
    facts = [
        ("principal", _who(judgement)),
        ("action", request.action),
        ("resource", request.resource),
        ("authorization ID", judgement.authorization_id or "none"),
    ]
    asked = Page().table(("request", "value"), facts)
    said = Page().say(f"AWS's message: {message}") if message else Page()
    way = f"The request's path: {path_text(stops(decision))}"
    verdict = Verdict[decision.effect]
    end = f"{SIGNS[decision.effect]} {verdict.word}: {decision.reason}"
    reasons, cure = _reasons(judgement), Page()
    _add_changes(cure, changes(request, judgement.policies, decision))
    # The traceback above the card already contains AWS's message, with the reason.
    shown = (
        strip(judgement)
        + fold(_CURE, cure.html, "cure", is_open=not folded)
        + fold(_WHY, reasons.html, "why")
        + fold("The request", asked.html, "why")
    )
    told = f"▸ {_CURE} (collapsed: expand it in the notebook)" if folded else f"{_CURE}\n{cure.text}"
    text = "\n".join(filter(None, (end, asked.text, said.text, way, reasons.text, told)))
    return Page().drawn(text, framed(f'<div class="card after {verdict.tint}">{shown}</div>'))


def folds(judgement: Judgement) -> str:
    """Return the layers with their statements and, if the request was denied, the changes that would allow it.

    The result is HTML, in which both are collapsed.
    """
    why = fold(_WHY, _reasons(judgement).html, "why")
    if judgement.allowed:
        return why
    cure = changes(judgement.request, judgement.policies, judgement.decision)
    return why + fold(_CURE, _add_changes(Page(), cure).html, "cure")


def _reasons(judgement: Judgement) -> Page:
    """Return each layer's verdict with its matching statements, and the statements' JSON."""
    told, drawn = _layers(judgement, layer_name), _layers(judgement, _title_of(judgement))
    return Page().drawn(told.text, drawn.html)


def _layers(judgement: Judgement, name: Name) -> Page:
    decision = judgement.decision
    rows = [_row(check, name) for check in decision.checks]
    if is_granted(judgement):
        rows.append((GRANT, f"{SIGNS['ALLOW']} {Verdict.ALLOW.word}", "a grant on the key"))
    page = Page().table(("layer", "verdict", "matching statements"), rows)
    if decision.refused_by and decision.refused_by not in decision.checks:
        page.say(
            f"There is no {Layer(decision.refused_by.check_type).label}, but one must allow the request."
        )
    if decision.reason == WITHOUT_PERMISSION:
        page.say("This call needs no permission, so no policy has to allow it.")
    shown = _statements(judgement, name)
    return page.drawn(shown.text, shown.html) if shown.text else page


def _title_of(judgement: Judgement) -> Name:
    """Return the function that names a layer of a decision as its path does."""
    request = judgement.request
    return lambda check: layer_title(check, request.action, request.resource)


def _who(judgement: Judgement) -> str:
    principal = judgement.request.principal
    if principal.arn == "*":
        return "anonymous"
    if principal.issuer and principal.issuer != principal.arn:
        return f"{principal.arn}\n(a session of {principal.issuer})"
    return principal.arn


def _row(check: Check, name: Name) -> tuple[str, str, str]:
    matched = "; ".join(f"{_statement(each)} {_does(each)}" for each in check.matched[:_MOST_STATEMENTS])
    more = len(check.matched) - _MOST_STATEMENTS
    if more > 0:
        matched += f"; and {more} more"
    return name(check), said(check), matched or "none"


def _statement(matched: Matched) -> str:
    return f"{statement_words(matched.index, matched.sid)} of {matched.policy}"


def _does(matched: Matched) -> str:
    return "allows" if matched.effect == "ALLOW" else "denies"


def statements(judgement: Judgement) -> Page:
    """Return the JSON of the statements that matched, denying ones first."""
    told, drawn = _statements(judgement, layer_name), _statements(judgement, _title_of(judgement))
    return Page().drawn(told.text, drawn.html) if told.text else told


def _statements(judgement: Judgement, name: Name) -> Page:
    page = Page()
    pairs = [(check, each) for check in judgement.decision.checks for each in check.matched]
    pairs.sort(key=lambda pair: pair[1].effect == "ALLOW")
    shown: list[Mapping[str, Any]] = []
    for check, matched in pairs[:_MOST_STATEMENTS]:
        source = _source(judgement.policies, check, matched)
        if source is not None and not any(source is each for each in shown):  # one policy at several levels
            shown.append(source)
            caption = f"{name(check)}: {_statement(matched)} {_does(matched)}"
            page.code(_marked(source), caption)
    principal, owner = judgement.request.principal, judgement.request.account
    elsewhere = principal.account != owner and principal.kind not in _NO_ACCOUNT
    if elsewhere and any(check.check_type == "RESOURCE" for check, _ in pairs):
        page.say(f"On AWS, only account {owner}, which owns the resource, can see the resource's policy.")
    return page


def _marked(source: Mapping[str, Any]) -> str:
    """Return a statement's JSON with one element per line, and with the mark of a match before the brace."""
    lines = [
        f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in source.items()
    ]
    return f"{_MARK}{{\n" + ",\n".join(lines) + "\n}"


def _source(policies: Policies, check: Check, matched: Matched) -> Mapping[str, Any] | None:
    for name, policy in Layer(check.check_type).attached(policies, check.level):
        if name == matched.policy and matched.index < len(policy.statements):
            statement = policy.statements[matched.index]
            if (statement.sid, statement.effect) == (matched.sid, matched.effect):
                return statement.source
    return None


def _add_changes(page: Page, found: tuple[Change, ...]) -> Page:
    """Add the changes to a page, and return the page."""
    alone = [change for change in found if change.flips_alone]
    if alone:
        page.say("Any one of these is enough:" if len(alone) > 1 else "This is enough:")
        _list(page, alone)
    sets = list(_sets(found))
    if sets:
        needed = {number for numbers in sets for number in numbers}
        page.say("None of these is enough by itself:")
        _list(page, [change for change in found if change.number in needed and not change.flips_alone])
        page.say("Together they are enough: " + "; or ".join(_and(numbers) for numbers in sets) + ".")
    if not alone and not sets:
        page.say("No policy can allow this principal to do this.")
    hopeless = [change.cannot_help for change in found if not change.helps]
    if hopeless:
        page.say("Other changes:").bullets(hopeless)
    return page


def _sets(found: tuple[Change, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the minimal sets of changes that have more than one member, each once."""
    seen = set()
    for change in found:
        numbers = tuple(sorted((change.number, *change.needs_also)))
        if change.helps and not change.flips_alone and numbers not in seen:
            seen.add(numbers)
            yield numbers


def _and(numbers: tuple[int, ...]) -> str:
    shown = [str(number) for number in numbers]
    return ", ".join(shown[:-1]) + f" and {shown[-1]}"


def _list(page: Page, listed: list[Change]) -> None:
    for has_statement, changes_of_a_kind in groupby(listed, lambda each: each.statement is not None):
        said = [(f"{each.number}. {each.text} {each.note}".rstrip(), each) for each in changes_of_a_kind]
        if has_statement:
            page.codes((json.dumps(each.statement, ensure_ascii=False), text) for text, each in said)
        else:
            for text, _ in said:
                page.say(text)
