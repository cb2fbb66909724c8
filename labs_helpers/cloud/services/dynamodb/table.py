"""The authorization table for DynamoDB: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
Transactions require the actions for their items:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
PartiQL has separate actions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.services.dynamodb import expressions
from labs_helpers.cloud.services.dynamodb import moto_view as dynamodb
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.items import Statement, leading_keys, named_attributes, queried_keys
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table, account_in
from labs_helpers.cloud.services.shared.table_rows import asks_s3, given, has, removed_tags, s3_policy
from labs_helpers.engine.policy.arn import Arn

Judged = Iterable[tuple[str, Mapping[str, Any]]]
"""The ARNs of the resources for which an operation requires an action, each with its condition keys."""


def table_arn(call: Call, table: str | None) -> str:
    """Return the ARN of a table, given its name or ARN, or "*" if neither is given."""
    if not table:
        return "*"
    name = parts.resource.removeprefix("table/") if (parts := Arn.read(table)) is not None else table
    return f"arn:aws:dynamodb:{call.region}:{call.account}:table/{name}"


def _on(parameter: str) -> Callable[[Call], list[str]]:
    return lambda call: [table_arn(call, call.parameters.get(parameter))]


_table = _on("TableName")
_target = _on("TargetTableName")


def _source(call: Call) -> list[str]:
    return [table_arn(call, call.parameters.get("SourceTableArn") or call.parameters.get("SourceTableName"))]


def _imported(call: Call) -> list[str]:
    return [table_arn(call, (call.parameters.get("TableCreationParameters") or {}).get("TableName"))]


def _owner(call: Call) -> str | None:
    """Return the account in the request's ARNs, or None if the request contains no ARN.

    Raises `NotModelled` for tables in several accounts.
    """
    parameters = call.parameters
    names = [parameters.get(name) for name in ("TableName", "ResourceArn", "BackupArn", "TableArn", "SourceTableArn",
                                          "ExportArn", "ImportArn")]  # fmt: skip
    names += list(parameters.get("RequestItems") or ())
    names += [
        part.get("TableName") for item in parameters.get("TransactItems") or () for part in item.values()
    ]
    accounts = {account_in(name) for name in names if name and name.startswith("arn:")}
    # A name that isn't an ARN refers to a table in the caller's account.
    if accounts and any(name and not name.startswith("arn:") for name in names):
        accounts.add(call.caller_account)
    if len(accounts) > 1:
        raise NotModelled(f"dynamodb:{call.operation} isn't modeled for tables of several accounts")
    return next(iter(accounts), None)


# Condition keys


def _item_keys(
    request: Mapping[str, Any], partition_keys: list[str], batch: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the condition keys of one request for one table. `batch` contains the whole batch's parameters."""
    keys: dict[str, Any] = {}
    if partition_keys:
        keys["dynamodb:LeadingKeys"] = partition_keys
    attributes = named_attributes(request)
    if attributes:
        keys["dynamodb:Attributes"] = attributes
    for name in ("ReturnValues", "ReturnConsumedCapacity"):
        value = request.get(name) or batch.get(name)
        if value:
            keys[f"dynamodb:{name}"] = value
    return keys


def _select(request: Mapping[str, Any], *, index: bool = False) -> Mapping[str, str]:
    """Return dynamodb:Select from the request, or DynamoDB's default for the request.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html#DDB-Query-request-Select
    """
    if request.get("Select"):
        return {"dynamodb:Select": request["Select"]}
    if request.get("ProjectionExpression") or request.get("AttributesToGet"):
        return {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}
    return {"dynamodb:Select": "ALL_PROJECTED_ATTRIBUTES" if index else "ALL_ATTRIBUTES"}


def _one_item(call: Call) -> Judged:
    request, arn = call.parameters, _table(call)[0]
    key = leading_keys([request.get("Key") or request.get("Item") or {}], dynamodb.hash_key(arn))
    keys = dict(_item_keys(request, key, {}))
    if call.operation == "GetItem":
        keys |= _select(request)
    return [(arn, keys)]


def _read(call: Call) -> Judged:
    """Yield the ARN of the index or table that a Query or Scan reads, with the condition keys."""
    request, arn, index = call.parameters, _table(call)[0], call.parameters.get("IndexName")
    key = queried_keys(request, dynamodb.hash_key(arn, index)) if call.operation == "Query" else []
    yield (
        f"{arn}/index/{index}" if index else arn,
        {**_item_keys(request, key, {}), **_select(request, index=bool(index))},
    )


def _from_index(call: Call) -> bool:
    return bool(call.parameters.get("IndexName"))


def _from_table(call: Call) -> bool:
    return not _from_index(call)


def _batch_get(call: Call) -> Judged:
    for name, request in (call.parameters.get("RequestItems") or {}).items():
        arn = table_arn(call, name)
        key = leading_keys(request.get("Keys") or (), dynamodb.hash_key(arn))
        yield arn, {**_item_keys(request, key, call.parameters), **_select(request)}


def _batch_write(call: Call) -> Judged:
    for name, requests in (call.parameters.get("RequestItems") or {}).items():
        arn = table_arn(call, name)
        items = [(each.get("PutRequest") or {}).get("Item") or (each.get("DeleteRequest") or {}).get("Key") or {}
                 for each in requests]  # fmt: skip
        yield arn, _item_keys({"Keys": items}, leading_keys(items, dynamodb.hash_key(arn)), call.parameters)


def _transact(part: str) -> Callable[[Call], Judged]:
    """Return a function that yields a transaction's tables with the condition keys for one kind of action."""

    def by_part(call: Call) -> Judged:
        """Yield the tables of one transaction."""
        by_table: dict[str, list[Mapping[str, Any]]] = {}
        for item in call.parameters.get("TransactItems") or ():
            if part in item:
                by_table.setdefault(table_arn(call, item[part].get("TableName")), []).append(item[part])
        for arn, requests in by_table.items():
            items = [request.get("Key") or request.get("Item") or {} for request in requests]
            names = list(dict.fromkeys(name for request in requests for name in named_attributes(request)))
            keys = _item_keys(
                {"Keys": [dict.fromkeys(names)]}, leading_keys(items, dynamodb.hash_key(arn)), call.parameters
            )
            yield arn, {**keys, "dynamodb:EnclosingOperation": call.operation}

    return by_part


def _statements(call: Call) -> list[Statement]:
    request = call.parameters
    if "Statement" in request:
        return [Statement(request["Statement"], request.get("Parameters") or [])]
    several = request.get("Statements") or request.get("TransactStatements") or ()
    return [Statement(each["Statement"], each.get("Parameters") or []) for each in several]


def _partiql(kind: str, on_index: bool) -> Callable[[Call], Judged]:
    """Return a function that yields the resource and condition keys of each statement of one kind."""

    def by_kind(call: Call) -> Judged:
        """Yield the resources of one request's statements."""
        for statement in _statements(call):
            if statement.kind == kind and bool(statement.index) == on_index:
                yield _resource_of(call, statement), _statement_keys(call, statement)

    return by_kind


def _resource_of(call: Call, statement: Statement) -> str:
    arn = table_arn(call, statement.table)
    return f"{arn}/index/{statement.index}" if statement.index else arn


def _statement_keys(call: Call, statement: Statement) -> dict[str, Any]:
    """Return the condition keys of a PartiQL statement. Raises `ServiceError` for a write without the key."""
    arn = table_arn(call, statement.table)
    key = statement.leading_keys(dynamodb.hash_key(arn, statement.index))
    keys: dict[str, Any] = {"dynamodb:LeadingKeys": key} if key else {}
    if statement.attributes:
        keys["dynamodb:Attributes"] = statement.attributes
    if statement.kind == "Select":
        keys["dynamodb:FullTableScan"] = "false" if key else "true"
        keys["dynamodb:Select"] = "ALL_ATTRIBUTES" if statement.reads_all else "SPECIFIC_ATTRIBUTES"
    elif not key and dynamodb.hash_key(arn) is not None:
        # Without the key, dynamodb:LeadingKeys would be missing, so a ForAllValues condition would be met.
        raise invalid("Where clause does not contain a mandatory equality on all key attributes")
    if call.operation != "ExecuteStatement":
        keys["dynamodb:EnclosingOperation"] = call.operation
    return keys


@dataclass(frozen=True, slots=True)
class BatchedStatement:
    """One statement in BatchExecuteStatement: its index as a string, and its request or its error."""

    item: str
    action: str = ""
    arn: str = ""
    on_index: bool = False
    keys: Mapping[str, Any] = field(default_factory=dict)
    error: ServiceError | None = None


def batched(call: Call) -> Iterable[BatchedStatement]:
    """Yield BatchExecuteStatement's statements individually. An invalid statement doesn't affect the other statements.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
    """
    for number, each in enumerate(call.parameters.get("Statements") or ()):
        item = str(number)
        try:
            statement = Statement(each["Statement"], each.get("Parameters") or [])
            keys = _statement_keys(call, statement)
        except ServiceError as error:
            yield BatchedStatement(item, error=error)
            continue
        action, arn = f"dynamodb:PartiQL{statement.kind}", _resource_of(call, statement)
        yield BatchedStatement(item, action, arn, bool(statement.index), keys)


def _batched(kind: str, on_index: bool) -> Callable[[Call], Iterable[tuple[str, str, Mapping[str, Any]]]]:
    """Return a function that yields the item, ARN, and condition keys of a batch's statements of one kind."""
    action = f"dynamodb:PartiQL{kind}"
    return lambda call: [
        (each.item, each.arn, each.keys)
        for each in batched(call)
        if each.error is None and (each.action, each.on_index) == (action, on_index)
    ]


# The table


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """Return the resource and its policy, or None for a resource without one.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
    """
    if ask.type is None:
        return s3_policy(ask)
    # For CreateTable, the policy of an existing table with the same name doesn't apply.
    if ask.type not in ("table", "index", "stream") or call.operation == "CreateTable":
        return None
    document = dynamodb.resource_policy(ask.resource)
    return (ask.resource.partition("/index/")[0], document) if document else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    tagged = ask.type in ("table", "index", "stream") and call.operation != "CreateTable"
    return dynamodb.tags(ask.resource) if tagged else {}


def _check_expressions(call: Call) -> None:
    """Reject malformed expressions and a Query without its partition key, before any condition is evaluated."""
    parameters = call.parameters
    for request in _requests(parameters):
        expressions.check(request)
    if call.operation != "Query":
        return
    hash_key = dynamodb.hash_key(_table(call)[0], parameters.get("IndexName"))
    # moto rejects nonexistent tables and indexes, and a Query without key conditions.
    if hash_key is None or not (parameters.get("KeyConditionExpression") or parameters.get("KeyConditions")):
        return
    if len(queried_keys(parameters, hash_key)) != 1:
        message = f"Query condition missed key schema element: {hash_key}"
        raise invalid(message)


def _requests(parameters: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Yield a request, and its parts that have their own expressions."""
    yield parameters
    items = parameters.get("RequestItems") or {}
    yield from (each for each in items.values() if isinstance(each, Mapping))
    for item in parameters.get("TransactItems") or ():
        yield from item.values()


TABLE = Table(
    "dynamodb", "dynamodb", resources={}, before=_check_expressions, owner=_owner, policy=_policy, tags=_tags
)
ask = TABLE.ask

# Tables
ask(
    "CreateBackup DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive UpdateContinuousBackups "
    "UpdateTable UpdateTimeToLive",
    on="table",
    arns=_table,
)
ask("CreateTable", on="table", arns=_table)
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
ask("CreateTable", action="TagResource", on="table", arns=_table, when=has("Tags"))
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-create-table.html
ask("CreateTable", action="PutResourcePolicy", on="table", arns=_table, when=has("ResourcePolicy"))
ask("ListTables ListBackups DescribeEndpoints DescribeLimits")

# Items
ask("GetItem PutItem UpdateItem DeleteItem", on="table", each=_one_item)
ask("Query Scan", on="table", each=_read, when=_from_table)
ask("Query Scan", on="index", each=_read, when=_from_index)
ask("BatchGetItem", on="table", each=_batch_get)
ask("BatchWriteItem", on="table", each=_batch_write)
ask("TransactGetItems", action="GetItem", on="table", each=_transact("Get"))
for _part, _action in (
    ("ConditionCheck", "ConditionCheckItem"),
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
    ("Delete", "DeleteItem"),
):
    ask("TransactWriteItems", action=_action, on="table", each=_transact(_part))
for _kind in ("Select", "Insert", "Update", "Delete"):
    _operations = "ExecuteStatement ExecuteTransaction"
    ask(_operations, action=f"PartiQL{_kind}", on="table", each=_partiql(_kind, False))
    ask("BatchExecuteStatement", action=f"PartiQL{_kind}", on="table", items=_batched(_kind, False))
ask(_operations, action="PartiQLSelect", on="index", each=_partiql("Select", True))
ask("BatchExecuteStatement", action="PartiQLSelect", on="index", items=_batched("Select", True))

# Backups, exports, imports. A restore writes the items of the new table:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
ask("DeleteBackup DescribeBackup RestoreTableFromBackup", on="backup", arns=given("BackupArn"))
ask("RestoreTableFromBackup", on="table", arns=_target)
ask("RestoreTableToPointInTime", on="table", arns=_source)
for _action in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"):
    ask("RestoreTableFromBackup RestoreTableToPointInTime", action=_action, on="table", arns=_target)
ask("ExportTableToPointInTime", on="table", arns=_on("TableArn"))
ask("DescribeExport", on="export", arns=given("ExportArn"))
ask("DescribeImport", on="import", arns=given("ImportArn"))
ask("ImportTable", on="table", arns=_imported)


def _import_from(call: Call) -> list[tuple[str | None, str | None]]:
    source = call.parameters.get("S3BucketSource") or {}
    return [(source.get("S3Bucket"), (source.get("S3KeyPrefix") or "") + "*")]


def _export_to(call: Call) -> list[tuple[str | None, str | None]]:
    prefix = call.parameters.get("S3Prefix")
    return [(call.parameters.get("S3Bucket"), f"{prefix}/AWSDynamoDB/*" if prefix else "AWSDynamoDB/*")]


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html
asks_s3(TABLE, "ImportTable", "GetObject", _import_from)
asks_s3(TABLE, "ImportTable", "ListBucket", lambda call: [(bucket, "") for bucket, _ in _import_from(call)])
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
asks_s3(TABLE, "ExportTableToPointInTime", "PutObject", _export_to)
ask("ListExports", on="table", arns=_on("TableArn"))


# By ARN of a table or its stream


def _of_stream(call: Call) -> bool:
    return "/stream/" in (call.parameters.get("ResourceArn") or "")


def _of_table(call: Call) -> bool:
    return not _of_stream(call)


for _type, _when in (("table", _of_table), ("stream", _of_stream)):
    ask(
        "PutResourcePolicy GetResourcePolicy DeleteResourcePolicy ListTagsOfResource TagResource",
        on=_type,
        arns=given("ResourceArn"),
        when=_when,
    )
    ask("UntagResource", on=_type, arns=given("ResourceArn"), keys=(removed_tags,), when=_when)

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
TABLE.one_of(
    "RestoreTableToPointInTime", "SourceTableArn", "SourceTableName",
    code="ValidationException",
    message="One or more parameter values were invalid: Specify SourceTableArn or SourceTableName, not both",
)  # fmt: skip
