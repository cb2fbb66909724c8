"""What the cloud knows of services: which it serves, and what their operations ask for."""

from __future__ import annotations

from labs_helpers.cloud import services

modelled_services = services.modelled_services


def serves_prefix(prefix: str) -> bool:
    """Return whether the cloud serves the service whose actions have a prefix (`s3`, `sso`)."""
    return services.table_of_prefix(prefix) is not None


def served_prefixes() -> tuple[str, ...]:
    """Return the prefixes of the actions of all services that the cloud serves."""
    tables = (services.table(service) for service in services.modelled_services())
    return tuple(table.prefix for table in tables if table is not None)


def action_of_operation(prefix: str, operation: str) -> str | None:
    """Return the first action that an operation asks for (`s3`, `ListObjectsV2` → `s3:ListBucket`), in any case.

    None for an operation that the cloud does not serve, and for one that asks for nothing.
    """
    table = services.table_of_prefix(prefix.lower())
    if table is None:
        return None
    by_name = {each.lower(): each for each in table.operations}
    questions = table.questions(by_name.get(operation.lower(), ""))
    return questions[0].action if questions else None
