"""Views on moto's Organizations: which organisation an account is in, and the ARNs, types and tags of what is in it.

moto's Organizations itself is not imported before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs_helpers.moto import backends
from labs_helpers.services.organizations.tree import management_account


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organisation: its id (`o-…`), its management account and its root (`r-…`)."""

    id: str
    management_account: str
    root_id: str


@dataclass(frozen=True, slots=True)
class OrganizationPolicyView:
    """An organisation's policy; `type` as in `SERVICE_CONTROL_POLICY`."""

    id: str
    type: str
    aws_managed: bool


def _management_backend(account: str) -> Any | None:
    """moto's Organizations of the management account of the organisation that `account` is in; None for none."""
    management = management_account(account)
    found = backends.backend("organizations", management) if management else None
    return found if found is not None and found.org is not None else None


def organization(account: str) -> OrganizationView | None:
    """The organisation that an account manages or is a member of, None if it is in none."""
    found = _management_backend(account)
    if found is None:
        return None
    return OrganizationView(found.org.id, found.org.master_account_id, found.org.root_id)


def policy(account: str, policy_id: str) -> OrganizationPolicyView | None:
    """A policy of the account's organisation."""
    found = _find(account, "policies", policy_id)
    return None if found is None else OrganizationPolicyView(found.id, found.type, bool(found.aws_managed))


def tags(account: str, resource_id: str) -> dict[str, str]:
    """The tags of an account, OU, root or policy of the account's organisation, by its id."""
    for kind in ("accounts", "ou", "policies"):
        found = _find(account, kind, resource_id)
        if found is not None:
            return dict(found.tags)
    return {}


def _find(account: str, kind: str, identifier: str) -> Any | None:
    found = _management_backend(account)
    return next((item for item in getattr(found, kind, ()) if item.id == identifier), None)
