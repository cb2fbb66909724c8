"""The envelope stepper: what every byte of a real encrypted message is, and the effect of changing it."""

from labs_helpers.course.days.day5.widgets.envelope_stepper import EnvelopeStepper

__all__ = ["EnvelopeStepper"]
