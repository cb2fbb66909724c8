"""Day 2: the attacker of the delegation exercise."""
