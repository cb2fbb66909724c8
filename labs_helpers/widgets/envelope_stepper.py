"""The envelope stepper: the meaning of every byte in a real encrypted message, and the effect of changing it."""

from labs_helpers.course.days.day5.widgets.envelope_stepper import EnvelopeStepper

__all__ = ["EnvelopeStepper"]
