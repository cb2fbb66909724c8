"""Tokens of a pool: issued, verified, renewed, exchanged and revoked."""
