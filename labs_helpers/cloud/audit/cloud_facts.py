"""Facts about a cloud, such as its organization and its Block Public Access settings, that aren't policy decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.cloud.services.organizations.state import Organization, Organizations

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud
    from labs_helpers.cloud.services.s3.moto_view import PublicAccessBlock


def organization_of(cloud: Cloud) -> Organization | None:
    """Return the organization of the cloud's home account, or None if the account isn't in one."""
    return cloud.part(Organizations).of(cloud.home)


def public_access_block(cloud: Cloud, bucket: str) -> PublicAccessBlock:
    """Return the Block Public Access settings in force for a bucket.

    They combine the settings of the bucket, its account, and its organization.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    from labs_helpers.cloud.services.s3 import access_block

    return access_block.of_bucket(cloud.part(Organizations), bucket)
