"""Amazon DynamoDB: its authorization table, the operations and checks implemented in this package, and moto views."""
