"""The errors of opening a message."""

from __future__ import annotations


class EnvelopeError(Exception):
    """The message cannot be opened. Nothing unverified has been released."""


class Malformed(EnvelopeError):
    """The bytes are not a message of this format: cut, of another version, or with contradictory fields."""


class Forged(EnvelopeError):
    """A tag, commitment or signature does not fit: the bytes were changed, or come from another key or context."""


class NoKey(EnvelopeError):
    """None of the key holders could unwrap one of the message's data keys."""


class CannotUnwrap(Exception):
    """One key holder could not unwrap one data key.

    The next pair is tried, as a message may be for several holders.
    """
