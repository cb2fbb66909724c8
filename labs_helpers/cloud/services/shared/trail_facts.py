"""How a service's CloudTrail events differ from others': `TRAIL` in the `trail_facts` module in its folder.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from labs_helpers.cloud.core.record import Entry

OMIT = object()
"""In place of a value: omit the member."""
SHOW = object()
"""In place of a value: show it, although the API model marks it as sensitive."""
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
MASKED = "****"
REMOVED = "<sensitiveDataRemoved>"

_NONE: frozenset[str] = frozenset()


class Form(Protocol):
    """Events with a different form (S3's, which show HTTP headers), as functions that `cloudtrail.events` calls."""

    def request(self, entry: Entry, operation: Any, hide: Callable[[Any], None]) -> dict[str, Any]:
        """Return requestParameters; `operation` is botocore's model, `hide` is called with each hidden value."""

    def response(self, entry: Entry) -> dict[str, Any]:
        """Return the responseElements of a successful call."""

    def additional(self, entry: Entry) -> dict[str, Any]:
        """Return additionalEventData."""

    def host(self, entry: Entry) -> str:
        """Return clientProvidedHostHeader."""

    def resources(self, entry: Entry, data: bool) -> Iterator[dict[str, Any]]:
        """Yield the resources of a data event, or of a management event."""

    def data_resource(self, entry: Entry) -> str | None:
        """Return the ARN of a data event's resource; for lists, the prefix of the ARNs."""

    def looked_up(self, entry: Entry) -> Iterable[tuple[str, str]]:
        """Return the resources in LookupEvents besides those with an ARN, as (type, name)."""


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """How a service's events differ from most others, which are the defaults."""

    source: str | None = None
    """The name in eventSource, if it isn't boto3's: `sso` for sso-admin."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Operation → eventName, where they differ."""
    data_type: str = ""
    """The resource type by which selectors name the service's data events."""
    data_events: frozenset[str] = _NONE
    """The operations that are data events; all others are management events.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
    """
    unlogged: frozenset[str] = _NONE
    """Operations that CloudTrail does not log."""
    read_only: frozenset[str] = _NONE
    """Operations that change nothing, although their names suggest otherwise."""
    writes: frozenset[str] = _NONE
    """Operations that CloudTrail treats as writes, although their names suggest reads; their responses are shown."""
    unshown_errors: frozenset[str] = _NONE
    """Error codes, besides denials, whose events don't show what the call requested."""
    answered_reads: frozenset[str] = _NONE
    """Operations that change nothing according to their names, but whose responses are shown."""
    shows_denied: bool = False
    """True if a denied call's event shows what it requested; most services omit that.

    OBSERVED in CloudTrail events of 2024: of 464 denied calls, those to EC2 and S3 show their parameters, the others'
    requestParameters are null, and none has `resources`. For DynamoDB, SQS, and Cognito, this is unknown.
    """
    unanswered: frozenset[str] = _NONE
    """Operations whose responses are not shown."""
    keeps_refusal: Callable[[str], bool] | None = None
    """Error code → True if the resource's owner gets no event for an external caller's call with this error."""
    error_prefix: str = ""
    """The prefix of an errorCode: `Client.`"""
    anonymous: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "Unknown", "principalId": "Anonymous"}
    )
    """The userIdentity of an unsigned request."""
    hides: object = OMIT
    """The value shown in place of a hidden value."""
    members: Mapping[str, object] = field(default_factory=dict)
    """Member (or map key), at any depth → the value in its place, in addition to those that the API model hides."""
    spelled: Mapping[str, str] = field(default_factory=dict)
    """Member → its name in events, if it isn't the member's name with a lowercase first letter."""
    defaults: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    """Operation and requestParameters → requestParameters with defaults that the request omits."""
    asked: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None = None
    """Operation and requestParameters → requestParameters, if they differ from the API's parameters."""
    sets: bool = False
    """True if responseElements have the response's member names, lists as `items`, and times in milliseconds."""
    wrapped: bool = False
    """True if responses are inside one member (`DBInstance`), which responseElements omit."""
    nothing: Callable[[Entry], dict[str, Any]] | None = None
    """The responseElements of a call with an empty response."""
    beyond: Callable[[Entry], dict[str, Any]] = lambda _: {}
    """The responseElements of a successful call in addition to its response."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Kind of resource in an ARN (`role`; empty if ARNs have none) → CloudFormation's name for the type."""
    resources_in_record: bool = False
    """True if events list their resources in the record itself."""
    resources_in_data_events: bool = False
    """True if data events list their resources, and management events do not."""
    form: Form | None = None
