"""A copy of a real account in the cloud, read offline from files of AWS CLI output (docs/your-account.md)."""
