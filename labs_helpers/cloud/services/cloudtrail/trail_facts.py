"""The facts about CloudTrail's own trail events."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(types={"trail": "AWS::CloudTrail::Trail"})
