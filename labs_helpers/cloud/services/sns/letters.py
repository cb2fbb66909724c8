"""Notifications to addresses. They are put into the addresses' mailboxes, because nothing leaves the cloud.

https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.mailbox import Mailboxes, Medium
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.sns.notifications import Notification

_MEDIA: dict[str, Medium] = {
    "email": "EMAIL", "email-json": "EMAIL", "sms": "SMS", "http": "HTTP", "https": "HTTP",
}  # fmt: skip


def post(state: State, sent: Notification, protocol: str, endpoint: str, *, raw: bool) -> None:
    """Put a notification into an address's mailbox, in the form of the protocol. Other protocols are ignored."""
    medium = _MEDIA.get(protocol)
    if medium is None:
        return
    plain = raw or protocol in ("email", "sms")
    subject = (sent.subject or "AWS Notification Message") if medium == "EMAIL" else None
    state.part(Mailboxes).send(
        endpoint,
        sent.message if plain else sent.text(),
        medium=medium,
        sent=state.clock.now(),
        subject=subject,
    )
