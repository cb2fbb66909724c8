"""Calls to the OIDC service in CloudTrail, where the identity store is shown, and secrets and tokens are hidden.

https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sso-entries.html
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(source="sso-oauth", hides=HIDDEN, resources_in_record=True)
