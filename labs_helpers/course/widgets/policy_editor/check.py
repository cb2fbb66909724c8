"""The problems in a policy's text, with their locations.

They come from the JSON reader, the policy grammar, and Access Analyzer. Line and column numbers start at 1, as in an
editor. Any text can be checked; text is never executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.analysis.policy_types import MAX_CHARACTERS, MAX_WILDCARDS, is_too_large, policy_type
from labs_helpers.engine.analysis.positions import JsonFault, Member, Node, Position, Positions, positions
from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.policy import Policy, PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.errors import UNKNOWN_ELEMENT
from labs_helpers.engine.policy.strict_json import join

MAX_TEXT = 100_000
"""The maximum length of a policy text that is checked: three times the largest policy quota."""

_IAM_KINDS = frozenset(
    {PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.TRUST, PolicyKind.KEY}
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
_NOT_IN_IAM = re.compile("[^\t\n\r\x20-\xff]")
# These can disguise a policy: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_INDEX = re.compile(r"\[(\d+)\]")
SHOWN_AROUND = 32


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in a policy text.

    `severity` is ERROR, WARNING, SECURITY_WARNING, or SUGGESTION; `source` is "JSON", "policy", "text", or "Access
    Analyzer"; `code` and `link` come from Access Analyzer; `excerpt` is the text before and after the problem, and
    `offset` its place in the text.
    """

    severity: str
    source: str
    message: str
    line: int = 1
    column: int = 1
    code: str = ""
    link: str = ""
    excerpt: tuple[str, str] = ("", "")
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.severity}, line {self.line}, column {self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check. `document` and `policy` are None unless the text is a valid policy of the given kind."""

    problems: tuple[Problem, ...]
    document: dict[str, Any] | None = None
    policy: Policy | None = None
    note: str = ""
    """The reason that a check was skipped, or empty if no check was skipped."""


def check(text: str, kind: PolicyKind) -> Checked:
    """Check a policy's text.

    A check takes less than a second, and only a few milliseconds for a string within AWS's quotas. Text longer than
    `MAX_TEXT` isn't checked.
    """
    if not text.strip():
        return Checked((), note="The text is empty.")
    if len(text) > MAX_TEXT:
        limit = f"text longer than {MAX_TEXT:,} isn't checked. No policy can be that long."
        message = f"{len(text):,} characters: {limit}"
        return Checked((Problem("ERROR", "text", message),))
    try:
        places = positions(text)
    except JsonFault as fault:
        line = _problem("ERROR", "JSON", f"Not JSON: {fault.message}.", text, fault.position)
        return Checked((line,), note="Access Analyzer's findings appear once the text is valid JSON.")
    found = list(_characters(places, kind))
    document = policy = None
    try:
        policy = parse_policy(text, kind)
        document = places.value
    except PolicyError as error:
        position = places.position(_offset(places, error.path.removeprefix("policy"), error.found))
        found.insert(0, _problem("ERROR", "policy", str(error), text, position))
    found += _services(places)
    findings, note = _findings(text, kind)
    return Checked((*found, *findings), document, policy, note)


def _services(places: Positions) -> Iterator[Problem]:
    """Yield unknown services: AWS rejects such a policy, while Access Analyzer checks only the form of names."""
    for path, name in unknown_services(places.value):
        yield _problem("ERROR", "policy", about(name), places.text, places.span(path).start)


def _characters(places: Positions, kind: PolicyKind) -> Iterator[Problem]:
    """Yield the first character that IAM does not accept, and the first invisible one."""
    text = places.text
    foreign = _NOT_IN_IAM.search(text) if kind in _IAM_KINDS else None
    if foreign:
        taken = "this policy type allows only U+0020 to U+00FF, tabs, and line breaks"
        message = f"The character U+{ord(foreign[0]):04X}: {taken}."
        yield _problem("ERROR", "policy", message, text, places.position(foreign.start()))
    hidden = _INVISIBLE.search(text)
    if hidden:
        message = (
            f"The invisible character U+{ord(hidden[0]):04X}: the policy might differ from what you see."
        )
        yield _problem("WARNING", "policy", message, text, places.position(hidden.start()))


def _problem(
    severity: str, source: str, message: str, text: str, at: Position, code: str = "", link: str = ""
) -> Problem:
    line_start = at.offset - at.column
    line_end = min(
        (end for end in (text.find(mark, at.offset) for mark in "\r\n") if end >= 0), default=len(text)
    )
    before = text[max(line_start, at.offset - SHOWN_AROUND) : at.offset].lstrip()
    after = text[at.offset : min(line_end, at.offset + SHOWN_AROUND)]
    return Problem(severity, source, message, at.line, at.column + 1, code, link, (before, after), at.offset)


def _offset(places: Positions, path: str, fault: str) -> int:
    """Return the offset of the part that a PolicyError names.

    For a missing part it is the offset of the object that should contain it.
    """
    node, at = places.root, places.root.start
    while path:
        index = _INDEX.match(path)
        if index:
            if int(index[1]) >= len(node.items):
                break
            node, path = node.items[int(index[1])], path[index.end() :]
            at = node.start
            continue
        found = _member(node, path)
        if found is None:
            break
        member, path = found
        node = member.node
        at = member.start if not path and _is_keys(fault, node) else node.start
    return at


def _is_keys(fault: str, node: Node) -> bool:
    """Return True if the fault is in the key, not in its value."""
    return fault in (UNKNOWN_ELEMENT, "given twice in one object") or isinstance(node.value, dict)


def _member(node: Node, path: str) -> tuple[Member, str] | None:
    """Return the member that a path continues with, and the rest of the path.

    Keys can contain dots and brackets, and are shortened in paths, so the existing keys are compared, longest first.
    """
    best: tuple[Member, str] | None = None
    longest = 0
    for member in node.members:
        name = join("", member.key)
        rest = path[1 + len(name) :]
        if len(name) >= longest and path.startswith(name, 1) and (not rest or rest[0] in ".["):
            best, longest = (member, rest), len(name)
    return best


def _findings(text: str, kind: PolicyKind) -> tuple[list[Problem], str]:
    if is_too_large(text):
        limits = f"{MAX_CHARACTERS:,} characters or {MAX_WILDCARDS} wildcards"
        return [], f"Access Analyzer's checks don't run on more than {limits}."
    try:
        from labs_helpers.engine.analysis.validation import validate
        from labs_helpers.engine.analysis.validation.findings import learn_more
    except ImportError:
        return [], "Access Analyzer's findings are not available here."
    problems = []
    for finding in validate(text, *policy_type(kind)):
        start = finding.locations[0][1].start if finding.locations else Position(1, 0, 0)
        problems.append(
            _problem(
                finding.type,
                "Access Analyzer",
                finding.details,
                text,
                start,
                finding.code,
                learn_more(finding.code),
            )
        )
    return problems, ""
