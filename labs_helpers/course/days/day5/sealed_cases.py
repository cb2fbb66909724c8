"""The cases for exercise 5.5: encrypted messages, and copies with every kind of change that a reader must detect."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.content.schema import Clauses
from labs_helpers.course.grading.kinds.function import Case
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

_CONTEXT = {"patient": "4711", "ward": "north"}
_BEYOND_ASCII = {"patient": "4713", "ward": "Curaçao"}
_OTHER_ORDER = {"bed": "7", "patient": "4711"}
_BOTH_CASES = {"Ward": "north", "patient": "4711"}
_COMPOSED, _DECOMPOSED = {"ward": "Cura\u00e7ao"}, {"ward": "Curac\u0327ao"}
_ANY_BYTES = b" \0\xff\xfe\n"
_LONGER = bytes(5_000)
_STRIPPED = b" \t\n\r\x0b\f\0"
_Forged = tuple[str, str, tuple[bytes, bytes, Mapping[str, str]]]
"""A title, a story, and the function's arguments: message, key, context."""
_PLAINTEXT, _CONTEXT_USED, _CHANGED, _OTHER_CONTEXT, _OTHER_KEY = range(1, 6)
"""The numbers of the exercise's clauses."""


def _sealed(key: bytes, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    aad = json.dumps(sorted(context.items())).encode()
    nonce = os.urandom(12)
    return nonce + bytes(AESGCM(key).encrypt(nonce, plaintext, aad))


def _with_firm_ends(key: bytes, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """Return a message without whitespace or zero bytes at its ends.

    Otherwise, an answer that strips what a case adds would also strip part of the message, and fail as it should.
    """
    message = _sealed(key, plaintext, context)
    return message if message == message.strip(_STRIPPED) else _with_firm_ends(key, plaintext, context)


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return newly generated messages, both genuine and forged."""
    key = os.urandom(32)
    context, other_letters = drawing(_CONTEXT), drawing(_BEYOND_ASCII)
    good = _with_firm_ends(key, b"blood type: A", context)
    genuine: list[tuple[str, str, tuple[bytes, bytes, Mapping[str, str]], bytes, Clauses]] = [
        (
            "A genuine message",
            "It was sealed with this key and this context.",
            (good, key, context),
            b"blood type: A",
            (_PLAINTEXT, _CONTEXT_USED),
        ),
        (
            "A context in another order",
            "The order of the pairs doesn't matter.",
            (good, key, dict(reversed(context.items()))),
            b"blood type: A",
            _CONTEXT_USED,
        ),
        (
            "A context whose values sort in another order",
            "The pairs are sorted by name, not by value.",
            (_sealed(key, b"x", _OTHER_ORDER), key, _OTHER_ORDER),
            b"x",
            _CONTEXT_USED,
        ),
        (
            "A context with letters beyond ASCII",
            "json.dumps writes them as escapes.",
            (_sealed(key, b"x", other_letters), key, other_letters),
            b"x",
            _CONTEXT_USED,
        ),
        (
            "A context whose names are in lowercase and in uppercase",
            "Like `sorted`, the other program puts uppercase letters before lowercase ones.",
            (_sealed(key, b"x", _BOTH_CASES), key, _BOTH_CASES),
            b"x",
            _CONTEXT_USED,
        ),
        (
            "No context",
            "It was sealed with an empty context.",
            (_sealed(key, b"x", {}), key, {}),
            b"x",
            _CONTEXT_USED,
        ),
        (
            "An empty record",
            "An empty record is sealed like any other.",
            (_sealed(key, b"", {}), key, {}),
            b"",
            _PLAINTEXT,
        ),
        (
            "A record that isn't text",
            "A record can contain any bytes, even at its ends.",
            (_sealed(key, _ANY_BYTES, context), key, context),
            _ANY_BYTES,
            _PLAINTEXT,
        ),
        (
            "A record of 5,000 bytes",
            "A data key encrypts more than the 4,096 bytes that KMS encrypts itself.",
            (_sealed(key, _LONGER, context), key, context),
            _LONGER,
            _PLAINTEXT,
        ),
    ]
    other_key = ("Another data key", "It was sealed with another key.", (good, os.urandom(32), context))
    forged: dict[int, list[_Forged]] = {
        _CHANGED: [*_other_bits(good, key, context), *_other_lengths(good, key, context)],
        _OTHER_CONTEXT: _other_contexts(good, key, context),
        _OTHER_KEY: [other_key],
    }
    return [
        *(
            Case(title, story, True, arguments, returns=plain, clause=clause)
            for title, story, arguments, plain, clause in genuine
        ),
        *(
            Case(title, story, False, arguments, clause=clause)
            for clause, listed in forged.items()
            for title, story, arguments in listed
        ),
    ]


def _other_bits(good: bytes, key: bytes, context: Mapping[str, str]) -> list[_Forged]:
    """Return messages with one changed bit."""
    return [
        (
            "A flipped bit in the ciphertext",
            "The record was changed.",
            (_flipped(good, 14, 1), key, context),
        ),
        (
            "A flipped bit in the tag",
            "The tag authenticates everything else.",
            (_flipped(good, -1, 128), key, context),
        ),
        (
            "A flipped bit in the nonce",
            "The nonce is part of the message.",
            (_flipped(good, 0, 1), key, context),
        ),
    ]


def _other_contexts(good: bytes, key: bytes, context: Mapping[str, str]) -> list[_Forged]:
    """Return unchanged messages with an encryption context that differs from the one they were encrypted with."""
    return [
        (
            "Another patient's context",
            "It is another patient's record.",
            (good, key, {**context, "patient": "4712"}),
        ),
        (
            "A context with one pair missing",
            "Half of a context is a different context.",
            (good, key, {"patient": context["patient"]}),
        ),
        (
            "A context that runs together",
            "{'a': 'bc'} is not {'ab': 'c'}.",
            (_sealed(key, b"x", {"a": "bc"}), key, {"ab": "c"}),
        ),
        (
            "A context with one extra pair",
            "It was sealed with half of this context.",
            (_sealed(key, b"x", {"patient": context["patient"]}), key, context),
        ),
        (
            "A context where there was none",
            "It was sealed with an empty context.",
            (_sealed(key, b"x", {}), key, context),
        ),
        (
            "A context with a value in a different case",
            "Values are case-sensitive.",
            (_sealed(key, b"x", context), key, {**context, "ward": context["ward"].title()}),
        ),
        (
            "A context with a space after a value",
            "A space is part of a value.",
            (_sealed(key, b"x", context), key, {**context, "ward": context["ward"] + " "}),
        ),
        (
            "A context with a space after a name",
            "A space is part of a name.",
            (_sealed(key, b"x", context), key, {f"{name} ": value for name, value in context.items()}),
        ),
        (
            "A context with a letter in another Unicode form",
            "Values that only look alike are different.",
            (_sealed(key, b"x", _COMPOSED), key, _DECOMPOSED),
        ),
        (
            "A context with one extra pair without a value",
            "A pair with an empty value is still a pair.",
            (_sealed(key, b"x", context), key, {**context, "bed": ""}),
        ),
        (
            "A context with names in a different case",
            "Names are case-sensitive.",
            (_sealed(key, b"x", context), key, {name.title(): value for name, value in context.items()}),
        ),
    ]


def _other_lengths(good: bytes, key: bytes, context: Mapping[str, str]) -> list[_Forged]:
    """Return messages that were cut or extended."""
    return [
        ("A truncated message", "Part of the tag is missing.", (good[:-1], key, context)),
        ("An empty message", "There is no tag at all.", (b"", key, context)),
        ("Something after the end", "The message was extended.", (good + b"\0", key, context)),
        ("A line feed after the end", "The message was extended.", (good + b"\n", key, context)),
        ("Something before the beginning", "The message was extended.", (b"\0" + good, key, context)),
    ]


def _flipped(message: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(message)
    changed[place] ^= bit
    return bytes(changed)
