"""AWS Key Management Service in full: keys, key material, aliases, grants, and policies. moto's KMS is not used.

`table` lists the permissions that operations require. `keys` and `keyring` are the state, and `timeline` is how the lab
clock changes it; `specs`, `material` and `ciphertext` are the cryptography. The modules named after groups of
operations perform them.
https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
"""
