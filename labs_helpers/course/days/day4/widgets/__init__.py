"""The widgets that Day 4 alone needs."""
