"""The answers to questions about a loaded account: lines for people, values for JSON, and findings for SARIF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labs_helpers.cloud import Outlooks, escalations, outside_access, what_can, who_can
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.explain import Explanation

Progress = Callable[[int, int], None]


class Finding(NamedTuple):
    """Something to look at: the rule, a SARIF level, a sentence about it, and the ARN that the sentence is about."""

    rule: str
    level: str
    sentence: str
    subject: str


@dataclass(slots=True)
class Answer:
    """The answer to one question. `unanswered` contains the reasons why parts of it aren't known."""

    question: str
    lines: list[str]
    data: Any
    findings: list[Finding] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings that the questions share: condition keys, a Region (or None), and the function that shows progress."""

    context: Mapping[str, Any]
    region: str | None
    progress: Progress | None = None


def answer_would(cloud: Any, asked: Asked, principal: str, action: str, resource: str) -> Answer:
    """Answer whether AWS would allow a request, and why."""
    outlook = Outlooks(cloud, asked.context, asked.region).of(principal, action, resource)
    request = f"`{principal}` requests `{action}` on `{resource}`"
    lines = [repr(Explanation(outlook.decision, request))]
    if outlook.requirements:
        lines = [*lines, "Allowed only:", *(f"  {each}" for each in outlook.requirements)]
        lines.append(f"The decision above is for the request with {_example(outlook.example)}.")
    data = {"principal": principal, "action": action, "resource": resource, **outlook.to_dict(),
            "checks": outlook.decision.to_dict()["checks"]}  # fmt: skip
    return Answer("would", lines, data)


def _example(example: Mapping[str, Any] | None) -> str:
    if example is None:
        return (
            "the values in the files. With these values, the request is denied, and a search found no values with "
            "which it is allowed"
        )
    return ", ".join(f"{key} = {value if value is not None else 'absent'}" for key, value in example.items())


def answer_who_can(cloud: Any, asked: Asked, actions: list[str], resource: str) -> tuple[Answer, str]:
    """Answer who can perform actions on a resource; also return the map as CSV."""
    found = who_can(
        cloud, actions, resource, context=asked.context, region=asked.region, progress=asked.progress
    )
    lines, data = [], []
    for action in found.actions:
        allowed, conditional = found.who(action), found.who_if(action)
        on = "any resource" if resource == "*" else resource
        under = f", and {len(conditional)} under conditions" if conditional else ""
        lines.append(f"{action} on {on}: {len(allowed)} of {len(found.allowed)}{under}")
        for principal in allowed:
            where = found.where[principal, action]
            lines.append(f"  {principal}" + ("" if "*" in where else f" on {', '.join(where)}"))
        for principal, outlook in conditional.items():
            lines.append(f"  {principal} {'; '.join(map(str, outlook.requirements))}")
        data.append({
            "action": action, "resource": resource, "principals": len(found.allowed),
            "allowed": [{"principal": each, "on": list(found.where[each, action])} for each in allowed],
            "conditional": [
                {"principal": each, "on": list(found.where[each, action]), **outlook.to_dict()}
                for each, outlook in conditional.items()
            ],
        })  # fmt: skip
    if not found.complete:
        lines.append(f"Stopped after {len(found.allowed)} of {counted(len(found.principals), 'principal')}.")
    unanswered = list(dict.fromkeys(found.unanswered.values()))
    return Answer("who-can", lines, data, unanswered=unanswered), found.csv()


def answer_what_can(cloud: Any, asked: Asked, principal: str) -> Answer:
    """Answer what a user or role can do."""
    found = what_can(cloud, principal, context=asked.context, region=asked.region)
    by_service: dict[str, list[str]] = {}
    for action in found.allowed:
        prefix, _, name = action.partition(":")
        by_service.setdefault(prefix, []).append(name)
    under = f", and {len(found.conditional)} under conditions" if found.conditional else ""
    lines = [f"{principal} can do {counted(len(found.allowed), 'action')}{under}"]
    lines += [f"  {prefix}: {', '.join(names)}" for prefix, names in by_service.items()]
    lines += [
        f"  {action} {'; '.join(map(str, outlook.requirements))}"
        for action, outlook in found.conditional.items()
    ]
    data = {"principal": principal, "allowed": list(found.allowed),
            "conditional": {action: outlook.to_dict() for action, outlook in found.conditional.items()}}  # fmt: skip
    return Answer("what-can", lines, data, unanswered=list(dict.fromkeys(found.unanswered.values())))


def answer_escalations(cloud: Any, asked: Asked) -> Answer:
    """Answer who is an administrator, and who can become one, by which steps, and what stops them."""
    found = escalations(cloud, context=asked.context, region=asked.region, progress=asked.progress)
    lines = [f"Administrators: {len(found.administrators)}"]
    for each in found.administrators:
        above = f" (within {', '.join(found.guardrails[each])})" if each in found.guardrails else ""
        kind = f" ({found.protected[each]})" if each in found.protected else ""
        lines.append(f"  {each}{kind}{above}")
    for each, requirements in found.administrators_if.items():
        lines.append(f"  {each} {'; '.join(map(str, requirements))}")
    findings, data = [], []
    sections = (
        ("Can become one", "escalation", "error", found.ways),
        ("Can become one under conditions", "escalation-if", "warning", found.ways_if),
        ("Could become one, depending on something that isn't in the files", "escalation-possible", "note",
         {arn: (step,) for arn, step in found.if_running.items()}),
    )  # fmt: skip
    for title, rule, level, ways in sections:
        if ways or rule == "escalation":
            lines.append(f"{title}: {len(ways)}")
        for principal, steps in ways.items():
            sentence = "; then ".join(map(str, steps))
            lines += [f"  {sentence}", f"    What stops it: {steps[0].stopped_by}"]
            findings.append(Finding(rule, level, f"{sentence}. {steps[0].stopped_by}", principal))
            data.append({
                "principal": principal, "found": rule,
                "steps": [
                    {
                        "actions": list(step.actions), "on": step.on, "gains": step.gains, "way": step.path.id,
                        "page": step.path.page, "needs": step.needs, "stopped_by": step.stopped_by,
                        "if": [each.to_dict() for each in step.requirements],
                    }
                    for step in steps
                ],
            })  # fmt: skip
    lines.append("Not looked for: " + "; ".join(found.not_looked_for))
    if not found.complete:
        lines.append("Stopped early; the list is incomplete.")
    whole = {
        "administrators": list(found.administrators),
        "administrators_if": {
            arn: [each.to_dict() for each in needed] for arn, needed in found.administrators_if.items()
        },
        "guardrails": {arn: list(names) for arn, names in found.guardrails.items()},
        "protected": found.protected,
        "ways": data,
        "not_looked_for": dict(found.not_looked_for),
    }
    unanswered = list(dict.fromkeys(found.unanswered.values()))
    return Answer("escalations", lines, whole, findings, unanswered)


def answer_unused(cloud: Any, days: int) -> Answer:
    """Find the roles, passwords, access keys, and service permissions that weren't used in the last `days` days."""
    unused = cloud.unused(days)
    lines = [f"Not used in the last {counted(days, 'day')}: {len(unused.found)}"]
    lines += [f"  {each}" for each in unused.found]
    lines += [f"Not taken into account: {gap}" for gap in unused.gaps]
    findings = [
        Finding(each.kind, "note" if each.kind == "unused-services" else "warning", str(each), each.principal)
        for each in unused.found
    ]
    data = {"days": days, "unused": [each.to_dict() for each in unused.found], "gaps": list(unused.gaps)}
    return Answer("unused", lines, data, findings)


def answer_outside(cloud: Any, asked: Asked, *, only_public: bool) -> Answer:
    """Answer what anyone can reach and, unless `only_public`, what certain outsiders can reach."""
    found = outside_access(cloud, context=asked.context)
    exposures = found.public if only_public else found.exposures
    lines = [f"Public: {len(found.public)} in {counted(found.examined, 'policy', 'policies')}"]
    lines += [f"  {each}" for each in found.public]
    if not only_public:
        lines.append(f"From outside: {len(found.outside)}")
        lines += [f"  {each}" for each in found.outside]
    findings = [
        Finding("public" if each.public else "outside", "error" if each.public else "warning", str(each), each.resource)
        for each in exposures
    ]  # fmt: skip
    data = [each.to_dict() for each in exposures]
    name = "public" if only_public else "outside"
    return Answer(name, lines, data, findings, [f"{arn}: {why}" for arn, why in found.unanswered.items()])
