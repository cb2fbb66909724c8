"""The exposure plot with its assumptions as controls: a zone lost for hours against a bucket public for weeks."""

from labs_helpers.course.days.day1.widgets.exposure_plot import ExposurePlot

__all__ = ["ExposurePlot"]
