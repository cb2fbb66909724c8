"""What CloudTrail shows of Identity Center's OIDC service: the identity store, and where secrets and tokens were.

https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sso-entries.html
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(source="sso-oauth", hides=HIDDEN, resources_in_record=True)
