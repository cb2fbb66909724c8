"""Repeated transactions, identified by a ClientRequestToken.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError

_VALID_FOR = timedelta(minutes=10)


class Tokens:
    """The tokens of completed transactions, with their requests, responses, and times."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str, str], tuple[str, Answer, datetime]] = {}


def perform_once(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Perform a transaction once for each token. A token is valid for 10 minutes after the transaction."""
    token = call.parameters.get("ClientRequestToken")
    if not token:
        return perform()
    made = call.state.part(Tokens).made
    key = call.account, call.region, token
    request = json.dumps(call.parameters, sort_keys=True, default=str)
    if key in made and call.time - made[key][2] < _VALID_FOR:
        before, answer, _ = made[key]
        if before != request:
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
                400,
            )
        return answer
    answer = perform()
    if answer.status < 300:
        made[key] = request, answer, call.time
    return answer
