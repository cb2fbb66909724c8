"""What Day 4 alone needs: its landing zone and people as its exercises find them, a trail replayed, a new account."""
