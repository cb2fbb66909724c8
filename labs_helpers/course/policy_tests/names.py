"""Names in a table that don't exist on AWS. A test that expects "deny" for a mistyped action would pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labs_helpers.course.policy_tests.policy_test_table import File, TableError, read_input
from labs_helpers.engine.analysis.positions import JsonFault, positions
from labs_helpers.engine.analysis.unknown_names import unknown_action, unknown_key, unknown_names
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.reference.service_principals import is_service_principal, similar_service_principal

_MOST = 10
"""The maximum number of names in one error."""
Steps = tuple[str | int, ...]


def refuse_unknown_names(path: Path, file: File) -> None:
    """Raise `TableError`, with the line of each name, if a test or a policy contains names that don't exist on AWS."""
    found = [*_of_tests(path, file), *_of_policies(path, file)]
    if found:
        raise TableError("\n".join(found[:_MOST]))


def _of_tests(path: Path, file: File) -> Iterator[str]:
    for number, test in enumerate(file.tests):
        where = f"tests.{number} ({test.name})"
        for index, action in enumerate(test.action):
            sentence = unknown_action(action)
            if sentence:
                yield _located(path, ("tests", number, "action", index), f"{where}: {sentence}")
        for index, principal in enumerate(test.principal):
            service = principal.removeprefix("service:")
            if service != principal and not is_service_principal(service):
                similar = similar_service_principal(service)
                sentence = f"There is no service principal {service}."
                sentence += f" Did you mean {similar}?" if similar else ""
                yield _located(path, ("tests", number, "principal", index), f"{where}: {sentence}")
        for key in test.context:
            sentence = unknown_key(key)
            if sentence:
                yield _located(path, ("tests", number, "context", key), f"{where}: {sentence}")


def _of_policies(path: Path, file: File) -> Iterator[str]:
    for name, document in file.documents.items():
        for each in unknown_names(json.dumps(document), PolicyKind.IDENTITY):
            yield _located(path, ("documents", name, *each.path), f"{name}: {each.sentence}")
    for folder in file.policies:
        for policy in sorted((path.parent / folder).glob("*.json")):
            text = read_input(policy)
            for each in unknown_names(text, PolicyKind.IDENTITY):
                yield f"{policy}: line {_line_in_json(text, each.path)}: {each.sentence}"


def _located(path: Path, steps: Steps, sentence: str) -> str:
    return f"{path}: line {_line_in_yaml(read_input(path), steps)}: {sentence}"


def _line_in_yaml(text: str, steps: Steps) -> int:
    """Return the line of the value at `steps`, or of the innermost existing value that would contain it."""
    import yaml

    node: Any = yaml.compose(text)
    line = 1
    for step in steps:
        below = _below(node, step)
        if below is None:
            break
        line, node = below
    return line


def _below(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(step, int):
        if not isinstance(node.value, list) or node.id != "sequence" or step >= len(node.value):
            return None
        return node.value[step].start_mark.line + 1, node.value[step]
    if node.id != "mapping":
        return None
    return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == step), None)


def _line_in_json(text: str, steps: Steps) -> int:
    try:
        where = positions(text)
    except JsonFault:
        return 1
    while steps and steps not in where:
        steps = steps[:-1]
    return where.span(steps).start.line
