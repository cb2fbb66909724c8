"""The resource policies that services keep, so that IAM can write another name for a principal into all of them.

AWS keeps a principal's unique id behind the ARN that was written: who is renamed keeps what he was granted, and who is
made anew under the name of somebody deleted gets nothing of it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-users
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs_helpers.core.state import State

Kept = tuple[str, Callable[[str], None]]
"""A policy's JSON text, and what puts another text in its place."""
Keeper = Callable[["State"], Iterator[Kept]]

_keepers: list[Keeper] = []


def keeps_policies(keeper: Keeper) -> Keeper:
    """Register what yields every policy of a service's resources, in all accounts and Regions."""
    _keepers.append(keeper)
    return keeper


def rewrite(state: State, change: Callable[[str], str]) -> None:
    """Put `change(text)` in the place of every policy that it changes."""
    for keeper in _keepers:
        for text, put in list(keeper(state)):
            changed = change(text)
            if changed != text:
                put(changed)
