"""Completion for condition keys, with a suitable operator and an example value for each. All names come from AWS."""

from __future__ import annotations

from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.global_keys import spelled

_SHOWN = 50
_LONGEST = 128
_FIRST = (
    "aws:SourceIp", "aws:PrincipalOrgID", "aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:RequestedRegion",
    "aws:PrincipalArn", "aws:SourceArn", "aws:SourceAccount",
)  # fmt: skip

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_BY_TYPE = {
    "String": ("StringEquals", "value"),
    "ARN": ("ArnLike", "arn:aws:iam::111122223333:role/*"),
    "Bool": ("Bool", "true"),
    "Date": ("DateLessThan", "2030-01-01T00:00:00Z"),
    "Numeric": ("NumericLessThanEquals", "3600"),
    "IPAddress": ("IpAddress", "203.0.113.0/24"),
}
OPERATORS = (
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike", "ArnLike", "ArnNotLike",
    "ArnEquals", "ArnNotEquals", "Bool", "IpAddress", "NotIpAddress", "NumericEquals", "NumericNotEquals",
    "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals",
    "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Null",
    "ForAnyValue:StringEquals", "ForAnyValue:StringLike", "ForAnyValue:ArnLike", "ForAllValues:StringEquals",
    "ForAllValues:StringLike",
)  # fmt: skip


def keys(text: str, prefixes: frozenset[str]) -> list[str]:
    """Return at most 50 keys for the text typed so far: global keys and service-specific keys.

    `prefixes` are the services that the policy names.
    """
    typed = text.strip().lower()
    if len(typed) > _LONGEST:
        return []
    service = typed.partition(":")[0]
    wanted = sorted(prefixes | ({service} if ":" in typed else set()))
    own = [spelled(key) for prefix in wanted for key in reference.condition_keys(prefix)]
    everywhere = [
        spelled(key) + ("/" if key in reference.TAG_KEYS else "") for key in reference.global_keys()
    ]
    names = list(dict.fromkeys((*_FIRST, *sorted(own), *sorted(everywhere))))
    begins = [name for name in names if name.lower().startswith(typed)]
    contains = [name for name in names if typed in name.lower() and not name.lower().startswith(typed)]
    return (begins + contains)[:_SHOWN]


def suited(key: str) -> tuple[str, str] | None:
    """Return a suitable operator and example value for a key, or None if AWS doesn't list the key."""
    name = key.strip().lower()
    if len(name) > _LONGEST:
        return None
    kind = reference.global_key(name) if name.startswith("aws:") else reference.service_key(name)
    if kind is None:
        return None
    operator, example = _BY_TYPE.get(kind.type, _BY_TYPE["String"])
    if kind.multivalued:
        operator = "ForAnyValue:ArnLike" if kind.type == "ARN" else "ForAnyValue:StringEquals"
    return operator, example


def action_spelled(action: str) -> str:
    """Return an action in AWS's spelling, or unchanged if AWS doesn't list the action."""
    prefix, _, name = action.strip().lower().partition(":")
    known = reference.actions(prefix).get(name)
    return f"{prefix}:{known['name']}" if known else action.strip()


def key_spelled(key: str) -> str:
    """Return a condition key in AWS's spelling, or unchanged if AWS doesn't list it. Tag names stay unchanged."""
    name, slash, rest = key.strip().partition("/")
    return spelled(f"{name.lower()}{slash}{rest}") if suited(key) else key.strip()
