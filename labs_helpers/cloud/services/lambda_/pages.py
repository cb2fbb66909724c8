"""Pagination for the list operations of Lambda, with at most 50 items per page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_.errors import invalid
from labs_helpers.cloud.services.shared.paging import Pages

PAGES = Pages(
    wrong_token=lambda _: invalid("The marker is not valid."),
    token="Marker",
    next="NextMarker",
    size="MaxItems",
    most=50,
)
_LISTED = {"ListFunctions": "Functions", "ListVersionsByFunction": "Versions"}
"""Operation → the response member with its list."""


@operation("lambda", *_LISTED)
def list_in_pages(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of the functions, or of a function's versions, which moto lists all at once."""
    answer = call.moto()
    if answer.status >= 300:
        return answer
    name = _LISTED[call.operation]
    return PAGES.page(call, name, json.loads(answer.body)[name])


@operation("lambda", "ListAliases")
def list_aliases(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of a function's aliases, optionally only those that point to a version."""
    answer, version = call.moto(), call.parameters.get("FunctionVersion")
    if answer.status >= 300:
        return answer
    listed = json.loads(answer.body)["Aliases"]
    shown = [each for each in listed if version in (None, each["FunctionVersion"], *_weighted(each))]
    return PAGES.page(call, "Aliases", shown)


def _weighted(alias: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the other versions to which an alias routes some of the calls."""
    routing = alias.get("RoutingConfig") or {}
    weights: Mapping[str, float] = routing.get("AdditionalVersionWeights") or {}
    return weights
