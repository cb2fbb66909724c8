"""The error for invalid policies, principals, and scenarios."""

from __future__ import annotations

UNKNOWN_ELEMENT = "unknown element"


class PolicyError(ValueError):
    """The error for input that AWS's policy language or the scenario format doesn't allow.

    `path` is the position ("policies.identity[0].Statement[1].Efect"), `found` the problem ("unknown element"), and
    `allowed` the valid alternatives (possibly empty). The whole input is rejected.
    """

    def __init__(self, path: str, found: str, allowed: str = "") -> None:
        """Store the path, the problem, and the alternatives."""
        super().__init__(path, found, allowed)
        self.path = path
        self.found = found
        self.allowed = allowed

    def __str__(self) -> str:
        message = f"{self.path}: {self.found}" if self.path else self.found
        return f"{message}; allowed: {self.allowed}" if self.allowed else message
