"""Amazon S3 Control, only for an account's Block Public Access. Other operations raise an error that names them."""
