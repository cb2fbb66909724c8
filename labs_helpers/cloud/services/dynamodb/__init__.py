"""Amazon DynamoDB: its authorization table, the operations and checks implemented here, and views of moto's state."""
