"""Amazon RDS, as far as Day 1 goes: DB instances and their snapshots. All else is refused by name."""
