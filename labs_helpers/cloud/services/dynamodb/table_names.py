"""The names of tables and indexes in requests.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.NamingRules
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb.errors import invalid

_NAME = re.compile(r"(arn:[^:]*:dynamodb:[^:]*:[^:]*:table/)?[a-zA-Z0-9_.-]{3,255}")
"""A name, or a table's ARN."""


@around(
    "dynamodb", "DescribeTable", "DeleteTable", "DescribeTimeToLive", "DescribeContinuousBackups",
    "UpdateContinuousBackups", "CreateBackup", "RestoreTableFromBackup",
    stage=Stage.VALIDATED,
)  # fmt: skip
def check_table_name(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a request with a name that no table can have."""
    check_names(call)
    return perform()


def check_names(call: Call) -> None:
    """Raise `ServiceError` for a request with a name that no table or index can have."""
    for name in _names(call.parameters):
        if not _NAME.fullmatch(name):
            raise invalid(
                "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and can "
                "contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'"
            )


def _names(parameters: Mapping[str, Any]) -> Iterator[str]:
    yield from parameters.get("RequestItems") or ()
    parts = [part for item in parameters.get("TransactItems") or () for part in item.values()]
    for part in (parameters, *parts):
        yield from (part[name] for name in ("TableName", "TargetTableName", "IndexName") if part.get(name))
