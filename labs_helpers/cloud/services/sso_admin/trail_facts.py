"""Details of CloudTrail events for calls to Identity Center."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(source="sso")
