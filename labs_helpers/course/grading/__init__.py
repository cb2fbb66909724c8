"""Grading: the kinds of exercises, probes, ceilings, side effects in the cloud, and the result of a check."""
