"""The authorization table for SQS: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
Batch operations require the action for one message:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import removed_tags, request_tags
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.policy import AccessRequest

_OWN_ACCOUNT_ONLY = frozenset(
    ("AddPermission", "CreateQueue", "DeleteQueue", "ListQueues", "ListQueueTags", "RemovePermission",
     "SetQueueAttributes", "TagQueue", "UntagQueue")
)  # fmt: skip
"""Actions that a queue's policy can't allow to another account.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html
"""

_ANONYMOUS = frozenset(
    ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch",
     "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage",
     "SendMessageBatch")
)  # fmt: skip
"""Operations that a queue's policy can allow to anonymous users.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html
"""

_ROOT_KEEPS = frozenset(("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SetQueueAttributes"))
"""Actions that a queue's policy can't deny to its account's root user: to read the policy, edit it, or delete it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#root-user-tasks
"""


def _queue(call: Call) -> str | None:
    """Return the queue's name: the last part of its URL, as moto reads it."""
    url: str | None = call.parameters.get("QueueUrl")
    if url is None:
        name: str | None = call.parameters.get("QueueName")
        return name
    return url.split("/")[-1] if url.startswith(("http://", "https://")) else url


def _owner(call: Call) -> str | None:
    """Return the account in the queue's URL: `https://sqs.us-east-1.amazonaws.com/111122223333/orders`."""
    url: str | None = call.parameters.get("QueueUrl")
    if url is None:
        owner: str | None = call.parameters.get("QueueOwnerAWSAccountId")
        return owner
    parts = url.split("/")
    return parts[-2] if len(parts) > 3 and parts[-2].isdigit() and len(parts[-2]) == 12 else None


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    # CreateQueue is authorized without the policy of an existing queue with the same name.
    if ask.type != "queue" or call.operation == "CreateQueue":
        return None
    if ask.action.partition(":")[2] in _OWN_ACCOUNT_ONLY and call.principal.account != call.account:
        return None
    if (
        ask.action in _ROOT_KEEPS
        and call.principal.kind.name == "ROOT"
        and call.principal.account == call.account
    ):
        return None
    document = sqs.policy(ask.resource)
    return (ask.resource, document) if document else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    return sqs.tags(ask.resource) if ask.type == "queue" and call.operation != "CreateQueue" else {}


def _named(call: Call, request: AccessRequest) -> str | None:
    """Return the resource in SQS's denial messages: an ARN without a queue's name if the resource in policies is "*".

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting.html
    """
    return f"arn:aws:sqs:{call.region}:{request.account}:" if request.resource == "*" else None


TABLE = Table(
    "sqs",
    "sqs",
    resources={"queue": {"QueueName": _queue}},
    owner=_owner,
    policy=_policy,
    tags=_tags,
    facts=Facts(
        anonymous=_ANONYMOUS, denied=("AccessDenied", 403), names_resource=_named, spells_action=str.lower
    ),
)
ask = TABLE.ask


def queue_arn(call: Call) -> str:
    """Return the ARN of the queue that the URL in a call identifies."""
    return TABLE.fill("queue", call, QueueName=_queue(call))


ask("SendMessage SendMessageBatch", action="SendMessage", on="queue")
ask("DeleteMessage DeleteMessageBatch", action="DeleteMessage", on="queue")
ask("ChangeMessageVisibility ChangeMessageVisibilityBatch", action="ChangeMessageVisibility", on="queue")
ask(
    "AddPermission DeleteQueue GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues ListQueueTags PurgeQueue "
    "ReceiveMessage RemovePermission SetQueueAttributes TagQueue",
    on="queue",
)
ask("UntagQueue", on="queue", keys=(removed_tags,))
_created = (lambda call: request_tags(call.parameters.get("tags")),)
ask("CreateQueue", on="queue", keys=_created)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
ask(
    "CreateQueue",
    action="TagQueue",
    on="queue",
    keys=_created,
    when=lambda call: bool(call.parameters.get("tags")),
)
ask("ListQueues")
