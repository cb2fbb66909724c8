"""The only package that uses moto, including its request handling, backends, and models.

The package is tested against the pinned version, so a new moto release can break only this package.
"""
