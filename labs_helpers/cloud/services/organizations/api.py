"""How the operations are registered: every one checks who calls and what is asked before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.organizations import access, events
from labs_helpers.cloud.services.organizations.free_text import check_free_text
from labs_helpers.cloud.services.organizations.state import Organization, Organizations

Outside = Callable[[Call, Organizations], Mapping[str, Any]]
Inside = Callable[[Call, Organization], Mapping[str, Any]]


def outside(*names: str) -> Callable[[Outside], Outside]:
    """An operation that any account may call, in an organisation or not; the function gets all organisations."""

    def register(function: Outside) -> Outside:
        @operation("organizations", *names)
        @wraps(function)
        def perform(call: Call) -> Mapping[str, Any]:
            _forget_old(call)
            return function(call, call.state.part(Organizations))

        return function

    return register


def inside(*names: str) -> Callable[[Inside], Inside]:
    """An operation within the caller's organisation, which the function gets."""

    def register(function: Inside) -> Inside:
        @operation("organizations", *names)
        @wraps(function)
        def perform(call: Call) -> Mapping[str, Any]:
            _forget_old(call)
            organization = access.check(call)
            check_free_text(call)
            return function(call, organization)

        return function

    return register


def _forget_old(call: Call) -> None:
    """Let go what AWS keeps for a time only; the trail tells of closed accounts that are gone for good.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html
    """
    for organization, account, when in call.state.part(Organizations).forget_old(call.time):
        events.departed(call, organization, account, "CLEANED", when)
