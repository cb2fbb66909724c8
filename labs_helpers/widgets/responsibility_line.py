"""The line between AWS and its customer, as a stack of layers for one service at a time."""

from labs_helpers.course.days.day1.widgets.responsibility_line import ResponsibilityLine

__all__ = ["ResponsibilityLine"]
