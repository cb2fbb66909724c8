"""Amazon EC2: its authorization table, the operations that differ from moto's, and views of moto's state."""
