"""Witnesses to a policy's grants: requests constructed from its own patterns and tests."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from labs_helpers.engine.analysis.containment.sets import EVERYONE, Access, Patterns, Test
from labs_helpers.engine.policy import AccessRequest, Policy, PolicyError, Principal
from labs_helpers.engine.policy.patterns import example, overlap
from labs_helpers.engine.policy.principal_element import DIRECTLY
from labs_helpers.engine.reference import authorization as reference

_MOST_ACTIONS = 5
_OUTSIDER = "arn:aws:iam::999988887777:user/witness"
_ACCOUNT = "111122223333"


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that can be printed as a description."""

    request: AccessRequest

    def __str__(self) -> str:
        request = self.request
        context = ", ".join(f"{key}={value}" for key, value in sorted(request.context.items()))
        return f"{request.action} on {request.resource}" + (f" with {context}" if context else "")


def witnesses(access: Access) -> Iterator[Witness]:
    """Yield requests to which a statement probably applies.

    Each part of the statement is tried with a few actions, one resource, and two contexts.
    """
    for part in access.parts():
        for action in _actions(part.actions):
            for resource in _resources(part.resources):
                for principal in _principals(part.principals):
                    for context in ({}, _context(part.tests)):
                        try:
                            request = AccessRequest.of(
                                principal, action, resource, account=_ACCOUNT, context=context
                            )
                        except PolicyError:
                            continue
                        yield Witness(request)


def level(policy: Policy, request: AccessRequest) -> int:
    """Return how directly a policy grants a request, or 0 if the policy denies the request or doesn't allow it.

    The function uses the engine's own matching for one policy. In policies without principals, grants are direct.
    """
    granted = 0
    for statement in policy.candidates(request.action_key, request.resource):
        if statement.resource_test is not None and not statement.resource_test(
            request.resource, request.context
        ):
            continue
        if not all(test(request.context) for test in statement.condition_tests):
            continue
        test = statement.principal_test
        naming = DIRECTLY if test is None else test(request.principal, False)
        if not naming:
            continue
        if statement.effect != "ALLOW":
            return 0
        granted = max(granted, naming)
    return granted


def _actions(actions: Patterns) -> Iterator[str]:
    if actions.negated:
        common = ("s3:GetObject", "iam:PassRole", "ec2:RunInstances", "sts:AssumeRole", "kms:Decrypt")
        yield from (each for each in common if not any(overlap(item, each.lower()) for item in actions.items))
        return
    pattern = actions.items[0]
    if "*" not in pattern and "?" not in pattern:
        yield pattern
        return
    prefix, _, name = pattern.partition(":")
    known = [each for each in reference.actions(prefix) if overlap(name, each)]
    yield from (f"{prefix}:{each}" for each in known[:_MOST_ACTIONS])
    yield example(pattern) if ":" in pattern else "s3:getobject"


def _resources(resources: Patterns) -> Iterator[str]:
    if resources.negated:
        yield "arn:aws:s3:::witness/x"
    elif resources.items[0] == "*":
        yield from ("*", "arn:aws:s3:::witness/x")
    else:
        yield example(resources.items[0])


def _principals(principals: Patterns | None) -> Iterator[Principal]:
    if principals is None or principals.negated:
        yield Principal.from_arn(f"arn:aws:iam::{_ACCOUNT}:user/witness")
        return
    for item in principals.items:
        kind, _, text = item.partition(":")
        try:
            if item == EVERYONE:
                yield from (Principal.anonymous(), Principal.from_arn(_OUTSIDER))
            elif kind == "Service":
                yield Principal.service(text)
            elif kind == "Federated":
                yield Principal.saml(text) if ":saml-provider/" in text else Principal.web_identity(text)
            elif text.endswith(":root"):
                yield Principal.from_arn(f"{text.removesuffix('root')}user/witness")
            elif kind == "AWS":
                yield Principal.from_arn(text)
        except PolicyError:
            continue


def _context(tests: tuple[Test, ...]) -> dict[str, str]:
    """Return keys and values that pass the tests, if such values can be generated."""
    context: dict[str, str] = {}
    for test in tests:
        value = test.values[0] if test.values else ""
        if test.name == "Null":
            if value.lower() == "false":
                context.setdefault(test.key, "x")
        elif test.negated:  # passes without its key
            continue
        elif test.name == "IpAddress":
            context[test.key] = _address(value)
        elif test.name in ("StringLike", "ArnLike"):
            context[test.key] = example(value)
        elif test.name.startswith("Numeric") and not test.name.endswith("Equals"):
            context[test.key] = _beyond(value, -1 if "Less" in test.name else 1)
        else:
            context[test.key] = value
    return context


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False).network_address)
    except ValueError:
        return value


def _beyond(value: str, step: int) -> str:
    try:
        return str(float(value) + step)
    except ValueError:
        return value
