"""The pages behind the links in messages from SNS, which recipients open with unsigned requests, and its certificate.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.registry import page
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns import signing

_SCHEMA = "http://sns.amazonaws.com/doc/2010-03-31/"
_HEADERS = {"Content-Type": "text/xml"}


@page("sns")
def answer(_: State, region: str, request: AWSPreparedRequest) -> Answer | None:
    """Return the certificate, or confirm a subscription through its link. Returns None for other requests."""
    parts = urlsplit(request.url)
    if request.method != "GET" or "Authorization" in request.headers or "X-Amz-" in parts.query:
        return None
    if parts.path == f"/{signing.CERTIFICATE}":
        return Answer(200, {"Content-Type": "text/plain"}, signing.certificate())
    asked = dict(parse_qsl(parts.query))
    if asked.get("Action") != "ConfirmSubscription" or "Token" not in asked:
        return None
    for each in sns.subscriptions(asked.get("TopicArn", "")):
        sent = sns.token(each)
        if sent is not None and sent[0] == asked["Token"] and each.arn.split(":")[3] == region:
            sns.confirm(each, authenticated=False)
            return Answer(200, _HEADERS, _confirmed(each.arn))
    return None


def _confirmed(arn: str) -> str:
    return (
        f'<ConfirmSubscriptionResponse xmlns="{_SCHEMA}"><ConfirmSubscriptionResult><SubscriptionArn>{escape(arn)}'
        "</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
    )
