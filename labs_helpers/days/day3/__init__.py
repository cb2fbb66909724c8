"""Day 3: reading and verifying tokens, and the small applications of the day."""
