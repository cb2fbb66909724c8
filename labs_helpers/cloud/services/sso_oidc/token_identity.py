"""The identity that CloudTrail shows for an Identity Center user who makes a call with a token.

https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-cloudtrail-use-cases.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.sso_admin.state import Instance


def set_user_identity(call: Call, instance: Instance, user: str, credential: str) -> None:
    """Record the user as the caller, in the instance's account. `credential` identifies the token."""
    call.account = instance.account
    call.shown["userIdentity"] = {
        "type": "IdentityCenterUser",
        "accountId": instance.account,
        "onBehalfOf": {"userId": user, "identityStoreArn": instance.store.arn},
        "credentialId": credential,
    }
