"""The facts about Identity Center's events in CloudTrail."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(source="sso")
