"""The resources that Account Management's operations require: the caller's account or a member account."""

from __future__ import annotations

import pytest

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.organizations.state import Member, Organizations
from tests.cloud.services.moto_state import fresh
from tests.cloud.services.tables import HOME, OUTSIDER, asks

__all__ = ["fresh"]


def test_without_an_account_id_it_is_the_callers():
    (ask,) = asks("account", "GetAlternateContact", AlternateContactType="SECURITY")
    assert (ask.type, ask.resource) == ("account", f"arn:aws:account::{HOME}:account")
    assert ask.context == {"account:AlternateContactTypes": ["SECURITY"]}


def test_a_member_is_asked_for_as_the_organizations():
    state = State(Ids(1))
    organizations, now, member = state.part(Organizations), state.clock.now(), "555566667777"
    made = organizations.create(HOME, "ALL", state.ids, now)
    organizations.join(made, Member(member, "m", "m@example.com", "CREATED", now, made.root))
    made.services["account.amazonaws.com"] = now
    (ask,) = asks(
        "account", "PutAlternateContact", AlternateContactType="BILLING", AccountId=member, state=state
    )
    assert ask.type == "accountInOrganization"
    assert ask.resource == f"arn:aws:account::{HOME}:account/{made.id}/{member}"


def test_an_account_of_others_is_refused():
    with pytest.raises(ServiceError) as refused:
        asks("account", "GetAlternateContact", AlternateContactType="SECURITY", AccountId=OUTSIDER)
    assert refused.value.code == "AccessDeniedException"
