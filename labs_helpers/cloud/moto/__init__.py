"""The one place that touches moto: its request handling, its backends, its models.

Tested against the pinned version, so that a new release of moto breaks here, loudly, and nowhere else.
"""
