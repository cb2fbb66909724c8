"""What CloudTrail shows of Identity Center."""

from labs_helpers.services.trail import TrailFacts

TRAIL = TrailFacts(source="sso")
