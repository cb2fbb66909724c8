"""A user of Identity Center as CloudTrail shows one who calls with a token.

https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-cloudtrail-use-cases.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.sso_admin.state import Instance


def note_user(call: Call, instance: Instance, user: str, credential: str) -> None:
    """The call is the user's, and the account's that the instance is in; `credential` stands for the token."""
    call.account = instance.account
    call.shown["userIdentity"] = {
        "type": "IdentityCenterUser",
        "accountId": instance.account,
        "onBehalfOf": {"userId": user, "identityStoreArn": instance.store.arn},
        "credentialId": credential,
    }
