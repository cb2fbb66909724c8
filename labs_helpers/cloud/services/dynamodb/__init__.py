"""Amazon DynamoDB: its authorization table, the operations and checks in this package, and access to moto."""
