"""The sorting board: whose is it, AWS's, the customer's, or both's? Eight cells of the line at a time."""

from labs_helpers.course.days.day1.widgets.sorting_board import SortingBoard

__all__ = ["SortingBoard"]
