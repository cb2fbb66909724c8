"""SNS's authorization: topics, wherever the request names them."""

from __future__ import annotations

import json

import pytest

from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)
from tests.cloud.services.moto_state import fresh, of, policy_of
from tests.cloud.services.tables import SECOND, Ask, asks, call, pairs, table

__all__ = ["fresh"]
NEWS = "arn:aws:sns:us-east-1:111122223333:news"


@pytest.mark.parametrize(
    ("operation", "parameters", "resource"),
    [
        ("Publish", {"TopicArn": NEWS}, NEWS),
        ("Publish", {"TargetArn": NEWS}, NEWS),
        ("Publish", {"PhoneNumber": "+15555550100"}, "*"),
        ("Publish", {"TargetArn": "arn:aws:sns:us-east-1:111122223333:endpoint/GCM/app/1"}, "*"),
        ("PublishBatch", {"TopicArn": NEWS}, NEWS),
    ],
)
def test_publishing_asks_for_the_topic(operation, parameters, resource):
    assert pairs(asks("sns", operation, **parameters)) == [("sns:Publish", resource)]


def test_a_subscription_belongs_to_its_topic():
    found = asks("sns", "Unsubscribe", SubscriptionArn=f"{NEWS}:8a21d249-4329-4871-acc6-7be709c6ea7f")
    assert pairs(found) == [("sns:Unsubscribe", NEWS)]


def test_subscribing_shows_protocol_and_endpoint():
    (ask,) = asks("sns", "Subscribe", TopicArn=NEWS, Protocol="email", Endpoint="eve@example.com")
    assert ask.context == {"sns:Protocol": "email", "sns:Endpoint": "eve@example.com"}


def test_another_accounts_topic_is_owned_by_it():
    theirs = NEWS.replace("111122223333", SECOND)
    assert table("sns").owner(call("sns", "Publish", {"TopicArn": theirs})) == SECOND


def test_a_topic_made_with_tags_asks_for_tagging_too():
    found = asks("sns", "CreateTopic", Name="news", Tags=[{"Key": "team", "Value": "blue"}])
    assert pairs(found) == [("sns:CreateTopic", NEWS), ("sns:TagResource", NEWS)]


def test_the_default_policy_gives_users_nothing():
    """It grants by aws:SourceOwner, which only the calls of some AWS services carry."""
    of("sns").create_topic("news")
    document = policy_of("sns", Ask("sns:Publish", NEWS, "topic"))
    assert "__default_statement_ID" in document
    alice = Principal.from_arn("arn:aws:iam::111122223333:user/alice")
    policies = Policies(resource=Attached(NEWS, parse_policy(document, PolicyKind.RESOURCE)))
    request = AccessRequest.of(alice, "sns:Publish", NEWS)
    assert not decide(request, policies).allowed
    of("sns").topics[NEWS].policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert json.loads(policy_of("sns", Ask("sns:Publish", NEWS, "topic")))["Statement"] == []
