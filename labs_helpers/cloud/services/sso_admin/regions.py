"""The Regions of an instance. In this cloud, an instance is only in the Region in which it was enabled.

https://docs.aws.amazon.com/singlesignon/latest/userguide/multi-region-iam-identity-center.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.identitystore.pages import PAGES
from labs_helpers.cloud.services.sso_admin.access import not_found, with_instance
from labs_helpers.cloud.services.sso_admin.errors import invalid
from labs_helpers.cloud.services.sso_admin.state import Instance


@operation("sso-admin", "AddRegion")
@with_instance
def add_region(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Reject a request to add a Region.

    AWS supports additional Regions only for an instance with an external identity provider and a multi-Region customer
    managed key. In this cloud, instances use the Identity Center directory.
    """
    if call.parameters["RegionName"] == instance.region:
        raise invalid("The Region is the primary Region of the instance.")
    raise invalid(
        "An additional Region needs an external identity provider as identity source and a multi-Region customer "
        "managed KMS key."
    )


@operation("sso-admin", "RemoveRegion")
@with_instance
def remove_region(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Reject a request to remove a Region. The primary Region can't be removed, and no other Region is enabled."""
    if call.parameters["RegionName"] == instance.region:
        raise invalid("The primary Region cannot be removed.")
    raise not_found(call, "The Region is not enabled for the instance.")


@operation("sso-admin", "DescribeRegion")
@with_instance
def describe_region(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return the instance's primary Region. Rejects all other Regions."""
    if call.parameters["RegionName"] != instance.region:
        raise not_found(call, "The Region is not enabled for the instance.")
    (only,) = regions_of(instance)
    return only


@operation("sso-admin", "ListRegions")
@with_instance
def list_regions(call: Call, instance: Instance) -> Mapping[str, Any]:
    """List the instance's only Region."""
    return PAGES.page(call, "Regions", regions_of(instance))


def regions_of(instance: Instance) -> list[dict[str, Any]]:
    """Return the RegionMetadata for each of an instance's Regions."""
    return [
        {
            "RegionName": instance.region,
            "Status": "ACTIVE",
            "AddedDate": instance.created,
            "IsPrimaryRegion": True,
        }
    ]
