"""Calls that a draft policy would have denied, found by reevaluating a trail's events in a previewed organization.

A CloudTrail event contains the caller, action, time, and source IP address, but not every key that a policy can check.
If the operation's authorization table finds no resource in the event, or if this cloud lacks the operation, the event
is evaluated as if it were for any resource, and the result is marked as uncertain.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.gate import request_context
from labs_helpers.cloud.services import modelled_services, table, trail_facts
from labs_helpers.cloud.services.cloudtrail.trail_events import event_source
from labs_helpers.cloud.services.shared.authorization_table import Table
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyError,
    Principal,
    decide,
    parse_policy,
)
from labs_helpers.engine.reference import authorization

_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_EVERYTHING = (Attached("a policy for everything", parse_policy(_ALL)),)
_S3 = {"bucketName": "Bucket", "key": "Key"}
"""The two parameters whose names in S3's events differ from their names in its API."""
_PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
"""Prefixes of actions that differ from the first word of the event source."""
_SERVICE_LINKED = ":role/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Broken:
    """A call that succeeded but that the previewed policies would deny.

    `sure` is False if the event doesn't name the resource.
    """

    time: str
    principal: str
    action: str
    resource: str
    region: str
    reason: str
    statement: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of a replay: event counts and the newly denied calls.

    `seen` is the total number of events, `bound` is the number of events whose callers are subject to SCPs, and
    `unread` is the number of events in `bound` whose operation isn't known.
    """

    seen: int
    bound: int
    unread: int
    broken: tuple[Broken, ...]

    def by_action(self) -> Counter[str]:
        """Return the number of newly denied calls by action."""
        return Counter(each.action for each in self.broken)

    def by_principal(self) -> Counter[str]:
        """Return the number of newly denied calls by principal."""
        return Counter(each.principal for each in self.broken)


class Guardrails(Protocol):
    """The SCPs that would be in force, such as a `Preview` or a table of policy tests."""

    def levels(self, account: str) -> tuple[tuple[Attached, ...], ...] | None:
        """Return the SCPs for an account, by level from the root, or None if none apply."""

    def place(self, account: str) -> tuple[str, str] | None:
        """Return the ID of an account's organization and the account's path in it, or None outside one."""


def replay(cloud: Cloud, records: Iterable[Mapping[str, Any]], guardrails: Guardrails) -> Replayed:
    """Reevaluate every successful event with the SCPs in `guardrails`. Failed events are skipped."""
    reader = _Reader(cloud, guardrails.place)
    seen = bound = unread = 0
    broken: list[Broken] = []
    for record in records:
        seen += 1
        principal = _principal(record)
        levels = None if principal is None else guardrails.levels(principal.account or "")
        if principal is None or levels is None or record.get("errorCode"):
            continue
        bound += 1
        asked = reader.requests(record, principal)
        unread += not asked
        for request, sure in asked:
            decision = decide(request, Policies(identity=_EVERYTHING, scp=levels))
            # The other policies at that time aren't known, so only a denial by an SCP is reported.
            by = decision.refused_by
            if by is not None and by.check_type == "SERVICE_CONTROL_POLICY":
                broken.append(_broken(record, request, decision, sure))
                break
    return Replayed(seen, bound, unread, tuple(broken))


def _principal(record: Mapping[str, Any]) -> Principal | None:
    """Return the caller, or None if it is unknown.

    Also returns None for a service or a service-linked role, to which no SCP applies.
    """
    identity = record.get("userIdentity") or {}
    arn, issuer = identity.get("arn"), identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    if not arn or (issuer and _SERVICE_LINKED in issuer):
        return None
    try:
        return Principal.from_arn(arn, issuer=issuer if ":assumed-role/" in arn else None)
    except PolicyError:
        return None


def _broken(record: Mapping[str, Any], request: AccessRequest, decision: Any, sure: bool) -> Broken:
    matched = decision.refused_by.matched if decision.refused_by is not None else ()
    where = next((each for each in matched if each.effect == "EXPLICIT_DENY"), None)
    statement = f"{where.policy}, statement {where.index + 1}" if where is not None else ""
    if where is not None and where.sid:
        statement += f' "{where.sid}"'
    return Broken(
        str(record.get("eventTime", "")), request.principal.arn, request.action, request.resource,
        str(record.get("awsRegion", "")), decision.reason, statement, sure,
    )  # fmt: skip


class _Reader:
    """A reader that derives the engine's questions from events, with the tables that the gate uses."""

    def __init__(self, cloud: Cloud, place: Callable[[str], tuple[str, str] | None]) -> None:
        self._cloud, self._place = cloud, place
        self._by_source: dict[str, list[Table]] = {}
        for service_table in map(table, modelled_services()):
            if service_table is not None:
                self._by_source.setdefault(event_source(service_table.service), []).append(service_table)
        self._shapes: dict[tuple[str, str], dict[str, str]] = {}

    def requests(self, record: Mapping[str, Any], principal: Principal) -> list[tuple[AccessRequest, bool]]:
        """Return each permission request of the call, with True if the event contains its resource."""
        operation = str(record.get("eventName", ""))
        tables = self._by_source.get(str(record.get("eventSource")), ())
        service_table = next((each for each in tables if operation in each.operations), None)
        if service_table is not None:
            return list(self._questions(service_table, operation, record, principal))
        return list(self._by_name(record, principal))

    def _by_name(
        self, record: Mapping[str, Any], principal: Principal
    ) -> Iterator[tuple[AccessRequest, bool]]:
        """For an operation that this cloud lacks, yield a request for the action that has the operation's name."""
        prefix = str(record.get("eventSource", "")).partition(".")[0]
        prefix, name = _PREFIXES.get(prefix, prefix), str(record.get("eventName", "")).lower()
        known = authorization.actions(prefix).get(name) if prefix in authorization.services() else None
        if known is not None:
            call = self._call(prefix, str(known["name"]), {}, record, principal)
            context = self._context(call, record)
            action = f"{prefix}:{known['name']}"
            yield AccessRequest.of(principal, action, "*", account=call.account, context=context), False

    def _context(self, call: Call, record: Mapping[str, Any]) -> dict[str, Any]:
        context = request_context.of_call(call, {}, request_context.no_organization)
        place = self._place(call.principal.account or "")
        if place is not None:
            context["aws:principalorgid"], context["aws:principalorgpaths"] = place[0], (place[1],)
        _add_session(context, record)
        return context

    def _questions(
        self, service_table: Table, operation: str, record: Mapping[str, Any], principal: Principal
    ) -> Iterator[tuple[AccessRequest, bool]]:
        shown = record.get("requestParameters") or {}
        parameters = self._parameters(service_table.service, operation, shown)
        call = self._call(service_table.service, operation, parameters, record, principal)
        common = self._context(call, record)
        try:
            asks = [(ask.action, ask.resource, ask.context) for ask in service_table.asks(call)]
        except (LookupError, TypeError, ValueError):  # the event omits a parameter that the table needs
            asks = [(question.action, "*", {}) for question in service_table.questions(operation)]
        for action, resource, own in asks:
            context = settled(dict(common), {key.lower(): value for key, value in own.items()}, resource)
            owner = service_table.owner_of_arn(resource) or call.account
            yield (
                AccessRequest.of(principal, action, resource, account=owner, context=context),
                resource != "*" or not service_table.questions(operation)[0].on,
            )

    def _call(
        self, service: str, operation: str, parameters: Mapping[str, Any], record: Mapping[str, Any],
        principal: Principal,
    ) -> Call:  # fmt: skip
        state = self._cloud._state
        return Call(
            service=service, operation=operation, parameters=parameters,
            region=str(record.get("awsRegion") or request_context.REGION), principal=principal, credentials=None,
            account=str(record.get("recipientAccountId") or principal.account), time=_time(record, state), state=state,
            source_ip=str(record.get("sourceIPAddress") or request_context.ADDRESS),
            headers={"user-agent": str(record.get("userAgent") or "")},
        )  # fmt: skip

    def _parameters(self, service: str, operation: str, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters by the API's names: CloudTrail writes most of them with a lowercase first letter."""
        read = trail_facts(service).asked
        if read is not None:
            return read(operation, shown)
        names = self._shapes.get((service, operation))
        if names is None:
            client = self._cloud.account(self._cloud.home).client(service)
            shape = client.meta.service_model.operation_model(operation).input_shape
            members = shape.members if shape is not None else {}
            names = self._shapes[service, operation] = {
                each[:1].lower() + each[1:]: each for each in members
            } | (_S3 if service == "s3" else {})
        return {names.get(key, key): value for key, value in shown.items()}


def _add_session(context: dict[str, Any], record: Mapping[str, Any]) -> None:
    """Add the event's facts about the session: whether it has MFA, and when it was created."""
    attributes = (record.get("userIdentity") or {}).get("sessionContext", {}).get("attributes", {})
    if "mfaAuthenticated" in attributes:
        context["aws:multifactorauthpresent"] = str(attributes["mfaAuthenticated"]).lower()
    if "creationDate" in attributes:
        context["aws:tokenissuetime"] = str(attributes["creationDate"])


def _time(record: Mapping[str, Any], state: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(record["eventTime"]).replace("Z", "+00:00"))
    except (KeyError, ValueError):
        now: datetime = state.clock.now()
        return now
