"""BinaryEquals, which decodes base64 on both sides and compares the bytes."""

from __future__ import annotations

import base64
import binascii

from labs_helpers.engine.policy.conditions.family import Compiled, Static


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def equals(values: list[str], variables: bool) -> Compiled:
    """Compile a test for base64 strings that encode the same bytes as one of the values."""
    wanted = frozenset(map(_decode, values)) - {None}
    return Static(lambda value: _decode(value) in wanted)
