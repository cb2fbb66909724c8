"""What CloudTrail shows of itself."""

from labs_helpers.services.trail import TrailFacts

TRAIL = TrailFacts(types={"trail": "AWS::CloudTrail::Trail"})
