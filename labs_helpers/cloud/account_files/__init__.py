"""A real account in the cloud: read from the files that the AWS CLI printed, offline (docs/your-account.md)."""
