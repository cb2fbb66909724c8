"""Users of a pool: their accounts, attributes, passwords, groups, devices and sessions."""
