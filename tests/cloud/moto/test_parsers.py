"""Accepted requests have the types in the model, and moto reads nothing else in the request."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.moto.parsers import PARSERS
from labs_helpers.cloud.moto.parsers.json_values import JsonValues, decode, understood
from tests.fuzz.calls import operations
from tests.fuzz.raw import plausible

_LIMITS = ("missing required field", "invalid range", "invalid length")
"""What botocore's validator reports beside wrong types."""

_scalars = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=6)
    | st.sampled_from(["YQ==", "5", "true", "2030-01-01T00:00:00Z", 5.0])
)  # fmt: skip
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def _json_operations() -> list[tuple[str, str]]:
    found = []
    for service, name in operations():
        model = protocols.model(service)
        assert model is not None
        if model.protocol == "json" and model.operation_model(name).input_shape is not None:
            found.append((service, name))
    return found


def _model(service: str, name: str) -> OperationModel:
    model = protocols.model(service)
    assert model is not None
    found: OperationModel = model.operation_model(name)
    return found


@st.composite
def bodies(draw: Any) -> tuple[OperationModel, Any]:
    """Draw an operation and a plausible body for it, in which something is replaced, added, or removed."""
    service, name = draw(st.sampled_from(_json_operations()))
    raw = plausible(service, name, {}, random.Random(draw(st.integers(0, 20))))
    body = json.loads(raw.body)
    for _ in range(draw(st.integers(0, 2))):
        inner: Any = body
        while isinstance(next_one := _some(inner), dict | list) and draw(st.booleans()):
            inner = next_one
        if isinstance(inner, dict):
            inner[draw(st.sampled_from(sorted(inner)) if inner else st.text(max_size=4))] = draw(_values)
        elif isinstance(inner, list):
            inner.insert(draw(st.integers(0, len(inner))), draw(_values))
    return _model(service, name), body


def _some(inner: Any) -> Any:
    if not inner:
        return None
    return inner[min(inner)] if isinstance(inner, dict) else inner[0]


@settings(max_examples=150)
@given(bodies())
def test_a_json_body_is_refused_or_has_the_types_of_its_model(made):
    operation, body = made
    values = JsonValues()
    try:
        read = values.structure(operation.input_shape, decode(json.dumps(body).encode()))
    except ValueError:
        return
    report = ParamValidator().validate(read, operation.input_shape)
    assert [each for each in report._errors if each[0] not in _LIMITS] == []


@settings(max_examples=150)
@given(bodies())
def test_what_moto_is_given_says_the_same_and_no_more(made):
    operation, body = made
    try:
        body = decode(json.dumps(body).encode())
        read = JsonValues().structure(operation.input_shape, body)
    except ValueError:
        return
    again = JsonValues()
    assert again.structure(operation.input_shape, understood(operation.input_shape, body)) == read
    assert again.exact


@settings(max_examples=150)
@given(st.binary(max_size=40) | _values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body):
    parser = PARSERS["json"](_model("kms", "CreateKey"), map_type=dict)
    try:
        read = parser.parse({"body": body})
    except (ValueError, RecursionError):
        return
    assert isinstance(read, dict)


@pytest.mark.parametrize(("service", "name"), random.Random(1).sample(_json_operations(), 60))
def test_what_an_sdk_writes_is_read_as_it_was_meant_and_handed_on_as_it_is(service, name):
    operation, raw = _model(service, name), plausible(service, name, {}, random.Random(1))
    parser = PARSERS["json"](operation, map_type=dict)
    assert set(parser.parse({"body": raw.body})) <= set(operation.input_shape.members)
    assert parser.rewritten is None
