"""IAM: the authorization table of its operations, the operations implemented here, and views of moto's data."""
