"""Amazon EC2: its authorization table, the operations that differ from moto's, and access to moto's data."""
