"""The exposure plot: an hours-long zone outage versus a bucket that is public for weeks."""

from labs_helpers.course.days.day1.widgets.exposure_plot import ExposurePlot

__all__ = ["ExposurePlot"]
