"""The facts in which a service's CloudTrail events differ from others: `TRAIL` in its module `trail_facts`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from labs_helpers.cloud.core.record import Entry

OMIT = object()
"""The marker for omitting a member."""
SHOW = object()
"""The marker for showing a member's value although the API model marks it as sensitive."""
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
MASKED = "****"
REMOVED = "<sensitiveDataRemoved>"

_NONE: frozenset[str] = frozenset()


class Form(Protocol):
    """Events with a different form, such as S3's, which contain HTTP headers.

    `cloudtrail.trail_events` calls these functions.
    """

    def request(self, entry: Entry, operation: Any, hide: Callable[[Any], None]) -> dict[str, Any]:
        """Return requestParameters. `operation` is botocore's model, and `hide` is called with each hidden value."""

    def response(self, entry: Entry) -> dict[str, Any]:
        """Return responseElements for a successful call."""

    def additional(self, entry: Entry) -> dict[str, Any]:
        """Return additionalEventData."""

    def host(self, entry: Entry) -> str:
        """Return clientProvidedHostHeader."""

    def resources(self, entry: Entry, data: bool) -> Iterator[dict[str, Any]]:
        """Yield the resources of a data event, or of a management event."""

    def data_resource(self, entry: Entry) -> str | None:
        """Return the ARN of a data event's resource or, for lists, the prefix of the ARNs."""

    def looked_up(self, entry: Entry) -> Iterable[tuple[str, str]]:
        """Return, as (type, name) pairs, the resources that LookupEvents shows in addition to those with an ARN."""


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """The details in which a service's events differ from the events of most services.

    The defaults apply to most services.
    """

    source: str | None = None
    """The name in eventSource, if it isn't boto3's name: `sso` for sso-admin."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Event names by operation, for operations whose event names differ from their names."""
    data_type: str = ""
    """The resource type of the service's data events in event selectors."""
    data_events: frozenset[str] = _NONE
    """The operations that are data events. All other operations are management events.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
    """
    unlogged: frozenset[str] = _NONE
    """Operations that CloudTrail doesn't log."""
    read_only: frozenset[str] = _NONE
    """Operations that don't change anything, although their names suggest otherwise."""
    writes: frozenset[str] = _NONE
    """Operations that CloudTrail treats as writes, although their names suggest reads.

    Events contain their responses.
    """
    unshown_errors: frozenset[str] = _NONE
    """Error codes, besides denials, for which events don't contain the request's parameters."""
    answered_reads: frozenset[str] = _NONE
    """Operations that are reads according to their names, but for which events contain the response."""
    shows_denied: bool = False
    """True if a denied call's event contains the request's parameters, which most services omit.

    OBSERVED in CloudTrail events from 2024: of 464 denied calls, only calls to EC2 and S3 have their parameters. For
    other services, requestParameters are null. None of the events has `resources`. For DynamoDB, SQS, and Cognito, this
    is unknown.
    """
    unanswered: frozenset[str] = _NONE
    """Operations for which events don't contain the response."""
    keeps_refusal: Callable[[str], bool] | None = None
    """Given an error code, returns True if the owner of the resource gets no event for a call from another account."""
    error_prefix: str = ""
    """The prefix of an errorCode, such as `Client.`"""
    anonymous: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "Unknown", "principalId": "Anonymous"}
    )
    """The userIdentity for an unsigned request."""
    hides: object = OMIT
    """The value that replaces hidden values."""
    members: Mapping[str, object] = field(default_factory=dict)
    """Replacement values by member (or map key) at any depth, in addition to the members that the API model hides."""
    spelled: Mapping[str, str] = field(default_factory=dict)
    """The names of members in events, if they aren't the API's names with a lowercase first letter."""
    defaults: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    """A function that adds default values to requestParameters, for parameters that a request omits."""
    asked: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None = None
    """A function that returns the API's parameters for an operation's requestParameters, if the two differ."""
    answered: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    """A function that returns responseElements for an operation's response, if the two differ."""
    sets: bool = False
    """True if responseElements use the response's member names, `items` for lists, and times in milliseconds."""
    wrapped: bool = False
    """True if responses are inside one member (such as `DBInstance`), which responseElements omit."""
    nothing: Callable[[Entry], dict[str, Any]] | None = None
    """A function that returns responseElements for a call with an empty response."""
    beyond: Callable[[Entry], dict[str, Any]] = lambda _: {}
    """A function that returns additional responseElements for a successful call."""
    types: Mapping[str, str] = field(default_factory=dict)
    """CloudFormation's resource types, by the kind of resource in an ARN (`role`, or "" if ARNs don't contain it)."""
    resources_in_record: bool = False
    """True if the service's events contain `resources`."""
    resources_in_data_events: bool = False
    """True if only the service's data events contain `resources`."""
    form: Form | None = None
