"""The inheritance operators, which merge the management policies between the root and an account into one policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.services.organizations.policy_content import CHILD_CONTROL, OPERATORS

_ALL = frozenset(OPERATORS)


@dataclass(slots=True)
class _Node:
    """A key of the merged policy. `allowed` contains the operators that lower levels can use on it."""

    children: dict[str, _Node] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    value: Any = None
    allowed: frozenset[str] = _ALL
    assigned_at: int = -1
    """The level that assigned the value.

    If several policies are attached to one target, the one attached first takes precedence.
    """
    left_to_children: frozenset[str] | None = None
    """The operators that this level's policies, taken together, let the levels below use."""


def effective(levels: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the merged policy, or an empty policy if nothing is set.

    `levels` are the policies of each target, root first, in the order in which they were attached.
    """
    root = _Node()
    for level, policies in enumerate(levels):
        for policy in policies:
            _merge(root, policy, level)
        _close_level(root)
    return _settings_of(root) or {}


def _merge(node: _Node, policy: Mapping[str, Any], level: int) -> None:
    controls = policy.get(CHILD_CONTROL)
    for operator in OPERATORS:
        if operator in policy and operator in node.allowed:
            _apply(node, operator, policy[operator], level)
    for key, below in policy.items():
        if key.startswith("@@"):
            continue
        # Keys that differ only in case are the same key, as the page on tag policies says.
        name = key.lower()
        if name not in node.children:
            if not node.allowed:
                continue
            node.children[name], node.names[name] = _Node(), key
        _merge(node.children[name], below, level)
    if controls is not None:
        allowed = _operators(controls)
        node.left_to_children = allowed if node.left_to_children is None else node.left_to_children & allowed


def _apply(node: _Node, operator: str, value: Any, level: int) -> None:
    if operator == "@@assign":
        if node.assigned_at != level:
            node.value, node.assigned_at = list(value) if isinstance(value, list) else value, level
        return
    values = list(node.value) if isinstance(node.value, list) else [] if node.value is None else [node.value]
    if operator == "@@append":
        node.value = values + [each for each in value if each not in values]
    else:
        node.value = [each for each in values if each not in value]


def _operators(controls: Any) -> frozenset[str]:
    words = controls if isinstance(controls, list) else [controls]
    if "@@none" in words:
        return frozenset()
    return _ALL if "@@all" in words else frozenset(words)


def _close_level(node: _Node) -> None:
    if node.left_to_children is not None:
        node.allowed, node.left_to_children = node.allowed & node.left_to_children, None
    for child in node.children.values():
        _close_level(child)


def _settings_of(node: _Node) -> Any:
    if not node.children:
        return None if node.value == [] else node.value
    settings = {node.names[name]: _settings_of(child) for name, child in node.children.items()}
    set_values = {key: value for key, value in settings.items() if value is not None}
    return set_values or None
