"""Operations on nonexistent tables. moto accepts some of them, and rejects others with codes that AWS doesn't have.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html#API_DescribeTimeToLive_Errors
and the same section on the other operations' pages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.errors import check_tags, invalid
from labs_helpers.cloud.services.dynamodb.kms_encryption import check_readable
from labs_helpers.cloud.services.dynamodb.pages import PAGES
from labs_helpers.cloud.services.dynamodb.table import table_arn
from labs_helpers.cloud.services.dynamodb.table_names import check_names
from labs_helpers.cloud.services.shared.refusals import refusal

_not_found = refusal("ResourceNotFoundException", 400)
_no_table = refusal("TableNotFoundException", 400)
_wrong_time = refusal("InvalidRestoreTimeException", 400)
_unrecoverable = refusal("PointInTimeRecoveryUnavailableException", 400)


def _exists(call: Call) -> bool:
    return moto_view.exists(call.judgements[0].request.resource.partition("/stream/")[0])


@operation("dynamodb", "DescribeTimeToLive", "UpdateTimeToLive", "UpdateTable")
def change_table(call: Call) -> Answer:
    """Update a table, or update or return its time-to-live.

    Raises ResourceNotFoundException if the table doesn't exist.
    """
    return _change_existing(call)


@operation("dynamodb", "DeleteTable")
def delete_table(call: Call) -> Answer:
    """Delete a table, its policy, and the policies of its streams. moto would keep the policies."""
    answer = _change_existing(call)
    if answer.status < 300:
        moto_view.forget_policies(call.judgements[0].request.resource)
    return answer


def _change_existing(call: Call) -> Answer:
    if not _exists(call):
        raise _not_found(f"Requested resource not found: Table: {_name(call)} not found")
    return call.moto()


def _refuse_missing(call: Call) -> None:
    if not _exists(call):
        raise _not_found(
            f"Requested resource not found: ResourcArn: {call.parameters['ResourceArn']} not found"
        )


@operation("dynamodb", "TagResource", "UntagResource")
def change_tags(call: Call) -> Answer:
    """Add or remove a table's tags. Raises ResourceNotFoundException if the table doesn't exist."""
    _refuse_missing(call)
    check_tags(call)
    return call.moto()


@operation("dynamodb", "ListTagsOfResource")
def list_tags(call: Call) -> Mapping[str, Any]:
    """Return a table's tags. Raises ResourceNotFoundException if the table doesn't exist."""
    _refuse_missing(call)
    tags = moto_view.tags(call.parameters["ResourceArn"])
    return PAGES.page(call, "Tags", [{"Key": key, "Value": value} for key, value in tags.items()])


@operation("dynamodb", "DescribeContinuousBackups", "UpdateContinuousBackups", "CreateBackup")
def back_up(call: Call) -> Answer:
    """Perform an operation on a table's backups. Raises TableNotFoundException if the table doesn't exist."""
    if not _exists(call):
        raise _no_table(f"Table not found: {_name(call)}")
    return call.moto()


@around("dynamodb", "RestoreTableToPointInTime", "ExportTableToPointInTime", stage=Stage.FOUND)
def restore(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a restore or export without such a table or its recovery, and an export that can't use its KMS key.

    A restore uses the key later, while it is in progress (`kms_encryption.encrypt_restored`).
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
    """
    check_names(call)
    given = call.parameters
    arn = table_arn(
        call, given.get("TableArn") or given.get("SourceTableArn") or given.get("SourceTableName")
    )
    name = arn.rpartition("/")[2]
    if not moto_view.exists(arn):
        raise _no_table(f"Table not found: {name}")
    if not moto_view.recovers_to_point_in_time(arn):
        raise _unrecoverable(f"Point in time recovery is not enabled for table '{name}'")
    if call.operation == "RestoreTableToPointInTime":
        _check_time(call, moto_view.earliest_restorable(arn))
    else:
        check_readable(call, moto_view.sealed(arn))
    return perform()


def _check_time(call: Call, earliest: float) -> None:
    """Raise `ServiceError` unless the request specifies a time to which the table can be restored."""
    time = call.parameters.get("RestoreDateTime")
    if (time is None) != bool(call.parameters.get("UseLatestRestorableTime")):
        raise invalid(
            "One or more parameter values were invalid: Specify one of RestoreDateTime and UseLatestRestorableTime"
        )
    if time is not None and not int(earliest) <= time.timestamp() <= call.time.timestamp():
        raise _wrong_time(
            "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime"
        )


def _name(call: Call) -> str:
    return str(call.parameters["TableName"]).rpartition("/")[2]
