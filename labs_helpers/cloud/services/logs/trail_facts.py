"""Calls to CloudWatch Logs in CloudTrail: PutLogEvents isn't logged, and log events in responses are omitted."""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, SHOW, TrailFacts

TRAIL = TrailFacts(
    unlogged=frozenset(("PutLogEvents",)),
    members={"logEvents": OMIT, "queryString": SHOW},
    types={"log-group": "AWS::Logs::LogGroup"},
)
