"""Amazon EC2: the actions that operations require (`table`), the operations that differ from moto's, and moto views."""
