"""Every service's resource policies, for listing them and for rewriting the principals in them.

AWS replaces a principal's ARN in a stored policy with the principal's unique ID, so a renamed user keeps access, and a
new user with a deleted user's name doesn't get it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from labs_helpers.cloud.core.state import State


class Kept(NamedTuple):
    """A stored policy or part of one: its resource's ARN, its JSON text, and a function that replaces the text."""

    resource: str
    text: str
    put: Callable[[str], None]


Keeper = Callable[["State"], Iterator[Kept]]

_keepers: list[Keeper] = []


def keeps_policies(keeper: Keeper) -> Keeper:
    """Register a function that yields every policy on a service's resources, in all accounts and Regions."""
    _keepers.append(keeper)
    return keeper


def rewrite(state: State, change: Callable[[str], str]) -> None:
    """Pass the text of every policy to `change`, and replace the policies whose text it changes."""
    for keeper in _keepers:
        for kept in list(keeper(state)):
            changed = change(kept.text)
            if changed != kept.text:
                kept.put(changed)


def every(state: State) -> dict[str, tuple[str, ...]]:
    """Return the policies of all resources that have any, as tuples of JSON strings by resource ARN."""
    texts: dict[str, tuple[str, ...]] = {}
    for keeper in _keepers:
        for kept in keeper(state):
            texts[kept.resource] = (*texts.get(kept.resource, ()), kept.text)
    return texts
