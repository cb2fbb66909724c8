"""Least privilege from what was used: a policy that allows the recorded requests and nothing else.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference.arns import pattern_of, type_of

Pair = tuple[str, str]


def least_privilege(pairs: Iterable[Pair], *, placeholders: bool = False) -> dict[str, Any]:
    """A policy document that allows exactly the (action, resource) pairs: one statement for the resources that were
    used alike.

    With `placeholders`, resources are AWS's ARN formats, to be filled in by hand: `arn:aws:s3:::${BucketName}/*` and
    the like. Such a document grants nothing before that. Nothing used gives a policy without statements, which IAM
    refuses to keep: there is nothing to allow.
    """
    by_resource: dict[str, set[str]] = {}
    for action, resource in pairs:
        name = _placeholder(action, resource) if placeholders else _literal(resource)
        by_resource.setdefault(name, set()).add(action)
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for resource in sorted(by_resource):
        by_actions.setdefault(tuple(sorted(by_resource[resource])), []).append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": resources}
        for actions, resources in sorted(by_actions.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _literal(resource: str) -> str:
    """A resource as a pattern that matches it alone: object keys may hold signs that mean something in policies.

    "*" stays: it is what requests ask for that concern no resource.
    """
    return resource if resource == "*" else re.sub(r"[*?$]", lambda sign: "${" + sign[0] + "}", resource)


def _placeholder(action: str, resource: str) -> str:
    """The ARN format of the resource type that an ARN belongs to; the ARN itself where none fits."""
    prefix, _, name = action.partition(":")
    resource_type = type_of(prefix, resource, name)
    if resource_type is None:
        return _literal(resource)
    return pattern_of(prefix, resource_type).replace("${Partition}", Arn.parse(resource).partition)
