"""Day 5: envelope encryption, written to be read."""
