"""The token inspector: paste any token to see its claims, signer, lifetime, and what it gives access to."""

from labs_helpers.course.days.day3.widgets.token_inspector import TokenInspector

__all__ = ["TokenInspector"]
