"""Protocols and endpoints of subscriptions.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import re

from labs_helpers.cloud.services.sns.errors import invalid
from labs_helpers.engine.policy.arn import Arn

_FORMS = {
    "http": re.compile(r"http://\S+"), "https": re.compile(r"https://\S+"), "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "email-json": re.compile(r"[^@\s]+@[^@\s]+"), "sms": re.compile(r"\+?[0-9][0-9 ()./-]{3,30}"),
    "sqs": re.compile(r"arn:[\w-]+:sqs:[\w-]+:\d{12}:\S+"), "application": re.compile(r"arn:[\w-]+:sns:\S+"),
    "lambda": re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:\S+"),
    "firehose": re.compile(r"arn:[\w-]+:firehose:\S+"),
}  # fmt: skip
"""The form of an endpoint, by protocol."""
_NAMES = {
    "http": "Endpoint must match the specified protocol", "https": "Endpoint must match the specified protocol",
    "email": "Email address", "email-json": "Email address", "sqs": "SQS endpoint ARN",
    "lambda": "Lambda endpoint ARN", "application": "Application endpoint arn invalid",
    "firehose": "Firehose endpoint ARN",
}  # fmt: skip
_STRANGERS = frozenset(("http", "https", "email", "email-json"))


def check(protocol: str, endpoint: str) -> None:
    """Reject an unknown protocol, and an endpoint that doesn't have the form that the protocol requires."""
    if protocol not in _FORMS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if not _FORMS[protocol].fullmatch(endpoint):
        raise invalid(_NAMES.get(protocol, f"Invalid SMS endpoint: {endpoint}"))


def must_consent(protocol: str, endpoint: str, caller_account: str) -> bool:
    """Return True for an endpoint that must confirm a subscription: an address, or another account's queue.

    https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
    """
    if protocol in _STRANGERS:
        return True
    return protocol == "sqs" and Arn.parse(endpoint).account != caller_account
