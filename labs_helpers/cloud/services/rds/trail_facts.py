"""The representation of RDS's calls in CloudTrail.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/logging-using-cloudtrail.html
"""

from labs_helpers.cloud.services.shared.trail_facts import MASKED, TrailFacts

TRAIL = TrailFacts(
    hides=MASKED,
    members={"MasterUserPassword": MASKED},
    wrapped=True,
    types={"db": "AWS::RDS::DBInstance", "snapshot": "AWS::RDS::DBSnapshot"},
)
