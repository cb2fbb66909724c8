"""What moto's Organizations knows of an account: who manages it."""

from __future__ import annotations

from labs_helpers.moto.backends import accounts, backend


def organisation_managed_by(management: str, member: str) -> str | None:
    """The id (`o-…`) of the organisation that `management` manages and `member` belongs to, None if there is none."""
    if management not in accounts("organizations"):
        return None
    found = backend("organizations", management)
    if found.org is None or found.org.master_account_id != management:
        return None
    return found.org.id if any(account.id == member for account in found.accounts) else None
