"""Checks for attribute values that DynamoDB rejects, but that moto accepts or fails on.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.dynamodb.errors import invalid
from labs_helpers.cloud.services.dynamodb.legacy_parameters import check_legacy_parameters
from labs_helpers.cloud.services.dynamodb.table_names import check_names
from labs_helpers.cloud.services.shared.refusals import refusal

_unreadable = refusal("SerializationException", 400)
_VALUE = "AttributeValue"
_SETS = {"SS": "string", "NS": "number", "BS": "binary"}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_DIGITS, _LARGEST, _SMALLEST = 38, 125, -130
"""The maximum number of digits of a number, and the largest and smallest exponent of its first digit."""
_DEEPEST = 32
"""The maximum nesting depth: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
_WRONG = "One or more parameter values were invalid:"
OPERATIONS = (
    "PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
    "TransactGetItems", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
)  # fmt: skip
"""The operations that take attribute values."""


@around("dynamodb", *OPERATIONS, stage=Stage.VALIDATED)
def check_values(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject invalid names, values, and legacy parameters before the request reads or writes items."""
    check_names(call)
    model = protocols.model("dynamodb")
    assert model is not None
    for value in _values(call.parameters, model.operation_model(call.operation).input_shape):
        check(value)
    check_legacy_parameters(call.parameters)
    return perform()


def _values(value: Any, shape: Shape | None) -> Iterator[Mapping[str, Any]]:
    """Yield the attribute values in a part of a request, without those inside other attribute values."""
    if shape is None or value is None:
        return
    if shape.name == _VALUE:
        yield value
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from _values(value.get(name), member)
    elif isinstance(shape, ListShape):
        for inner in value:
            yield from _values(inner, shape.member)
    elif isinstance(shape, MapShape):
        for name, inner in value.items():
            _check_text(name)
            if not name and shape.value.name == _VALUE:
                # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
                raise invalid(f"{_WRONG} An attribute name must be at least one character long")
            yield from _values(inner, shape.value)


def check(value: Mapping[str, Any], depth: int = 0) -> None:
    """Raise ValidationException for an attribute value that is invalid or contains an invalid value."""
    if len(value) != 1:
        wrong = "is empty" if not value else "has more than one datatypes set"
        raise invalid(f"Supplied AttributeValue {wrong}, must contain exactly one of the supported datatypes")
    if depth > _DEEPEST:
        raise invalid("Nesting Levels have exceeded supported limits")
    ((kind, content),) = value.items()
    if kind in ("L", "M"):
        _check_document(content, depth)
    elif kind in _SETS:
        _check_set(kind, content)
    elif kind == "NULL" and not content:
        raise invalid(f"{_WRONG} Null attribute value types must have the value of true")
    else:
        _check_scalar(kind, content)


def _check_document(content: Mapping[str, Any] | list[Any], depth: int) -> None:
    for name in content if isinstance(content, Mapping) else ():
        _check_text(name)
    for inner in content.values() if isinstance(content, Mapping) else content:
        check(inner, depth + 1)


def _check_scalar(kind: str, content: Any) -> None:
    if kind in ("N", "NS"):
        _check_number(content)
    elif kind in ("S", "SS"):
        _check_text(content)


def _check_text(text: str) -> None:
    """Raise SerializationException for a string that can't be encoded in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _unreadable("The request could not be read.") from error


def _check_number(text: str) -> None:
    """Raise ValidationException for text that isn't a number, or a number that DynamoDB can't represent."""
    if not _NUMBER.fullmatch(text):
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    number = Decimal(text)
    if not number:
        return
    if len(number.as_tuple().digits) - _trailing_zeros(number) > _DIGITS:
        raise invalid(f"Attempting to store more than {_DIGITS} significant digits in a Number")
    for beyond, flow, size in (
        (number.adjusted() > _LARGEST, "overflow", "larger"),
        (number.adjusted() < _SMALLEST, "underflow", "smaller"),
    ):
        if beyond:
            raise invalid(
                f"Number {flow}. Attempting to store a number with magnitude {size} than supported range"
            )


def _trailing_zeros(number: Decimal) -> int:
    digits = "".join(map(str, number.as_tuple().digits))
    return len(digits) - len(digits.rstrip("0"))


def _check_set(kind: str, values: list[Any]) -> None:
    """Raise ValidationException for a set that is empty, or that has a duplicate or invalid value.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.SetTypes
    """
    if not values:
        raise invalid(f"{_WRONG} An {_SETS[kind]} set  may not be empty")
    for each in values:
        _check_scalar(kind, each)
    if len({Decimal(each) if kind == "NS" else each for each in values}) < len(values):
        listed = ", ".join(map(str, values))
        raise invalid(f"{_WRONG} Input collection [{listed}] contains duplicates.")
