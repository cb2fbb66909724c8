"""The exposure plot: a zone outage lasting hours versus a bucket public for weeks, with adjustable assumptions."""

from labs_helpers.course.days.day1.widgets.exposure_plot import ExposurePlot

__all__ = ["ExposurePlot"]
