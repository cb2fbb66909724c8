"""Situations in the running cloud: the calls that set them up and undo them, and snapshots for comparison."""
