"""Facts about a cloud that aren't policy decisions: its organization, users' sign-in, blocked public access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.cloud.services.iam import moto_view
from labs_helpers.cloud.services.organizations.state import Organization, Organizations

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud
    from labs_helpers.cloud.services.s3.moto_view import PublicAccessBlock


def organization_of(cloud: Cloud) -> Organization | None:
    """Return the organization of the cloud's home account; None if the account is in no organization."""
    return cloud.part(Organizations).of(cloud.home)


def ways_in(account: str, user: str) -> tuple[bool, int]:
    """Return whether an IAM user has a console password, and how many access keys the user has."""
    return moto_view.ways_in(account, user)


def managed_policy(account: str, arn: str) -> str | None:
    """Return the text of a managed policy as an account sees it, its own or AWS's; None if it doesn't exist."""
    return moto_view.managed_policy(account, arn)


def public_access_block(cloud: Cloud, bucket: str) -> PublicAccessBlock:
    """Return the public access block in force for a bucket.

    It combines the settings of the bucket, its account and its organization.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    from labs_helpers.cloud.services.s3 import access_block

    return access_block.of_bucket(cloud.part(Organizations), bucket)
