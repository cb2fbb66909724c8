"""What CloudTrail shows of Access Analyzer."""

from labs_helpers.services.trail import TrailFacts

TRAIL = TrailFacts(source="access-analyzer", types={"analyzer": "AWS::AccessAnalyzer::Analyzer"})
