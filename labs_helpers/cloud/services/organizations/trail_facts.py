"""Details of CloudTrail events for calls to Organizations."""

from labs_helpers.cloud.services.shared.trail_facts import MASKED, TrailFacts

TRAIL = TrailFacts(
    hides=MASKED,
    types={
        "policy": "AWS::Organizations::Policy", "account": "AWS::Organizations::Account",
        "ou": "AWS::Organizations::OrganizationalUnit", "root": "AWS::Organizations::Root",
    },
)  # fmt: skip
