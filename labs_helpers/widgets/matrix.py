"""The who-can-do-what matrix: principals and actions for a resource, with a decision by the engine in each cell."""

from labs_helpers.course.widgets.matrix.widget import AccessMatrix

__all__ = ["AccessMatrix"]
