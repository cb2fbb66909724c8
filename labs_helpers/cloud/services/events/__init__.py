"""Amazon EventBridge: its authorization table, the operations of our own, and views of moto's state."""
