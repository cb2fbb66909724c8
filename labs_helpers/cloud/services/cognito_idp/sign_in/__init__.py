"""Sign-in: authentication flows, challenges and the proofs that answer them, from a password to a passkey."""
