"""Amazon EventBridge: its authorization table, the operations implemented here, and views of moto's state."""
