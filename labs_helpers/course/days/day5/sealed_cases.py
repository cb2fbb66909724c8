"""The cases of exercise 5.5: encrypted messages, and the same messages changed in every way that matters."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.grading.kinds.function import Case

_CONTEXT = {"patient": "4711", "ward": "north"}
_Forged = tuple[str, str, tuple[bytes, bytes, Mapping[str, str]]]
"""Title, story, and the arguments of the function: message, key, context."""


def _sealed(key: bytes, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    aad = json.dumps(sorted(context.items())).encode()
    nonce = os.urandom(12)
    return nonce + bytes(AESGCM(key).encrypt(nonce, plaintext, aad))


def cases() -> list[Case]:
    """Return genuine messages and forged ones, generated on every call."""
    key = os.urandom(32)
    good = _sealed(key, b"blood type: A", _CONTEXT)
    genuine = [
        (
            "A genuine message",
            "It was sealed with this key and this context.",
            (good, key, _CONTEXT),
            b"blood type: A",
        ),
        (
            "A context in another order",
            "The order of the pairs doesn't matter.",
            (good, key, dict(reversed(_CONTEXT.items()))),
            b"blood type: A",
        ),
        ("No context", "It was sealed with an empty context.", (_sealed(key, b"x", {}), key, {}), b"x"),
        (
            "An empty record",
            "An empty record is sealed like any other.",
            (_sealed(key, b"", {}), key, {}),
            b"",
        ),
    ]
    forged = [*_other_bits(good, key), *_other_contexts(good, key), *_other_lengths(good, key)]
    return [
        Case(title, story, True, arguments, returns=plain) for title, story, arguments, plain in genuine
    ] + [Case(title, story, False, arguments) for title, story, arguments in forged]


def _other_bits(good: bytes, key: bytes) -> list[_Forged]:
    """Return messages with one changed bit."""
    return [
        (
            "A flipped bit in the ciphertext",
            "The record was changed.",
            (_flipped(good, 14, 1), key, _CONTEXT),
        ),
        (
            "A flipped bit in the tag",
            "The tag authenticates everything else.",
            (_flipped(good, -1, 128), key, _CONTEXT),
        ),
        (
            "A flipped bit in the nonce",
            "The nonce is part of the message.",
            (_flipped(good, 0, 1), key, _CONTEXT),
        ),
    ]


def _other_contexts(good: bytes, key: bytes) -> list[_Forged]:
    """Return unchanged messages with an encryption context that differs from the one they were encrypted with."""
    return [
        (
            "Another patient's context",
            "It is another patient's record.",
            (good, key, {**_CONTEXT, "patient": "4712"}),
        ),
        (
            "A context with one pair missing",
            "Half of a context is a different context.",
            (good, key, {"patient": "4711"}),
        ),
        (
            "A context that runs together",
            "{'a': 'bc'} is not {'ab': 'c'}.",
            (_sealed(key, b"x", {"a": "bc"}), key, {"ab": "c"}),
        ),
        (
            "A context with one extra pair",
            "It was sealed with half of this context.",
            (_sealed(key, b"x", {"patient": "4711"}), key, _CONTEXT),
        ),
        (
            "A context where there was none",
            "It was sealed with an empty context.",
            (_sealed(key, b"x", {}), key, _CONTEXT),
        ),
        (
            "A context with a value in different case",
            "Values are case-sensitive.",
            (_sealed(key, b"x", _CONTEXT), key, {"patient": "4711", "ward": "North"}),
        ),
        (
            "A context with names in different case",
            "Names are case-sensitive.",
            (_sealed(key, b"x", _CONTEXT), key, {"Patient": "4711", "Ward": "north"}),
        ),
    ]


def _other_lengths(good: bytes, key: bytes) -> list[_Forged]:
    """Return messages that were cut or extended, and one with another key."""
    return [
        ("Another data key", "It was sealed with another key.", (good, os.urandom(32), _CONTEXT)),
        ("A truncated message", "Part of the tag is missing.", (good[:-1], key, _CONTEXT)),
        ("An empty message", "There is no tag at all.", (b"", key, _CONTEXT)),
        ("Something after the end", "The message was extended.", (good + b"\0", key, _CONTEXT)),
    ]


def _flipped(message: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(message)
    changed[place] ^= bit
    return bytes(changed)
