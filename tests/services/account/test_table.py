"""What Account Management's operations ask for: the caller's account, or a member of its organisation."""

from __future__ import annotations

import pytest

from labs_helpers.core.errors import ServiceError
from labs_helpers.moto.backends import backend
from tests.services.moto_state import fresh
from tests.services.tables import HOME, OUTSIDER, asks

__all__ = ["fresh"]


def test_without_an_account_id_it_is_the_callers():
    (ask,) = asks("account", "GetAlternateContact", AlternateContactType="SECURITY")
    assert (ask.type, ask.resource) == ("account", f"arn:aws:account::{HOME}:account")
    assert ask.context == {"account:AlternateContactTypes": ["SECURITY"]}


def test_a_member_is_asked_for_as_the_organisations():
    organizations = backend("organizations", HOME)
    organisation = organizations.create_organization("us-east-1", FeatureSet="ALL")["Organization"]["Id"]
    made = organizations.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]
    member = made["AccountId"]
    (ask,) = asks("account", "PutAlternateContact", AlternateContactType="BILLING", AccountId=member)
    assert ask.type == "accountInOrganization"
    assert ask.resource == f"arn:aws:account::{HOME}:account/{organisation}/{member}"


def test_an_account_of_others_is_refused():
    with pytest.raises(ServiceError) as refused:
        asks("account", "GetAlternateContact", AlternateContactType="SECURITY", AccountId=OUTSIDER)
    assert refused.value.code == "AccessDeniedException"
