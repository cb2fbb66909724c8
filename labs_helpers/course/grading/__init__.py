"""Grading: the kinds of exercise, probes, ceilings, side effects in the cloud, and the result of a check."""
