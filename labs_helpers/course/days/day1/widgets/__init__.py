"""The widgets of day 1."""
