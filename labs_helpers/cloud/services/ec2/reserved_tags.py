"""Checks for tags that EC2 rejects in every operation, such as tags with reserved keys or long values.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.ec2.errors import invalid_value
from labs_helpers.cloud.services.shared.tag_keys import reserved_key

_RESERVED = "Tag keys starting with 'aws:' are reserved for internal use"


def refuse_reserved_tags(call: Call) -> None:
    """Raise EC2's error for a tag key in the request that begins with `aws:`.

    OBSERVED from 2018 to 2025 for CreateTags, in 2022 for RunInstances, and in 2021 for launch templates:
    https://github.com/kubernetes-sigs/cluster-api-provider-aws/pull/5461,
    https://github.com/jcjorel/ec2-spot-converter/issues/13,
    https://github.com/buildkite/elastic-ci-stack-for-aws/issues/856
    """
    given = call.parameters
    for tag in _all_tags(given):
        _check_length(tag)
    if call.operation in ("CreateTags", "DeleteTags"):
        key = reserved_key(_keys(given.get("Tags")))
        if key is not None:
            raise invalid_value(f"Value ( {key} ) for parameter key is invalid. {_RESERVED}")
    if _first(given) is not None:
        raise invalid_value(_RESERVED)
    key = _first(given.get("LaunchTemplateData") or {})
    if key is not None:
        raise ServiceError("InvalidTagKey.Malformed", f"The tag key ‘{key}’ is not valid. {_RESERVED}.", 400)
    fleet = given.get("SpotFleetRequestConfig") or {}
    if any(_first(each) is not None for each in (fleet, *fleet.get("LaunchSpecifications", ()))):
        raise invalid_value(_RESERVED)


_VALUE_IS_INVALID = ("CreateLaunchTemplate", "CreateVolume", "RunInstances")
"""Operations that return InvalidParameterValue for a wrong resource type. Others return InvalidParameter."""


def refuse_other_types(call: Call, kinds: Sequence[str]) -> None:
    """Raise EC2's error for TagSpecifications without a resource type, or with a wrong resource type.

    OBSERVED in 2017 for RunInstances (https://github.com/aws/aws-cli/issues/2865), in 2018 for CreateVolume
    (https://github.com/getmoto/moto/pull/1448), in 2020 for CreateVpcEndpoint
    (https://github.com/jonrau1/SyntheticSun/issues/13), in 2021 for CreateLaunchTemplate
    (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/979), and in 2024 without a
    type (https://github.com/yegor256/rultor/issues/1991).
    """
    for each in call.parameters.get("TagSpecifications") or ():
        kind = each.get("ResourceType")
        if kind in kinds:
            continue
        message = (
            f"'{kind}' is not a valid taggable resource type for this operation."
            if kind
            else "Tag specification resource type must have a value"
        )
        code = "InvalidParameterValue" if call.operation in _VALUE_IS_INVALID else "InvalidParameter"
        raise ServiceError(code, message, 400)


_LONGEST_KEY, _LONGEST_VALUE = 128, 256


def _all_tags(given: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Yield the tags in CreateTags and in TagSpecifications, including those in a launch template."""
    yield from given.get("Tags") or ()
    for holder in (given, given.get("LaunchTemplateData") or {}):
        for each in holder.get("TagSpecifications") or ():
            yield from each.get("Tags") or ()


def _check_length(tag: Mapping[str, str]) -> None:
    if len(tag.get("Key") or "") > _LONGEST_KEY:
        raise invalid_value(f"Tag key exceeds the maximum length of {_LONGEST_KEY} characters")
    if len(tag.get("Value") or "") > _LONGEST_VALUE:
        raise invalid_value(f"Tag value exceeds the maximum length of {_LONGEST_VALUE} characters")


def _first(given: Mapping[str, Any]) -> str | None:
    """Return the first reserved key in TagSpecifications, or None."""
    return reserved_key(
        key for each in given.get("TagSpecifications") or () for key in _keys(each.get("Tags"))
    )


def _keys(tags: Iterable[Mapping[str, str]] | None) -> Iterable[str]:
    return (tag.get("Key") or "" for tag in tags or ())
