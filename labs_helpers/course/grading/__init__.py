"""Grading: kinds of exercise, probes, ceilings, and the result of a check."""
