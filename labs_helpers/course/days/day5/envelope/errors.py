"""What can be wrong with a message, or with the keys that should open it."""

from __future__ import annotations


class EnvelopeError(Exception):
    """The message is not opened. Nothing that was not verified has been released."""


class Malformed(EnvelopeError):
    """The bytes are no message of this format: cut, of another version, or with fields that contradict each other."""


class Forged(EnvelopeError):
    """A tag, a commitment or a signature does not fit: the bytes were changed, or made with another key or context."""


class NoKey(EnvelopeError):
    """None of the key holders could unwrap one of the message's data keys."""


class CannotUnwrap(Exception):
    """One key holder could not unwrap one data key. The next pair is tried: a message may be for several holders."""
