"""Amazon CloudWatch Logs: its authorization table, the operations and checks in this package, and moto views."""
