"""The verdict strip: who requests something, each policy layer's verdict, and the decision, from left to right.

Attempts, explanations, checks, and the card of a denial show their decisions with it. The layers have the same order
and names as in AWS's Access Troubleshooter.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import TYPE_CHECKING

from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.look import Icon, Stop, Verdict, breakable, escaped, icon, path
from labs_helpers.engine.policy import is_kms_key, needs_trust
from labs_helpers.engine.policy.arn import account_number_in, last_part
from labs_helpers.engine.policy.layers import Layer, short_statement_words

if TYPE_CHECKING:
    from labs_helpers.cloud import Judgement
    from labs_helpers.engine.policy import Decision
    from labs_helpers.engine.policy.decision import Check

SIGNS = {"ALLOW": "✓", "NO_IMPACT": "·", "IMPLICIT_DENY": "✗", "EXPLICIT_DENY": "✗"}
"""Effect of a layer → its sign in text."""
LABEL = "The request's path"
GRANT = "KMS grant"
_DENIALS = (Verdict.NO, Verdict.IMPLICIT_DENY, Verdict.EXPLICIT_DENY)
_LONGEST = 64
"""The length of the longest name of a role."""
_HASH = re.compile(r"(?<=^AWSReservedSSO_)(.+_[0-9a-f]{4})[0-9a-f]{12}(?=/|$)")
"""The random end of the name of a permission set's role, which tells a reader nothing."""
_PERSON = re.compile(r"^assumed-role/(AWSReservedSSO_[^/]+)/(.+)$")
"""A session of a permission set's role, whose name is that of the person who signed in."""
_IN_EVERY_ACCOUNT = ("root", "user/admin")
"""Callers whose name doesn't tell them apart: each account has a root user, and this cloud's accounts an admin."""
_CUT_WORD = re.compile(r"^\w+(?=[:/._-])")
_THINGS = {
    ":s3:": Icon.BUCKET,
    ":kms:": Icon.KEY,
    ":role/": Icon.ROLE,
    ":user/": Icon.PERSON,
    ":policy/": Icon.POLICY,
}
_CALLERS = {"role": Icon.ROLE, "assumed-role": Icon.ROLE, "root": Icon.ACCOUNT}


Levels = Mapping[str, Sequence[str]]
"""Policy type, such as SERVICE_CONTROL_POLICY → the names of the root, the OUs, and the account to which it applies."""


def stops(decision: Decision, name: Callable[[Check], str] | None = None) -> list[Stop]:
    """Return a stop for each evaluated layer, for a required layer that has no policy, and for the decision.

    `name` returns the name of a layer; by default, `layer_name` does.
    """
    name = name or layer_name
    layers = [Stop(name(check), Verdict[check.effect], by=_by(check)) for check in decision.checks]
    missing = decision.refused_by
    if missing is not None and missing not in decision.checks:
        layers.append(Stop(name(missing), Verdict.IMPLICIT_DENY, word="none attached"))
    end = Stop("Decision", Verdict.YES if decision.allowed else Verdict.NO, Icon.GATE, here=True)
    return [*layers, end]


def drawn_stops(
    decision: Decision,
    action: str = "",
    resource: str = "",
    judgement: Judgement | None = None,
    levels: Levels | None = None,
) -> list[Stop]:
    """Return the same stops for a picture, with the titles of their layers.

    Consecutive levels of SCPs or RCPs that allow the request are one stop. With the judgment, the stops include a KMS
    grant that allows the request. If a layer allows the request after another one denied it, its stop is gray.
    """
    rest = iter(stops(decision, lambda check: layer_title(check, action, resource, levels)))
    found: list[Stop] = []
    for (layer, effect), checks in groupby(decision.checks, lambda check: (check.check_type, check.effect)):
        own = list(islice(rest, len(list(checks))))
        if len(own) > 1 and effect == "ALLOW":
            several = f"{Layer(layer).label.removesuffix('y')}ies"
            own = [Stop(several[0].upper() + several[1:], Verdict.ALLOW, by=counted(len(own), "level"))]
        found += own
    if judgement is not None and is_granted(judgement):
        found.append(Stop(GRANT, Verdict.ALLOW, Icon.KEY))
    return gray_after_denial([*found, *rest])


def gray_after_denial(found: Sequence[Stop]) -> list[Stop]:
    """Return the stops on a request's path. After a denial, a stop that allows the request is gray."""
    effects = effective([each.verdict for each in found])
    return [
        replace(each, verdict=effect, word=effect.word) if effect is Verdict.MOOT else each
        for each, effect in zip(found, effects, strict=True)
    ]


def effective(verdicts: Sequence[Verdict | None]) -> list[Verdict | None]:
    """Return the verdicts on a request's path, in order. An allow after a denial has no effect."""
    denied = next((at for at, each in enumerate(verdicts) if each in _DENIALS), len(verdicts))
    return [
        Verdict.MOOT if at > denied and each is Verdict.ALLOW else each for at, each in enumerate(verdicts)
    ]


def is_granted(judgement: Judgement) -> bool:
    """Return whether a KMS grant allows the request."""
    asked = judgement.request
    return is_kms_key(asked.resource) and any(
        grant.naming(asked.principal, asked.action_key, asked.resource, asked.context)
        for grant in judgement.policies.grants or ()
    )


def said(check: Check) -> str:
    """Return a layer's verdict as text: `✗ implicit deny`."""
    return f"{SIGNS[check.effect]} {Verdict[check.effect].word}"


def outcome(decision: Decision) -> str:
    """Return a decision and its reason as a sentence, such as `Allowed by an identity-based policy`."""
    told = decision.reason if decision.allowed else f"denied {decision.reason}"
    return f"{told[0].upper()}{told[1:]}."


def _by(check: Check) -> str:
    """Return at most two of the statements that led to a layer's verdict, and the number of others: `"KeepIt"`."""
    led = [each for each in check.matched if each.effect == check.effect]
    names = list(dict.fromkeys(short_statement_words(each.index, each.sid) for each in led))
    return ", ".join(names[:2]) + (f", and {len(names) - 2} more" if len(names) > 2 else "")


def layer_name(check: Check) -> str:
    """Return a layer's name and its level in the organization: `service control policy, the root`."""
    level = "" if check.level is None else ", the root" if check.level == 0 else f", level {check.level}"
    return Layer(check.check_type).label + level


def layer_title(check: Check, action: str, resource: str, levels: Levels | None = None) -> str:
    """Return a layer's title in a picture, which depends on the type of resource: `Key policy`, `Resource policy`.

    `levels`: the names of the organization's levels; without them, levels below the root are numbered.
    """
    layer = Layer(check.check_type)
    name = layer.label
    if layer is Layer.RESOURCE and needs_trust(action.lower(), resource):
        name = "role trust policy"
    elif layer is Layer.RESOURCE and is_kms_key(resource):
        name = "key policy"
    return name[0].upper() + name[1:] + _place(check, levels or {})


def _place(check: Check, levels: Levels) -> str:
    """Return where a layer's policies are attached, such as ` at the root` or ` at Workloads`, or ""."""
    if not check.level:
        return "" if check.level is None else " at the root"
    names = levels.get(check.check_type, ())
    return f" at {names[check.level]}" if check.level < len(names) else f" at level {check.level}"


def strip(judgement: Judgement, *more: Stop) -> str:
    """Return the strip of a decision as HTML. `more`: stops after the decision, such as the service's answer."""
    request = judgement.request
    asked = request.action, request.resource
    shown = drawn_stops(judgement.decision, *asked, judgement)
    return path(LABEL, [*shown, *more], asker(request.principal.arn, *asked))


def asker(principal: str, action: str = "", resource: str = "") -> str:
    """Return who requests what, each with its icon. Long ARNs are shortened; the full ARN is the title.

    The account's number follows a name that is the same in every account.
    """
    name = "anonymous" if principal == "*" else principal.rpartition(":")[2] or principal
    is_service = principal.endswith(".amazonaws.com")
    caller = icon(Icon.ACCOUNT if is_service else _CALLERS.get(name.partition("/")[0], Icon.PERSON))
    person = _PERSON.match(name)
    told = person[1] if person else account_number_in(principal) if name in _IN_EVERY_ACCOUNT else ""
    role = f" <small>{_short(told, principal)}</small>" if told else ""
    first = _short(person[2] if person else name, principal)
    return f"<span>{caller} <strong>{first}</strong>{role}</span>{asked(action, resource)}"


def asked(action: str, resource: str) -> str:
    """Return what is requested: the action, and the resource with its icon."""
    parts = []
    if action:
        parts.append(f"<code>{breakable(escaped(action, 200))}</code>")
    if resource:
        thing = icon(next((shown for part, shown in _THINGS.items() if part in resource), Icon.ACCOUNT))
        last = last_part(resource) if resource != "*" else "any resource"
        parts.append(f"<span>{thing} {_short(last, resource)}</span>")
    return " ".join(parts)


def _short(text: str, whole: str) -> str:
    """Return a short name, or only the end of a long one, because names differ at the end. Words aren't cut.

    The random suffix of a permission set's role is shortened to its beginning.
    """
    name = text.removeprefix("user/").removeprefix("role/").removeprefix("assumed-role/") or whole
    name = _HASH.sub(r"\1…", name)
    shown = name if len(name) <= _LONGEST else f"…{_CUT_WORD.sub('', name[1 - _LONGEST :])}"
    return f'<span title="{escaped(whole, 400)}">{breakable(escaped(shown, 80))}</span>'
