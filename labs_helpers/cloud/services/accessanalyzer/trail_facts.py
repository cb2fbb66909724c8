"""The representation of Access Analyzer's calls in CloudTrail: the event source and resource types."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(source="access-analyzer", types={"analyzer": "AWS::AccessAnalyzer::Analyzer"})
