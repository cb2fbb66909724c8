"""What learners hand in, run again: `python -m labs_helpers grade` (docs/instructors.md)."""
