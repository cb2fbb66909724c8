"""The sorting board: eight responsibilities to sort as AWS's, the customer's, or shared."""

from labs_helpers.course.days.day1.widgets.sorting_board import SortingBoard

__all__ = ["SortingBoard"]
