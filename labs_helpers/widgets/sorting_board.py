"""The sorting board: eight responsibilities to assign to AWS, the customer, or both."""

from labs_helpers.course.days.day1.widgets.sorting_board import SortingBoard

__all__ = ["SortingBoard"]
