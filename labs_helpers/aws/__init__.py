"""What moto lacks or gets wrong, one module an API, named as boto3 names it.

Each module registers its operations with `labs_helpers.core.registry`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

_MODULES = {"iam": "iam", "organizations": "organizations", "s3": "s3", "sts": "sts"}
"""boto3's service name → module of this package."""


@cache
def load(service: str) -> None:
    """Register our operations of a service, if we have any; services are loaded when they are first asked."""
    module = _MODULES.get(service)
    if module is not None:
        import_module(f"{__name__}.{module}")
