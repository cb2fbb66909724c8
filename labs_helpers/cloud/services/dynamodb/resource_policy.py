"""A table's policy, checked when it is set: moto stores any text.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed


@operation("dynamodb", "PutResourcePolicy")
def put_table_policy(call: Call) -> Answer:
    """Set a table's or stream's policy, and refuse a malformed one with ValidationException."""
    _refuse_malformed(call.parameters.get("Policy") or "{}")
    return call.moto()


@operation("dynamodb", "CreateTable")
def create_table(call: Call) -> Answer:
    """Create a table, and attach the policy of the request, which moto ignores.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-create-table.html
    """
    text = call.parameters.get("ResourcePolicy")
    _refuse_malformed(text)
    answer = call.moto()
    if text and answer.status < 300:
        moto_view.set_policy(call.account, call.region, call.parameters["TableName"], text)
    return answer


def _refuse_malformed(text: str | None) -> None:
    refuse_malformed(
        text,
        "ValidationException",
        "Invalid policy document: {why}",
        "One or more parameter values were invalid: Invalid policy document: Policy contains invalid service principal",
    )
