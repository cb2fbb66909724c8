"""Text with wildcards, as a regular expression that needs no more time for many wildcards than for few."""

from __future__ import annotations

from collections.abc import Sequence


def with_gaps(pieces: Sequence[str]) -> str:
    """Return a regular expression for `fullmatch` that matches these pieces, in order, with any text between them.

    A piece is a regular expression for strings of one length. The first match of a piece is always good enough for the
    rest, so the groups are atomic. Otherwise, a pattern with twenty wildcards could take hours.
    """
    first, *inner = pieces
    if not inner:
        return first
    *middle, last = inner
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last
