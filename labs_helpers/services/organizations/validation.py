"""Parameters against the API's model: Organizations answers what does not fit with InvalidInputException and a reason.

Patterns, lengths, ranges and enumerations are those of botocore's model, which is the API reference.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.errors import ServiceError
from labs_helpers.moto import protocols
from labs_helpers.services.organizations.errors import invalid

_REASONS = {"PolicyTargetId": "INVALID_PATTERN_TARGET_ID", "PolicyId": "INVALID_SYNTAX_POLICY_ID"}
_ENUMS = {"PolicyType": "INVALID_ENUM_POLICY_TYPE", "EffectivePolicyType": "INVALID_ENUM_POLICY_TYPE"}
_LETTERS = r"\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
r"""What `\p{L}\p{Z}\p{N}_` are in Python's expressions."""


def check(call: Call) -> None:
    """Raises `ServiceError` for the first parameter that the model does not allow."""
    model = protocols.model("organizations")
    assert model is not None
    shape = model.operation_model(call.operation).input_shape
    if shape is not None:
        _structure(shape, call.parameters)


def _structure(shape: Any, given: Mapping[str, Any]) -> None:
    for name, member in shape.members.items():
        value = given.get(name)
        if value is None:
            if name in shape.required_members:
                raise invalid("INPUT_REQUIRED")
            continue
        _value(member, value)


def _value(shape: Any, value: Any) -> None:
    match shape.type_name:
        case "structure":
            _structure(shape, value)
        case "list":
            for item in value:
                _item(shape.member, item)
        case "string":
            _text(shape, value)
        case "integer":
            _number(shape, value)


def _item(shape: Any, value: Any) -> None:
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        raise invalid("INVALID_LIST_MEMBER")
    _value(shape, value)


def _text(shape: Any, value: str) -> None:
    if shape.enum:
        if value not in shape.enum:
            raise invalid(_ENUMS.get(shape.name, "INVALID_ENUM"))
        return
    limits = shape.metadata
    if len(value) < limits.get("min", 0):
        raise invalid("MIN_LENGTH_EXCEEDED")
    if len(value) > limits.get("max", len(value)):
        raise invalid("MAX_LENGTH_EXCEEDED")
    pattern = limits.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        raise _mismatch(shape.name)


def _mismatch(shape: str) -> ServiceError:
    return invalid(_REASONS.get(shape, "INVALID_PATTERN"))


def _number(shape: Any, value: int) -> None:
    if value < shape.metadata.get("min", value):
        raise invalid("MIN_VALUE_EXCEEDED")
    if value > shape.metadata.get("max", value):
        raise invalid("MAX_VALUE_EXCEEDED")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""AWS's pattern as Python's: the model's anchors are loose around alternatives, and mean the whole."""
    plain = pattern.replace("^", "").replace("$", "") if "[^" not in pattern else pattern
    return re.compile(plain.replace(r"\p{L}\p{Z}\p{N}_", _LETTERS), re.ASCII if r"\p" not in pattern else 0)
