"""Names in a policy that don't exist on AWS: actions, services, condition keys, operators, and account IDs.

AWS accepts most of them, but a statement with such a name never applies. The policy then protects less than it seems
to. https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from labs_helpers.engine.analysis.policy_types import policy_type
from labs_helpers.engine.analysis.positions import JsonFault, positions
from labs_helpers.engine.analysis.validation import actions, conditions, principals, resources
from labs_helpers.engine.analysis.validation.document import Draft
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.conditions.compiling import ALLOWED
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference import retired_names
from labs_helpers.engine.reference.global_keys import spelled

_CODES = frozenset(
    {
        "INVALID_ACTION", "INVALID_SERVICE_IN_ACTION", "INVALID_GLOBAL_CONDITION_KEY", "INVALID_SERVICE_CONDITION_KEY",
        "INVALID_CONDITION_KEY_FORMAT", "INVALID_CONDITION_OPERATOR", "INVALID_ARN_ACCOUNT",
    }
)  # fmt: skip
_OPERATORS = [each for each in ALLOWED.partition(";")[0].split(", ") if each.isalpha()]


class UnknownName(NamedTuple):
    """A name that doesn't exist: its path in the policy, and the sentence about it, which suggests a similar name."""

    path: tuple[str | int, ...]
    sentence: str


def unknown_names(text: str, kind: PolicyKind) -> Iterator[UnknownName]:
    """Yield the names in a policy (JSON text) that don't exist on AWS. Text that isn't JSON has none."""
    try:
        draft = Draft(positions(text), *policy_type(kind))
    except JsonFault:
        return
    for statement in draft.statements:
        for module in (actions, conditions, resources, principals):
            module.check(draft, statement)
    for finding in draft.report.findings:
        if finding.code in _CODES:
            (steps, _), *_ = finding.locations
            path = tuple(next(iter(step.values())) for step in steps if "substring" not in step)
            meant = "" if "Did you mean" in finding.details else _meant(finding.code, str(path[-1]))
            yield UnknownName(path, finding.details.removesuffix(" Use a valid condition key.") + meant)


def unknown_action(action: str) -> str | None:
    """Return the sentence about an action (without wildcards) that doesn't exist, or None if it exists."""
    prefix, _, name = action.partition(":")
    if prefix.lower() in retired_names.SERVICES or prefix.lower() in retired_names.PARTLY_LISTED:
        return None
    known = reference.actions(prefix.lower())
    if name.lower() in known or action.lower() in retired_names.ACTIONS:
        return None
    if not known:
        similar = reference.close_to(prefix.lower(), sorted(reference.services()))
        return f'The service prefix "{prefix}" doesn\'t exist.' + _suggested(similar)
    return f"The action {action} doesn't exist." + _suggested(reference.similar_action(prefix.lower(), name))


def unknown_key(key: str) -> str | None:
    """Return the sentence about a condition key that doesn't exist, or None if it exists or might exist."""
    lower, prefix = key.lower(), key.partition(":")[0].lower()
    if lower.startswith("aws:"):
        if reference.global_key(lower) is not None or lower in retired_names.KEYS:
            return None
    elif ":" in key and prefix not in reference.services():
        if (
            "." in prefix
            or "/" in prefix
            or prefix in reference.other_key_prefixes()
            or prefix in retired_names.SERVICES
        ):
            return None
    elif ":" in key and reference.service_key(lower) is not None:
        return None
    return f"The condition key {key} doesn't exist." + _meant("KEY", key)


def _meant(code: str, name: str) -> str:
    if code == "INVALID_CONDITION_OPERATOR":
        return _suggested(next(iter(get_close_matches(name, _OPERATORS, 1)), None))
    if "KEY" in code:
        prefix = name.partition(":")[0].lower()
        known = (
            reference.global_keys()
            if prefix == "aws"
            else [key.lower() for key in reference.condition_keys(prefix)]
        )
        similar = next(iter(get_close_matches(name.lower(), [*known, *reference.global_keys()], 1)), None)
        return _suggested(spelled(similar) if similar else None)
    return ""


def _suggested(similar: str | None) -> str:
    return f" Did you mean {similar}?" if similar else ""
