"""PartiQL statements on their way to moto, which reads one spelling of them alone."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.partiql import spaced


@around(
    "dynamodb",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
    stage=Stage.PERFORMED,
    refuses=False,
)
def spell_out(call: Call, deed: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html"""
    undo = moto_view.respelled(spaced)
    try:
        return deed()
    finally:
        undo()
