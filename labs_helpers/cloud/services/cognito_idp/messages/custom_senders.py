"""Custom sender triggers: functions that deliver a pool's messages, and receive the code encrypted with a KMS key.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
"""

from __future__ import annotations

import base64
import html

from labs_helpers.cloud.core import encryption_message
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.errors import error
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool

_SERVICE = "cognito-idp.amazonaws.com"
_TRIGGERS = {"EMAIL": "CustomEmailSender", "SMS": "CustomSMSSender"}


def send(
    call: Call, pool: UserPool, client: Client | None, user: User, kind: str, medium: str, code: str
) -> bool:
    """Pass a code or temporary password to the pool's custom sender.

    Returns False if the pool has no custom sender for this medium. Raises CodeDeliveryFailureException if the KMS key
    can't be used, or any error that a trigger can raise.
    """
    trigger = _TRIGGERS[medium]
    if triggers.arn_of(pool, trigger) is None:
        return False
    triggers.run(
        call, pool, trigger, f"{trigger}_{kind}", username=user.username, client=client.id if client else None,
        request={
            "type": f"{trigger[0].lower()}{trigger[1:]}RequestV1", "code": _encrypted(call, pool, code),
            "clientMetadata": triggers.metadata(call), "userAttributes": triggers.user_attributes(user),
        },
    )  # fmt: skip
    return True


def _encrypted(call: Call, pool: UserPool, code: str) -> str:
    """Return the code as an Encryption SDK message in Base64. Cognito escapes the code as HTML first."""
    context = {"userpool-id": pool.id}
    key, wrapped, arn = _data_key(call, pool, context)
    message = encryption_message.sealed(html.escape(code, quote=False).encode(), key, wrapped, arn, context)
    return base64.b64encode(message).decode()


def _data_key(call: Call, pool: UserPool, context: dict[str, str]) -> tuple[bytes, bytes, str]:
    """Return a data key under the pool's KMSKeyID: plaintext, ciphertext, and the key's ARN.

    The key's policy only needs to let Cognito create a grant for itself.
    """
    caller, key = call.state.caller, pool.settings["LambdaConfig"]["KMSKeyID"]
    assert caller is not None
    where = {"account": pool.account, "region": pool.region, "source_arn": pool.arn}
    try:
        grant = caller.as_service(
            _SERVICE, "kms", "CreateGrant",
            {
                "KeyId": key, "GranteeServicePrincipal": _SERVICE, "RetiringServicePrincipal": _SERVICE,
                "Operations": ["GenerateDataKey"], "Constraints": {"SourceArn": pool.arn},
            }, **where,
        )  # fmt: skip
        answer = caller.as_service(
            _SERVICE, "kms", "GenerateDataKey",
            {
                "KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context,
                "GrantTokens": [grant["GrantToken"]],
            }, **where,
        )  # fmt: skip
    except ServiceError as refusal:
        raise error("CodeDeliveryFailure", f"The code can't be encrypted: {refusal.message}") from refusal
    return answer["Plaintext"], answer["CiphertextBlob"], answer["KeyId"]
