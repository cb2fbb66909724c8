"""Hooks into moto's DynamoDB: transactions, conditions, and filters.

moto's own evaluation of conditions fails for some types.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.dynamodb import exceptions, models
from moto.dynamodb.models import DynamoDBBackend, table
from moto.dynamodb.responses import DynamoHandler

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.dynamodb import condition_expressions, expressions
from labs_helpers.cloud.services.dynamodb.attribute_values import as_read


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition with the method that moto calls."""

    node: expressions.Node
    values: Mapping[str, Any]

    def expr(self, item: Any) -> bool:
        """Return whether moto's item meets the condition. The item is None if it doesn't exist."""
        attributes = as_read(item.to_json()["Attributes"]) if item is not None else {}
        return condition_expressions.holds(self.node, attributes, self.values)


@hooks.while_installed
def _evaluate_conditions() -> hooks.Undo:
    """Make `condition_expressions` evaluate a condition, after moto has checked it for reserved words."""
    check = models.get_filter_expression

    def get_filter_expression(
        expr: str | None, names: dict[str, str] | None, values: dict[str, Any] | None
    ) -> _Condition:
        """Return the condition. Raises moto's exceptions if it isn't valid."""
        check(expr, names, values)
        request = {
            "ConditionExpression": expr or None,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        return _Condition(
            expressions.read(request, "ConditionExpression").condition, as_read(dict(values or {}))
        )

    undo = [hooks.replace(each, get_filter_expression=get_filter_expression) for each in (models, table)]

    def undo_all() -> None:
        """Let moto evaluate conditions again."""
        for each in undo:
            each()

    return undo_all


@hooks.while_installed
def _cancel_transactions_as_aws() -> hooks.Undo:
    """Cancel a transaction with AWS's reasons, if one of its actions fails."""

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        """Perform all actions, or none. Raises moto's exceptions."""
        _check_items(self, transact_items)
        names = {part["TableName"] for item in transact_items for part in item.values()}
        before = {name: copy.deepcopy(self.get_table(name)) for name in names}
        try:
            reasons = [_reason(self, *next(iter(item.items()))) for item in transact_items]
            if any(code is not None for code, _, _ in reasons):
                raise exceptions.TransactionCanceledException(reasons)
        except Exception:
            self.tables.update({self.get_table(name).name: table for name, table in before.items()})
            raise

    return hooks.replace(DynamoDBBackend, transact_write_items=transact_write_items)


@hooks.while_installed
def _export_without_prefix() -> hooks.Undo:
    """Allow exports without a prefix, although moto requires one.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
    """
    export = DynamoHandler.export_table_to_point_in_time

    def export_table_to_point_in_time(self: DynamoHandler) -> Any:
        """Export a table."""
        self.body.setdefault("S3Prefix", "")
        return export(self)

    return hooks.replace(DynamoHandler, export_table_to_point_in_time=export_table_to_point_in_time)


def _check_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Raise moto's exception if two actions are on the same item."""
    seen = []
    for item in transact_items:
        (part,) = item.values()
        named = backend.get_table(part["TableName"])
        attributes = part.get("Key") or part["Item"]
        key = [named.name] + [attributes.get(name) for name in (named.hash_key_attr, named.range_key_attr)]
        if key in seen:
            raise exceptions.MultipleTransactionsException
        seen.append(key)


def _reason(backend: DynamoDBBackend, kind: str, part: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Perform one action.

    If the action fails, return the reason's code, text, and item. Otherwise, return (None, None, None). Raises
    moto's exception for an expression that isn't valid for any item.
    """
    try:
        _perform(backend, kind, part)
    except exceptions.ConditionalCheckFailed as error:
        return "ConditionalCheckFailed", str(error.message), _old_item(backend, part)
    except (exceptions.InvalidUpdateExpression, exceptions.InvalidConditionExpression):
        raise
    except exceptions.MockValidationException as error:
        return "ValidationError", error.exception_msg, None
    return None, None, None


def _perform(backend: DynamoDBBackend, kind: str, part: dict[str, Any]) -> None:
    """Perform one action of a transaction. Raises moto's exceptions."""
    given = {
        "condition_expression": part.get("ConditionExpression"),
        "expression_attribute_names": part.get("ExpressionAttributeNames"),
        "expression_attribute_values": part.get("ExpressionAttributeValues"),
    }
    name = part["TableName"]
    if kind == "Put":
        backend.put_item(name, part["Item"], **given)
    elif kind == "Delete":
        backend.delete_item(name, part["Key"], **given)
    elif kind == "Update":
        backend.update_item(name, part["Key"], update_expression=part["UpdateExpression"], **given)
    else:
        condition = models.get_filter_expression(*given.values())
        if not condition.expr(backend.get_item(name, part["Key"])):
            raise exceptions.ConditionalCheckFailed


def _old_item(backend: DynamoDBBackend, part: dict[str, Any]) -> dict[str, Any] | None:
    """Return the item that failed a condition, if the action requests it."""
    if part.get("ReturnValuesOnConditionCheckFailure") != "ALL_OLD":
        return None
    named = backend.get_table(part["TableName"])
    attributes = part.get("Key") or part["Item"]
    names = [name for name in (named.hash_key_attr, named.range_key_attr) if name]
    old = backend.get_item(named.name, {name: attributes[name] for name in names})
    return old.to_json()["Attributes"] if old is not None else None
