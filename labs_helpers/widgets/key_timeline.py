"""The time line of a KMS key: its states in every Region, its material, the window before its end, and its uses."""

from labs_helpers.course.days.day5.widgets.key_timeline import KeyTimeline

__all__ = ["KeyTimeline"]
