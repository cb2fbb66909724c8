"""The state of Account Management.

Organizations stores the names and root user email addresses of accounts (`Organizations.profile`).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from labs_helpers.cloud.moto import protocols

ENABLED_BY_DEFAULT = frozenset(
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 "
    "eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2".split()
)
"""The Regions that every account has enabled by default.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""
SWITCHING = timedelta(minutes=5)
"""How long a Region's status stays ENABLING or DISABLING on the lab clock.

The AWS documentation only mentions "a few minutes".
"""


@dataclass(slots=True)
class Passcode:
    """A one-time passcode that was sent. AWS doesn't document a limit on attempts; this cloud allows five."""

    code: str
    tries: int = 5

    @property
    def spent(self) -> bool:
        """True if no attempts are left to enter the passcode."""
        return self.tries <= 0

    def fits(self, shown: str) -> bool:
        """Return whether the given code matches the code that was sent, and count the attempt."""
        self.tries -= 1
        return hmac.compare_digest(self.code.encode(), shown.encode())


@dataclass(slots=True)
class EmailUpdate:
    """The last requested update of a root user's email address."""

    address: str
    passcode: Passcode
    changed: datetime
    completed: bool = False

    @property
    def status(self) -> str:
        """The status of the update (PrimaryEmailUpdateStatus)."""
        if self.completed:
            return "COMPLETED"
        return "FAILED" if self.passcode.spent else "PENDING"


@dataclass(slots=True)
class Details:
    """One account's contacts. `phone_code` is the passcode that was sent to the phone number and hasn't been used."""

    alternates: dict[str, dict[str, str]] = field(default_factory=dict)
    contact: dict[str, str] | None = None
    verified: bool = False
    phone_code: Passcode | None = None
    email_update: EmailUpdate | None = None

    @property
    def verification(self) -> str:
        """The status of the phone number (VerificationStatus)."""
        if self.phone_code is not None and not self.phone_code.spent:
            return "PENDING"
        return "VERIFIED" if self.verified else "UNVERIFIED"


@dataclass(slots=True)
class Accounts:
    """The details of all accounts, created on first use."""

    _details: dict[str, Details] = field(default_factory=dict)

    def of(self, account: str) -> Details:
        """Return an account's details."""
        return self._details.setdefault(account, Details())

    def copy_contact(self, account: str, management: str) -> None:
        """Copy the contact of the organization's management account to a new account, as Organizations does.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
        """
        contact = self.of(management).contact
        if contact is not None:
            self.of(account).contact = dict(contact)


@dataclass(slots=True)
class Regions:
    """The Region statuses of all accounts. In this cloud, every account starts with all Regions enabled."""

    _switched: dict[tuple[str, str], tuple[bool, datetime]] = field(default_factory=dict)
    """By (account, Region): whether the Region was last enabled or disabled, and when."""

    def status(self, account: str, region: str, now: datetime) -> str:
        """Return the RegionOptStatus of an account's Region."""
        if region in ENABLED_BY_DEFAULT:
            return "ENABLED_BY_DEFAULT"
        on, since = self._switched.get((account, region), (True, None))
        if since is not None and now < since + SWITCHING:
            return "ENABLING" if on else "DISABLING"
        return "ENABLED" if on else "DISABLED"

    def switch(self, account: str, region: str, on: bool, now: datetime) -> None:
        """Start enabling or disabling a Region."""
        self._switched[account, region] = on, now

    def usable(self, account: str, region: str, now: datetime) -> bool:
        """Return whether the account's credentials work in the Region.

        https://docs.aws.amazon.com/accounts/latest/reference/API_DisableRegion.html
        """
        return not self._switched or self.status(account, region, now).startswith("ENABLED")


def region_names() -> list[str]:
    """Return the names of all Regions, sorted."""
    return sorted(name for name in protocols.regions() if not name.endswith("-global"))
