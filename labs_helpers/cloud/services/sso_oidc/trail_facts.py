"""How CloudTrail shows the OIDC service: its events name the identity store, and hide secrets and tokens.

https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sso-entries.html
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(source="sso-oauth", hides=HIDDEN, resources_in_record=True)
