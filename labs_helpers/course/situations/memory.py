"""The course's notes about one cloud: responses that steps kept, situations that were set up, and snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from labs_helpers.cloud import Thing
    from labs_helpers.course.situations.account_facts import Fact
    from labs_helpers.engine.policy import Policies


@dataclass(frozen=True, slots=True)
class ResourceAccess:
    """The policies that grant access to a resource, and the account that owns it.

    `policies` holds the resource's own policy, the grants of a KMS key, and the RCPs that apply to the resource.
    """

    account: str
    policies: Policies


@dataclass(slots=True)
class Snapshot:
    """A snapshot of the cloud's state, for comparison with a later state.

    `people`: the policies in force for each user and role, by ARN. `resources`: the resources that have a policy, by
    ARN. `facts`: all facts that aren't in the policies of users or resources
    (labs_helpers.course.situations.account_facts). `things`: the things that exist, with their
    settings.
    """

    people: dict[str, Policies] = field(default_factory=dict)
    resources: dict[str, ResourceAccess] = field(default_factory=dict)
    facts: frozenset[Fact] = frozenset()
    things: frozenset[Thing] = frozenset()

    def apply_changes(self, earlier: Snapshot, now: Snapshot) -> None:
        """Apply the changes between two other snapshots to this one, as if they had been made before it was taken."""
        for arn, policies in now.people.items():
            if earlier.people.get(arn) != policies:
                self.people[arn] = policies
        for arn, access in now.resources.items():
            if earlier.resources.get(arn) != access:
                self.resources[arn] = access
        self.facts = (self.facts | (now.facts - earlier.facts)) - (earlier.facts - now.facts)
        changed = _names(now.things ^ earlier.things)  # an exercise might have changed their settings before
        self.things = frozenset(each for each in self.things if (each.kind, each.name) not in changed) | (
            now.things - earlier.things
        )


def _names(things: Iterable[Thing]) -> set[tuple[str, str]]:
    return {(thing.kind, thing.name) for thing in things}


class Memory:
    """The course's notes about one cloud. `cloud.part(Memory)` returns them, and resetting the cloud clears them."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        """AWS's answers by the name under which a step keeps them."""
        self.begun: set[tuple[str, int]] = set()
        """The situations, as (exercise, situation), whose setup began and might have been interrupted."""
        self.standing: dict[tuple[str, int], datetime] = {}
        """(exercise, situation) → the lab time at which the setup was complete."""
        self.set_up_by: dict[tuple[str, int], str] = {}
        """(exercise, situation) → the last recorded call of its setup; later calls are the learner's."""
        self.before: dict[str, Snapshot] = {}
        """Exercise → a snapshot from its beginning, updated with the lesson's changes since then."""
        self.last = Snapshot()
        """A snapshot from the time when changes were last credited."""
        self.last_call: str | None = None
        """The last recorded call that was credited to an exercise or to the lesson."""
        self.changed_by_learner: set[str] = set()
        """The exercises for which the learner has changed something in the cloud."""
