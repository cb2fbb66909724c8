"""Policy generation from recorded use: a least-privilege policy that allows only the recorded requests.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference.arn_types import pattern_of, type_of

Pair = tuple[str, str]


def least_privilege(pairs: Iterable[Pair], *, placeholders: bool = False) -> dict[str, Any]:
    """Return a policy document that allows exactly the (action, resource) pairs.

    Resources that were used with the same actions are listed in one statement. With `placeholders`, resources are AWS's
    ARN formats, such as `arn:aws:s3:::${BucketName}/*`, which must be filled in by hand; until then, the document
    grants nothing. Without any pairs, the document has no statements, so IAM rejects it.
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
    """Return a pattern that matches only this resource.

    Object keys can contain characters with a meaning in policies. "*" stays, because requests that concern no
    resource have it.
    """
    return resource if resource == "*" else re.sub(r"[*?$]", lambda sign: "${" + sign[0] + "}", resource)


def _placeholder(action: str, resource: str) -> str:
    """Return the ARN format of an ARN's resource type, or the ARN itself if no type fits."""
    prefix, _, name = action.partition(":")
    resource_type = type_of(prefix, resource, name)
    if resource_type is None:
        return _literal(resource)
    return pattern_of(prefix, resource_type).replace("${Partition}", Arn.parse(resource).partition)
