"""Tags on IAM resources: at most 50 per resource, listed by key.

For users and roles, keys that differ only in case are the same key. For all other resources, they are different keys.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import Operation, operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    check_tags,
    find_certificate,
    find_instance_profile,
    find_markable_role,
    find_mfa_device,
    find_own_policy,
    find_policy,
    find_provider,
    find_role,
    find_saml_provider,
    find_user,
    limit_exceeded,
)

TAGS = 50
"""The maximum number of tags per resource, which is AWS's quota.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

Find = Callable[[Call], Any]


def _tag(find: Find, kind: str) -> Operation:
    """Return the operation that adds or replaces the tags of a resource type. It rejects a 51st tag."""

    def tag(call: Call) -> dict[str, Any]:
        """Add tags to the resource in the request."""
        found, new = find(call), check_tags(call, one_case=_one_case(kind))
        replaced = {_key(kind, item["Key"]) for item in new}
        kept = [item for item in moto_iam.stored_tags(found) if _key(kind, item["Key"]) not in replaced]
        if len(kept) + len(new) > TAGS:
            raise limit_exceeded(f"TagsPer{kind}", TAGS)
        moto_iam.store_tags(found, [*kept, *new])
        return {}

    return tag


def _untag(find: Find, kind: str) -> Operation:
    """Return the operation that removes the tags of a resource type."""

    def untag(call: Call) -> dict[str, Any]:
        """Remove the tags with the keys in the request."""
        found, gone = find(call), {_key(kind, name) for name in call.parameters["TagKeys"]}
        kept = [item for item in moto_iam.stored_tags(found) if _key(kind, item["Key"]) not in gone]
        moto_iam.store_tags(found, kept)
        return {}

    return untag


def _list(find: Find) -> Operation:
    """Return the operation that lists the tags of a resource type."""

    def list_tags(call: Call) -> dict[str, Any]:
        """List the resource's tags, sorted by key."""
        return PAGES.page(
            call, "Tags", sorted(moto_iam.stored_tags(find(call)), key=lambda item: item["Key"])
        )

    return list_tags


def _one_case(kind: str) -> bool:
    return kind in ("User", "Role")


def _key(kind: str, name: str) -> str:
    return name.lower() if _one_case(kind) else name


for _kind, _find, _find_to_change in (
    ("User", find_user, find_user),
    ("Role", find_role, find_markable_role),
    ("Policy", find_policy, find_own_policy),
    ("InstanceProfile", find_instance_profile, find_instance_profile),
    ("OpenIDConnectProvider", find_provider, find_provider),
    ("SAMLProvider", find_saml_provider, find_saml_provider),
    ("ServerCertificate", find_certificate, find_certificate),
    ("MFADevice", find_mfa_device, find_mfa_device),
):
    operation("iam", f"Tag{_kind}")(_tag(_find_to_change, _kind))
    operation("iam", f"Untag{_kind}")(_untag(_find_to_change, _kind))
    operation("iam", f"List{_kind}Tags")(_list(_find))
