"""The sorting board: eight responsibilities to assign to AWS, the customer, or both."""

from labs_helpers.course.days.day1.widgets.responsibility_line import ResponsibilityLine

__all__ = ["ResponsibilityLine"]
