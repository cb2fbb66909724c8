"""The evaluation explorer: predict whether a request is allowed, then see every policy layer's decision."""

from labs_helpers.course.widgets.explorer.widget import EvaluationExplorer

__all__ = ["EvaluationExplorer"]
