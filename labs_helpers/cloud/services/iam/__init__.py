"""IAM: its authorization table, the operations implemented in this package, and views of moto's data."""
