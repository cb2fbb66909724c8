"""What CloudTrail shows of the identity store: who was changed, and never what somebody is called.

https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
https://aws.amazon.com/blogs/security/modifications-to-aws-cloudtrail-event-data-of-iam-identity-center/
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

# Values that are of no type in the API's model, which can't mark them as sensitive.
TRAIL = TrailFacts(hides=HIDDEN, members={"AttributeValue": HIDDEN, "aws:identitystore:enterprise": HIDDEN})
