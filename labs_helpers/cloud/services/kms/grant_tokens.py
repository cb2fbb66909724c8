"""The grant tokens in a request.

https://docs.aws.amazon.com/kms/latest/developerguide/using-grant-token.html

In this cloud, a grant takes effect as soon as it is created, so a token has no effect. A token that CreateGrant never
returned is rejected.
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.kms import timeline


def refuse_unknown(call: Call) -> None:
    """Raise `ServiceError` (InvalidGrantTokenException) for a token that doesn't belong to a grant."""
    tokens = call.parameters.get("GrantTokens")
    if not tokens:
        return
    known = timeline.ring(call.state).tokens
    for token in tokens:
        if token not in known:
            raise invalid_token()


def invalid_token() -> ServiceError:
    """Return InvalidGrantTokenException."""
    return ServiceError("InvalidGrantTokenException", "Invalid grant token.", 400)
