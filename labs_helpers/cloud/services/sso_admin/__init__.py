"""All of sso-admin: instances of IAM Identity Center, permission sets, assignments, and what each call asks for."""
