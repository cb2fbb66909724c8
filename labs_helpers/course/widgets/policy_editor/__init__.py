"""The policy editor and its parts."""
