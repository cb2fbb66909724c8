"""The authorization table for SNS: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
Platform applications, their endpoints, and phone numbers aren't resource types for SNS, so their resource is "*".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import given, has, owner_in_arn, passes_role, removed_tags
from labs_helpers.cloud.services.sns import moto_view as sns
from labs_helpers.engine.policy import AccessRequest


def _published(call: Call) -> list[str]:
    """Return the topic, which either parameter can name, or "*" for an endpoint or a phone number."""
    arn = call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or ""
    return [arn] if arn and ":endpoint/" not in arn else ["*"]


def _topic_of_subscription(call: Call) -> list[str]:
    """Return the subscription's topic: the subscription's ARN is the topic's ARN followed by an ID."""
    arn = call.parameters.get("SubscriptionArn") or ""
    return [arn.rpartition(":")[0]] if arn.count(":") == 6 else ["*"]


def _subscription(call: Call) -> Mapping[str, str]:
    """Return sns:Protocol and sns:Endpoint of a subscription.

    https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html
    """
    keys = {"sns:Protocol": call.parameters.get("Protocol"), "sns:Endpoint": call.parameters.get("Endpoint")}
    return {name: value for name, value in keys.items() if value}


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """Return the topic and its policy.

    The default policy requires aws:SourceOwner, which only calls by AWS services have.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner
    """
    # CreateTopic is authorized without the policy of an existing topic with the same name.
    if ask.type != "topic" or call.operation == "CreateTopic":
        return None
    document = sns.policy(ask.resource)
    return (ask.resource, document) if document else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    return sns.tags(ask.resource) if ask.type == "topic" and call.operation != "CreateTopic" else {}


_owner: Callable[[Call], str | None] = owner_in_arn(
    "TopicArn", "TargetArn", "SubscriptionArn", "ResourceArn", "EndpointArn", "PlatformApplicationArn"
)


def _named(call: Call, request: AccessRequest) -> str | None:
    """Return the resource in SNS's denial messages: an ARN for all topics if policies can name only "*"."""
    return f"arn:aws:sns:{call.region}:{request.account}:*" if request.resource == "*" else None


def _spelled(action: str) -> str:
    """Return an action as SNS spells it in denial messages (`SNS:ListTopics`)."""
    return "SNS:" + action.removeprefix("sns:")


TABLE = Table(
    "sns",
    "sns",
    resources={"topic": {"TopicName": "Name"}},
    owner=_owner,
    policy=_policy,
    tags=_tags,
    # https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
    facts=Facts(denied=("AuthorizationError", 403), names_resource=_named, spells_action=_spelled),
)
ask = TABLE.ask

ask("CreateTopic", on="topic")
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
ask("CreateTopic", action="TagResource", on="topic", when=has("Tags"))
ask(
    "AddPermission ConfirmSubscription DeleteTopic GetTopicAttributes ListSubscriptionsByTopic RemovePermission "
    "SetTopicAttributes",
    on="topic",
    arns=given("TopicArn"),
)
ask("Subscribe", on="topic", arns=given("TopicArn"), keys=(_subscription,))
ask("Publish PublishBatch", action="Publish", on="topic", arns=_published)
ask(
    "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe", on="topic", arns=_topic_of_subscription
)
ask("ListTagsForResource TagResource", on="topic", arns=given("ResourceArn"))
ask("UntagResource", on="topic", arns=given("ResourceArn"), keys=(removed_tags,))
ask(
    "ListTopics ListSubscriptions CheckIfPhoneNumberIsOptedOut ListPhoneNumbersOptedOut OptInPhoneNumber "
    "GetSMSAttributes SetSMSAttributes CreatePlatformApplication DeletePlatformApplication "
    "GetPlatformApplicationAttributes SetPlatformApplicationAttributes ListPlatformApplications "
    "CreatePlatformEndpoint DeleteEndpoint GetEndpointAttributes SetEndpointAttributes "
    "ListEndpointsByPlatformApplication"
)


def _roles(call: Call) -> list[str]:
    """Return the roles that SNS will assume: to log deliveries, or to write to a Firehose stream."""
    # SetSMSAttributes names its parameter in lowercase; the operations that set one attribute have name and value.
    several = call.parameters.get("Attributes") or call.parameters.get("attributes") or {}
    name = call.parameters.get("AttributeName")
    attributes = {**several, **({name: call.parameters.get("AttributeValue")} if name else {})}
    return [value for name, value in attributes.items() if name.endswith(("RoleArn", "IAMRole")) and value]


# https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html and
# https://docs.aws.amazon.com/sns/latest/dg/topics-attrib-prereq.html
passes_role(
    TABLE,
    "CreateTopic SetTopicAttributes Subscribe SetSubscriptionAttributes CreatePlatformApplication "
    "SetPlatformApplicationAttributes SetSMSAttributes",
    "sns.amazonaws.com",
    _roles,
)

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
TABLE.one_of(
    "Publish", "TopicArn", "TargetArn", "PhoneNumber",
    code="InvalidParameter",
    message="Invalid parameter: Only one of TopicArn, TargetArn or PhoneNumber can be specified",
)  # fmt: skip
