"""Why a public rule raises no alarm: its service isn't served, its calls aren't made, or what silent.json says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from labs_helpers.cloud import modelled_services
from tests.cloud.operations import states

BY_HAND: dict[str, str] = json.loads((Path(__file__).parent / "silent.json").read_text(encoding="utf-8"))
"""The reasons that a rule's service and event names don't show, by file name."""


def why(name: str, text: str, called: Iterable[str]) -> str:
    """Return the reason, for a rule in Sigma that is silent. `called` are the names of the events of all calls.

    Raises `ValueError` if the rule's events occur, so that the reason has to be written by hand.
    """
    if name in BY_HAND:
        return BY_HAND[name]
    detection = yaml.safe_load(text)["detection"]
    sources, events = (list(dict.fromkeys(_values(detection, key))) for key in ("eventSource", "eventName"))
    named = [source.removesuffix(".amazonaws.com") for source in sources]
    served = [service for service in named or modelled_services() if service in modelled_services()]
    if not served:
        return f"The cloud doesn't support {_listed(sources)}."
    supported = {each for service in served for each in (*states(service).done, *states(service).in_part)}
    if supported.isdisjoint(events):
        return f"The cloud doesn't support {_listed(events)}."
    if occurring := set(events) & set(called):
        raise ValueError(
            f"{name} is silent although {', '.join(sorted(occurring))} occurs: say why in silent.json"
        )
    return f"No attack calls {_listed(events)}."


def _values(node: Any, key: str) -> Iterator[str]:
    """Yield the values of a field in a detection, with or without a modifier."""
    if isinstance(node, list):
        for each in node:
            yield from _values(each, key)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name.partition("|")[0] == key:
                yield from (value if isinstance(value, list) else [value])
            else:
                yield from _values(value, key)


def _listed(names: list[str]) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)}{',' if len(most) > 1 else ''} or {last}" if most else last
