"""Amazon S3 Control, as far as an account's Block Public Access goes. All else is refused by name."""
