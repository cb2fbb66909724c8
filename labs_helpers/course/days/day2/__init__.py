"""Day 2: an attacker who tests a delegated administrator's policies."""
