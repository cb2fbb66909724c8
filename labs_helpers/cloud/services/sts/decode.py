"""DecodeAuthorizationMessage, which decodes the messages in EC2's errors.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.authorization_message import MAX_LENGTH, decode
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.sealed import NotOurs
from labs_helpers.cloud.services.sts.errors import invalid


@operation("sts", "DecodeAuthorizationMessage")
def decode_authorization_message(call: Call) -> Mapping[str, Any]:
    """Return a message's content as JSON text.

    Raises InvalidAuthorizationMessageException for another account's message.
    """
    encoded = call.parameters.get("EncodedMessage") or ""
    if not 1 <= len(encoded) <= MAX_LENGTH:
        bound = "greater than or equal to 1" if not encoded else f"less than or equal to {MAX_LENGTH}"
        raise invalid(
            "1 validation error detected: Value at 'encodedMessage' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    try:
        decoded = decode(call.state.ids, call.caller_account, encoded)
    except NotOurs:
        raise ServiceError(
            "InvalidAuthorizationMessageException",
            "Message is not well-formed or was not issued to this account",
            400,
        ) from None
    return {"DecodedMessage": json.dumps(decoded, separators=(",", ":"))}
