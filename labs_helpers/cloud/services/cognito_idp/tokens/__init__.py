"""A pool's tokens: issuing, verifying, renewing, exchanging, and revoking them."""
