"""What exercise 5.5 is judged by: messages that were sealed, and the same ones changed in every way that matters."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.kinds.function import Case

_CONTEXT = {"patient": "4711", "ward": "north"}


def _sealed(key: bytes, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    aad = json.dumps(sorted(context.items())).encode()
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def cases() -> list[Case]:
    """Genuine messages and forged ones, made afresh."""
    key, other = os.urandom(32), os.urandom(32)
    good = _sealed(key, b"blood type: A", _CONTEXT)
    turned = dict(reversed(_CONTEXT.items()))
    genuine = [
        (
            "A genuine message",
            "It was sealed with this key and this context.",
            (good, key, _CONTEXT),
            b"blood type: A",
        ),
        (
            "A context in another order",
            "Order is no part of a context.",
            (good, key, turned),
            b"blood type: A",
        ),
        ("No context", "It was sealed with an empty one.", (_sealed(key, b"x", {}), key, {}), b"x"),
    ]
    close, empty = _sealed(key, b"x", {"a": "bc"}), _sealed(key, b"", {})
    flipped = bytearray(good)
    flipped[14] ^= 1
    tag = bytearray(good)
    tag[-1] ^= 128
    nonce = bytearray(good)
    nonce[0] ^= 1
    forged = [
        ("A flipped bit in the ciphertext", "Somebody changed the record.", (bytes(flipped), key, _CONTEXT)),
        ("A flipped bit in the tag", "The tag is what proves the rest.", (bytes(tag), key, _CONTEXT)),
        ("A flipped bit in the nonce", "The nonce is part of the message.", (bytes(nonce), key, _CONTEXT)),
        (
            "Another patient's context",
            "It is another patient's record.",
            (good, key, {**_CONTEXT, "patient": "4712"}),
        ),
        (
            "A context with one pair less",
            "Half a context is another context.",
            (good, key, {"patient": "4711"}),
        ),
        ("A context that runs together", "{'a': 'bc'} is not {'ab': 'c'}.", (close, key, {"ab": "c"})),
        (
            "A context with one pair more",
            "It was sealed with half of that context.",
            (_sealed(key, b"x", {"patient": "4711"}), key, _CONTEXT),
        ),
        (
            "A context where there was none",
            "It was sealed with an empty one.",
            (_sealed(key, b"x", {}), key, _CONTEXT),
        ),
        (
            "A context in other capitals",
            "Case counts in values.",
            (_sealed(key, b"x", _CONTEXT), key, {"patient": "4711", "ward": "North"}),
        ),
        (
            "A context whose names are in other capitals",
            "Case counts in names.",
            (_sealed(key, b"x", _CONTEXT), key, {"Patient": "4711", "Ward": "north"}),
        ),
        ("Another data key", "It was sealed with another key.", (good, other, _CONTEXT)),
        ("A message that was cut", "The tag is cut off, or part of it.", (good[:-1], key, _CONTEXT)),
        ("A message that is nothing", "There is no tag at all.", (b"", key, _CONTEXT)),
        ("Something behind the end", "The message was lengthened.", (good + b"\0", key, _CONTEXT)),
    ]
    return (
        [Case(title, story, True, arguments, returns=plain) for title, story, arguments, plain in genuine]
        + [Case("An empty record", "What is empty was sealed as well.", True, (empty, key, {}), returns=b"")]
        + [Case(title, story, False, arguments) for title, story, arguments in forged]
    )
