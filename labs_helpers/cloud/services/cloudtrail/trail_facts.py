"""Details of CloudTrail events for calls to CloudTrail itself."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(types={"trail": "AWS::CloudTrail::Trail"})
