"""Amazon RDS, as far as Day 1 goes: DB instances and their manual snapshots. Everything else is refused by name."""
