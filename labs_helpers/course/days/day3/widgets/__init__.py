"""The widgets that Day 3 alone needs."""
