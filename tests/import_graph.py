"""The package's import graph. `python -m tests.import_graph` prints it, one line per component.

A component is a folder in a layer, except that the whole engine is one component. It depends on another if one of its
modules imports a module of the other, also within functions and for types. A cycle is a set of modules or components
that can all reach one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import grimp

PACKAGE = "labs_helpers"
LAYERS = ("cloud", "course")
BELOW = ("extras", "lazy", "limits", "retired")
"""The modules that every layer is allowed to import, because they don't import anything from the package."""


def component_of(module: str) -> str:
    """Return the component of a module, such as `engine` or `cloud/gate`; `doors` (next to the layers), or `below`."""
    parts = module.split(".")[1:]
    if parts[:1] == ["engine"]:
        return "engine"
    if parts[:1] and parts[0] in BELOW:
        return "below"
    if not parts or parts[0] not in LAYERS:
        return "doors"
    return "/".join(parts[:2]) if len(parts) > 1 else f"{parts[0]}/door"


def imports() -> dict[str, set[str]]:
    """Return, for each module of the package, the modules of the package that it imports."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def dependencies(modules: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return, for each component, the other components that it depends on."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, imported in modules.items():
        here = component_of(module)
        found[here] |= {component_of(other) for other in imported} - {here}
    return dict(found)


def cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of nodes that can all reach one another, directly or through others (Tarjan's algorithm)."""
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
    """Print the components with their dependencies, and the counts."""
    modules = imports()
    graph = dependencies(modules)
    for component, others in sorted(graph.items()):
        print(f"{component:<22} → {', '.join(sorted(others)) or 'nothing'}")
    count = sum(map(len, graph.values()))
    print(f"{len(graph)} components, {count} dependencies, {len(cycles(graph))} cycles of components")
    print(f"{len(modules)} modules, {len(cycles(modules))} cycles of modules")


if __name__ == "__main__":
    main()
