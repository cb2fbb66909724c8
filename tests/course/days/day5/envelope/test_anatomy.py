"""The fields of a message cover it without a gap, and each is where the format requires it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.course.days.day5.envelope import (
    COMMITTING,
    COMMITTING_AND_SIGNED,
    EnvelopeError,
    Malformed,
    RawAesKey,
    encrypt,
)
from labs_helpers.course.days.day5.envelope.anatomy import fields

AES = RawAesKey("tests", "k1", bytes(32))


@settings(max_examples=40)
@given(st.binary(max_size=100), st.integers(1, 40), st.sampled_from([COMMITTING, COMMITTING_AND_SIGNED]))
def test_fields_cover_the_message(plaintext: bytes, frame: int, suite: Any) -> None:
    message = encrypt(plaintext, [AES, AES], {"a": "b"}, suite=suite, frame_length=frame)
    found = fields(message)
    assert (found[0].start, found[-1].end) == (0, len(message))
    assert all(one.end == other.start for one, other in pairwise(found))
    assert len({field.name for field in found}) == len(found)
    frames = sum(field.name.endswith(": tag") for field in found)
    assert frames == len(plaintext) // frame + 1


def test_what_is_no_message_has_no_fields() -> None:
    message = encrypt(b"x" * 20, [AES], frame_length=8)
    for length in range(len(message)):
        with pytest.raises(EnvelopeError):
            fields(message[:length])
    with pytest.raises(Malformed):
        fields(b"\x01" + message[1:])
    with pytest.raises(Malformed):
        fields(message + b"\0")
