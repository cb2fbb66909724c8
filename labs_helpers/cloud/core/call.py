"""One request on its way through the cloud."""

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
    """A parsed request: who asks for which operation with which parameters.

    `service` is boto3's name and `operation` the API's (`GetObject`); `parameters` are parsed by botocore's model
    of the operation. `account` is the account that owns what is asked for, and where the call is performed;
    the caller's own is `principal.account`. `time` is the lab clock's.
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
    """Whether the request came over TLS."""
    request_id: str = ""
    host: str = ""
    """The endpoint that was called; "" for a call that never was on its way."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The URL's query, as sent; presigned URLs carry their signature there."""
    via_service: str | None = None
    """The service that makes this call for `principal` (`s3.amazonaws.com`), None for a caller's own request."""
    caller_context: Mapping[str, Any] = field(default_factory=dict)
    """Condition keys that come with a service's call: aws:SourceArn, aws:CalledVia and the like."""
    refused: dict[str, Decision] = field(default_factory=dict)
    """By item, what was refused of a call that AWS answers item by item (S3 DeleteObjects)."""
    judgements: list[Judgement] = field(default_factory=list)
    """What the engine was asked for this call so far, and what it answered, in order."""
    shown: dict[str, Any] = field(default_factory=dict)
    """What the trail shows of this call beyond its parameters and its answer; see `core.record.Entry`."""
    perform_with_moto: Callable[[], Answer] | None = field(default=None, repr=False)

    def moto(self) -> Answer:
        """Let moto perform the operation in `account`; for operations of ours that only add a check."""
        assert self.perform_with_moto is not None, "this call has no request that moto could perform"
        return self.perform_with_moto()

    @property
    def caller_account(self) -> str:
        """The caller's account; the owner's where the caller has none (anonymous, AWS services)."""
        return self.principal.account or self.account
