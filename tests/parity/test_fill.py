"""Places in a scenario's parameters."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.parity.fill import Unknown, fill

KEPT = {"prefix": "labs-parity-1", "key": {"Metadata": {"Arn": "arn", "Size": 7}}, "list": [{"a": "b"}]}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${prefix}-q", "labs-parity-1-q"),
        ("${key.Metadata.Size}", 7),
        ("size ${key.Metadata.Size}", "size 7"),
        ("${list.0.a}", "b"),
        ({"${prefix}": ["${prefix}"]}, {"labs-parity-1": ["labs-parity-1"]}),
        ("${aws:username}", "${aws:username}"),
        ({"$json": {"a": "${prefix}"}}, '{"a": "labs-parity-1"}'),
        ({"$bytes": "é"}, "é".encode()),
        ({"$repeat": ["x", 3]}, "xxx"),
        (7, 7),
    ],
)
def test_places_are_filled_and_policy_variables_stay(value, filled) -> None:
    assert fill(value, KEPT) == filled


@pytest.mark.parametrize("value", ["${missing}", "${key.Metadata.No}", "${list.9}", "${prefix.a}"])
def test_what_nobody_kept_is_named(value) -> None:
    with pytest.raises(Unknown, match=value[2:-1]):
        fill(value, KEPT)


def test_a_zip_file_has_the_same_bytes_each_time() -> None:
    first, second = fill({"$zip": "x = 1\n"}, {}), fill({"$zip": "x = 1\n"}, {})
    assert first == second
    assert zipfile.ZipFile(io.BytesIO(first)).read("index.py") == b"x = 1\n"
