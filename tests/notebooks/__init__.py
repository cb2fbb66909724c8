"""Checks for the notebooks themselves."""
