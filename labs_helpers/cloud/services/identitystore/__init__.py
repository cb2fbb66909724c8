"""The identity store: users, groups, and memberships, and the permissions that its operations require."""
