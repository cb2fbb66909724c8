"""What CloudTrail shows of one service otherwise than of most: `TRAIL` in the `trail_facts` module of its folder.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from labs_helpers.cloud.core.record import Entry

OMIT = object()
"""In the place of a value: the member is left out."""
SHOW = object()
"""In the place of a value: shown, though the API's model marks it as sensitive."""
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
MASKED = "****"
REMOVED = "<sensitiveDataRemoved>"

_NONE: frozenset[str] = frozenset()


class Form(Protocol):
    """Events of a form of their own (S3 shows what HTTP carries), function by function as `cloudtrail.events` asks."""

    def request(self, entry: Entry, operation: Any, hide: Callable[[Any], None]) -> dict[str, Any]:
        """requestParameters; `operation` is botocore's model, `hide` remembers what is not shown."""

    def response(self, entry: Entry) -> dict[str, Any]:
        """responseElements of a call that succeeded."""

    def additional(self, entry: Entry) -> dict[str, Any]:
        """additionalEventData."""

    def host(self, entry: Entry) -> str:
        """clientProvidedHostHeader."""

    def resources(self, entry: Entry, data: bool) -> Iterator[dict[str, Any]]:
        """resources of a data event, or of a management event."""

    def data_resource(self, entry: Entry) -> str | None:
        """The ARN (for lists the prefix of ARNs) of what a data event is about."""

    def looked_up(self, entry: Entry) -> Iterable[tuple[str, str]]:
        """Resources that LookupEvents names besides those with an ARN: (type, name)."""


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """Left out, a service's events are as most are."""

    source: str | None = None
    """The name in eventSource, where it is not boto3's: `sso` for sso-admin."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Operation → eventName, where they differ."""
    data_type: str = ""
    """The resource type that selectors name for its data events."""
    data_events: frozenset[str] = _NONE
    """The operations that are data events; all others are management events.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
    """
    unlogged: frozenset[str] = _NONE
    """Operations that CloudTrail does not log."""
    read_only: frozenset[str] = _NONE
    """Operations that change nothing though their name does not say so."""
    answered_reads: frozenset[str] = _NONE
    """Operations that change nothing by their name, and whose answer is shown all the same."""
    unanswered: frozenset[str] = _NONE
    """Operations whose answer is not shown."""
    keeps_refusal: Callable[[str], bool] | None = None
    """Whether the owner of the resource gets no event of a stranger's call that ended in this error."""
    error_prefix: str = ""
    """What stands before an errorCode: `Client.`"""
    anonymous: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "Unknown", "principalId": "Anonymous"}
    )
    """userIdentity of who did not sign."""
    hides: object = OMIT
    """What stands in the place of a hidden value."""
    members: Mapping[str, object] = field(default_factory=dict)
    """By member (or map key), at any depth: what stands in its place, beyond what the API's model marks."""
    spelled: Mapping[str, str] = field(default_factory=dict)
    """Member → its name in events, where that is not the member's with a small first letter."""
    defaults: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    """Operation and requestParameters → with those that are shown though the request leaves them out."""
    asked: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None = None
    """Operation and requestParameters → the request, where the names of its parameters do not tell it."""
    sets: bool = False
    """Whether responseElements have the names that the answer itself has, lists as `items`, times in milliseconds."""
    wrapped: bool = False
    """Whether answers stand in a member of their own (`DBInstance`), which responseElements leave out."""
    nothing: Callable[[Entry], dict[str, Any]] | None = None
    """What responseElements show of a call that is answered by nothing."""
    beyond: Callable[[Entry], dict[str, Any]] = lambda _: {}
    """What responseElements show beyond the answer of what succeeded."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Kind of resource in an ARN (`role`; empty where ARNs have none) → CloudFormation's name of the type."""
    resources_in_record: bool = False
    """Whether events name their resources in the record itself."""
    form: Form | None = None
