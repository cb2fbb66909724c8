"""Amazon DynamoDB: its authorization table, operations and checks that replace moto's, and access to moto."""
