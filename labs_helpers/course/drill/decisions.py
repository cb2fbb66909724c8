"""The engine's decision on a scene, through the same function as the command `simulate`."""

from __future__ import annotations

import json
from typing import Any

from labs_helpers.course.drill.scene import Scene
from labs_helpers.engine.policy import simulate_line

Decided = dict[str, Any]
"""A decision in the scenario format: decision, reason, and checks."""


def decide(scene: Scene) -> Decided:
    """Return the engine's decision. Raises `ValueError` for a scene that the engine can't read."""
    decided = simulate_line(json.dumps(scene))
    if "error" in decided:
        raise ValueError(decided["error"])
    return decided


def is_allowed(scene: Scene) -> bool:
    """Return True if the engine allows the scene's request."""
    return bool(decide(scene)["decision"] == "ALLOW")


def stopping_layer(decided: Decided) -> str | None:
    """Return the check type of the only layer that denies the request.

    Returns "" if the request is allowed, and None if several layers deny it, or if it is denied because a policy is
    missing.
    """
    if decided["decision"] == "ALLOW":
        return ""
    layers = {check["checkType"] for check in decided["checks"] if check["evaluatedEffect"].endswith("DENY")}
    return layers.pop() if len(layers) == 1 else None
