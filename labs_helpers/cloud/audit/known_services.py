"""The services that the cloud supports, and the actions that their operations require."""

from __future__ import annotations

from labs_helpers.cloud import services


def serves_prefix(prefix: str) -> bool:
    """Return whether the cloud supports the service whose actions have this prefix (`s3`, `sso`)."""
    return services.table_of_prefix(prefix) is not None


def served_prefixes() -> tuple[str, ...]:
    """Return the action prefixes of all services that the cloud supports."""
    tables = (services.table(service) for service in services.modelled_services())
    return tuple(table.prefix for table in tables if table is not None)


def action_of_operation(prefix: str, operation: str) -> str | None:
    """Return the first action that an operation requires (`s3`, `ListObjectsV2` → `s3:ListBucket`).

    Case is ignored. Returns None if the cloud doesn't support the operation, or if the operation requires no
    permission.
    """
    table = services.table_of_prefix(prefix.lower())
    if table is None:
        return None
    by_name = {each.lower(): each for each in table.operations}
    questions = table.questions(by_name.get(operation.lower(), ""))
    return questions[0].action if questions else None
