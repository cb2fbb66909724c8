"""Detection rules over CloudTrail records, in three languages: Sigma, EventBridge patterns, and SQL.

`read_rule(text)` returns a `Rule`, and `rule.hits(records)` returns the records for which it raises an alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.engine.detection.event_rules import event_rule
    from labs_helpers.engine.detection.records import fields, values
    from labs_helpers.engine.detection.rule import Rule, RuleError
    from labs_helpers.engine.detection.rule_reading import read_rule
    from labs_helpers.engine.detection.sigma import sigma_rule
    from labs_helpers.engine.detection.sql import sql_rule

_HOMES = {
    "Rule": "labs_helpers.engine.detection.rule",
    "RuleError": "labs_helpers.engine.detection.rule",
    "event_rule": "labs_helpers.engine.detection.event_rules",
    "fields": "labs_helpers.engine.detection.records",
    "read_rule": "labs_helpers.engine.detection.rule_reading",
    "sigma_rule": "labs_helpers.engine.detection.sigma",
    "sql_rule": "labs_helpers.engine.detection.sql",
    "values": "labs_helpers.engine.detection.records",
}
__all__ = [
    "Rule",
    "RuleError",
    "event_rule",
    "fields",
    "read_rule",
    "sigma_rule",
    "sql_rule",
    "values",
]
__getattr__, __dir__ = exported(__name__, _HOMES)
