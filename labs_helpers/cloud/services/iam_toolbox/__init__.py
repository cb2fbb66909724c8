"""The IAM Toolbox: the authorization table of its operations, and the explanations of denied requests."""
