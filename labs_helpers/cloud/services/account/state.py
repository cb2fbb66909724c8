"""What Account Management keeps of accounts.

Names and root users' addresses are Organizations' to keep (`Organizations.profile`).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from labs_helpers.cloud.moto import protocols

BY_DEFAULT = frozenset(
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 "
    "eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2".split()
)
"""The Regions that every account has: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html"""
SWITCHING = timedelta(minutes=5)
"""How long a Region is ENABLING or DISABLING by the lab clock; AWS says a few minutes."""


@dataclass(slots=True)
class Passcode:
    """A one-time passcode that was sent. AWS says no number of tries; a handful is none of a million."""

    code: str
    tries: int = 5

    @property
    def spent(self) -> bool:
        return self.tries <= 0

    def fits(self, shown: str) -> bool:
        self.tries -= 1
        return hmac.compare_digest(self.code.encode(), shown.encode())


@dataclass(slots=True)
class EmailUpdate:
    """The last change of a root user's address that was asked for."""

    address: str
    passcode: Passcode
    changed: datetime
    completed: bool = False

    @property
    def status(self) -> str:
        """PrimaryEmailUpdateStatus."""
        if self.completed:
            return "COMPLETED"
        return "FAILED" if self.passcode.spent else "PENDING"


@dataclass(slots=True)
class Details:
    """One account's. `phone_code` is what was sent to the phone and not used yet."""

    alternates: dict[str, dict[str, str]] = field(default_factory=dict)
    contact: dict[str, str] | None = None
    verified: bool = False
    phone_code: Passcode | None = None
    email_update: EmailUpdate | None = None

    @property
    def verification(self) -> str:
        """VerificationStatus of the phone number."""
        if self.phone_code is not None and not self.phone_code.spent:
            return "PENDING"
        return "VERIFIED" if self.verified else "UNVERIFIED"


@dataclass(slots=True)
class Accounts:
    """All accounts' details, made when they are first asked for."""

    _details: dict[str, Details] = field(default_factory=dict)

    def of(self, account: str) -> Details:
        return self._details.setdefault(account, Details())

    def furnish(self, account: str, management: str) -> None:
        """Give a new account the contact of the organisation's management account, as Organizations does.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
        """
        contact = self.of(management).contact
        if contact is not None:
            self.of(account).contact = dict(contact)


@dataclass(slots=True)
class Regions:
    """Which Regions accounts have. The cloud's accounts have opted into all of them; they can opt out, and in again."""

    _switched: dict[tuple[str, str], tuple[bool, datetime]] = field(default_factory=dict)
    """(account, Region) → whether it was switched on or off last, and when."""

    def status(self, account: str, region: str, now: datetime) -> str:
        """RegionOptStatus."""
        if region in BY_DEFAULT:
            return "ENABLED_BY_DEFAULT"
        on, since = self._switched.get((account, region), (True, None))
        if since is not None and now < since + SWITCHING:
            return "ENABLING" if on else "DISABLING"
        return "ENABLED" if on else "DISABLED"

    def switch(self, account: str, region: str, on: bool, now: datetime) -> None:
        self._switched[account, region] = on, now

    def usable(self, account: str, region: str, now: datetime) -> bool:
        """Whether the account's credentials are good for anything in a Region.

        https://docs.aws.amazon.com/accounts/latest/reference/API_DisableRegion.html
        """
        return not self._switched or self.status(account, region, now).startswith("ENABLED")


def names() -> list[str]:
    """Every Region, in order."""
    return sorted(name for name in protocols.regions() if not name.endswith("-global"))
