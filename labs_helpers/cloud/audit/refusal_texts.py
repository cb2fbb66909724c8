"""A service's error for a denial (code, HTTP status, and message), created without making a call."""

from __future__ import annotations

import re
from functools import lru_cache

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Call, Judgement
from labs_helpers.cloud.core.clock import Clock
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate import refusals
from labs_helpers.cloud.moto import protocols

_STYLES = {"ec2": "ec2", "query": "query", "rest-xml": "query", "rest-json": "rest-json"}
_ENCODED = re.compile(r"(Encoded authorization failure message: )\S+")


@lru_cache(maxsize=64)
def service_and_protocol(prefix: str) -> tuple[str, str]:
    """Return boto3's name and the error protocol (json, query, rest-json, or ec2) for a service prefix."""
    table = services.table_of_prefix(prefix)
    service = table.service if table is not None else prefix
    model = protocols.model(service)
    return service, _STYLES.get(model.metadata["protocol"], "json") if model is not None else "json"


def refusal_message(judgement: Judgement) -> tuple[str, int, str]:
    """Return the code, HTTP status, and message that the service returns when a judgment is a denial.

    Details that exist only for a real call (an authorization ID, an encoded message) are omitted.
    """
    request = judgement.request
    prefix, _, operation = request.action.partition(":")
    service, protocol = service_and_protocol(prefix.lower())
    call = Call(
        service,
        operation,
        {},
        "us-east-1",
        request.principal,
        None,
        request.account or "",
        Clock.real(),
        State(Ids(0)),
    )
    call.judgements.append(judgement)
    error = refusals.denied(call, protocol, judgement)
    return error.code, error.status or 403, _ENCODED.sub(r"\1…", error.message)
