"""The learner's calls that changed something, credited to an exercise or to the lesson.

A check of an exercise without an answer counts as an attempt only if the learner has changed something for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs_helpers.course.situations.memory import Memory

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Entry


def credit_calls(cloud: Cloud, id: str | None) -> None:
    """Credit the calls since the last credit to the exercise `id`, or to the lesson if it is None."""
    memory = cloud.part(Memory)
    if id is not None and any(map(changes_something, _since(cloud, memory.last_call))):
        memory.changed_by_learner.add(id)
    if len(cloud.record):
        memory.last_call = cloud.record[-1].event_id


def learner_has_changed_something(cloud: Cloud, id: str) -> bool:
    """Return True if a call that is credited to the exercise `id` has changed something in the cloud."""
    return id in cloud.part(Memory).changed_by_learner


def _since(cloud: Cloud, last_call: str | None) -> Iterator[Entry]:
    """Yield the recorded calls after `last_call`, newest first, or all of them for None."""
    for entry in reversed(tuple(cloud.record)):
        if entry.event_id == last_call:
            return
        yield entry


def changes_something(entry: Entry) -> bool:
    """Return True for a signed call that succeeded and isn't a lookup, unless a service made it."""
    signed = entry.access_key_id is not None and entry.via_service is None
    return signed and not entry.read_only and entry.error_code is None
