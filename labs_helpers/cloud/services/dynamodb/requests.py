"""Requests that DynamoDB rejects but moto accepts, because they contain sets that are empty or have duplicates.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb.errors import invalid

_SETS = ("SS", "NS", "BS")


@around("dynamodb", "PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems", stage=Stage.VALIDATED)
def check_sets(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a set that is empty or contains duplicate values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.SetTypes
    """
    for kind, values in _sets(call.parameters):
        if not values:
            adjective = {"SS": "string", "NS": "number", "BS": "binary"}[kind]
            message = f"One or more parameter values were invalid: An {adjective} set  may not be empty"
            raise invalid(message)
        if len(set(values)) < len(values):
            listed = ", ".join(map(str, values))
            message = (
                f"One or more parameter values were invalid: Input collection [{listed}] contains duplicates."
            )
            raise invalid(message)
    return perform()


def _sets(value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the type and the values of each set in a request, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # A set is the only key of its value; an attribute of an item may be called SS as well.
            if name in _SETS and isinstance(inner, list) and len(value) == 1:
                yield name, inner
            else:
                yield from _sets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sets(inner)
