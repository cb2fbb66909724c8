"""The only package that touches moto: its request handling, its backends, its models.

It is tested against the pinned version, so a new moto release can break only this package.
"""
