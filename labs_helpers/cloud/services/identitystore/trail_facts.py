"""Calls to the identity store in CloudTrail: users are identified by ID, and their attributes are hidden.

https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
https://aws.amazon.com/blogs/security/modifications-to-aws-cloudtrail-event-data-of-iam-identity-center/
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

# Values without a type in the API's model, which therefore can't mark them as sensitive.
TRAIL = TrailFacts(hides=HIDDEN, members={"AttributeValue": HIDDEN, "aws:identitystore:enterprise": HIDDEN})
