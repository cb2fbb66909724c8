"""The connection between the cloud and moto: its request handling, its backends, and the hooks that change it.

A contract in `pyproject.toml` lists the modules in other packages that use moto, so a new release can break only these
modules and this package.
"""
