"""Shortcuts around work that takes a tenth of the tests' time and verifies nothing of the code."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.retries.standard import ExponentialBackoff
from cryptography.hazmat.primitives.asymmetric import rsa

_DIFFERENT_KEYS = 24
"""RSA keys that are generated before the first one is used again: more than any test compares."""


def take_shortcuts() -> None:
    """Use RSA keys again after a while, and let boto3 retry a call without waiting, in this process."""
    rsa.generate_private_key = _some_of(rsa.generate_private_key)
    ExponentialBackoff.delay_amount = lambda *_: 0.0  # type: ignore[method-assign]


def _some_of(generate: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that generates 24 keys for each size, and then returns these in turn."""

    @cache
    def keys(public_exponent: int, key_size: int) -> Iterator[Any]:
        return itertools.cycle(generate(public_exponent, key_size) for _ in range(_DIFFERENT_KEYS))

    def generate_private_key(public_exponent: int, key_size: int, backend: Any = None) -> Any:
        return next(keys(public_exponent, key_size))

    return generate_private_key
