"""AWS Secrets Manager: secrets, their versions, rotation, replicas, and policies. moto isn't used.

`table` lists the permissions that operations require. `secret` and `vault` contain the state. The other modules
implement the operations that they are named after.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
"""
