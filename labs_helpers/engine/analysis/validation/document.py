"""A policy document in the form that the checks use: its statements and elements, which can be malformed."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.analysis.positions import Path, Positions
from labs_helpers.engine.analysis.validation.findings import Report

MAX_STATEMENTS = 1000
MAX_ITEMS = 2000
"""The maximum number of statements, or of strings in an element, to check. AWS's quotas don't allow more."""

TRUST_POLICY = "AWS::IAM::AssumeRolePolicyDocument"


_WORK = 10_000_000
"""The maximum number of steps for comparing patterns. Patterns beyond that aren't compared.

A policy within the quotas needs about 1% of them.
"""


class Kind(enum.Enum):
    """Document kinds: ValidatePolicy's policy types, plus role trust policies as a separate kind."""

    IDENTITY_POLICY = "identity policy"
    RESOURCE_POLICY = "resource policy"
    SERVICE_CONTROL_POLICY = "service control policy"
    RESOURCE_CONTROL_POLICY = "resource control policy"
    TRUST_POLICY = "role trust policy"

    @property
    def has_principal(self) -> bool:
        """True if the statements name principals."""
        return self in (Kind.RESOURCE_POLICY, Kind.TRUST_POLICY, Kind.RESOURCE_CONTROL_POLICY)


@dataclass(frozen=True, slots=True)
class Statement:
    """A policy statement, which is always a JSON object."""

    path: Path
    source: dict[str, Any]

    @property
    def allows(self) -> bool:
        """True if the effect is Allow."""
        return self.source.get("Effect") == "Allow"

    @property
    def denies(self) -> bool:
        """True if the effect is Deny."""
        return self.source.get("Effect") == "Deny"

    def at(self, *steps: str | int) -> Path:
        """Return the path of a part of the statement."""
        return (*self.path, *steps)

    def strings(self, element: str) -> list[tuple[Path, str]]:
        """Return the strings in an element that is a string or a list, with their paths. Other values are ignored."""
        return strings(self.source.get(element), self.at(element))

    def actions(self) -> list[str]:
        """Return the strings in Action, in lowercase."""
        return [text.lower() for _, text in self.strings("Action")]

    def principals(self, kind: str | None = None) -> list[tuple[Path, str, str]]:
        """Return (path, key, string) for each principal, or only those with key `kind`. The key of "*" is "*"."""
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
        """Yield (path of the value, operator, key, value) for each condition in the Condition element."""
        block = self.source.get("Condition")
        for operator, tests in block.items() if isinstance(block, dict) else ():
            for key, value in tests.items() if isinstance(tests, dict) else ():
                yield self.at("Condition", operator, key), operator, key, value

    def condition_keys(self) -> set[str]:
        """Return the condition keys in the Condition element, in lowercase."""
        return {key.lower() for _, _, key, _ in self.conditions()}


def strings(value: Any, path: Path) -> list[tuple[Path, str]]:
    """Return the string, or the strings in a list (at most `MAX_ITEMS`), with their paths."""
    if isinstance(value, str):
        return [(path, value)]
    if not isinstance(value, list):
        return []
    return [((*path, index), item) for index, item in enumerate(value[:MAX_ITEMS]) if isinstance(item, str)]


class Draft:
    """A document being checked. `report` collects the findings."""

    def __init__(self, positions: Positions, policy_type: str, resource_type: str | None) -> None:
        """Prepare to check a document. `policy_type` and `resource_type` are ValidatePolicy's."""
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
        # Without a resource type, a policy with only STS actions must be a role's.
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
        """Deduct the steps of a comparison from the limit. Return whether the limit allows them."""
        self._work -= steps
        return self._work >= 0

    @property
    def takes_variables(self) -> bool:
        """True if the document's version supports policy variables."""
        return isinstance(self.root, dict) and self.root.get("Version") == "2012-10-17"
