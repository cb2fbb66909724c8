"""All of kms: keys, their material, aliases, grants and policies; moto's KMS is not used.

`table` says what the operations ask for. `keys` and `keyring` are the state, `timeline` what time does to it; `specs`,
`material` and `ciphertext` are the cryptography. The modules named after groups of operations perform them.
https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
"""
