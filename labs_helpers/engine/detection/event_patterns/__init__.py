"""Event patterns: EventBridge's rules and SNS's filter policies. AWS evaluates both with Event Ruler.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://github.com/aws/event-ruler
"""

from labs_helpers.engine.detection.event_patterns.event_fields import Unreadable, read
from labs_helpers.engine.detection.event_patterns.match_types import InvalidPattern
from labs_helpers.engine.detection.event_patterns.pattern import Pattern, compiled


def pattern_in(text: str) -> Pattern:
    """Parse a pattern from JSON text. Raises `InvalidPattern` for text that isn't a valid pattern."""
    try:
        return compiled(read(text))
    except Unreadable as error:
        raise InvalidPattern(str(error)) from error


__all__ = ["InvalidPattern", "Pattern", "Unreadable", "compiled", "pattern_in", "read"]
