"""Checks of the definitions of tables and indexes in CreateTable and UpdateTable.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.kms_encryption import check_readable
from labs_helpers.cloud.services.dynamodb.table import table_arn
from labs_helpers.cloud.services.dynamodb.table_names import check_names
from labs_helpers.cloud.services.shared.refusals import refusal

_WRONG = "One or more parameter values were invalid:"
_limit = refusal("LimitExceededException", 400)
_not_found = refusal("ResourceNotFoundException", 400)
_MOST_LOCAL, _MOST_GLOBAL = 5, 20
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-secondary-indexes"""
_CHANGES = (
    "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexUpdates", "GlobalTableWitnessUpdates",
    "MultiRegionConsistency", "OnDemandThroughput", "ProvisionedThroughput", "ReplicaUpdates", "SSESpecification",
    "StreamSpecification", "TableClass", "WarmThroughput", "GlobalTableSettingsReplicationMode",
)  # fmt: skip

Definition = Mapping[str, Any]


@around("dynamodb", "CreateTable", stage=Stage.VALIDATED)
def check_definition(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a table whose key or indexes aren't valid, before anything is created."""
    check_names(call)
    request = call.parameters
    key = request.get("KeySchema") or []
    if key:
        _check_key(key)
    local = request.get("LocalSecondaryIndexes") or []
    global_ = request.get("GlobalSecondaryIndexes") or []
    _check_numbers(local, global_, key)
    for index in (*local, *global_):
        _check_index(index, request.get("AttributeDefinitions") or [])
    for index in local:
        _check_local(index, key)
    for index in global_:
        _check_throughput(index, request.get("BillingMode") or "PROVISIONED")
    _check_view(request.get("StreamSpecification") or {})
    return perform()


def _check_view(stream: Definition) -> None:
    if bool(stream.get("StreamEnabled")) != bool(stream.get("StreamViewType")):
        raise invalid(f"{_WRONG} StreamViewType must be specified if and only if StreamEnabled is true")


def _check_key(key: list[Definition], index: str = "") -> None:
    """Raise `ServiceError` unless a key schema has a partition key, followed by at most one sort key.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_KeySchemaElement.html
    """
    of = f" for index: {index}" if index else ""
    if key[0]["KeyType"] != "HASH":
        raise invalid(f"Invalid KeySchema: The first KeySchemaElement is not a HASH key type{of}")
    if len(key) > 1 and key[1]["KeyType"] != "RANGE":
        raise invalid(f"Invalid KeySchema: The second KeySchemaElement is not a RANGE key type{of}")
    if len(key) > 1 and key[0]["AttributeName"] == key[1]["AttributeName"]:
        raise invalid(f"Both the Hash Key and the Range Key element in the KeySchema have the same name{of}")


def _check_numbers(local: list[Definition], global_: list[Definition], key: list[Definition]) -> None:
    names = [index["IndexName"] for index in (*local, *global_)]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"{_WRONG} Duplicate index name: {name}")
    if len(local) > _MOST_LOCAL:
        raise invalid(f"{_WRONG} Number of LocalSecondaryIndexes exceeds per-table limit of {_MOST_LOCAL}")
    if len(global_) > _MOST_GLOBAL:
        raise invalid(f"{_WRONG} Number of GlobalSecondaryIndexes exceeds per-table limit of {_MOST_GLOBAL}")
    if local and len(key) < 2:
        raise invalid(
            f"{_WRONG} Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )


def _check_index(index: Definition, attributes: Iterable[Definition]) -> None:
    """Raise `ServiceError` for an index whose key or projection isn't valid.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html
    """
    _check_key(index["KeySchema"], index["IndexName"])
    defined = [each["AttributeName"] for each in attributes]
    keys = [each["AttributeName"] for each in index["KeySchema"]]
    if not set(keys) <= set(defined):
        raise invalid(
            f"{_WRONG} Some index key attributes are not defined in AttributeDefinitions. Keys: "
            f"[{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
        )
    projection = index.get("Projection") or {}
    kind, others = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise invalid(f"{_WRONG} Unknown ProjectionType: null")
    if kind == "INCLUDE" and not others:
        raise invalid(f"{_WRONG} ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and others is not None:
        raise invalid(f"{_WRONG} ProjectionType is {kind}, but NonKeyAttributes is specified")


def _check_local(index: Definition, key: list[Definition]) -> None:
    """Raise `ServiceError` for a local secondary index without a sort key, or with another partition key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
    """
    name, own = index["IndexName"], index["KeySchema"]
    if len(own) < 2:
        raise invalid(f"{_WRONG} Index KeySchema does not have a range key for index: {name}")
    if own[0]["AttributeName"] != key[0]["AttributeName"]:
        raise invalid(
            f"{_WRONG} Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {own[0]['AttributeName']}, table hash key: {key[0]['AttributeName']}"
        )


def _check_throughput(index: Definition, billing_mode: str) -> None:
    """Raise `ServiceError` if an index's throughput setting doesn't match the table's billing mode.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndex.html
    """
    provisioned, name = bool(index.get("ProvisionedThroughput")), index["IndexName"]
    if billing_mode == "PROVISIONED" and not provisioned:
        raise invalid(f"{_WRONG} ProvisionedThroughput must be specified for index: {name}")
    if billing_mode == "PAY_PER_REQUEST" and provisioned:
        raise invalid(
            f"{_WRONG} ProvisionedThroughput should not be specified for index: {name} when BillingMode is "
            "PAY_PER_REQUEST"
        )


@around("dynamodb", "UpdateTable", stage=Stage.FOUND)
def check_changes(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject an update without a change, or with a change that isn't valid or possible."""
    check_names(call)
    request = call.parameters
    if not any(request.get(name) not in (None, [], {}) for name in _CHANGES):
        raise invalid(f"At least one of {', '.join(_CHANGES)} is required")
    arn = table_arn(call, request["TableName"])
    if not moto_view.exists(arn):
        return perform()
    _check_stream(request.get("StreamSpecification"), moto_view.has_stream(arn))
    _check_billing(request, moto_view.billing_mode(arn))
    if request.get("SSESpecification") is not None:
        check_readable(call, moto_view.sealed(arn))
    existing = moto_view.index_keys(arn)
    changes = request.get("GlobalSecondaryIndexUpdates") or []
    for change in changes:
        if len(change) != 1:
            raise invalid(
                f"{_WRONG} Only one global secondary index update per index is allowed simultaneously."
            )
        _check_change(call, arn, existing, *next(iter(change.items())))
    if sum("Update" not in change for change in changes) > 1:
        raise _limit(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )
    with moto_view.keeping_attributes(arn):
        return perform()


def _check_stream(wanted: Definition | None, streams: bool) -> None:
    """Raise `ServiceError` for a stream that is already enabled or disabled.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html#DDB-UpdateTable-request-StreamSpecification
    """
    if wanted is None:
        return
    if bool(wanted["StreamEnabled"]) == streams:
        raise invalid(f"Table already has {'an enabled' if streams else 'a disabled'} stream")
    _check_view(wanted)


def _check_billing(request: Definition, now: str) -> None:
    """Raise `ServiceError` for a throughput setting in on-demand mode, or if it is missing in provisioned mode.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ProvisionedThroughput.html
    """
    mode, throughput = request.get("BillingMode") or now, request.get("ProvisionedThroughput")
    if mode == "PAY_PER_REQUEST" and throughput:
        raise invalid(
            f"{_WRONG} Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST"
        )
    if mode == "PROVISIONED" and now != mode and not throughput:
        raise invalid(f"{_WRONG} ProvisionedThroughput must be specified when BillingMode is PROVISIONED")


def _check_change(call: Call, arn: str, existing: Mapping[str, Any], kind: str, index: Definition) -> None:
    """Raise `ServiceError` if an index can't be created, updated, or deleted."""
    name = index["IndexName"]
    if kind != "Create":
        if name not in existing:
            raise _not_found(f"Requested resource not found: Table: {arn.rpartition('/')[2]}, index: {name}")
        return
    if name in existing:
        raise invalid(f"{_WRONG} Attempting to create an index which already exists: {name}")
    _check_index(index, [*moto_view.attributes_of(arn), *(call.parameters.get("AttributeDefinitions") or [])])
    _check_throughput(index, call.parameters.get("BillingMode") or moto_view.billing_mode(arn))
