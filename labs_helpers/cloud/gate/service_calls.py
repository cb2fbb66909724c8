"""Calls between services within the cloud, which are unsigned but otherwise processed like any request.

For example, S3 calls KMS to decrypt an object for the caller who reads it, and EventBridge sends events to a queue as
its service principal or with a role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Answer, Call, Judgement
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate import failures, refusals, request_context
from labs_helpers.cloud.gate.authorize import Authorizer, modelled
from labs_helpers.cloud.gate.questions import usual_credentials
from labs_helpers.cloud.gate.reading import Reading, written
from labs_helpers.cloud.gate.recording import error_of, record
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.engine.policy import Principal, PrincipalKind
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference.arn_types import type_of


class ServiceCalls:
    """Calls and deliveries between services: the gate's implementation of `core.caller.Caller`.

    `answer` authorizes and performs a call, as the gate does for external requests.
    """

    def __init__(self, state: State, authorizer: Authorizer, answer: Callable[[Call, Reading], Answer]):
        self._state = state
        self._authorizer = authorizer
        self._answer = answer

    def as_principal(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Call `operation` with the permissions of `call`'s principal, through `call`'s service.

        Returns the operation's output. Raises `ServiceError` if the call is rejected.
        """
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
            afterwards=[],
            request_id=self._state.ids.uuid(),
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
        """Call `operation` as a service principal, for the resource `source_arn` in `account`.

        Returns the operation's output. Raises `ServiceError` if the call is rejected.
        """
        inner = self._service_call(service_principal, region, account, source_arn)
        inner.service, inner.operation, inner.parameters = service, operation, parameters
        inner.request_id = self._state.ids.uuid()
        return self._within(inner)

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
        """Return True if a service principal can perform an action for the resource `source_arn` in `account`."""
        call = self._service_call(service_principal, region, account, source_arn)
        return self._asked(call, action, resource, context).allowed

    def may(self, call: Call, action: str, resource: str) -> bool:
        """Return True if `call`'s principal is allowed to perform an action. Nothing is recorded."""
        return self._asked(
            replace(call, refused={}, judgements=[], shown={}, afterwards=[]), action, resource
        ).allowed

    def may_deliver(
        self,
        sender: str,
        action: str,
        target_arn: str,
        *,
        operation: str,
        parameters: Mapping[str, Any],
        account: str,
        source_arn: str,
    ) -> bool:
        """Return True if the target's policies allow delivery by a service or its role, and record the call."""
        region = Arn.parse(target_arn).region or request_context.REGION
        call = self._service_call(sender, region, account, source_arn)
        judgement = self._asked(call, action, target_arn)
        call.operation, call.parameters = operation, parameters
        call.request_id = self._state.ids.uuid()
        if not judgement.allowed:
            judgement = replace(judgement, authorization_id=self._state.ids.authorization_id())
        call.judgements.append(judgement)
        model = protocols.model(call.service)
        assert model is not None
        protocol, operation = str(model.metadata["protocol"]), model.operation_model(call.operation)
        if judgement.allowed:
            answer = protocols.serialize(call.service, operation, protocol, {}, call.request_id)
            record(call, answer, None)
        else:
            refusal = refusals.denied(call, protocol, judgement)
            answer = protocols.serialize_error(
                call.service, operation, protocol, refusal, call.request_id, "POST"
            )
            record(call, answer, refusal)
        return judgement.allowed

    def _within(self, call: Call) -> Mapping[str, Any]:
        modelled(call.service, call.operation)
        reading = written(call.service, call.operation, call.parameters, call.region)
        if reading.protocol.startswith("rest-"):  # the other protocols have no parameters in the URL
            call.query = dict(parse_qsl(urlsplit(reading.request.url).query, keep_blank_values=True))
        try:
            answer = self._answer(call, reading)
        except NotModelled:
            raise
        except Exception as failure:
            error = failures.told(call, failure)
            failed = protocols.serialize_error(
                call.service, reading.operation, reading.protocol, error, call.request_id, "POST"
            )
            record(call, failed, error)
            if error is failure:
                raise
            raise error from failure
        record(call, answer, None)
        if answer.status >= 400:
            code, message = error_of(answer)
            raise ServiceError(code, message, answer.status)
        return protocols.read(reading.operation, answer)

    def _asked(
        self, call: Call, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Judgement:
        """Ask the engine about a call that has no operation yet."""
        prefix, _, name = action.partition(":")
        # A service that this cloud doesn't serve has no resource policies here: only the principal's policies apply.
        table = services.table_of_prefix(prefix) or Table(prefix, prefix, resources={})
        call.service, call.operation = table.service, name
        call.account = table.owner_of_arn(resource) or call.account
        ask = Ask(action, resource, type_of(prefix, resource, name), context or {})
        return self._authorizer.answer(call, table, ask)

    def _service_call(self, sender: str, region: str, account: str, source_arn: str) -> Call:
        """Return a call without an operation for the resource `source_arn`, by a service or its role."""
        principal, now = _sender(sender, source_arn), self._state.clock.now()
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
            state=self._state,
            source_ip=service,
            headers={"user-agent": service},
            caller_context=request_context.of_service_call(source_arn, account),
        )


def _sender(name: str, source_arn: str) -> Principal:
    """Return the principal of a service (`sns.amazonaws.com`), of an account, or of a session of the role `name`.

    The session is named after the resource `source_arn`.
    """
    if not name.startswith("arn:"):
        return Principal.service(name)
    if name.endswith(":root"):  # an account whose event bus sends to another bus
        return Principal.from_arn(name)
    role, source = Arn.parse(name), Arn.parse(source_arn)
    session = f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{source.name}"
    return Principal.from_arn(session, issuer=name)


def _service_of(arn: str) -> str:
    return f"{Arn.parse(arn).service}.amazonaws.com"
