"""The message that asks an endpoint to confirm a subscription, with the token for the confirmation.

https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.mailbox import Mailboxes
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns import signing
from labs_helpers.cloud.services.sqs import moto_view as sqs

_TOKEN = re.compile(r"[0-9a-f]{200,300}")


def is_token(text: str) -> bool:
    """Return True for a string that has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def ask(call: Call, pending: Any, token: str) -> None:
    """Send a confirmation token to a subscription's endpoint: a queue, or the mailbox of an address or URL."""
    sns.await_confirmation(pending, token, call.time)
    topic_arn = pending.topic.arn
    url = f"https://sns.{call.region}.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}"
    if pending.protocol == "sqs":
        caller = call.state.caller
        assert caller is not None, "a running cloud has a caller"
        allowed = caller.may_as_service(
            "sns.amazonaws.com", "sqs:SendMessage", pending.endpoint, account=call.account, region=call.region,
            source_arn=topic_arn,
        )  # fmt: skip
        if allowed:
            sqs.send(pending.endpoint, _document(call, topic_arn, token, url))
        return
    if pending.protocol == "email":
        text = f"You have chosen to subscribe to the topic:\n{topic_arn}\n\nTo confirm, visit:\n{url}\n"
        subject = "AWS Notification - Subscription Confirmation"
    else:
        text, subject = _document(call, topic_arn, token, url), None
    call.state.part(Mailboxes).send(
        pending.endpoint, text, medium="EMAIL" if "@" in pending.endpoint else "HTTP", sent=call.time,
        subject=subject,
    )  # fmt: skip


def _document(call: Call, topic_arn: str, token: str, url: str) -> str:
    """Return the signed request for consent."""
    now = call.time
    sent: dict[str, Any] = {
        "Type": "SubscriptionConfirmation", "MessageId": call.state.ids.uuid(), "Token": token,
        "TopicArn": topic_arn,
        "Message": f"You have chosen to subscribe to the topic {topic_arn}.\nTo confirm the subscription, visit the "
        "SubscribeURL included in this message.",
        "SubscribeURL": url, "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
        "SignatureVersion": "1",
    }  # fmt: skip
    sent["Signature"] = signing.signature(sent, "1")
    sent["SigningCertURL"] = signing.certificate_url(call.region)
    return json.dumps(sent, indent=2, separators=(",", " : "))
