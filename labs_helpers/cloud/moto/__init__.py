"""The only package that touches moto: its request handling, its backends, its models.

It is tested against the pinned version, so that a new release of moto breaks here and nowhere else.
"""
