"""Amazon RDS for Day 1: DB instances and their manual snapshots. Other operations raise an error that names them."""
