"""Enforcement of tag policies: noncompliant tags are rejected on the resource types in `enforced_for`.

As AWS documents, requests without the tag aren't checked.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_tag-policies-enforcement.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.organizations.effective_policies import effective_policy
from labs_helpers.cloud.services.organizations.errors import constraint
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.engine.policy.arn import Arn

_TYPE = "TAG_POLICY"
_WITHOUT_TYPE = {"sqs": "queue", "sns": "topic", "s3": "bucket"}
"""Resource types of services whose ARNs don't name the type."""
_CODES = {
    "dynamodb": "ValidationException", "ec2": "TagPolicyViolation", "iam": "InvalidInput", "kms": "TagException",
    "lambda": "InvalidParameterValueException", "logs": "InvalidParameterException", "s3": "InvalidTag",
    "secretsmanager": "InvalidRequestException", "sns": "TagPolicy", "sqs": "InvalidParameterValue",
}  # fmt: skip
"""Suitable error codes from the services' pages; EC2 and SNS have a code for tag policies."""
_OTHERWISE = "ValidationException"


def enforce(call: Call) -> None:
    """Raise `ServiceError` if one of the request's tags violates a tag policy.

    The effective tag policy of the account that owns the resource applies.
    """
    organization = call.state.part(Organizations).of(call.account)
    if organization is None or _TYPE not in organization.enabled:
        return
    tagged = list(_tagged(call))
    if not tagged:
        return
    rules = effective_policy(organization, call.account, _TYPE).get("tags", {})
    for resource_type, tags in tagged:
        for key, value in tags.items():
            rule = next((each for name, each in rules.items() if name.lower() == key.lower()), None)
            if rule is not None and _enforced(rule, resource_type) and not _compliant(rule, key, value):
                raise _violation(call, key)


def _tagged(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (resource type as in tag policies, tags) for each resource that the call tags."""
    for judgement in call.judgements:
        context = judgement.request.context
        keys = context.get("aws:tagkeys") or ()
        tags = {
            key: str(context[f"aws:requesttag/{key.lower()}"])
            for key in ([keys] if isinstance(keys, str) else keys)
            if f"aws:requesttag/{key.lower()}" in context
        }
        resource_type = _resource_type(judgement.request.resource)
        if tags and resource_type:
            yield resource_type, tags


def _resource_type(arn: str) -> str | None:
    named = Arn.read(arn)
    return f"{named.service}:{_WITHOUT_TYPE.get(named.service) or named.kind}" if named is not None else None


def _enforced(rule: Mapping[str, Any], resource_type: str) -> bool:
    """Return whether the rule is enforced for the resource type. `*` is the former word for `ALL_SUPPORTED`."""
    service = resource_type.partition(":")[0]
    names = (resource_type, f"{service}:ALL_SUPPORTED", f"{service}:*")
    return any(each in names for each in rule.get("enforced_for", ()))


def _compliant(rule: Mapping[str, Any], key: str, value: str) -> bool:
    """Return whether a tag follows its rule. Without a `tag_key`, compliant keys are in lowercase.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
    """
    if key != rule.get("tag_key", key.lower()):
        return False
    allowed = rule.get("tag_value")
    if allowed is None:
        return True
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), value, re.DOTALL) for each in allowed)


def _violation(call: Call, key: str) -> ServiceError:
    if call.service == "organizations":
        return constraint("TAG_POLICY_VIOLATION")
    return ServiceError(
        _CODES.get(call.service, _OTHERWISE),
        f"The tag policy does not allow the specified value for the following tag key: '{key}'.",
        400,
    )
