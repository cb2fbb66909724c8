"""Details of CloudTrail events for calls to IAM Access Analyzer: the event source and the resource types."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(source="access-analyzer", types={"analyzer": "AWS::AccessAnalyzer::Analyzer"})
