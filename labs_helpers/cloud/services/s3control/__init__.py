"""Amazon S3 Control, which supports only an account's Block Public Access settings.

Other operations raise an error that names the operation.
"""
