"""The widgets of day 3."""
