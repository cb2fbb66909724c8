"""The operations that add and remove the tags of secrets.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import AccessDenied
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager.access import invalid_parameter, primary_secret
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.shared.tag_keys import reserved_key
from labs_helpers.engine.policy import decide

_MAX_TAGS = 50
"""Tags per secret: https://docs.aws.amazon.com/general/latest/gr/arg.html#taged-reference-tagging-quotas"""


def new(given: Iterable[Mapping[str, str]] | None, before: Mapping[str, str]) -> dict[str, str]:
    """Return a secret's tags, updated with a request's tags.

    Raises `ServiceError` (InvalidParameterException) for invalid tags.
    """
    tags = dict(before)
    for tag in given or ():
        key = tag.get("Key") or ""
        if not key:
            raise invalid_parameter("You must provide a value for Key.")
        if reserved_key((key,)) is not None:
            raise invalid_parameter("Tag keys that begin with aws: are reserved for AWS.")
        tags[key] = tag.get("Value") or ""
    if len(tags) > _MAX_TAGS:
        raise invalid_parameter(f"A secret can have at most {_MAX_TAGS} tags.")
    return tags


@operation("secretsmanager", "TagResource")
def tag_resource(call: Call) -> Mapping[str, Any]:
    """Add tags to a secret, or replace the values of existing tags.

    Rejects a change after which the caller could no longer change the tags.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
    """
    secret = primary_secret(call)
    _replace_tags(call, secret, new(call.parameters["Tags"], secret.content.tags))
    return {}


@operation("secretsmanager", "UntagResource")
def untag_resource(call: Call) -> Mapping[str, Any]:
    """Remove tags from a secret. Tag keys that the secret doesn't have are ignored.

    Rejects a change after which the caller could no longer change the tags.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html
    """
    secret, removed = primary_secret(call), set(call.parameters["TagKeys"])
    _replace_tags(
        call, secret, {key: value for key, value in secret.content.tags.items() if key not in removed}
    )
    return {}


def _replace_tags(call: Call, secret: Secret, tags: dict[str, str]) -> None:
    """Give a secret these tags. Raises `ServiceError` if the caller would lose the permission for this operation.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html
    """
    for judgement in call.judgements:
        context = {
            key: value for key, value in judgement.request.context.items()
            if not key.startswith(("aws:resourcetag/", "secretsmanager:resourcetag/"))
        }  # fmt: skip
        for key, value in tags.items():
            context |= {
                f"aws:resourcetag/{key.lower()}": value,
                f"secretsmanager:resourcetag/{key.lower()}": value,
            }
        if not decide(replace(judgement.request, context=context), judgement.policies).allowed:
            message = (
                f"User: {call.principal.arn} is not authorized to perform: secretsmanager:{call.operation}"
            )
            reason = "because with these tags the permission for this secret would be lost"
            raise AccessDenied("AccessDeniedException", f"{message} on resource: {secret.arn} {reason}", 400)
    secret.content.tags = tags
    secret.content.was_tagged |= bool(tags)
    secret.content.changed = call.time


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form that Secrets Manager returns."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
