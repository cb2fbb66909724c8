"""The gate's last step, record: an entry for each call, whether it succeeded, was denied, or failed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Answer, Call, Judgement
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.record import Entry, kept
from labs_helpers.engine.policy import PrincipalKind

_READS = re.compile(
    "(?:Admin)?(?:Get|List)|Describe|Head|Lookup|BatchGet|Decode|Simulate|Search|Scan$|Query$"
)


def record(call: Call, answer: Answer, error: ServiceError | None) -> None:
    """Record a call and its response, and run the service's follow-up tasks.

    `error` is the service's error, or None if the call succeeded.
    """
    call.state.record.add(_entry(call.state.ids.uuid(), call, answer, error))
    if call.via_service is None:
        call.state.record.decided = tuple(call.judgements)
    following, call.afterwards = call.afterwards, []
    if error is None:
        for follow in following:
            follow()


def _entry(event_id: str, call: Call, answer: Answer, error: ServiceError | None) -> Entry:
    read_only = reads(call.operation)
    facts = services.trail_facts(call.service)
    shows_answer = not read_only or call.operation in facts.writes | facts.answered_reads
    code, message = (error.code, error.message) if error else (None, None)
    if error is None and answer.status >= 400:
        code, message = error_of(answer)
    credentials, principal = call.credentials, call.principal
    allowed = _pairs(each for each in call.judgements if each.allowed)
    needed = _pairs(each for each in call.judgements if each.needs_identity_policies)
    return Entry(
        event_id=event_id,
        request_id=call.request_id,
        time=call.time,
        service=call.service,
        operation=call.operation,
        region=call.region,
        account=call.account,
        principal_arn=None if principal.kind is PrincipalKind.ANONYMOUS else principal.arn,
        caller_account=principal.account,
        access_key_id=(credentials.access_key_id or None) if credentials else None,
        source_ip=call.source_ip,
        user_agent=call.headers.get("user-agent", ""),
        parameters=kept(call.parameters),
        error_code=code,
        error_message=message,
        read_only=read_only,
        via_service=call.via_service,
        presigned="X-Amz-Signature" in call.query or "Signature" in call.query,
        allowed=allowed,
        needed=allowed if needed == allowed else needed,
        refusals=tuple(each for each in call.judgements if not each.allowed),
        namespace=table.prefix if (table := services.table(call.service)) is not None else "",
        credentials=credentials,
        shown=call.shown,
        bytes_sent=len(answer.body or ""),
        answer=answer if code is None and shows_answer else None,
    )


def _pairs(judgements: Iterable[Judgement]) -> tuple[tuple[str, str], ...]:
    return tuple((each.request.action, each.request.resource) for each in judgements)


def reads(operation: str) -> bool:
    """Return True if an operation's name indicates that it is read-only, like the element `readOnly` in CloudTrail."""
    return _READS.match(operation) is not None


def error_of(answer: Answer) -> tuple[str, str]:
    """Return the code and message of an error response from moto, in any protocol."""
    body = answer.text
    code = re.search(r'<Code>([^<]*)|"__type"\s*:\s*"(?:[^"#]*#)?([^"]*)', body)
    message = re.search(r'<Message>([^<]*)|"[mM]essage"\s*:\s*"((?:[^"\\]|\\.)*)', body)
    header = str(answer.headers.get("x-amzn-errortype", "")).split(":")[0]
    return (
        next(filter(None, code.groups()), "") if code else header or str(answer.status),
        next(filter(None, message.groups()), "") if message else "",
    )
