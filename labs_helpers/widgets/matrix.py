"""The who-can-do-what matrix: principals and actions for a resource, with each cell decided by the engine."""

from labs_helpers.course.widgets.matrix.widget import AccessMatrix

__all__ = ["AccessMatrix"]
