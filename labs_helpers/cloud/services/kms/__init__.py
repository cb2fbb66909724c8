"""AWS Key Management Service: keys, key material, aliases, grants, and policies. moto's KMS isn't used.

`table` lists the permissions that operations require. `keys` and `keyring` contain the state, and `timeline` changes it
over time; `specs`, `material`, and `ciphertext` implement the cryptography. The other modules implement the operations
that they are named after.
https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
"""
