"""What CloudTrail shows of CloudWatch Logs."""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, SHOW, TrailFacts

TRAIL = TrailFacts(
    unlogged=frozenset(("PutLogEvents",)),
    members={"logEvents": OMIT, "queryString": SHOW},
    types={"log-group": "AWS::Logs::LogGroup"},
)
