"""What CloudTrail shows of Access Analyzer."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(source="access-analyzer", types={"analyzer": "AWS::AccessAnalyzer::Analyzer"})
