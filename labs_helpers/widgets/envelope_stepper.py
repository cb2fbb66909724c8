"""The envelope stepper: every byte of a real message by name, and what happens when one of them changes."""

from labs_helpers.course.days.day5.widgets.envelope_stepper import EnvelopeStepper

__all__ = ["EnvelopeStepper"]
