"""One folder a service, named as boto3 names it: hyphens become underscores, and `lambda` has one behind it.

`table` says what each operation asks for (see `services.table.Table`); an operation that no table names is refused.
The other modules and subpackages hold the operations that moto lacks or gets wrong, registered with
`labs_helpers.cloud.core.registry`; `moto_view` reads what moto keeps, `trail_facts` says what CloudTrail shows
otherwise, and `gate_hooks` holds what the gate calls before every call or when a service is loaded. A folder with a
`table` is a service: no list names them.
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
    """The services that have a folder, by boto3's names."""
    folders = (each.name for each in iter_modules(__path__) if each.ispkg)
    return tuple(_service(name) for name in folders if "table" in _modules(name))


@cache
def table(service: str) -> Table | None:
    """The authorization table of a service (boto3's name), None where none is written yet."""
    if service not in modelled_services():
        return None
    found: Table = import_module(f"{__name__}.{folder(service)}.table").TABLE
    return found


def facts(service: str) -> Facts:
    """What a service does in its own way."""
    found = table(service)
    return found.facts if found is not None else Facts()


@cache
def trail_facts(service: str) -> TrailFacts:
    """What CloudTrail shows of a service in its own way."""
    if service not in modelled_services() or "trail_facts" not in _modules(folder(service)):
        return TrailFacts()
    found: TrailFacts = import_module(f"{__name__}.{folder(service)}.trail_facts").TRAIL
    return found


@cache
def trail_facts_of_prefix(prefix: str) -> TrailFacts:
    """What CloudTrail shows in its own way of the service whose actions and ARNs have a prefix (`s3`, `sso`)."""
    found = table_of_prefix(prefix)
    return trail_facts(found.service) if found is not None else TrailFacts()


@cache
def table_of_prefix(prefix: str) -> Table | None:
    """The table whose actions have a service prefix (`s3`, `sso`), None if there is none."""
    return next(
        (found for found in map(table, modelled_services()) if found is not None and found.prefix == prefix),
        None,
    )


@cache
def load(service: str) -> None:
    """Register our operations of a service, if we have any; services are loaded when they are first asked.

    Raises `ValueError` for steps round one operation whose order is not written (`core.registry.steps_in_order`).
    """
    if service not in modelled_services():
        return
    _import_modules(f"{__name__}.{folder(service)}", [f"{path}/{folder(service)}" for path in __path__])
    registry.sort_steps(service)


def _import_modules(package: str, folders: list[str]) -> None:
    """Import the modules of a package and, from the inside, those of its subpackages."""
    modules = list(iter_modules(folders))
    if any(each.name == "app" for each in modules):
        # A web application: its package loads it, and Flask with it, when a browser first comes.
        return
    for each in modules:
        import_module(f"{package}.{each.name}")
        if each.ispkg:
            _import_modules(f"{package}.{each.name}", [f"{folder}/{each.name}" for folder in folders])


@cache
def load_gate_hooks() -> None:
    """Import the module `gate_hooks` of each folder that has one: functions for every call, and connections.

    A folder may have this module without being a service: `deliveries` has no table.
    """
    for each in iter_modules(__path__):
        if each.ispkg and "gate_hooks" in _modules(each.name):
            import_module(f"{__name__}.{each.name}.gate_hooks")


@cache
def _modules(name: str) -> tuple[str, ...]:
    """Return the names of the modules in a service's folder. None of them is imported."""
    return tuple(each.name for each in iter_modules([f"{path}/{name}" for path in __path__]))


def folder(service: str) -> str:
    """The name of a service's folder."""
    return "lambda_" if service == "lambda" else service.replace("-", "_")


def _service(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
