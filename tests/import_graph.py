"""The package's import graph, as rooms and arrows. `python -m tests.import_graph` prints the graph.

A room is a folder on a floor; the whole engine is one room. An arrow means that a module in one room imports a module
in another room, including imports within functions and for types. A circle is a set of rooms that can reach each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import grimp

PACKAGE = "labs_helpers"
FLOORS = ("cloud", "course")
BELOW = ("extras", "lazy", "limits", "retired")
"""Modules that every floor may import: they import nothing of the package."""


def room_of(module: str) -> str:
    """Return the room of a module: `engine`, `cloud/gate`, `course/days`; `doors` beside the floors, `below` them."""
    parts = module.split(".")[1:]
    if parts[:1] == ["engine"]:
        return "engine"
    if parts[:1] and parts[0] in BELOW:
        return "below"
    if not parts or parts[0] not in FLOORS:
        return "doors"
    return "/".join(parts[:2]) if len(parts) > 1 else f"{parts[0]}/door"


def imports() -> dict[str, set[str]]:
    """Return, for each module of the package, the modules of the package that it imports."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def arrows(modules: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return, for each room, the other rooms that it imports from."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, imported in modules.items():
        here = room_of(module)
        found[here] |= {room_of(other) for other in imported} - {here}
    return dict(found)


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach one another, directly or through others (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def main() -> None:
    """Print the rooms with what they import, and the counts."""
    modules = imports()
    rooms = arrows(modules)
    for room, others in sorted(rooms.items()):
        print(f"{room:<22} → {', '.join(sorted(others)) or 'nothing'}")
    count = sum(map(len, rooms.values()))
    print(f"{len(rooms)} rooms, {count} arrows, {len(circles(rooms))} circles of rooms")
    print(f"{len(modules)} modules, {len(circles(modules))} circles of modules")


if __name__ == "__main__":
    main()
