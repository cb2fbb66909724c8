"""Amazon S3 Control, as far as an account's Block Public Access goes. Everything else is refused by name."""
