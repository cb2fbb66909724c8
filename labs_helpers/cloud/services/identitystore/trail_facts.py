"""Details of CloudTrail events for calls to the identity store.

Users are identified by ID, and their attributes are hidden.
https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
https://aws.amazon.com/blogs/security/modifications-to-aws-cloudtrail-event-data-of-iam-identity-center/
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

# The API's model doesn't describe the content of these values, so it can't mark them as sensitive.
TRAIL = TrailFacts(hides=HIDDEN, members={"AttributeValue": HIDDEN, "aws:identitystore:enterprise": HIDDEN})
