"""The Block Public Access settings in effect: those of the bucket, the account, and the organization combined.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.organizations.effective_policies import effective_policy
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.s3 import moto_view as s3

_TYPE = "S3_POLICY"
_EVERYTHING = s3.PublicAccessBlock(True, True, True, True)


def of_bucket(organizations: Organizations, bucket: str) -> s3.PublicAccessBlock:
    """Return the settings in effect for a bucket: the most restrictive of the bucket's and the account's settings."""
    owner = s3.bucket_owner(bucket)
    if owner is None:
        return s3.NOTHING_BLOCKED
    return s3.public_access_block(bucket) | of_account(organizations, owner)


def of_account(organizations: Organizations, account: str) -> s3.PublicAccessBlock:
    """Return the settings in effect for an account: those in its organization's S3 policy, or else its own."""
    set_by_organization = organization_block(organizations, account)
    return s3.account_public_access_block(account) if set_by_organization is None else set_by_organization


def organization_block(organizations: Organizations, account: str) -> s3.PublicAccessBlock | None:
    """Return the settings in an account's effective S3 policy, all on or all off, or None if it has no S3 policy."""
    organization = organizations.of(account)
    if organization is None or _TYPE not in organization.enabled:
        return None
    attributes = effective_policy(organization, account, _TYPE).get("s3_attributes", {})
    setting = attributes.get("public_access_block_configuration")
    return {"all": _EVERYTHING, "none": s3.NOTHING_BLOCKED}.get(setting)
