"""The token inspector: paste any token, and see what it says, who signed it, until when it is good, what it opens."""

from labs_helpers.course.days.day3.widgets.token_inspector import TokenInspector

__all__ = ["TokenInspector"]
