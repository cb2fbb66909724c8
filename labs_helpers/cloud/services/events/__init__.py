"""Amazon EventBridge: its authorization table, the operations in this package, and access to moto."""
