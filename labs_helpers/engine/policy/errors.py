"""The one error that reading policies, principals and scenarios raises."""

from __future__ import annotations

UNKNOWN_ELEMENT = "unknown element"


class PolicyError(ValueError):
    """Something in the input is not what AWS's policy language or the scenario format allows.

    path says where ("policies.identity[0].Statement[1].Efect"), found what is there ("unknown element"),
    allowed what would be right (may be empty). Nothing of the input has been used when this is raised.
    """

    def __init__(self, path: str, found: str, allowed: str = "") -> None:
        super().__init__(path, found, allowed)
        self.path = path
        self.found = found
        self.allowed = allowed

    def __str__(self) -> str:
        message = f"{self.path}: {self.found}" if self.path else self.found
        return f"{message}; allowed: {self.allowed}" if self.allowed else message
