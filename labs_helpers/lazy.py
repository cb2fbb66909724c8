"""Lazy re-exports: a package's public names are imported on first use (PEP 562).

https://docs.python.org/3/reference/datamodel.html#customizing-module-attribute-access
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def exported(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Build a package's `__getattr__` and `__dir__`.

    `homes` maps each re-exported name to the module that defines it, followed by `:name` if it has a different name in
    that module. The package's own modules map to themselves. A name is stored in the package after its first use.
    """

    def get(name: str) -> Any:
        """Import a name's home and store its value in the package. Raises `AttributeError` for an unknown name."""
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home, _, own_name = homes[name].partition(":")
        module = import_module(home)
        value = module if home == f"{package}.{name}" else getattr(module, own_name or name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        """Return the names of the package, imported or not."""
        return sorted({*vars(sys.modules[package]), *homes})

    return get, names
