"""One request and its state while the cloud handles it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.judgement import Judgement
from labs_helpers.cloud.core.state import State
from labs_helpers.engine.policy import Decision, Principal

__all__ = ["Answer", "Call", "Judgement"]


@dataclass(slots=True)
class Call:
    """A parsed request: the caller, the operation, and its parameters.

    `service` is boto3's name, and `operation` is the API's name (`GetObject`). `parameters` are parsed according to
    botocore's model. `account` owns the resource, and the call is performed in it; the caller's account is
    `principal.account`. `time` is lab clock time.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    region: str
    principal: Principal
    credentials: Credentials | None
    account: str
    time: datetime
    state: State
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    source_ip: str = "203.0.113.10"
    secure: bool = True
    """True if the request was sent over TLS."""
    request_id: str = ""
    host: str = ""
    """The hostname of the endpoint that was called, or "" for a call that wasn't sent over HTTP."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The URL's query parameters as sent, including a presigned URL's signature."""
    via_service: str | None = None
    """The service that makes this call on behalf of `principal` (`s3.amazonaws.com`), or None if there is none.
    """
    caller_context: Mapping[str, Any] = field(default_factory=dict)
    """Additional condition keys for a service's call, such as aws:SourceArn and aws:CalledVia."""
    refused: dict[str, Decision] = field(default_factory=dict)
    """The denied items, with their decisions, in a call that AWS answers item by item, such as S3 DeleteObjects."""
    judgements: list[Judgement] = field(default_factory=list)
    """The engine's judgments for this call so far, in order."""
    shown: dict[str, Any] = field(default_factory=dict)
    """Details for the CloudTrail event in addition to the parameters and the response; see `core.record.Entry`."""
    perform_with_moto: Callable[[], Answer] | None = field(default=None, repr=False)
    afterwards: list[Callable[[], None]] = field(default_factory=list, repr=False)
    """The service's follow-up tasks, run after the call is answered and recorded, and discarded if the call fails."""

    def moto(self) -> Answer:
        """Have moto perform the operation in `account`.

        Use this in operations of the cloud that only add a check.
        """
        assert self.perform_with_moto is not None, "this call has no request that moto could perform"
        return self.perform_with_moto()

    @property
    def caller_account(self) -> str:
        """The ID of the caller's account.

        For callers without an account (anonymous callers, AWS services), it is the ID of the owner's account.
        """
        return self.principal.account or self.account
