"""The operations that add, list, and remove the tags of trails.

Tags on event data stores, channels, and dashboards aren't modeled.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cloudtrail import moto_view as trails
from labs_helpers.cloud.services.cloudtrail.moto_view import Trail
from labs_helpers.cloud.services.cloudtrail.naming import visible
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.tag_keys import reserved_key
from labs_helpers.engine.policy.arn import Arn

_invalid_tag = refusal("InvalidTagParameterException")


_MAX_TAGS, _MAX_RESOURCES = 50, 20
_OF_LAKE = ("eventdatastore", "channel", "dashboard")


def check(given: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return a request's tags.

    Raises InvalidTagParameterException for invalid tags, or TagsLimitExceededException for too many tags.
    """
    tags: dict[str, str | None] = {}
    for tag in given:
        key, value = tag["Key"], tag.get("Value")
        if key in tags:
            raise _invalid_tag(f"Duplicate tag key {key}.")
        if reserved_key((key,)) is not None or not 1 <= len(key) <= 128 or len(value or "") > 256:
            raise _invalid_tag(
                f"The tag {key} is not valid: a key has 1 to 128 characters and isn't reserved for AWS, and a value "
                "has at most 256 characters."
            )
        tags[key] = value
    _refuse_too_many(tags)
    return tags


def _refuse_too_many(tags: Mapping[str, Any]) -> None:
    if len(tags) > _MAX_TAGS:
        raise ServiceError("TagsLimitExceededException", f"A trail can have at most {_MAX_TAGS} tags.")


def _taggable_trail(call: Call, resource: str) -> Trail:
    """Return the trail with an ARN.

    Raises `NotModelled` for CloudTrail Lake resources, and `ServiceError` for other resources.
    """
    arn = Arn.read(resource)
    if arn is None or arn.service != "cloudtrail":
        raise ServiceError("CloudTrailARNInvalidException", f"{resource} is not a valid ARN.")
    if arn.kind in _OF_LAKE:
        raise NotModelled(
            f"cloudtrail:{call.operation} isn't modeled for resources of CloudTrail Lake, such as {resource}. "
            "To add them, begin in labs_helpers/cloud/services/cloudtrail/tags.py"
        )
    if arn.kind != "trail":
        raise ServiceError("ResourceTypeNotSupportedException", f"{arn.kind} has no tags in CloudTrail.")
    trail = next((each for each in visible(call.state, call.account) if each.arn == resource), None)
    if trail is None:
        raise ServiceError("ResourceNotFoundException", f"{resource} is not found.")
    if trail.region_name != call.region:
        raise ServiceError(
            "OperationNotPermittedException",
            f"{resource} can be tagged only in its home Region {trail.region_name}.",
        )
    return trail


@operation("cloudtrail", "AddTags")
def add_tags(call: Call) -> Mapping[str, Any]:
    """Add tags to a trail in its home Region, or replace the values of existing tags.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
    """
    trail = _taggable_trail(call, call.parameters["ResourceId"])
    added = check(call.parameters["TagsList"])
    _refuse_too_many({**trails.tags(trail.arn), **added})
    trails.tag(trail, added)
    return {}


@operation("cloudtrail", "RemoveTags")
def remove_tags(call: Call) -> Mapping[str, Any]:
    """Remove tags from a trail in its home Region.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
    """
    trail = _taggable_trail(call, call.parameters["ResourceId"])
    trails.untag(trail, [tag["Key"] for tag in call.parameters["TagsList"]])
    return {}


@operation("cloudtrail", "ListTags")
def list_tags(call: Call) -> Mapping[str, Any]:
    """List the tags of up to 20 trails. Rejects the whole request if one of the trails isn't found.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html
    """
    resources = call.parameters["ResourceIdList"]
    if len(resources) > _MAX_RESOURCES:
        raise ServiceError("InvalidParameterException", f"At most {_MAX_RESOURCES} ARNs can be listed.")
    return {"ResourceTagList": [_listed(_taggable_trail(call, each)) for each in resources]}


def _listed(trail: Trail) -> dict[str, Any]:
    tags = [
        {"Key": key} if value is None else {"Key": key, "Value": value}
        for key, value in trails.tags(trail.arn).items()
    ]
    return {"ResourceId": trail.arn, "TagsList": tags}
