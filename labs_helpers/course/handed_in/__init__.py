"""Running submitted notebooks again for `python -m labs_helpers grade` (docs/instructors.md)."""
