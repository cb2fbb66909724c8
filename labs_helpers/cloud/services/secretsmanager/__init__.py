"""AWS Secrets Manager: secrets, their versions, rotation, replicas, and policies. moto stores none of its state.

`table` lists the permissions that operations require. `secret` and `vault` are the state; the modules named after
groups of operations perform them.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
"""
