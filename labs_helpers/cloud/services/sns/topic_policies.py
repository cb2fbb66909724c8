"""Checks of a topic's policy: the elements and actions that it can contain.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

from __future__ import annotations

import json

from labs_helpers.cloud.services.shared.policy_quotas import PolicyQuotas
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed
from labs_helpers.cloud.services.sns.errors import invalid
from labs_helpers.engine.policy.elements import actions, resources, statements_of
from labs_helpers.engine.policy.patterns import covers

_QUOTAS = PolicyQuotas(size=30 * 1024, statements=100, principals=200)
_ACTIONS = frozenset(
    f"sns:{name}".lower()
    for name in (
        "AddPermission", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes", "ListSubscriptionsByTopic",
        "ListTagsForResource", "Publish", "PutDataProtectionPolicy", "Receive", "RemovePermission",
        "SetTopicAttributes", "Subscribe",
    )
)  # fmt: skip
"""The actions in policies. The page doesn't list Receive, which the policy of a new topic contains."""


_NO_PRINCIPAL = "Policy Error: PrincipalNotFound"


def check_policy(text: str, topic_arn: str) -> None:
    """Raise InvalidParameter for a policy that isn't valid for the topic.

    An action with a wildcard is accepted if it covers an action that topic policies can contain.
    """
    refuse_malformed(
        text or "{}",
        "InvalidParameter",
        "Invalid parameter: Policy Error: {why}",
        f"Invalid parameter: {_NO_PRINCIPAL}",
    )
    document = json.loads(text)
    if (exceeded := _QUOTAS.exceeded(text, document)) is not None:
        what, count, most = exceeded
        raise invalid(f"Policy Error: {count} {what} were found, maximum allowed is {most}")
    for statement in statements_of(document):
        for action in actions(statement):
            if not any(covers(action.lower(), each) for each in _ACTIONS):
                raise invalid("Policy statement action out of service scope!")
        for resource in resources(statement):
            if not covers(resource, topic_arn):
                raise invalid("Policy Error: the resource of a statement must match the topic's ARN")
