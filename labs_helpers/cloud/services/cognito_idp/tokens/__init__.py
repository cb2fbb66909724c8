"""A pool's tokens: issued, verified, renewed, exchanged, and revoked."""
