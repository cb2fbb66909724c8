"""The representation of Identity Center's calls in CloudTrail."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(source="sso")
