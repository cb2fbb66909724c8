"""A check of the names in a request before it is evaluated: actions, resources, condition keys, and principals.

No policy allows an action that does not exist, so a decision about one would be meaningless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs_helpers.course.shown.mistakes import Mistake
from labs_helpers.engine.reference import authorization as reference

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_PRINCIPAL = re.compile(r"arn:aws:(?:iam::(\d{12}):(?:user|role)/.+|sts::(\d{12}):assumed-role/([^/]+)/.+)")


def check(cloud: Cloud, arn: str, action: str, resource: str, context: Mapping[str, Any] | None) -> None:
    """Raise `Mistake` for an action, condition key, or principal that does not exist, or an invalid resource ARN."""
    _check_principal(cloud, arn)
    _check_action(action)
    if resource != "*" and (not resource.startswith("arn:") or resource.count(":") < 5):
        raise Mistake(
            f'"{resource[:80]}" isn\'t an ARN.',
            'A resource must be "*" or an ARN such as arn:aws:s3:::payroll/2026.csv.',
        )
    for key in context or ():
        _check_key(str(key))


def _check_action(action: str) -> None:
    from labs_helpers.course.grading.policy_checks import action_of

    prefix, colon, name = action.partition(":")
    if not colon or not prefix or not name:
        raise Mistake(
            f'"{action[:80]}" isn\'t an action.',
            "Actions have the form service:Name, for example s3:GetObject.",
        )
    if "*" in action or "?" in action:
        raise Mistake(
            f'"{action[:80]}" is a pattern.', "A request is for one action, for example s3:GetObject."
        )
    if prefix.lower() not in reference.services():
        meant = reference.close_to(prefix.lower(), sorted(reference.services()))
        raise Mistake(
            f"There is no service {prefix[:60]}.",
            f"Did you mean {meant}?"
            if meant
            else "An action begins with a service's prefix, for example s3:GetObject.",
        )
    if name.lower() not in reference.actions(prefix.lower()):
        meant = action_of(action) or reference.similar_action(prefix.lower(), name)
        raise Mistake(
            f"The action {action[:80]} doesn't exist.",
            f"Did you mean {meant}?"
            if meant
            else "Actions have the form service:Name, for example s3:GetObject.",
        )


def _check_key(key: str) -> None:
    prefix, colon, _ = key.lower().partition(":")
    if not colon:
        raise Mistake(
            f'"{key[:80]}" isn\'t a condition key.',
            "Condition keys have the form service:name, for example s3:prefix.",
        )
    if prefix == "aws":
        known = reference.global_key(key.lower()) is not None
    else:
        known = prefix not in reference.services() or reference.service_key(key.lower()) is not None
    if not known:
        names = reference.condition_keys(prefix) if prefix != "aws" else reference.global_keys()
        meant = reference.close_to(key.lower(), list(names))
        hint = (
            f"Did you mean {meant}?"
            if meant
            else "The Service Authorization Reference lists the condition keys."
        )
        raise Mistake(f"The condition key {key[:80]} doesn't exist.", hint)


def _check_principal(cloud: Cloud, arn: str) -> None:
    found = _PRINCIPAL.fullmatch(arn)
    if found is None:
        return
    known = cloud.identities()
    name = found[3]
    there = (
        any(each.endswith(f"role/{name}") and f":{found[2]}:" in each for each in known)
        if name
        else arn in known
    )
    if not there:
        close = reference.close_to(arn, known)
        hint = f"Did you mean {close}?" if close else "cloud.identities() lists the users and roles."
        raise Mistake(f"There is no principal {arn[:120]} in this cloud.", hint)
