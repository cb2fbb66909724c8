"""The code that the page *Try it* runs: it decides a scenario, and finds the problems in the scenario's policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from labs_helpers.engine.policy import simulate_line

_KINDS = {"scp": "SERVICE_CONTROL_POLICY", "rcp": "RESOURCE_CONTROL_POLICY"}
_RESOURCE = ("resource", "vpc_endpoint")


def decide(line: str) -> str:
    """Return the decision on a scenario as JSON, exactly as the command `simulate` prints it."""
    return json.dumps(simulate_line(line))


def problems(line: str) -> str:
    """Return the findings about a scenario's policies as JSON: [{"policy", "type", "code", "details", "page"}]."""
    from labs_helpers.engine.analysis.policy_types import is_too_large
    from labs_helpers.engine.analysis.validation import validate

    scenario = json.loads(line)
    found = []
    for name, kind, document in _documents(scenario.get("policies", {})):
        text = json.dumps(document, indent=1)
        if is_too_large(text):
            found.append(
                {
                    "policy": name,
                    "type": "NOTE",
                    "code": "",
                    "details": "It is too long to be checked here.",
                    "page": "",
                }
            )
            continue
        resource_type = (
            "AWS::IAM::AssumeRolePolicyDocument" if name == "resource" and _is_trust(scenario) else None
        )
        for finding in validate(text, kind, resource_type):
            shown = finding.to_dict()
            found.append(
                {
                    "policy": name, "type": shown["findingType"], "code": shown["issueCode"],
                    "details": shown["findingDetails"], "page": shown["learnMoreLink"],
                }
            )  # fmt: skip
    return json.dumps(found)


def _documents(policies: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield each policy with its name and with ValidatePolicy's name for its kind."""
    for name, value in (policies if isinstance(policies, dict) else {}).items():
        kind = _KINDS.get(name, "RESOURCE_POLICY" if name in _RESOURCE else "IDENTITY_POLICY")
        if name != "grants":
            yield from ((place, kind, document) for place, document in _flat(name, value))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _flat(f"{name}[{index}]", each)
    else:
        yield name, value


def _is_trust(scenario: Any) -> bool:
    action = scenario.get("action", "")
    return isinstance(action, str) and action.lower().startswith("sts:assumerole")
