"""A real account in the cloud, read offline from the files that the AWS CLI printed (docs/your-account.md)."""
