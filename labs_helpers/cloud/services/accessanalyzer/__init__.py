"""IAM Access Analyzer: the authorization table for its operations, and the operations implemented in this package."""
