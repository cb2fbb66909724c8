"""All of identitystore: users, groups, memberships, and what each call asks for."""
