"""Validation of a request's parameters against KMS's API model: lengths, patterns, ranges, lists of values.

https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html: ValidationError
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("ValidationException", 400)


_MEMBER = "Member must "


def refuse_invalid(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise `ServiceError` (ValidationException) for parameters that the API model doesn't allow."""
    shape = _input_shape(operation)
    if shape is None:
        return
    failures = list(_failures_of_structure(shape, parameters, ""))
    if failures:
        count = f"{len(failures)} validation error{'s' if len(failures) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(failures)}")


def out_of_range(name: str, value: object, constraint: str) -> ServiceError:
    """Return ValidationException for a number that the API model allows but the operation doesn't.

    The message is worded like the messages for the API model's constraints.
    """
    return invalid(
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {_MEMBER}{constraint}"
    )


@cache
def _input_shape(operation: str) -> Any:
    model = protocols.model("kms")
    assert model is not None
    return model.operation_model(operation).input_shape


def _failures_of_structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    members = shape.members
    for name, item in value.items():
        if item is not None and name in members:
            place = f"{path}.{name[:1].lower()}{name[1:]}" if path else f"{name[:1].lower()}{name[1:]}"
            yield from _failures_of_value(members[name], item, place)


def _failures_of_value(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        yield from _failures_of_structure(shape, value, path)
    elif kind == "list" and isinstance(value, list | tuple):
        yield from _failures_of_length(shape, value, path)
        for index, item in enumerate(value, 1):
            yield from _failures_of_value(shape.member, item, f"{path}.{index}.member")
    elif kind == "string":
        yield from _failures_of_text(shape, value, path)
    elif kind == "blob":
        yield from _failures_of_length(shape, value, path, shown=False)
    elif kind in ("integer", "long"):
        yield from _failures_of_number(shape, value, path)


def _failures_of_text(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _failures_of_length(shape, value, path)
    if shape.enum and value not in shape.enum:
        yield _failure(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        yield _failure(value, path, f"satisfy regular expression pattern: {pattern}")


def _failures_of_length(shape: Any, value: Any, path: str, *, shown: bool = True) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    what = value if shown else None
    if least is not None and len(value) < least:
        yield _failure(what, path, f"have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _failure(what, path, f"have length less than or equal to {most}")


def _failures_of_number(shape: Any, value: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _failure(value, path, f"have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _failure(value, path, f"have value less than or equal to {most}")


def _failure(value: Any, path: str, constraint: str) -> str:
    what = "Value" if value is None else f"Value '{value}'"
    return f"{what} at '{path}' failed to satisfy constraint: {_MEMBER}{constraint}"
