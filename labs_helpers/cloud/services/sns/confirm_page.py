"""Unsigned requests to SNS: the links in its messages, which recipients open, and its certificate.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import page
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.cloud.services.sns import signing
from labs_helpers.cloud.services.sns.errors import check_arn
from labs_helpers.cloud.services.sns.subscribing import confirmed

_SCHEMA = "http://sns.amazonaws.com/doc/2010-03-31/"
_HEADERS = {"Content-Type": "text/xml"}


@page("sns")
def answer(state: State, region: str, request: AWSPreparedRequest) -> Answer | None:
    """Return the certificate, or confirm a subscription. Returns None for signed requests and all other requests.

    Only a request with AuthenticateOnUnsubscribe needs a signature.
    """
    parts = urlsplit(request.url)
    if "Authorization" in request.headers or "X-Amz-" in parts.query:
        return None
    if request.method == "GET" and parts.path == f"/{signing.CERTIFICATE}":
        return Answer(200, {"Content-Type": "text/plain"}, signing.certificate())
    asked = _parameters(request, parts.query)
    if asked.get("Action") != "ConfirmSubscription" or not asked.keys() >= {"TopicArn", "Token"}:
        return None
    if asked.get("AuthenticateOnUnsubscribe", "false").lower() == "true":
        return None
    try:
        check_arn(asked["TopicArn"], "TopicArn", region)
        known = confirmed(asked["TopicArn"], asked["Token"], state.clock.now())
    except ServiceError as error:
        return Answer(error.status or 400, _HEADERS, _refused(error))
    sns.confirm(known, authenticated=False)
    return Answer(200, _HEADERS, _confirmed(known.arn))


def _parameters(request: AWSPreparedRequest, query: str) -> Mapping[str, str]:
    """Return the parameters of a request with the query protocol, from its URL or its body."""
    body = request.body if request.method == "POST" else query
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    return dict(parse_qsl(text)) if isinstance(text, str) else {}


def _refused(error: ServiceError) -> str:
    return (
        f'<ErrorResponse xmlns="{_SCHEMA}"><Error><Type>Sender</Type><Code>{error.code}</Code>'
        f"<Message>{escape(error.message)}</Message></Error></ErrorResponse>"
    )


def _confirmed(arn: str) -> str:
    return (
        f'<ConfirmSubscriptionResponse xmlns="{_SCHEMA}"><ConfirmSubscriptionResult><SubscriptionArn>{escape(arn)}'
        "</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
    )
