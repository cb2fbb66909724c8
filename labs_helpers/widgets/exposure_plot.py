"""The exposure plot: a zone lost for hours against a bucket public for weeks, with the assumptions as controls."""

from labs_helpers.course.days.day1.widgets.exposure_plot import ExposurePlot

__all__ = ["ExposurePlot"]
