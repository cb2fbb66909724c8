"""The identity store: users, groups, memberships, and each call's permissions."""
