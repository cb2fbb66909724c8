"""IAM Identity Center (sso-admin): instances, permission sets, assignments, and each call's permissions."""
