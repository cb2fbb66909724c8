"""authorize: may this caller do what the call asks for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud import services
from labs_helpers.cloud.core.call import Call, Judgement
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.policy_cache import PolicyCache
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate import refusals, request_context
from labs_helpers.cloud.gate.policies_in_force import PoliciesInForce
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.engine.policy import AccessRequest, Principal, PrincipalKind, decide

_TAGS = {
    PrincipalKind.USER: moto_iam.user_tags,
    PrincipalKind.ROLE_SESSION: moto_iam.role_tags,
    PrincipalKind.FEDERATED_USER: moto_iam.user_tags,
}
"""Whose tags a principal carries beside its session's: a federated user has those of the user who made the token."""


class Authorizer:
    """Turns a call into questions to the engine and collects what it needs to answer them."""

    def __init__(self, state: State):
        self._state = state
        self.in_force = PoliciesInForce(state)
        self._tags: PolicyCache[str, Mapping[str, str]] = PolicyCache(state)

    def authorize(self, call: Call, protocol: str) -> None:
        """Ask the engine everything that `call` needs; what it answers goes into `call.judgements`.

        Raises `AccessDenied` at the first refusal. Items of a call that AWS answers item by item do not refuse it:
        they go into `call.refused`. Raises `NotModelled` for an operation that no table names.
        """
        table = modelled(call.service, call.operation)
        asks = table.asks(call)
        common = self.context(call)
        for ask in asks:
            judgement = self.judge(call, table, ask, common)
            call.judgements.append(judgement)
            if judgement.allowed:
                continue
            if ask.item is None:
                raise refusals.denied(call, protocol, judgement)
            call.refused[ask.item] = judgement.decision

    def judge(self, call: Call, table: Table, ask: Ask, common: Mapping[str, Any] | None = None) -> Judgement:
        """Ask the engine one question; a refusal gets the ID by which it can be looked up."""
        judgement = self.answer(call, table, ask, common)
        if judgement.allowed:
            return judgement
        return replace(judgement, authorization_id=self._state.ids.authorization_id())

    def answer(
        self, call: Call, table: Table, ask: Ask, common: Mapping[str, Any] | None = None
    ) -> Judgement:
        """Ask the engine one question of a call that may not be made: no ID is drawn for it."""
        owner = ask.account or call.account
        context = dict(common) if common is not None else self.context(call)
        request_context.add_resource(context, owner, self.in_force.membership)
        for name, value in ask.context.items():
            context[name.lower()] = value
        if table.tags is not None and ask.type is not None:
            for name, value in table.tags(call, ask).items():
                context[f"aws:resourcetag/{name.lower()}"] = value
        policy = table.policy(call, ask) if table.policy is not None else None
        grants = table.grants(call, ask) if table.grants is not None else None
        rcps = table.beyond_rcps is None or not table.beyond_rcps(call, ask)
        policies = self.in_force.collect(
            call.principal, call.credentials, policy, action=ask.action, owner=owner, grants=grants, rcps=rcps
        )
        request = AccessRequest(call.principal, ask.action, ask.resource, owner, context, ask.action.lower())
        return Judgement(request, policies, decide(request, policies))

    def context(self, call: Call) -> dict[str, Any]:
        """The condition keys that every request of this caller carries, by lower-case name."""
        tags = self._principal_tags(call.principal) if call.credentials is not None else {}
        return request_context.of_call(call, tags, self.in_force.membership)

    def _principal_tags(self, principal: Principal) -> Mapping[str, str]:
        arn = principal.issuer or principal.arn
        find = _TAGS.get(principal.kind)
        if find is None:
            return {}
        return self._tags.get(arn, lambda: find(principal.account or "", arn.rpartition("/")[2]))


def modelled(service: str, operation: str) -> Table:
    """The table that says what an operation asks for. Raises `NotModelled`, which says where to add it."""
    table = services.table(service)
    if table is None:
        known = ", ".join(services.modelled_services())
        raise NotModelled(
            f"{service}:{operation} is not modelled: this cloud knows the services {known}. "
            f"To add one, write labs_helpers/cloud/services/{services.folder(service)}/table.py"
        )
    why = table.left_out(operation)
    if why is not None:
        raise NotModelled(f"{service}:{operation} is not modelled: {why}")
    if not table.models(operation):
        raise NotModelled(
            f"{service}:{operation} is not modelled, so it is refused rather than performed unasked. "
            f"To add it, give it a row in labs_helpers/cloud/services/{services.folder(service)}/table.py"
        )
    return table
