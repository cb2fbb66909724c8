"""STS: its authorization table, and the operations implemented in this package."""
