"""A cache of data keys: fewer KMS calls, but each key protects more data, up to the limits of the cache.

https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/data-key-caching.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from labs_helpers.course.days.day5.envelope import encryption_context as contexts
from labs_helpers.course.days.day5.envelope.header import WrappedKey
from labs_helpers.course.days.day5.envelope.key_holders import Context, KeyHolder
from labs_helpers.course.days.day5.envelope.suites import Suite

_Name = tuple[str, int, bytes, bytes]


@dataclass(slots=True)
class _Entry:
    data_key: bytes
    wrapped: WrappedKey
    made: datetime
    messages: int = 0


class CachingHolder:
    """A cache in front of another holder, which is called only when the limits require it.

    A data key is used for only one suite and one context, for at most the duration `max_age` and `max_messages`
    messages. At most `capacity` keys are kept. `now` is the clock. Caching has a disadvantage: a reader who no longer
    has access to the KMS key can still read messages whose data keys are cached. Signed suites are not cached, since
    each message has its own context.
    """

    def __init__(
        self, holder: KeyHolder, now: Callable[[], datetime], *, max_age: timedelta, max_messages: int = 2**32,
        capacity: int = 100,
    ):  # fmt: skip
        if max_age <= timedelta(0) or not 0 < max_messages <= 2**32 or capacity < 1:
            raise ValueError("max_age and capacity must be above zero, max_messages from 1 to 4,294,967,296")
        self._holder, self._now = holder, now
        self._max_age, self._max_messages, self._capacity = max_age, max_messages, capacity
        self._entries: OrderedDict[_Name, _Entry] = OrderedDict()
        self.hits = self.misses = 0

    def generate(self, suite: Suite, context: Context) -> tuple[bytes, WrappedKey]:
        """Return a data key, plain and wrapped, from the cache or a new one from the holder."""
        if suite.signed:
            return self._holder.generate(suite, context)
        name: _Name = ("encrypt", suite.id, contexts.encode(context), b"")
        entry = self._valid_entry(name)
        if entry is None:
            data_key, wrapped = self._holder.generate(suite, context)
            entry = self._store(name, _Entry(data_key, wrapped, self._now()))
        entry.messages += 1
        return entry.data_key, entry.wrapped

    def wrap(self, data_key: bytes, context: Context) -> WrappedKey:
        """Wrap a data key with the holder, bypassing the cache."""
        return self._holder.wrap(data_key, context)

    def unwrap(self, wrapped: WrappedKey, suite: Suite, context: Context) -> bytes:
        """Return the data key from the cache, or let the holder unwrap `wrapped`."""
        name: _Name = ("decrypt", suite.id, contexts.encode(context), wrapped.encode())
        entry = self._valid_entry(name)
        if entry is None:
            data_key = self._holder.unwrap(wrapped, suite, context)
            entry = self._store(name, _Entry(data_key, wrapped, self._now()))
        return entry.data_key

    def _valid_entry(self, name: _Name) -> _Entry | None:
        entry = self._entries.get(name)
        if entry is not None and (
            not timedelta(0) <= self._now() - entry.made < self._max_age
            or entry.messages >= self._max_messages
        ):
            del self._entries[name]
            entry = None
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        self._entries.move_to_end(name)
        return entry

    def _store(self, name: _Name, entry: _Entry) -> _Entry:
        self._entries[name] = entry
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
        return entry
