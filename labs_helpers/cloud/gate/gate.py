"""The gate: identify → authorize → perform → record, for every request that reaches the cloud.

It replaces moto's `process_request` (see `labs_helpers.cloud.moto.hooks`), so that all requests pass through it: from
boto3 and from the `requests` library, signed and presigned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ClosedAccount, NotModelled, ServiceError
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate import failures, refusals, signature
from labs_helpers.cloud.gate.authorize import Authorizer, modelled
from labs_helpers.cloud.gate.endpoints import address
from labs_helpers.cloud.gate.hosts import Host, Network
from labs_helpers.cloud.gate.identify import Identifier, refuse_limited_session
from labs_helpers.cloud.gate.questions import Questions
from labs_helpers.cloud.gate.reading import Reading, read
from labs_helpers.cloud.gate.recording import reads, record
from labs_helpers.cloud.gate.service_calls import ServiceCalls
from labs_helpers.cloud.moto import perform, protocols, timestamps, unreadable_requests
from labs_helpers.engine.policy import Principal

protocols.know_error_codes(refusals.CODES | failures.CODES | unreadable_requests.CODES)


class Gate:
    """The gate that every request passes through. A running cloud has one gate; its entry point is `process`."""

    def __init__(self, state: State, network: Network, home: str):
        self.network = network
        self.home = home
        self.lock = threading.RLock()
        """A lock that is held while a request is answered or the cloud is reset, so that threads take turns."""
        self._disconnect: dict[str, Callable[[], None]] = {}
        services.load_gate_hooks()
        self.begin(state)

    def begin(self, state: State) -> None:
        """Switch to a new state and discard the previous one."""
        self.state = state
        timestamps.follow(state.clock.now)
        self.network.of_services = self._site
        self.identifier = Identifier(state)
        self.authorizer = Authorizer(state)
        self.questions = Questions(state, self.authorizer, self.network, self.home)
        self.service_calls = state.caller = ServiceCalls(state, self.authorizer, self._answer)

    def process(
        self, prepared: AWSPreparedRequest, sent: signature.Request | None = None
    ) -> tuple[int, Mapping[str, Any], str | bytes]:
        """Answer one HTTP request with (status, headers, body). Raises `NotModelled` for unsupported requests.

        `sent` is the request as signed, if it was sent to a hostname of the cloud instead of AWS's.
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
        # AWS has no name for such an operation, so it doesn't record the call.
        except unreadable_requests.UnknownOperation as none:
            if services.table(service) is None:
                # Several services can share an endpoint (email: SES and SES v2), each with its own operations.
                modelled(service, f"{prepared.method} {urlsplit(prepared.url).path}")
            refused = protocols.refuse_unknown(service, none, self.state.ids.uuid(), prepared.method)
            return refused.status, refused.headers, refused.body
        modelled(service, reading.operation.name)
        call = self._call(reading)
        error: ServiceError | None = None
        try:
            self._identify(call, reading)
            call.parameters, reading = self._understood(call, reading)
            answer = self._answer(call, reading)
        except NotModelled:
            raise
        except Exception as failure:
            error = failures.told(call, failure)
            answer = protocols.serialize_error(
                service, reading.operation, reading.protocol, error, call.request_id, prepared.method
            )
        answer = protocols.identified(answer, service, reading.protocol, call.request_id)
        record(call, answer, error)
        return answer.status, answer.headers, answer.body

    def _identify(self, call: Call, reading: Reading) -> None:
        """Identify the caller, and store it in the call.

        Raises `ServiceError` for a caller without valid proof of identity.
        """
        service, protocol = reading.service, reading.protocol
        reading.refuse_ambiguous()
        credentials = self.identifier.identify(reading.signed, service, protocol, reading.region)
        if credentials is not None:
            call.credentials, call.principal = credentials, credentials.principal
            call.account = credentials.account
        elif not self._accepts_anonymous(reading):
            raise refusals.unsigned(service, protocol)

    @staticmethod
    def _accepts_anonymous(reading: Reading) -> bool:
        """Return True if an operation accepts unsigned requests."""
        operation = reading.operation
        return (
            reading.service == "s3"
            or operation.auth_type == "none"
            or operation.name in services.facts(reading.service).anonymous
        )

    @staticmethod
    def _understood(call: Call, reading: Reading) -> tuple[Mapping[str, Any], Reading]:
        """Return the parameters, and the `Reading` without unknown parameters. Raises `ServiceError`."""
        try:
            return reading.understood()
        except ServiceError:
            sooner = services.facts(reading.service).refuse_unreadable
            if sooner is not None:
                call.parameters = dict(reading.in_path or {})
                sooner(reading.operation.name, call.parameters)
            raise

    def _site(self, name: str) -> Host | None:
        """Return the function that answers for a service's host other than its endpoint (a user pool's domain)."""
        site = registry.find_site(self.state, name)
        if site is None:
            return None

        def answer(prepared: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], str | bytes]:
            """Answer one request to the host."""
            answered = site(prepared, self.network.source_ip)
            return answered.status, answered.headers, answered.body

        return answer

    def _page(self, service: str, region: str, prepared: AWSPreparedRequest) -> Answer | None:
        """Return a service's response outside any operation (a user pool's key set), or None for other requests."""
        self._load(service)
        answered = registry.find_page(service)
        return answered(self.state, region, prepared) if answered is not None else None

    def _call(self, reading: Reading) -> Call:
        """Return the call as it is known before its signature is checked: anonymous and without parameters."""
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
    def _settle(call: Call) -> None:
        """Have the service complete the call before it is authorized, and find the account that owns the resource."""
        table = services.table(call.service)
        if table is not None:
            table.settle(call)
        if table is not None and table.owner is not None:
            call.account = table.owner(call) or call.account

    def _answer(self, call: Call, reading: Reading) -> Answer:
        """Authorize and perform a call, in the order of `core.stages`. Raises `ServiceError` for a rejected call."""
        self._settle(call)
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
        for check in registry.hooks(Stage.REACHED):
            try:
                check(call)
            except ClosedAccount as closed:
                raise refusals.closed_account(call.service, reading.protocol) from closed
        self.authorizer.authorize(call, reading.protocol)
        for check in registry.hooks(Stage.PERMITTED):
            check(call)
        for hook in self.state.before_call:
            hook(call)
        self._load(call.service)
        try:
            deed: Callable[[], Answer] = partial(self._performed, call, reading)
            for step in registry.steps(call.service, call.operation):
                deed = partial(step, call, deed)
            return deed()
        finally:
            # Also after an error, because a call that stopped halfway might have changed something.
            if services.facts(call.service).holds_policies and not reads(call.operation):
                self.state.touch_policies()

    @staticmethod
    def _performed(call: Call, reading: Reading) -> Answer:
        unperformed = services.facts(call.service).refuse_unperformed
        if unperformed is not None:
            unperformed(call)
        ours = registry.find(call.service, call.operation)
        if ours is None:
            return call.moto()
        result = ours(call)
        if isinstance(result, Answer):
            return result
        return protocols.serialize(call.service, reading.operation, reading.protocol, result, call.request_id)

    def _load(self, service: str) -> None:
        services.load(service)
        connect = registry.connection(service)
        if connect is not None and service not in self._disconnect:
            self._disconnect[service] = connect(service, lambda: self.state)

    def close(self) -> None:
        """Undo all changes that the gate made to other components."""
        while self._disconnect:
            _, undo = self._disconnect.popitem()
            undo()
