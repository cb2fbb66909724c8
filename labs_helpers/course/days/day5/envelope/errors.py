"""Errors that occur when a message is opened."""

from __future__ import annotations


class EnvelopeError(Exception):
    """The message can't be opened. No unverified data has been released."""


class Malformed(EnvelopeError):
    """The bytes aren't a message in this format: truncated, another version, or contradictory fields."""


class Forged(EnvelopeError):
    """A tag, commitment, or signature doesn't match: the bytes were changed, or belong to another key or context."""


class NoKey(EnvelopeError):
    """None of the key holders could unwrap any of the message's data keys."""


class CannotUnwrap(Exception):
    """One key holder could not unwrap one data key.

    The next combination of holder and data key is tried, because a message can be encrypted for several holders.
    """
