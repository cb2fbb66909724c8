"""The organization's tree and a request's levels, as text and as HTML in which all text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from labs_helpers.cloud import RCP, SCP, Preview
from labs_helpers.course.shown.look import fold, headline
from labs_helpers.course.shown.verdict_strip import effective, gray_after_denial, stops
from labs_helpers.course.widgets.visual_language import Verdict, chip, escaped, framed, table
from labs_helpers.engine.policy import Check, Decision, PolicyError, PolicyKind, parse_policy

_WORDS = {"ALLOW": "allows", "IMPLICIT_DENY": "doesn't allow it", "EXPLICIT_DENY": "denies"}
MOOT = Verdict.MOOT.word
"""The effect of a level that allows a request that is stopped at a level above."""
_MOST_IN_HTML = 400
_UNNAMED = "Guardrail"
MANAGEMENT = "management account"
"""The kind of the account to which no SCP or RCP applies."""
_TYPES = {"SERVICE_CONTROL_POLICY": SCP, "RESOURCE_CONTROL_POLICY": RCP}


@dataclass(frozen=True, slots=True)
class Node:
    """A root, OU, or account in the tree.

    `depth` is 0 for the root; `moved` is True if the preview moves the node.
    """

    id: str
    name: str
    kind: str
    depth: int
    policies: tuple[str, ...]
    moved: bool = False
    is_open: bool = True
    """True if AWS's full-access policy is attached."""
    drafts: tuple[str, ...] = ()
    """The names of the policies that are attached only in the preview."""

    @property
    def line(self) -> str:
        """The node as a line of text, such as `    prod (account 222233334444): KeepBuckets`.

        AWS's full-access policies aren't mentioned.
        """
        hangs = f": {', '.join(self.policies)}" if self.policies else ""
        told = " ← moved" if self.moved else ""
        return f"{'    ' * self.depth}{self.titled}{hangs}{told}"

    @property
    def titled(self) -> str:
        """The node's name, kind, and ID."""
        return f"{self.name} ({self.kind} {self.id})"

    @property
    def brief(self) -> str:
        """The node's name and kind, short enough for a list."""
        return f"{self.name} ({'management' if self.kind == MANAGEMENT else self.kind})"


def nodes(preview: Preview) -> list[Node]:
    """Return the tree with the previewed changes, from the root down: in each OU, accounts come before OUs."""
    return list(_subtree(preview, preview.organization.root, 0, _children(preview)))


def _children(preview: Preview) -> dict[str, list[str]]:
    """Return the accounts directly in the root and in each OU, by the ID of the root or OU."""
    found: dict[str, list[str]] = {}
    for account in preview.organization.members:
        found.setdefault(preview.parent(account), []).append(account)
    return found


def _subtree(preview: Preview, unit: str, depth: int, accounts: dict[str, list[str]]) -> Iterator[Node]:
    organization = preview.organization
    attached, is_open, drafts = _policies(preview, unit)
    yield Node(unit, *_named(preview, unit), depth, attached, is_open=is_open, drafts=drafts)
    for account in sorted(accounts.get(unit, ()), key=lambda each: organization.members[each].name):
        moved = organization.parent(account) != unit
        kind = MANAGEMENT if account == organization.management else "account"
        name = organization.members[account].name
        attached, is_open, drafts = _policies(preview, account)
        yield Node(account, name, kind, depth + 1, attached, moved, is_open, drafts)
    for below in organization.units[unit].units:
        yield from _subtree(preview, below, depth + 1, accounts)


def _named(preview: Preview, unit: str) -> tuple[str, str]:
    name, kind = preview.organization.target_name(unit)
    return name, "root" if kind == "ROOT" else "OU"


def _policies(preview: Preview, target: str) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """Return a node's policies, whether AWS's full-access policy is one of them, and the names of the drafts."""
    drafts = tuple(each.what for each in preview.changes if (each.kind, each.target) == ("attach", target))
    return _attached(preview, target), _is_open(preview, target), drafts


def _attached(preview: Preview, target: str) -> tuple[str, ...]:
    """Return the names of the attached policies. AWS's full-access policies are mentioned only if missing."""
    found: list[str] = []
    for policy_type in (SCP, RCP):
        names = [name for name, _ in preview.attached(target, policy_type)]
        found += [policy_name(preview, name) for name in names if not name.endswith("FullAWSAccess")]
        if names and not any(name.endswith("FullAWSAccess") for name in names):
            found.append("in place of FullAWSAccess")
    return tuple(found)


def _is_open(preview: Preview, target: str) -> bool:
    return any(name.endswith("FullAWSAccess") for name, _ in preview.attached(target, SCP))


def policy_name(preview: Preview, name: str) -> str:
    """Return the name of a policy that a decision identifies by ARN."""
    known = preview.organization.policies.get(name.rpartition("/")[2])
    return known.name if known is not None else name


def with_names(preview: Preview, words: str) -> str:
    """Return the description of a change with the names of accounts, OUs, and policies instead of their IDs."""
    known = {*preview.organization.units, *preview.organization.members}
    return " ".join(
        preview.organization.target_name(each)[0] if each in known else policy_name(preview, each)
        for each in words.split(" ")
    )


def outcomes(preview: Preview) -> list[str]:
    """Return what each change led to, with names instead of IDs: `KeepBuckets is attached to Workloads`."""

    def name(target: str) -> str:
        return preview.organization.target_name(target)[0]

    def outcome(change: Any) -> str:
        if change.kind == "move":
            return f"{name(change.target)} has moved from {name(change.what)} to {name(change.to)}"
        state = "is attached to" if change.kind == "attach" else "is detached from"
        return f"{policy_name(preview, change.what)} {state} {name(change.target)}"

    return [outcome(each) for each in preview.changes]


def rejection(error: ClientError) -> str:
    """Return a sentence that says why AWS rejected a call."""
    told = error.response["Error"]
    return f"AWS rejected the call: {told['Code']}: {told.get('Message', '')}"


def draft_name(document: str | Mapping[str, Any]) -> str:
    """Return a name for a draft SCP: its first statement's Sid, or its effect and its first action."""
    try:
        first = parse_policy(document, PolicyKind.SCP).statements[0]
    except PolicyError:
        return _UNNAMED
    if first.sid or "Action" not in first.source:
        return first.sid or _UNNAMED
    effect, actions = str(first.source["Effect"]), first.source["Action"]
    service, _, action = (actions if isinstance(actions, str) else actions[0]).partition(":")
    return effect + (re.sub(r"\W", "", action) or service.strip("*?").title() or "All")


def as_text(preview: Preview) -> str:
    """Return the tree as text, with one node per line."""
    return "\n".join(each.line for each in nodes(preview))


def as_html(preview: Preview) -> str:
    """Return the first 400 nodes of the tree as nested lists, whose depth screen readers announce."""
    listed = nodes(preview)
    parts, depth = [], -1
    for node in listed[:_MOST_IN_HTML]:
        if node.depth > depth:
            parts.append("<ul>" * (node.depth - depth))
        else:
            parts.append("</li>" + "</ul></li>" * (depth - node.depth))
        depth = node.depth
        hangs = " ".join(chip(Verdict.NOTE, each) for each in node.policies)
        moved = chip(Verdict.WARN, "moved") if node.moved else ""
        name = (
            f"<strong>{escaped(node.name, 120)}</strong> {escaped(node.kind)} <code>{escaped(node.id)}</code>"
        )
        parts.append(f"<li>{name} {hangs} {moved}")
    parts.append("</li></ul>" * (depth + 1))
    left = len(listed) - _MOST_IN_HTML
    more = f"<p>And {left} more, not shown here.</p>" if left > 0 else ""
    listed_html = f'<div role="group" aria-label="Organization">{"".join(parts)}</div>{more}'
    # Not needed on paper, which has the picture.
    return framed(fold("The tree as a list", listed_html, "why"))


@dataclass(frozen=True, slots=True)
class Step:
    """One level of the tree, and the effect of its policies of one type on a request."""

    type: str
    target: str
    name: str
    effect: str
    by: str

    @property
    def word(self) -> str:
        """The word for the effect."""
        return _WORDS.get(self.effect, "doesn't apply")


def steps(preview: Preview, caller: str, owner: str, decision: Decision) -> list[Step]:
    """Return each level's effect, root first.

    For SCPs, the last level is the caller's account; for RCPs, it is the resource's account.
    """
    found = []
    for check in decision.checks:
        policy_type = _TYPES.get(check.check_type)
        if policy_type is None or check.level is None:
            continue
        way = preview.ids_from_root(caller if policy_type == SCP else owner)
        target = way[check.level]
        name = preview.organization.target_name(target)[0]
        found.append(
            Step(
                "SCP" if policy_type == SCP else "RCP",
                target,
                name,
                check.effect,
                _deciding(preview, check),
            )
        )
    return found


def is_stopping(step: Step) -> bool:
    """Return True if a level's policies stop the request."""
    return step.effect != "ALLOW"


def states_of(path: Sequence[str], steps: Sequence[Step]) -> dict[str, str]:
    """Return the state of each level, which is its tint in the picture and in the table.

    good: it lets the request through; bad: it stops the request; open: it allows the request, but without effect,
    because a level above stops it. `path`: the IDs from the root to the account.
    """
    found: dict[str, str] = {}
    for step in steps:
        if found.get(step.target) != "bad":
            found[step.target] = "bad" if is_stopping(step) else "good"
    effects = effective([Verdict.NO if found.get(id) == "bad" else Verdict.ALLOW for id in path])
    return found | {id: "open" for id, each in zip(path, effects, strict=True) if each is Verdict.MOOT}


def _deciding(preview: Preview, check: Check) -> str:
    deciding = [each for each in check.matched if each.effect == check.effect]
    return ", ".join(
        f"{policy_name(preview, each.policy)}, statement {each.index + 1}"
        + (f' "{each.sid}"' if each.sid else "")
        for each in deciding[:3]
    )


def answer_text(decision: Decision, found: Sequence[Step]) -> str:
    """Return the decision and its levels as lines of text."""
    lines = [f"{'ALLOWED' if decision.allowed else 'DENIED'} {decision.reason}"]
    lines += [
        f"  {each.type} at {each.name}: {each.word}" + (f" ({each.by})" if each.by else "") for each in found
    ]
    return "\n".join(lines)


def unaffected(preview: Preview, caller: str, owner: str) -> str:
    """Return the sentence about the policies that don't apply because an account is the management account, or "".

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    whose = "in the management account"
    where = "Wherever they are attached,"
    management = preview.organization.management
    if caller == owner == management:
        return f"{where} SCPs don't affect users and roles {whose}, and RCPs don't affect its resources."
    if caller == management:
        return f"{where} SCPs don't affect users and roles {whose}."
    return f"{where} RCPs don't affect resources {whose}." if owner == management else ""


def answer_html(
    decision: Decision, found: Sequence[Step], path: Sequence[str], notes: Sequence[str] = ()
) -> str:
    """Return the decision in a box that screen readers announce, and its layers as a collapsed table.

    `path`: the IDs from the root to the account. `notes`: sentences in the box, below the decision.
    """
    states, effects = states_of(path, found), effective([Verdict[each.effect] for each in found])
    verdict = Verdict.YES if decision.allowed else Verdict.NO
    head = headline(verdict, verdict.word, decision.reason.removeprefix(f"{verdict.word} "))
    below = "".join(f"<p>{escaped(each, 300)}</p>" for each in notes)
    told = f'<div role="status" aria-label="Decision" class="card {verdict.tint}">{head}{below}</div>'
    rows = [
        (
            escaped(each.type),
            f"{escaped(each.name, 120)} <code>{escaped(each.target)}</code>",
            _effect(each, is_moot=effect is Verdict.MOOT or states[each.target] == "open"),
            escaped(each.by),
        )
        for each, effect in zip(found, effects, strict=True)
    ]
    if not rows and not notes:
        told += "<p>No SCP applies to this caller, and no RCP applies to this resource.</p>"
    layers = zip(decision.checks, gray_after_denial(stops(decision)), strict=False)
    rows += [
        (escaped(stop.title), "", chip(stop.verdict), escaped(stop.by))
        for check, stop in layers
        if check.level is None and stop.verdict is not None
    ]
    shown = table("Each layer, and each level from the root", ("layer", "level", "result", "policy"), rows)
    return framed(told + fold("Each layer and level", shown))


def _effect(step: Step, *, is_moot: bool) -> str:
    """Return the effect of a level's policies, which is gray if an earlier level or layer denies the request."""
    if is_stopping(step):
        return chip(Verdict.NO, step.word)
    return chip(Verdict.MOOT) if is_moot else chip(Verdict.YES, step.word)
