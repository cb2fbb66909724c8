"""The AWS services, each in a folder with boto3's name: hyphens become underscores, and `lambda` is `lambda_`.

Every folder with a module `table` is a service. There is no separate list of services. A folder can contain
these modules:

- `table` is the authorization table: the actions and resources of each operation
  (`services.shared.authorization_table.Table`). The gate rejects operations that aren't in the table.
- `moto_view` reads and changes moto's state for the service; `moto_errors` has the errors to return if moto
  fails.
- `trail_facts` describes how the service's CloudTrail events differ from other services' events.
- `gate_hooks` has functions that the gate calls for every call, or when a service is loaded.
- The other modules and subpackages implement the operations that moto lacks or performs differently from AWS,
  and the checks before operations. They register the operations and checks with
  `labs_helpers.cloud.core.registry`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from labs_helpers.cloud.core import registry
from labs_helpers.cloud.services.shared.authorization_table import Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.trail_facts import TrailFacts


@cache
def modelled_services() -> tuple[str, ...]:
    """Return the names of the modeled services, in boto3's spelling."""
    folders = (each.name for each in iter_modules(__path__) if each.ispkg)
    return tuple(_service(name) for name in folders if "table" in _modules(name))


@cache
def table(service: str) -> Table | None:
    """Return the authorization table of a service (boto3's name), or None for a service that isn't modeled."""
    if service not in modelled_services():
        return None
    authorization_table: Table = import_module(f"{__name__}.{folder(service)}.table").TABLE
    return authorization_table


def facts(service: str) -> Facts:
    """Return the facts in which a service differs from most services.

    A service that isn't modeled gets the defaults.
    """
    authorization_table = table(service)
    return authorization_table.facts if authorization_table is not None else Facts()


@cache
def trail_facts(service: str) -> TrailFacts:
    """Return the facts in which a service's CloudTrail events differ from other services' events."""
    if service not in modelled_services() or "trail_facts" not in _modules(folder(service)):
        return TrailFacts()
    facts_of_trail: TrailFacts = import_module(f"{__name__}.{folder(service)}.trail_facts").TRAIL
    return facts_of_trail


@cache
def trail_facts_of_prefix(prefix: str) -> TrailFacts:
    """Return the trail facts of the service whose actions and ARNs have a prefix (`s3`, `sso`)."""
    authorization_table = table_of_prefix(prefix)
    return trail_facts(authorization_table.service) if authorization_table is not None else TrailFacts()


@cache
def table_of_prefix(prefix: str) -> Table | None:
    """Return the first table whose actions have a service prefix (`s3`, `sso`), or None if there isn't one."""
    tables = map(table, modelled_services())
    return next((each for each in tables if each is not None and each.prefix == prefix), None)


@cache
def load(service: str) -> None:
    """Import all modules of a service, which registers its operations and checks, and sort its steps.

    The gate loads a service on its first request; a service that isn't modeled is ignored. Raises `ValueError` if the
    order of two steps around an operation isn't defined (`core.registry.sort_steps`).
    """
    if service not in modelled_services():
        return
    _import_modules(f"{__name__}.{folder(service)}", [f"{path}/{folder(service)}" for path in __path__])
    registry.sort_steps(service)


def _import_modules(package: str, folders: list[str]) -> None:
    """Import the modules of a package and, recursively, those of its subpackages."""
    modules = list(iter_modules(folders))
    if any(each.name == "app" for each in modules):
        # A web application: its package loads it, together with Flask, on a browser's first request.
        return
    for each in modules:
        import_module(f"{package}.{each.name}")
        if each.ispkg:
            _import_modules(f"{package}.{each.name}", [f"{folder}/{each.name}" for folder in folders])


@cache
def load_gate_hooks() -> None:
    """Import the module `gate_hooks` of each folder that has one, which registers its hooks and connections.

    A folder can have this module without being a service: for example, `deliveries` has no table.
    """
    for each in iter_modules(__path__):
        if each.ispkg and "gate_hooks" in _modules(each.name):
            import_module(f"{__name__}.{each.name}.gate_hooks")


@cache
def _modules(name: str) -> tuple[str, ...]:
    """Return the names of the modules in a service's folder, without importing the modules."""
    return tuple(each.name for each in iter_modules([f"{path}/{name}" for path in __path__]))


def folder(service: str) -> str:
    """Return the name of a service's folder."""
    # `lambda` is a keyword of Python.
    return "lambda_" if service == "lambda" else service.replace("-", "_")


def _service(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
