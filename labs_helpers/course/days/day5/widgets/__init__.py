"""The widgets that Day 5 alone needs."""
