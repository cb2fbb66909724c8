"""The who-can-do-what matrix: principals against actions for a resource, every cell answered by the engine."""

from labs_helpers.course.widgets.matrix.widget import AccessMatrix

__all__ = ["AccessMatrix"]
