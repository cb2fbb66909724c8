"""Details of CloudTrail events for calls to EventBridge.

PutEvents isn't logged, and details, inputs, and credentials are hidden.
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(
    unlogged=frozenset(("PutEvents",)),
    hides=HIDDEN,
    members=dict.fromkeys(("Detail", "AuthParameters", "Input"), HIDDEN),
    types={"rule": "AWS::Events::Rule"},
)
