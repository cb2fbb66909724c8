"""Statements as formulas: Action, Resource, Principal, and Condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import z3

from tests.engine.z3_judge.conditions import holds, resolved
from tests.engine.z3_judge.formulas import ALWAYS, Formula, all_of, any_of, atom, none_of
from tests.engine.z3_judge.patterns import (
    MANY,
    Pieces,
    UnsupportedError,
    glob,
    greedy,
    pieces,
    resource_pattern,
    variables_of,
)
from tests.engine.z3_judge.principals import Caller, Naming
from tests.engine.z3_judge.request import Request, listed

Policy = Mapping[str, Any]


class Policies:
    """One layer's policies, and what they allow and deny."""

    def __init__(
        self, documents: Iterable[Policy], request: Request, caller: Caller, *, bounded: bool = False
    ) -> None:
        """Read the documents. NotPrincipal doesn't spare a caller who is `bounded` by a permissions boundary."""
        self._statements = [
            (statement, variables, caller.naming(statement, bounded=bounded))
            for document in documents
            for statement, variables in _statements(document)
        ]
        self._request = request

    def allow(self, *namings: Naming) -> Formula:
        """Return whether a statement with Allow applies whose Principal names the caller in one of these ways.

        Without ways, any way will do, also a statement without Principal.
        """
        return any_of(*self._applying("Allow", frozenset(namings) or frozenset(Naming)))

    def deny(self) -> Formula:
        """Return whether a statement with Deny applies."""
        return any_of(*self._applying("Deny", frozenset(Naming)))

    def _applying(self, effect: str, namings: frozenset[Naming]) -> Iterator[Formula]:
        for statement, variables, named in self._statements:
            if statement["Effect"] == effect and named & namings:
                yield _applies(statement, self._request, variables=variables)


def _statements(document: Policy) -> Iterator[tuple[Mapping[str, Any], bool]]:
    variables = document.get("Version") == "2012-10-17"
    for statement in listed(document.get("Statement", [])):
        yield statement, variables


def _applies(statement: Mapping[str, Any], request: Request, *, variables: bool) -> Formula:
    return all_of(
        _action(statement, request),
        _resource(statement, request, variables=variables),
        holds(statement.get("Condition", {}), request, variables=variables),
    )


def _action(statement: Mapping[str, Any], request: Request) -> Formula:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"""
    if "NotAction" in statement:
        return none_of(_any_action(statement["NotAction"], request))
    return _any_action(statement["Action"], request)


def _any_action(values: Any, request: Request) -> Formula:
    split = [pieces(value.lower(), wildcards=True, variables=False) for value in listed(values)]
    return any_of(*(ALWAYS if one == (MANY,) else atom(z3.InRe(request.action, glob(one))) for one in split))


def _resource(statement: Mapping[str, Any], request: Request, *, variables: bool) -> Formula:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html"""
    if "NotResource" in statement:
        return none_of(_any_resource(statement["NotResource"], request, variables=variables))
    if "Resource" in statement:
        return _any_resource(statement["Resource"], request, variables=variables)
    return ALWAYS


def _any_resource(values: Any, request: Request, *, variables: bool) -> Formula:
    return any_of(*(_one_resource(value, request, variables=variables) for value in listed(values)))


def _one_resource(value: str, request: Request, *, variables: bool) -> Formula:
    split = pieces(value, wildcards=True, variables=variables)
    return resolved(split, request, lambda found: _matching(found, request))


def _matching(split: Pieces, request: Request) -> Formula:
    if split == (MANY,):
        return ALWAYS
    if not variables_of(split):
        return atom(z3.InRe(request.resource, resource_pattern(split)))
    if MANY in split[:-1]:
        raise UnsupportedError("a * before the end of a resource with variables")
    return greedy(split, request.resource, request.text)
