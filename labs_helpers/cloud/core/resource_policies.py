"""The resource policies that services keep: to see which there are, and so that IAM can write another name into them.

AWS keeps a principal's unique id behind the ARN that was written: who is renamed keeps what he was granted, and who is
made anew under the name of somebody deleted gets nothing of it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from labs_helpers.cloud.core.state import State


class Kept(NamedTuple):
    """A policy or a part of it: the ARN of what it is attached to, its JSON text, what puts another in its place."""

    resource: str
    text: str
    put: Callable[[str], None]


Keeper = Callable[["State"], Iterator[Kept]]

_keepers: list[Keeper] = []


def keeps_policies(keeper: Keeper) -> Keeper:
    """Register what yields every policy of a service's resources, in all accounts and Regions."""
    _keepers.append(keeper)
    return keeper


def rewrite(state: State, change: Callable[[str], str]) -> None:
    """Put `change(text)` in the place of every policy that it changes."""
    for keeper in _keepers:
        for kept in list(keeper(state)):
            changed = change(kept.text)
            if changed != kept.text:
                kept.put(changed)


def every(state: State) -> dict[str, tuple[str, ...]]:
    """By the ARN of each resource that has a policy of its own: its text, in its parts."""
    found: dict[str, tuple[str, ...]] = {}
    for keeper in _keepers:
        for kept in keeper(state):
            found[kept.resource] = (*found.get(kept.resource, ()), kept.text)
    return found
