"""The evaluation explorer: predict whether a request is allowed, then see every layer of policies decide."""

from labs_helpers.course.widgets.explorer.widget import EvaluationExplorer

__all__ = ["EvaluationExplorer"]
