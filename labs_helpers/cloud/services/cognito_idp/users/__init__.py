"""A pool's users: their accounts, attributes, passwords, groups, devices, and sessions."""
