"""The widgets that Day 1 alone needs."""
