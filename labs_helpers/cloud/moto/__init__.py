"""The connection between the cloud and moto: its request handling, its backends, and the hooks that change it.

Of the other packages, only the modules that a contract in `pyproject.toml` lists use moto, so a new release can break
only these modules and this package.
"""
