"""Calls to SQS in CloudTrail, where message bodies and attributes are hidden.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/logging-using-cloudtrail.html
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(
    data_type="AWS::SQS::Queue",
    data_events=frozenset((
        "SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch",
        "ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
    )),
    read_only=frozenset(("ReceiveMessage",)),
    hides=HIDDEN,
    members=dict.fromkeys(("MessageBody", "MessageAttributes", "Body"), HIDDEN),
    types={"": "AWS::SQS::Queue"},
    resources_in_record=True,
)  # fmt: skip
