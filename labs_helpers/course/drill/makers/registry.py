"""The makers by the ID of their rule, which is the name of the maker's function with hyphens."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.course.drill.scene import Draw, Pair

Maker = Callable[[Draw], Pair]
MAKERS: dict[str, Maker] = {}


def maker(function: Maker) -> Maker:
    """Register the maker of a rule's situations."""
    MAKERS[function.__name__.replace("_", "-")] = function
    return function
