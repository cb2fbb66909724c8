"""The who-can-do-what matrix: principals against actions for a resource, with every cell judged by the engine."""

from labs_helpers.course.widgets.matrix.widget import AccessMatrix

__all__ = ["AccessMatrix"]
