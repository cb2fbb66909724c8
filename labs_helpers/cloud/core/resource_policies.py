"""Every service's resource policies, with functions that list them and rewrite the principals in them.

AWS replaces a principal's ARN in a stored policy or grant with the principal's unique ID. As a result, a renamed user
keeps its access, and a new user with the name of a deleted user doesn't get that user's access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from labs_helpers.cloud.core.state import State


class Kept(NamedTuple):
    """A stored policy or part of one: its resource's ARN, its JSON text, and a function that replaces the text.

    `decides_access`: False for a delegation policy, which allows an organization's operations, not access to resources.
    """

    resource: str
    text: str
    put: Callable[[str], None]
    decides_access: bool = True


Keeper = Callable[["State"], Iterator[Kept]]

_keepers: list[Keeper] = []

Renamer = Callable[["State", str, str], None]
"""A function (state, ARN, name) that replaces a principal's ARN with another name, outside of policies."""

_renamers: list[Renamer] = []


def names_principals(renamer: Renamer) -> Renamer:
    """Register a function that replaces a principal in a service's resources, such as in the grants on KMS keys."""
    _renamers.append(renamer)
    return renamer


def rename_principal(state: State, arn: str, name: str) -> None:
    """Replace a principal in stored data other than policies, such as grants."""
    for renamer in _renamers:
        renamer(state, arn, name)


def keeps_policies(keeper: Keeper) -> Keeper:
    """Register a function that yields every policy on a service's resources, in all accounts and Regions."""
    _keepers.append(keeper)
    return keeper


def rewrite(state: State, change: Callable[[str], str]) -> None:
    """Pass the text of every policy to `change` and replace the policies whose text it changes."""
    for keeper in _keepers:
        for kept in list(keeper(state)):
            changed = change(kept.text)
            if changed != kept.text:
                kept.put(changed)


def every(state: State) -> dict[str, tuple[str, ...]]:
    """Return the policies that decide access to resources: JSON strings in tuples, by resource ARN."""
    texts: dict[str, tuple[str, ...]] = {}
    for keeper in _keepers:
        for kept in filter(lambda each: each.decides_access, keeper(state)):
            texts[kept.resource] = (*texts.get(kept.resource, ()), kept.text)
    return texts
