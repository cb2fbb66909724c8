"""Changes in the running cloud besides those that the task asks for: things that are new, gone, or different.

Permissions have their own comparison (labs_helpers.course.grading.side_effects). This module compares the things
themselves: a trail that logs nothing anymore, a deleted role, an account's email address, a grant that no one asked
for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Protocol

from labs_helpers.cloud import Thing
from labs_helpers.course.situations.faults import Fault

_OWNED = ("policy of", "access key", "object")
_PARTS = ("default encryption of *", "rotation of *")
"""The settings of a bucket or a key that are compared on their own. If one is new or gone, so is its bucket or key."""
_HARMLESS_IF_NEW = (
    *_PARTS,
    "access key *",  # reported as a fact about access (account_facts)
    "alias *",
    "group *",
    "identity pool *",
    "Identity Center group *",
    "image *",
    "object *",
    "OU *",
    "policy type *",
    "secret *",
    "snapshot *",
    "user pool us-*",
    "user pool user *",
)
"""The kinds of things whose existence gives no one access, so a right answer can need them or leave them behind."""

_TOLD_OTHERWISE = (*_PARTS, "guardrail *")
"""The things whose loss shows elsewhere: as the loss of another thing, or as a fact about access (account_facts)."""


class Allowed(Protocol):
    """The things that are allowed to be new, gone, or changed, as patterns such as `KMS key *`.

    `there`: things that must exist, with the sentences that are shown if they don't. `clauses`: the clauses that other
    changes break, by pattern.
    """

    @property
    def there(self) -> Mapping[str, str]:
        """The titles of things that must exist, with the sentences that are shown if they don't."""

    @property
    def new(self) -> tuple[str, ...]:
        """The patterns of things that are allowed to be new."""

    @property
    def gone(self) -> tuple[str, ...]:
        """The patterns of things that are allowed to be gone."""

    @property
    def changed(self) -> tuple[str, ...]:
        """The patterns of things that are allowed to have different settings."""

    @property
    def clauses(self) -> Mapping[str, int]:
        """The clauses that other changes break, by pattern."""


def faults(before: Collection[Thing], now: Collection[Thing], allowed: Allowed) -> Iterator[Fault]:
    """Yield a fault for each thing that isn't as it was before, unless it is allowed to change in this way.

    Things that must exist come first.
    """
    then, since = _by_title(before, now), _by_title(now, before)
    for title, story in allowed.there.items():
        if title not in since:
            yield Fault(story, _clauses(title, allowed))
    changed = {title for title in then.keys() & since.keys() if then[title] != since[title]}
    for titles, patterns, what in (
        (
            since.keys() - then.keys(),
            (*allowed.new, *_HARMLESS_IF_NEW),
            "is new, which is more than the task asks for.",
        ),
        (
            then.keys() - since.keys(),
            (*allowed.gone, *_TOLD_OTHERWISE),
            "is gone, which the task doesn't ask for.",
        ),
        (changed, allowed.changed, "was changed, which the task doesn't ask for."),
    ):
        for title in sorted(titles):
            if not _matches(title, patterns):
                yield Fault(f"The {title} {what}", _clauses(title, allowed))


def _clauses(title: str, allowed: Allowed) -> tuple[int, ...]:
    """Return the clause of the first pattern that matches, or none."""
    return tuple(number for pattern, number in allowed.clauses.items() if _matches(title, [pattern]))[:1]


def _matches(title: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(title, pattern) for pattern in patterns)


def _by_title(things: Collection[Thing], others: Collection[Thing]) -> dict[str, str]:
    """Return the settings of things by title, without the policies, keys, and objects of things not in `others`.

    They come and go with the thing that they belong to.
    """
    alone = {name for _, name in _known(things) - _known(others)}
    return {
        f"{thing.kind} {thing.name}": thing.settings
        for thing in things
        if thing.kind not in _OWNED or thing.name.rpartition(" of ")[2] not in alone
    }


def _known(things: Iterable[Thing]) -> set[tuple[str, str]]:
    return {(thing.kind, thing.name) for thing in things if thing.kind not in _OWNED}
