"""The use of lab clock time instead of machine time in moto, for dates, ages, and expiration."""

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
    """Make moto get its time from `now`, until the next call of `follow`."""
    _now[:] = [now]


def lab_time() -> datetime:
    """Return the lab clock's time as a naive UTC datetime, as moto stores times."""
    return _now[0]().astimezone(UTC).replace(tzinfo=None)


def _utcnow() -> datetime:
    from labs_helpers.cloud.moto.timestamps import lab_time

    return lab_time()


@hooks.while_installed
def keep_lab_time() -> hooks.Undo:
    """Replace the code of moto's `utcnow`.

    The function object remains, because moto's modules import it under many names.
    """
    function = utils.utcnow
    assert isinstance(function, FunctionType)
    before = function.__code__
    followed, machine = _now, _machine  # at exit, Python might clear this module before `undo` runs
    function.__code__ = _utcnow.__code__

    def undo() -> None:
        """Restore the code, and the machine's time."""
        function.__code__ = before
        followed[:] = [machine]

    return undo
