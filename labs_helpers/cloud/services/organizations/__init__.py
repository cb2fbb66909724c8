"""AWS Organizations: the organization's tree, accounts, policies, handshakes, and delegations."""
