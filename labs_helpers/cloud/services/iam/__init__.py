"""IAM: its authorization table, the operations in this package, and access to moto's data."""
