"""RDS: filled in below by the database and its snapshots."""
