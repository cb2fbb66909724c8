"""Details of CloudTrail events for calls to RDS."""

from labs_helpers.cloud.services.shared.trail_facts import MASKED, TrailFacts

TRAIL = TrailFacts(
    hides=MASKED,
    members={"MasterUserPassword": MASKED},
    wrapped=True,
    types={"db": "AWS::RDS::DBInstance", "snapshot": "AWS::RDS::DBSnapshot"},
)
