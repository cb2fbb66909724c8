"""Calls to SNS in CloudTrail, where messages, subjects, and credentials are hidden.

https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(
    data_type="AWS::SNS::Topic",
    data_events=frozenset(("Publish", "PublishBatch")),
    hides=HIDDEN,
    members=dict.fromkeys(
        (
            "Message",
            "MessageAttributes",
            "Subject",
            "Token",
            "PlatformCredential",
            "PlatformPrincipal",
            "PhoneNumber",
        ),
        HIDDEN,
    ),
    types={"": "AWS::SNS::Topic"},
    resources_in_record=True,
)
