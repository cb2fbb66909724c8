"""Changes to keys at set times: deletion, expiration of imported material, rotation, and ends of transient states.

Nothing runs in the background. The first call that reads keys performs all changes that are due, in order, and the
trail records each change with the time at which it was due.
https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms import service_events
from labs_helpers.cloud.services.kms.keyring import Keyring
from labs_helpers.cloud.services.kms.keys import ENABLED, Key

AUTOMATIC = "AUTOMATIC"


def ring(state: State) -> Keyring:
    """Return the keys of a running cloud after performing all changes that are due."""
    keyring = state.part(Keyring)
    if keyring.due is not None:
        _catch_up(state, keyring)
    return keyring


def before_call(call: Call) -> None:
    """Perform the changes that are due before a call to any service, so that the trail contains them."""
    ring(call.state)


def _catch_up(state: State, keyring: Keyring) -> None:
    now = state.clock.now()
    while keyring.due is not None and keyring.due <= now:
        moment, keyring.due = keyring.due, None
        for key in keyring.every_key():
            _advance(state, keyring, key, moment)
        for key in keyring.every_key():
            for expected in _expected(key):
                keyring.expect(expected)


def _advance(state: State, keyring: Keyring, key: Key, moment: datetime) -> None:
    """Perform the changes of one key that are due by `moment`."""
    if key.transient is not None and key.transient[1] <= moment:
        key.transient = None
    if key.deletion is not None and key.deletion <= moment:
        _delete(state, keyring, key, key.deletion)
        return
    for material_id, held in key.imports.items():
        if held.secret is not None and held.valid_to is not None and held.valid_to <= moment:
            held.secret = None
            service_events.record_expiration(state, key, held.valid_to, material_id)
    if _rotates(key) and key.family.rotates is not None and key.family.rotates <= moment:
        _rotate(state, key, moment)


def _delete(state: State, keyring: Keyring, key: Key, when: datetime) -> None:
    keyring.remove(key)
    service_events.record_deletion(state, key, when)
    family = key.family
    primary = family.members.get(family.primary_region)
    if len(family.members) == 1 and primary is not None and primary.pending_window is not None:
        # The last replica is deleted: only now does the waiting period of the primary key start.
        primary.deletion = when + timedelta(days=primary.pending_window)


def _rotates(key: Key) -> bool:
    """Return True if a key rotates its family's material automatically in its present state."""
    return key.is_primary and key.family.rotation_period is not None and key.state == ENABLED


def _rotate(state: State, key: Key, when: datetime) -> None:
    family = key.family
    assert family.rotation_period is not None
    previous = family.current
    new = family.renew(when, AUTOMATIC)
    family.rotates = when + timedelta(days=family.rotation_period)
    service_events.record_rotation(state, key, when, AUTOMATIC, previous, new)


def _expected(key: Key) -> Iterator[datetime]:
    """Yield the times at which the clock will change a key."""
    if key.transient is not None:
        yield key.transient[1]
    if key.deletion is not None:
        yield key.deletion
    for held in key.imports.values():
        if held.secret is not None and held.valid_to is not None:
            yield held.valid_to
    if _rotates(key) and key.family.rotates is not None:
        yield key.family.rotates


def plan(state: State, key: Key) -> None:
    """Schedule the changes to a key that an operation modified.

    A rotation that was missed because of the key's state is performed now, and only once.
    """
    now = state.clock.now()
    if _rotates(key) and key.family.rotates is not None and key.family.rotates <= now:
        _rotate(state, key, now)
    keyring = state.part(Keyring)
    for moment in _expected(key):
        keyring.expect(moment)
    if before_call not in state.before_call:
        state.before_call.insert(0, before_call)
