"""The gate: identify → authorize → perform → record, for every request that reaches the cloud.

It takes the place of moto's `process_request` (see `labs_helpers.moto.hooks`), so that boto3 and the
`requests` library, signed and presigned requests, all pass it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers import services
from labs_helpers.cloud import failures, refusals, request_context, signature
from labs_helpers.cloud.authorize import Authorizer, modelled
from labs_helpers.cloud.endpoints import address
from labs_helpers.cloud.hosts import Host, Network
from labs_helpers.cloud.identify import Identifier, refuse_limited_session
from labs_helpers.cloud.questions import Questions, usual_credentials
from labs_helpers.cloud.reading import Reading, read, written
from labs_helpers.cloud.recording import entry, error_of, reads
from labs_helpers.core import registry
from labs_helpers.core.call import Answer, Call, Judgement
from labs_helpers.core.errors import NotModelled, ServiceError
from labs_helpers.core.state import State
from labs_helpers.moto import clock, perform, protocols, unreadable
from labs_helpers.policy import Principal, PrincipalKind
from labs_helpers.policy.arn import Arn
from labs_helpers.reference.arns import type_of
from labs_helpers.services.deliveries import asked as deliveries
from labs_helpers.services.organizations import tag_policies
from labs_helpers.services.organizations.state import Organizations
from labs_helpers.services.table import Ask, Table

protocols.know_error_codes(refusals.CODES | failures.CODES | unreadable.CODES)


class Gate:
    """The way of a request. One gate stands while a cloud runs; `process` is its door."""

    def __init__(self, state: State, network: Network, home: str):
        self.network = network
        self.home = home
        self.lock = threading.RLock()
        """Held while a request is answered, or the cloud is reset: one at a time, whichever thread it comes from."""
        self._disconnect: dict[str, Callable[[], None]] = {}
        self.begin(state)

    def begin(self, state: State) -> None:
        """Answer from this state from now on, and know nothing of the one before."""
        self.state = state
        clock.follow(state.clock.now)
        self.network.of_services = self._site
        self.identifier = Identifier(state)
        self.authorizer = Authorizer(state)
        self.questions = Questions(state, self.authorizer, self.network, self.home)
        state.caller = self

    def process(
        self, prepared: AWSPreparedRequest, sent: signature.Request | None = None
    ) -> tuple[int, Mapping[str, Any], str | bytes]:
        """Answer one HTTP request: (status, headers, body). Raises `NotModelled` for what the cloud does not know.

        `sent` is the request that was signed, where it was addressed to another name of the cloud's than AWS's.
        """
        with self.lock:
            return self._process(prepared, sent)

    def _process(
        self, prepared: AWSPreparedRequest, sent: signature.Request | None
    ) -> tuple[int, Mapping[str, Any], str | bytes]:
        host = self.network.host(prepared.url)
        if host is not None:
            return host(prepared)
        service, region = address(prepared.url)
        if protocols.model(service) is None:
            raise NotModelled(
                f"{prepared.url.split('?')[0]}: no AWS service is known by the name {service!r}"
            )
        page = self._page(service, region, prepared)
        if page is not None:
            return page.status, page.headers, page.body
        try:
            reading = read(service, region, prepared, sent)
        except unreadable.UnknownOperation as none:  # which AWS has no name for, and so no record of
            refused = protocols.refuse_unknown(service, none, self.state.ids.uuid(), prepared.method)
            return refused.status, refused.headers, refused.body
        modelled(service, reading.operation.name)
        call = self._call(reading)
        error: ServiceError | None = None
        try:
            self._identify(call, reading)
            call.parameters, reading = reading.understood()
            self._prepare(call)
            answer = self._answer(call, reading)
        except NotModelled:
            raise
        except Exception as failure:
            error = _answered(service, call.operation, failure)
            answer = protocols.serialize_error(
                service, reading.operation, reading.protocol, error, call.request_id, prepared.method
            )
        answer = protocols.identified(answer, service, reading.protocol, call.request_id)
        self._record(call, answer, error)
        return answer.status, answer.headers, answer.body

    def _identify(self, call: Call, reading: Reading) -> None:
        """identify: put into the call who makes it. Raises `ServiceError` for whoever cannot prove it."""
        service, protocol = reading.service, reading.protocol
        reading.refuse_ambiguous()
        credentials = self.identifier.identify(reading.signed, service, protocol, reading.region)
        if credentials is not None:
            call.credentials, call.principal = credentials, credentials.principal
            call.account = credentials.account
        elif service != "s3" and reading.operation.auth_type != "none":
            raise refusals.unsigned(service, protocol)

    def _site(self, name: str) -> Host | None:
        """What answers for a host that a service has besides its endpoint: the domain of a user pool."""
        site = registry.find_site(self.state, name)
        if site is None:
            return None

        def answer(prepared: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], str | bytes]:
            answered = site(prepared, self.network.source_ip)
            return answered.status, answered.headers, answered.body

        return answer

    def _page(self, service: str, region: str, prepared: AWSPreparedRequest) -> Answer | None:
        """What a service answers without an operation: a user pool's key set, the upload of a file to it."""
        self._load(service)
        answered = registry.find_page(service)
        return answered(self.state, region, prepared) if answered is not None else None

    def _call(self, reading: Reading) -> Call:
        """What is known of a call before its signature was checked: an anonymous one without parameters."""
        parts = urlsplit(reading.signed.url)
        return Call(
            service=reading.service,
            operation=reading.operation.name,
            parameters={},
            region=reading.region,
            principal=Principal.anonymous(),
            credentials=None,
            account=self.home,
            time=self.state.clock.now(),
            state=self.state,
            headers=reading.signed.headers,
            source_ip=self.network.source_ip,
            secure=parts.scheme == "https",
            request_id=self.state.ids.uuid(),
            host=parts.hostname or "",
            query=dict(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else {},
        )

    @staticmethod
    def _prepare(call: Call) -> None:
        """What the service settles before any policy is asked, and whose account the call is about."""
        table = services.table(call.service)
        if table is not None:
            table.settle(call)
        if table is not None and table.owner is not None:
            call.account = table.owner(call) or call.account

    def _answer(self, call: Call, reading: Reading) -> Answer:
        """authorize and perform. Raises `ServiceError` for whatever is refused."""
        key = call.credentials.access_key_id if call.credentials else ""
        call.perform_with_moto = lambda: perform.perform(
            call.service,
            call.account,
            reading.request,
            reading.operation,
            reading.in_path,
            region=call.region,
            access_key=key,
        )
        refuse_limited_session(call)
        if call.account != call.principal.account and self.state.part(Organizations).is_closed(call.account):
            raise refusals.closed_account(call.service, reading.protocol)
        self.authorizer.authorize(call, reading.protocol)
        tag_policies.enforce(call)
        for hook in self.state.before_call:
            hook(call)
        self._load(call.service)
        try:
            deed: Callable[[], Answer] = partial(self._performed, call, reading)
            for step in registry.steps(call.service, call.operation):
                deed = partial(step, call, deed)
            return deed()
        finally:
            # Also after an error: what it stopped half-way may have changed something.
            if services.facts(call.service).holds_policies and not reads(call.operation):
                self.state.touch_policies()

    @staticmethod
    def _performed(call: Call, reading: Reading) -> Answer:
        ours = registry.find(call.service, call.operation)
        if ours is None:
            return call.moto()
        result = ours(call)
        if isinstance(result, Answer):
            return result
        return protocols.serialize(call.service, reading.operation, reading.protocol, result, call.request_id)

    def _load(self, service: str) -> None:
        services.load(service)
        if service in deliveries.SENDERS and service not in self._disconnect:
            self._disconnect[service] = deliveries.connect(service, self._may_deliver, lambda: self.state)

    def close(self) -> None:
        """Undo what the gate changed beyond itself."""
        while self._disconnect:
            _, undo = self._disconnect.popitem()
            undo()

    def _may_deliver(self, sender: str, action: str, target_arn: str, source_arn: str) -> bool:
        """Whether a delivery between services passes the target's policy, asked as the sending service or a role, and
        recorded like any other call of theirs."""
        region, account = Arn.parse(target_arn).region, deliveries.account_of(source_arn)
        call = self._service_call(sender, region or request_context.REGION, account, source_arn)
        judgement = self._asked(call, action, target_arn)
        call.operation, call.parameters = deliveries.as_call(target_arn)
        call.request_id = self.state.ids.uuid()
        if not judgement.allowed:
            judgement = replace(judgement, authorization_id=self.state.ids.authorization_id())
        call.judgements.append(judgement)
        model = protocols.model(call.service)
        assert model is not None
        protocol, operation = str(model.metadata["protocol"]), model.operation_model(call.operation)
        if judgement.allowed:
            answer = protocols.serialize(call.service, operation, protocol, {}, call.request_id)
            self._record(call, answer, None)
        else:
            refusal = refusals.denied(call, protocol, judgement)
            answer = protocols.serialize_error(
                call.service, operation, protocol, refusal, call.request_id, "POST"
            )
            self._record(call, answer, refusal)
        return judgement.allowed

    def may_as_service(
        self,
        service_principal: str,
        action: str,
        resource: str,
        *,
        account: str,
        region: str,
        source_arn: str,
        context: Mapping[str, Any] | None = None,
    ) -> bool:
        call = self._service_call(service_principal, region, account, source_arn)
        return self._asked(call, action, resource, context).allowed

    def may(self, call: Call, action: str, resource: str) -> bool:
        return self._asked(replace(call, refused={}, judgements=[], shown={}), action, resource).allowed

    def _asked(
        self, call: Call, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Judgement:
        """Ask the engine for a call that is of no operation yet."""
        prefix, _, name = action.partition(":")
        # Of a service that this cloud does not serve no resource has a policy here: what roles may do counts alone.
        table = services.table_of_prefix(prefix) or Table(prefix, prefix, resources={})
        call.service, call.operation = table.service, name
        call.account = table.owner_of_arn(resource) or call.account
        ask = Ask(action, resource, type_of(prefix, resource, name), context or {})
        return self.authorizer.answer(call, table, ask)

    def _service_call(self, sender: str, region: str, account: str, source_arn: str) -> Call:
        """A call for the resource `source_arn` of nothing yet, by a service or with the role that it was given."""
        principal, now = _sender(sender, source_arn), self.state.clock.now()
        service = sender if principal.kind is PrincipalKind.SERVICE else _service_of(source_arn)
        return Call(
            service="",
            operation="",
            parameters={},
            region=region,
            principal=principal,
            credentials=usual_credentials(principal, now) or request_context.supposed_session(principal, now),
            account=account,
            time=now,
            state=self.state,
            source_ip=service,
            headers={"user-agent": service},
            caller_context=request_context.of_service_call(source_arn, account),
        )

    # Calls that a service makes within the cloud (labs_helpers.core.caller.Caller)

    def as_principal(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        inner = replace(
            call,
            service=service,
            operation=operation,
            parameters=parameters,
            account=call.caller_account,
            via_service=f"{call.service}.amazonaws.com",
            caller_context={**request_context.of_forwarded_call(call), **(context or {})},
            query={},
            refused={},
            judgements=[],
            shown={},
            request_id=self.state.ids.uuid(),
        )
        return self._within(inner)

    def as_service(
        self,
        service_principal: str,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        account: str,
        region: str,
        source_arn: str,
    ) -> Mapping[str, Any]:
        inner = self._service_call(service_principal, region, account, source_arn)
        inner.service, inner.operation, inner.parameters = service, operation, parameters
        inner.request_id = self.state.ids.uuid()
        return self._within(inner)

    def _within(self, call: Call) -> Mapping[str, Any]:
        modelled(call.service, call.operation)
        reading = written(call.service, call.operation, call.parameters, call.region)
        call.query = dict(parse_qsl(urlsplit(reading.request.url).query, keep_blank_values=True))
        try:
            self._prepare(call)
            answer = self._answer(call, reading)
        except NotModelled:
            raise
        except Exception as failure:
            error = _answered(call.service, call.operation, failure)
            failed = protocols.serialize_error(
                call.service, reading.operation, reading.protocol, error, call.request_id, "POST"
            )
            self._record(call, failed, error)
            if error is failure:
                raise
            raise error from failure
        self._record(call, answer, None)
        if answer.status >= 400:
            code, message = error_of(answer)
            raise ServiceError(code, message, answer.status)
        return protocols.read(reading.operation, answer)

    def _record(self, call: Call, answer: Answer, error: ServiceError | None) -> None:
        self.state.record.add(entry(self.state.ids.uuid(), call, answer, error))


def _sender(name: str, source_arn: str) -> Principal:
    """A service by its principal (`sns.amazonaws.com`), or a session of the role that a service was given, by its ARN,
    for the resource `source_arn`."""
    if not name.startswith("arn:"):
        return Principal.service(name)
    role, source = Arn.parse(name), Arn.parse(source_arn)
    session = f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{source.name}"
    return Principal.from_arn(session, issuer=name)


def _service_of(arn: str) -> str:
    return f"{Arn.parse(arn).service}.amazonaws.com"


def _answered(service: str, operation: str, failure: Exception) -> ServiceError:
    """What a caller is told of an exception: a refusal's own words, or that the service failed."""
    return failure if isinstance(failure, ServiceError) else failures.failed(service, operation, failure)
