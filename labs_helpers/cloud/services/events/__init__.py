"""Amazon EventBridge: its authorization table, the operations implemented in this package, and moto views."""
