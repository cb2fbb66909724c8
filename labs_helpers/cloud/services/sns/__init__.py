"""Amazon SNS: its authorization table, the operations and checks of our own, and views of moto's state."""
