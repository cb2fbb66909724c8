"""Reformatting of PartiQL statements for moto, because moto accepts only one of the formats that DynamoDB accepts."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.partiql import spaced, with_parameters


@around(
    "dynamodb",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
    stage=Stage.PERFORMED,
    refuses=False,
)
def spell_out(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Perform the operation while moto receives its statements with normal spacing, and with numbers as parameters.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
    """
    undo = moto_view.respell_partiql(spaced, with_parameters)
    try:
        return perform()
    finally:
        undo()
