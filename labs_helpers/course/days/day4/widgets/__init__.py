"""The widgets of day 4."""
