"""The AWS services, each in a folder with boto3's name: hyphens become underscores, and `lambda` is `lambda_`.

A folder with a module `table` is a service; there is no list of them. The modules of a folder:

- `table` is the authorization table: the actions and resources of each operation
  (`services.shared.authorization_table.Table`). The gate refuses an operation that is not in it.
- `moto_view` reads and changes moto's state of the service; `moto_errors` has the service's errors where moto fails.
- `trail_facts` has the exceptions in which its CloudTrail events differ from other services' events.
- `gate_hooks` has functions that the gate calls for every call, or when a service is loaded.
- The other modules have the operations that moto lacks or answers differently from AWS, and the checks before
  operations. They register them with `labs_helpers.cloud.core.registry`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from labs_helpers.cloud.core import registry
from labs_helpers.cloud.services.shared.authorization_table import Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.trail_facts import TrailFacts


@cache
def modelled_services() -> tuple[str, ...]:
    """Return the names of the modelled services, as boto3 spells them."""
    folders = (each.name for each in iter_modules(__path__) if each.ispkg)
    return tuple(_service(name) for name in folders if find_spec(f"{__name__}.{name}.table") is not None)


@cache
def table(service: str) -> Table | None:
    """Return the authorization table of a service (boto3's name), None for a service that is not modelled."""
    if service not in modelled_services():
        return None
    authorization_table: Table = import_module(f"{__name__}.{folder(service)}.table").TABLE
    return authorization_table


def facts(service: str) -> Facts:
    """Return the facts in which a service differs from others; the defaults for a service that is not modelled."""
    authorization_table = table(service)
    return authorization_table.facts if authorization_table is not None else Facts()


@cache
def trail_facts(service: str) -> TrailFacts:
    """Return the facts in which a service's CloudTrail events differ from other services' events."""
    name = f"{__name__}.{folder(service)}.trail_facts"
    if service not in modelled_services() or find_spec(name) is None:
        return TrailFacts()
    facts_of_trail: TrailFacts = import_module(name).TRAIL
    return facts_of_trail


@cache
def trail_facts_of_prefix(prefix: str) -> TrailFacts:
    """Return the trail facts of the service whose actions and ARNs have a prefix (`s3`, `sso`)."""
    authorization_table = table_of_prefix(prefix)
    return trail_facts(authorization_table.service) if authorization_table is not None else TrailFacts()


@cache
def table_of_prefix(prefix: str) -> Table | None:
    """Return the first table whose actions have a service prefix (`s3`, `sso`), None without one."""
    tables = map(table, modelled_services())
    return next((each for each in tables if each is not None and each.prefix == prefix), None)


@cache
def load(service: str) -> None:
    """Import all modules of a service, which registers its operations and checks, and sort its steps.

    The gate loads a service at its first request; a service that is not modelled is ignored. Raises `ValueError` for
    steps around one operation without a defined order (`core.registry.sort_steps`).
    """
    if service not in modelled_services():
        return
    package = import_module(f"{__name__}.{folder(service)}")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    registry.sort_steps(service)


@cache
def load_gate_hooks() -> None:
    """Import the module `gate_hooks` of each folder that has one, which registers its hooks and connections.

    A folder can have this module without being a service: `deliveries` has no table.
    """
    for each in iter_modules(__path__):
        name = f"{__name__}.{each.name}.gate_hooks"
        if each.ispkg and find_spec(name) is not None:
            import_module(name)


def folder(service: str) -> str:
    """Return the name of a service's folder."""
    # `lambda` is a keyword of Python.
    return "lambda_" if service == "lambda" else service.replace("-", "_")


def _service(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
