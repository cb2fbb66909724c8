"""Tags on accounts, the root, OUs, policies, and the resource policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations.errors import constraint, invalid, not_found
from labs_helpers.cloud.services.organizations.operation_checks import with_organization
from labs_helpers.cloud.services.organizations.pages import PAGES
from labs_helpers.cloud.services.organizations.quotas import quotas
from labs_helpers.cloud.services.organizations.state import Organization
from labs_helpers.cloud.services.shared.tag_keys import reserved_key


def request_tags(call: Call) -> dict[str, str]:
    """Return the tags in a request.

    Raises `ServiceError` for duplicate keys (ignoring case, as conditions do), keys that begin with `aws:`, and too
    many tags.
    """
    tags = call.parameters.get("Tags") or []
    values = {tag["Key"]: tag["Value"] for tag in tags}
    _check_keys(values)
    if len({key.lower() for key in values}) < len(tags):
        raise invalid("DUPLICATE_TAG_KEY")
    if len(values) > quotas()["tags"]:
        raise constraint("MAX_TAG_LIMIT_EXCEEDED")
    return values


def _check_keys(keys: Iterable[str]) -> None:
    if reserved_key(keys) is not None:
        raise invalid("INVALID_SYSTEM_TAGS_PARAMETER")


@operation("organizations", "TagResource")
@with_organization
def tag_resource(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Add tags to a resource, or replace the values of existing tags."""
    resource, tags = _resource(call, organization), request_tags(call)
    merged = organization.tags.get(resource, {}) | tags
    if len(merged) > quotas()["tags"]:
        raise constraint("MAX_TAG_LIMIT_EXCEEDED")
    organization.tags[resource] = merged
    return {}


@operation("organizations", "UntagResource")
@with_organization
def untag_resource(call: Call, organization: Organization) -> Mapping[str, Any]:
    """Remove tags by key. Keys that the resource doesn't have are ignored."""
    resource = _resource(call, organization)
    _check_keys(call.parameters["TagKeys"])
    tags = organization.tags.get(resource, {})
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("organizations", "ListTagsForResource")
@with_organization
def list_tags_for_resource(call: Call, organization: Organization) -> Mapping[str, Any]:
    """List a resource's tags, at most 50 per page."""
    tags = organization.tags.get(_resource(call, organization, reads=True), {})
    return PAGES.page(call, "Tags", [{"Key": key, "Value": value} for key, value in tags.items()], most=50)


def _resource(call: Call, organization: Organization, *, reads: bool = False) -> str:
    """Return the ID of the resource. AWS's own policies can't be tagged, but `reads` allows their tags to be listed."""
    resource: str = call.parameters["ResourceId"]
    policy = organization.policies.get(resource)
    if policy is not None and policy.aws_managed and not reads:
        raise invalid("TARGET_NOT_SUPPORTED")
    resource_policy = organization.resource_policy
    if (
        policy is None
        and not organization.is_target(resource)
        and (resource_policy is None or resource_policy.id != resource)
    ):
        raise not_found("Target")
    return resource
