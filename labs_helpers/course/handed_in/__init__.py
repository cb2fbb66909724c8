"""Code that reruns submitted notebooks for `python -m labs_helpers grade` (docs/instructors.md)."""
