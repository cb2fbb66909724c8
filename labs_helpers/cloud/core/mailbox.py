"""Emails, text messages, and web requests that the cloud sent, stored here instead of being delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Medium = Literal["EMAIL", "SMS", "HTTP"]


class Letter(str):
    """A message's text with its `medium`, its `subject` (None for an SMS), and the time it was `sent`."""

    medium: Medium
    subject: str | None
    sent: datetime

    def __new__(cls, text: str, medium: Medium, subject: str | None, sent: datetime) -> Letter:
        """Create the string with its attributes."""
        letter = super().__new__(cls, text)
        letter.medium, letter.subject, letter.sent = medium, subject, sent
        return letter


@dataclass(slots=True)
class Mailboxes:
    """Messages by destination: an email address, a phone number, or a web address.

    Destinations are case-insensitive.
    """

    _letters: dict[str, list[Letter]] = field(default_factory=dict, repr=False)

    def send(
        self, destination: str, text: str, *, medium: Medium, sent: datetime, subject: str | None = None
    ) -> None:
        """Put a message into the mailbox of an email address, phone number, or web address. Case is ignored."""
        self._letters.setdefault(destination.lower(), []).append(Letter(text, medium, subject, sent))

    def of(self, destination: str) -> list[Letter]:
        """Return the messages sent to an email address, phone number, or web address, oldest first."""
        return list(self._letters.get(destination.lower(), ()))
