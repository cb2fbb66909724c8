"""What CloudTrail shows of the identity store.

https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
"""

from labs_helpers.services.trail import HIDDEN, TrailFacts

TRAIL = TrailFacts(hides=HIDDEN)
