"""Checks of the notebooks themselves."""
