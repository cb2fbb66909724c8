"""IAM Identity Center (sso-admin): instances, permission sets, assignments, and the required permissions."""
