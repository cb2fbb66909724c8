"""The IAM Toolbox: its authorization table, and the explanations of denied requests."""
