"""Amazon CloudWatch Logs: its authorization table, the operations and checks implemented here, and views of moto."""
