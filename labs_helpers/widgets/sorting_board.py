"""The sorting board: eight cells of the line to sort as AWS's, the customer's, or both's."""

from labs_helpers.course.days.day1.widgets.sorting_board import SortingBoard

__all__ = ["SortingBoard"]
