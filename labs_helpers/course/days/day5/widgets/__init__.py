"""The widgets of day 5."""
