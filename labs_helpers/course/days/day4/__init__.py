"""Day 4: the landing zone and the people that its exercises need, and two widgets for an organization."""
