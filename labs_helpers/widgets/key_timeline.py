"""The timeline of a KMS key: its states in every Region, its key material, a pending deletion, and its uses."""

from labs_helpers.course.days.day5.widgets.key_timeline import KeyTimeline

__all__ = ["KeyTimeline"]
