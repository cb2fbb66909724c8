"""moto stamps what it keeps with the lab clock's time, not the machine's: dates, ages and expiry agree with the lab."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import FunctionType

from moto.core import utils

from labs_helpers.cloud.moto import hooks


def _machine() -> datetime:
    return datetime.now(UTC)


_now: list[Callable[[], datetime]] = [_machine]


def follow(now: Callable[[], datetime]) -> None:
    """Let moto take its time from this function, until it follows another."""
    _now[:] = [now]


def lab_time() -> datetime:
    """The time, without its time zone, as moto has it."""
    return _now[0]().astimezone(UTC).replace(tzinfo=None)


def _utcnow() -> datetime:
    from labs_helpers.cloud.moto.timestamps import lab_time

    return lab_time()


@hooks.while_installed
def keep_lab_time() -> hooks.Undo:
    """Exchange what moto's `utcnow` does. Its modules hold the function by many names, so it stays the same object."""
    function = utils.utcnow
    assert isinstance(function, FunctionType)
    before = function.__code__
    followed, machine = _now, _machine  # when Python ends it may clear this module before it undoes
    function.__code__ = _utcnow.__code__

    def undo() -> None:
        function.__code__ = before
        followed[:] = [machine]

    return undo
