"""What each API operation asks for: one module a service, each with its `TABLE` (see `table.Table`).

An operation that no table names is refused. To add one, write its row in the service's module.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from labs_helpers.cloud.operations.table import Table

_MODULES = {
    "iam": "iam",
    "sts": "sts",
    "s3": "s3",
    "kms": "kms",
    "organizations": "organizations",
    "cloudtrail": "cloudtrail",
    "secretsmanager": "secretsmanager",
    "dynamodb": "dynamodb",
    "lambda": "lambda_",
    "sqs": "sqs",
    "sns": "sns",
    "events": "events",
    "logs": "logs",
    "ec2": "ec2",
    "cognito-idp": "cognito_idp",
    "cognito-identity": "cognito_identity",
    "sso-admin": "sso_admin",
    "identitystore": "identitystore",
    "account": "account",
    "accessanalyzer": "accessanalyzer",
    "iam-toolbox": "iam_toolbox",
}
"""boto3's service name → module of this package."""


@cache
def table(service: str) -> Table | None:
    """The authorization table of a service (boto3's name), None where none is written yet."""
    module = _MODULES.get(service)
    return import_module(f"{__name__}.{module}").TABLE if module else None


@cache
def table_of_prefix(prefix: str) -> Table | None:
    """The table whose actions have a service prefix (`s3`, `sso`), None if there is none."""
    return next(
        (found for found in map(table, _MODULES) if found is not None and found.prefix == prefix), None
    )


def modelled_services() -> tuple[str, ...]:
    """The services that have a table."""
    return tuple(_MODULES)
