"""Day 2: the attacker who tests a delegated administrator's policies."""
