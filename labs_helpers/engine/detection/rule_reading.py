"""Reading a detection rule, whose text shows which of the three languages it is in."""

from __future__ import annotations

from labs_helpers.engine.detection.event_rules import event_rule
from labs_helpers.engine.detection.rule import LONGEST, Rule, RuleError
from labs_helpers.engine.detection.sigma import sigma_rule


def read_rule(text: str | dict[str, object]) -> Rule:
    """Return the rule in a string, or the EventBridge pattern in a dict.

    Text that begins with "{" is an EventBridge pattern, text that begins with SELECT or WITH is SQL, and all other text
    is Sigma. Raises `RuleError`, with the place, for text that isn't a rule or isn't supported.
    """
    if isinstance(text, dict):
        return event_rule(text)
    if not isinstance(text, str):
        raise RuleError(f"a rule is text, or a dict with an EventBridge pattern, not {type(text).__name__}")
    if len(text) > LONGEST:
        raise RuleError(f"the rule has {len(text):,} characters; at most {LONGEST:,} are allowed")
    words = [line.split("--")[0] for line in text.splitlines()]
    beginning = " ".join(words).strip().lower()
    if not beginning:
        raise RuleError("the rule is empty")
    if beginning.startswith("{"):
        return event_rule(text)
    if beginning.split(maxsplit=1)[0] in ("select", "with"):
        from labs_helpers.engine.detection.sql import (
            sql_rule,  # a browser's Python loads SQLite only if it is needed
        )

        return sql_rule(text)
    return sigma_rule(text)
