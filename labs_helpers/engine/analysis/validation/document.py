"""A policy document as the checks see it: its statements and their elements, whatever shape they are in."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.analysis.positions import Path, Positions
from labs_helpers.engine.analysis.validation.findings import Report

MAX_STATEMENTS = 1000
MAX_ITEMS = 2000
"""What one document's checks look at: more statements, or more strings of one element, fit under no AWS quota."""

TRUST_POLICY = "AWS::IAM::AssumeRolePolicyDocument"


_WORK = 10_000_000
"""How many steps may go into comparing patterns; what is left after them is not compared. A policy within the
quotas takes a hundredth of them."""


class Kind(enum.Enum):
    """What is checked; the names are ValidatePolicy's policy types, and role trust policies apart."""

    IDENTITY_POLICY = "identity policy"
    RESOURCE_POLICY = "resource policy"
    SERVICE_CONTROL_POLICY = "service control policy"
    RESOURCE_CONTROL_POLICY = "resource control policy"
    TRUST_POLICY = "role trust policy"

    @property
    def has_principal(self) -> bool:
        """Whether its statements say whom they are about."""
        return self in (Kind.RESOURCE_POLICY, Kind.TRUST_POLICY, Kind.RESOURCE_CONTROL_POLICY)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that is an object."""

    path: Path
    source: dict[str, Any]

    @property
    def allows(self) -> bool:
        """Whether its effect is Allow."""
        return self.source.get("Effect") == "Allow"

    @property
    def denies(self) -> bool:
        """Whether its effect is Deny."""
        return self.source.get("Effect") == "Deny"

    def at(self, *steps: str | int) -> Path:
        """The path of a part of the statement."""
        return (*self.path, *steps)

    def strings(self, element: str) -> list[tuple[Path, str]]:
        """The strings of an element that is a string or a list, with their paths; other values are left out."""
        return strings(self.source.get(element), self.at(element))

    def actions(self) -> list[str]:
        """The strings of Action, in lower case."""
        return [text.lower() for _, text in self.strings("Action")]

    def principals(self, kind: str | None = None) -> list[tuple[Path, str, str]]:
        """The (path, key, string) triples of Principal; of one key if that is given. "*" has the key "*"."""
        element = self.source.get("Principal")
        if isinstance(element, str):
            return [(self.at("Principal"), "*", element)] if kind is None else []
        if not isinstance(element, dict):
            return []
        return [
            (path, key, text)
            for key, value in element.items()
            if kind in (None, key)
            for path, text in strings(value, self.at("Principal", key))
        ]

    def conditions(self) -> Iterator[tuple[Path, str, str, Any]]:
        """The (path of the value, operator, key, value) of each test in Condition."""
        block = self.source.get("Condition")
        for operator, tests in block.items() if isinstance(block, dict) else ():
            for key, value in tests.items() if isinstance(tests, dict) else ():
                yield self.at("Condition", operator, key), operator, key, value

    def condition_keys(self) -> set[str]:
        """The condition keys of the tests, in lower case."""
        return {key.lower() for _, _, key, _ in self.conditions()}


def strings(value: Any, path: Path) -> list[tuple[Path, str]]:
    """The strings that a value is or lists, at most `MAX_ITEMS`, with their paths."""
    if isinstance(value, str):
        return [(path, value)]
    if not isinstance(value, list):
        return []
    return [((*path, index), item) for index, item in enumerate(value[:MAX_ITEMS]) if isinstance(item, str)]


class Draft:
    """A document that is being checked. `report` takes the findings."""

    def __init__(self, positions: Positions, policy_type: str, resource_type: str | None) -> None:
        self.positions = positions
        self.report = Report(positions)
        self.resource_type = resource_type
        self.root: Any = positions.value
        self.statements = list(self._statements())
        self.kind = self._kind(policy_type)
        self._work = _WORK

    def _kind(self, policy_type: str) -> Kind:
        kind = Kind[policy_type]
        if kind is not Kind.RESOURCE_POLICY:
            return kind
        if self.resource_type is not None:
            return Kind.TRUST_POLICY if self.resource_type == TRUST_POLICY else kind
        # Without a resource type, a policy that speaks of nothing but STS can only be a role's.
        actions = [action for statement in self.statements for action in statement.actions()]
        return Kind.TRUST_POLICY if actions and all(a.startswith("sts:") for a in actions) else kind

    def _statements(self) -> Iterator[Statement]:
        source = self.root.get("Statement") if isinstance(self.root, dict) else None
        if isinstance(source, dict):
            yield Statement(("Statement",), source)
        elif isinstance(source, list):
            for index, item in enumerate(source[:MAX_STATEMENTS]):
                if isinstance(item, dict):
                    yield Statement(("Statement", index), item)

    def afford(self, steps: int) -> bool:
        """Whether a comparison of so many steps may still be made; counts it if so."""
        self._work -= steps
        return self._work >= 0

    @property
    def takes_variables(self) -> bool:
        """Whether the document's version has policy variables."""
        return isinstance(self.root, dict) and self.root.get("Version") == "2012-10-17"
