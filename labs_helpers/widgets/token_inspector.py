"""The token inspector: paste any token to see its claims, its signer, its lifetime, and what it opens."""

from labs_helpers.course.days.day3.widgets.token_inspector import TokenInspector

__all__ = ["TokenInspector"]
