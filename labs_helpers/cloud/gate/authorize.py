"""The gate's second step, authorize, which decides whether a caller is allowed to make a call."""

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
from labs_helpers.engine.policy.arn import Arn

_TAGS = {
    PrincipalKind.USER: moto_iam.user_tags,
    PrincipalKind.ROLE_SESSION: moto_iam.role_tags,
    PrincipalKind.FEDERATED_USER: moto_iam.user_tags,
}
"""Kind → a function that returns a principal's tags other than session tags.

A federated user has the tags of the user who requested the token.
"""


class Authorizer:
    """The component that authorizes calls.

    It collects policies and condition keys and has the engine evaluate the request.
    """

    def __init__(self, state: State):
        self._state = state
        self.in_force = PoliciesInForce(state)
        self._tags: PolicyCache[str, Mapping[str, str]] = PolicyCache(state)

    def authorize(self, call: Call, protocol: str) -> None:
        """Have the engine check every permission that `call` needs, and add the judgments to `call.judgements`.

        Raises `AccessDenied` at the first denial, or `NotModelled` for an operation that isn't in any table. If AWS
        answers a call item by item, a denied item doesn't deny the call: it is added to `call.refused`.
        """
        table = modelled(call.service, call.operation)
        asks = list(table.asks(call))
        if any(_passes_role_of_another_account(call.principal, ask) for ask in asks):
            raise refusals.role_of_another_account(call.service, protocol)
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
        """Have the engine evaluate one permission check.

        A denial gets an authorization ID, by which it can be looked up.
        """
        judgement = self.answer(call, table, ask, common)
        if judgement.allowed:
            return judgement
        return replace(judgement, authorization_id=self._state.ids.authorization_id())

    def answer(
        self, call: Call, table: Table, ask: Ask, common: Mapping[str, Any] | None = None
    ) -> Judgement:
        """Have the engine evaluate one permission check, possibly for a hypothetical call.

        The judgment doesn't get an authorization ID.
        """
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
        """Return the condition keys that every request from this caller contains, by lowercase name."""
        tags = self._principal_tags(call.principal) if call.credentials is not None else {}
        return request_context.of_call(call, tags, self.in_force.membership)

    def _principal_tags(self, principal: Principal) -> Mapping[str, str]:
        arn = principal.issuer or principal.arn
        find = _TAGS.get(principal.kind)
        if find is None:
            return {}
        return self._tags.get(arn, lambda: find(principal.account or "", arn.rpartition("/")[2]))


def _passes_role_of_another_account(principal: Principal, ask: Ask) -> bool:
    """Return True if the caller would pass another account's role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    if ask.action != "iam:PassRole" or principal.account is None:
        return False
    role = Arn.read(ask.resource)
    return role is not None and role.account != principal.account


def modelled(service: str, operation: str) -> Table:
    """Return an operation's table.

    Raises `NotModelled`, with a message that shows where to add a table, if there is none.
    """
    table = services.table(service)
    if table is None:
        known = ", ".join(services.modelled_services())
        raise NotModelled(
            f"{service}:{operation} isn't modeled: this cloud knows the services {known}. "
            f"To add one, write labs_helpers/cloud/services/{services.folder(service)}/table.py"
        )
    why = table.left_out(operation)
    if why is not None:
        raise NotModelled(f"{service}:{operation} isn't modeled: {why}")
    if not table.models(operation):
        raise NotModelled(
            f"{service}:{operation} isn't modeled, so it is rejected rather than performed without authorization. "
            f"To add it, give it a row in labs_helpers/cloud/services/{services.folder(service)}/table.py"
        )
    return table
