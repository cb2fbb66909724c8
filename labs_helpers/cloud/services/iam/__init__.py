"""IAM: its authorization table, operations that replace moto's, and access to data in moto."""
