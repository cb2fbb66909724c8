"""The subset of Sigma, the portable format for detection rules, that CloudTrail rules need.

It consists of selections (maps, and lists of maps), the modifiers in `MODIFIERS`, null, wildcards, and conditions with
and, or, not, parentheses, and "1 of x*" or "all of x*". Everything else is rejected with an error that names it.
https://sigmahq.io/sigma-specification/specification/sigma-rules-specification.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labs_helpers.engine.detection.rule import Record, Rule, RuleError
from labs_helpers.engine.detection.sigma.condition import condition_test
from labs_helpers.engine.detection.sigma.selections import MODIFIERS, selection
from labs_helpers.engine.detection.yaml_places import Placed, read_yaml

_ABOUT = frozenset(
    (
        "title", "id", "name", "related", "status", "description", "references", "author", "date", "modified",
        "license", "tags", "logsource", "detection", "fields", "falsepositives", "level", "scope", "taxonomy",
        "simulation", "regression_tests_path",
    )
)  # fmt: skip

__all__ = ["MODIFIERS", "sigma_rule"]


def sigma_rule(text: str) -> Rule:
    """Return the rule in a Sigma YAML text. Raises `RuleError`, with line and column, for anything unsupported."""
    rule = read_yaml(text)
    if not isinstance(rule.value, Mapping):
        raise rule.error(
            "a rule is an EventBridge pattern in JSON, a SELECT, or a Sigma rule in YAML with a detection part"
        )
    for name, place in rule.keys.items():
        if name not in _ABOUT:
            raise RuleError(f'"{name}" isn\'t a supported part of a Sigma rule', *place)
    _check_source(rule.value.get("logsource"))
    detection = rule.value.get("detection")
    if detection is None or not isinstance(detection.value, Mapping):
        raise (detection or rule).error(
            "a Sigma rule needs a detection part, with selections and a condition"
        )
    condition = detection.value.get("condition")
    if condition is None:
        raise detection.error("the detection part needs a condition, such as: condition: selection")
    if "timeframe" in detection.value:
        raise RuleError(
            "\"timeframe\" isn't supported: these rules can't count. SQL can", *detection.keys["timeframe"]
        )
    selections = {
        name: selection(inner)
        for name, inner in detection.value.items()
        if name not in ("condition", "timeframe")
    }
    if not isinstance(condition.value, str):
        raise condition.error("the condition must be one line of text")
    test = condition_test(condition, selections)

    def find(records: Sequence[Record]) -> list[int]:
        """Return the positions of the records that meet the condition."""
        return [position for position, record in enumerate(records) if test(record)]

    about = {
        name: str(inner.plain())
        for name, inner in rule.value.items()
        if name in ("title", "id", "author", "license", "level", "status", "description")
    }
    asks = tuple(dict.fromkeys(field for each in selections.values() for field in each.fields))
    return Rule("Sigma", text, asks, find, about)


def _check_source(source: Placed | None) -> None:
    """Raise `RuleError` for a rule about logs other than CloudTrail's. Without a log source, CloudTrail is assumed."""
    if source is None:
        return
    stated = source.plain()
    if not isinstance(stated, Mapping) or (stated.get("product"), stated.get("service")) != (
        "aws",
        "cloudtrail",
    ):
        raise source.error("the log source must be product: aws, service: cloudtrail")
