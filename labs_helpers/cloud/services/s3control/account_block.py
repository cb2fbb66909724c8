"""An account's Block Public Access settings. If the organization's S3 policy sets them, the account can't change them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.s3.access_block import organization_block


@operation("s3control", "GetPublicAccessBlock")
def get_public_access_block(call: Call) -> Answer | Mapping[str, Any]:
    """Return the settings that apply to the account: those in its organization's S3 policy, or its own settings."""
    set_by_organization = organization_block(call.state.part(Organizations), call.account)
    if set_by_organization is None:
        return call.moto()
    return {
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": set_by_organization.block_public_acls,
            "IgnorePublicAcls": set_by_organization.ignore_public_acls,
            "BlockPublicPolicy": set_by_organization.block_public_policy,
            "RestrictPublicBuckets": set_by_organization.restrict_public_buckets,
        }
    }  # fmt: skip


@operation("s3control", "PutPublicAccessBlock", "DeletePublicAccessBlock")
def change_public_access_block(call: Call) -> Answer:
    """Change the account's settings. Raises AccessDenied if an S3 policy of the organization sets them."""
    if organization_block(call.state.part(Organizations), call.account) is not None:
        raise ServiceError(
            "AccessDenied", "The account is managed by an organization-level Block Public Access policy.", 403
        )
    return call.moto()
