"""Drafts: a colleague's changes to a blueprint, and the edits that result from decisions about them.

A path leads to a place in a draft, by the keys of dicts and the Sids or positions of statements:
`scps/Boundaries/policy/Statement/KeepBoundary/Action`, `roles/ci-deploy/trust/Statement/0/Condition`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any


def part_at(draft: Mapping[str, Any], path: str) -> Any:
    """Return the part of a draft at a path. Raises `LookupError` if there is none."""
    part: Any = draft
    for step in path.split("/"):
        part = part[_key(part, step)]
    return part


def edited(draft: Mapping[str, Any], puts: Mapping[str, Any], drops: Iterable[str] = ()) -> dict[str, Any]:
    """Return a draft with these values at these paths, and without what is at the paths in `drops`.

    A statement with a new Sid is appended. Raises `LookupError` for a path that leads nowhere.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(draft))
    for path in drops:
        within, last = _place(changed, path)
        del within[_key(within, last)]
    for path, value in puts.items():
        within, last = _place(changed, path)
        key = _key(within, last)
        if isinstance(within, list) and key == len(within):
            within.append(copy.deepcopy(value))
        else:
            within[key] = copy.deepcopy(value)
    return changed


def decided(
    draft: Mapping[str, Any], decisions: Iterable[Mapping[str, Any]], words: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a draft with the edits of the chosen options.

    `decisions` are as in data/, and `words` are the chosen options.

    Raises `LookupError` for a word that isn't an option.
    """
    for decision in decisions:
        option = decision["options"][words[decision["name"]]]
        draft = edited(draft, option.get("puts", {}), option.get("drops", ()))
    return dict(draft)


def _place(draft: dict[str, Any], path: str) -> tuple[Any, str]:
    """Return the object that contains the place at a path, and the path's last step."""
    before, _, last = path.rpartition("/")
    return (part_at(draft, before) if before else draft), last


def _key(part: Any, step: str) -> Any:
    if isinstance(part, list):
        sids = [each.get("Sid") for each in part]
        return sids.index(step) if step in sids else int(step) if step.isdecimal() else len(part)
    return step
