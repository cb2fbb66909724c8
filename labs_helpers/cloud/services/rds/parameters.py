"""Validation of a request's parameters, with the messages in the API reference for RDS."""

from __future__ import annotations

import re
from collections.abc import Iterable

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("InvalidParameterValue", 400)
combination = refusal("InvalidParameterCombination", 400)


_NAME = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
PORTS = {
    "db2": 50000, "mariadb": 3306, "mysql": 3306, "oracle": 1521, "postgres": 5432, "sqlserver": 1433,
}  # fmt: skip
"""The default ports, by engine name prefix.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""
ENGINES = frozenset(
    "db2-ae db2-ce db2-se mariadb mysql oracle-ee oracle-ee-cdb oracle-se2 oracle-se2-cdb postgres sqlserver-ee "
    "sqlserver-se sqlserver-ex sqlserver-web".split()
)
VERSIONS = {"postgres": "17.6", "mysql": "8.4.7", "mariadb": "11.8.3"}
"""The engine versions that are used if a request doesn't specify one. RDS itself uses its current default version."""


def accept_only(call: Call, names: Iterable[str]) -> None:
    """Raise NotModelled for a parameter that would change the call's result on AWS but has no effect in this cloud."""
    for name, value in call.parameters.items():
        if name not in names and value not in (None, False, "", [], {}):
            raise NotModelled(
                f"rds:{call.operation} with {name} isn't modeled (labs_helpers/cloud/services/rds)"
            )


def name(call: Call, parameter: str, most: int = 63) -> str:
    """Return an identifier in lowercase, as RDS stores it. Raises InvalidParameterValue for an invalid identifier."""
    value = str(call.parameters.get(parameter) or "")
    if not _NAME.fullmatch(value) or len(value) > most:
        raise invalid(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain "
            "only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive "
            "hyphens."
        )
    return value.lower()


def port_of(engine: str) -> int:
    """Return the default port for one of the engines in `ENGINES`."""
    return next(port for begins, port in PORTS.items() if engine.startswith(begins))
