"""What the cloud sent to people: e-mails and text messages, kept in the place of the networks that would carry them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Medium = Literal["EMAIL", "SMS"]


class Letter(str):
    """The text of a message, which knows how it came: its `medium`, `subject` (None for an SMS), and when."""

    medium: Medium
    subject: str | None
    sent: datetime

    def __new__(cls, text: str, medium: Medium, subject: str | None, sent: datetime) -> Letter:
        letter = super().__new__(cls, text)
        letter.medium, letter.subject, letter.sent = medium, subject, sent
        return letter


@dataclass(slots=True)
class Mailboxes:
    """Messages by where they went, an address or a phone number. Addresses are compared without regard to case."""

    _letters: dict[str, list[Letter]] = field(default_factory=dict, repr=False)

    def send(
        self, destination: str, text: str, *, medium: Medium, sent: datetime, subject: str | None = None
    ) -> None:
        """Put a text into the mailbox of an address or phone number, whatever the case of its letters."""
        self._letters.setdefault(destination.lower(), []).append(Letter(text, medium, subject, sent))

    def of(self, destination: str) -> list[Letter]:
        """What came to an address or phone number, oldest first."""
        return list(self._letters.get(destination.lower(), ()))
