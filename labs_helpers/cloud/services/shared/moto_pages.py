"""Pagination of lists that moto returns as a whole, or in its own pages.

A page is cut from the whole list, so that a token is valid only for the list that returned it (`shared.paging`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.moto import perform, protocols
from labs_helpers.cloud.services.shared.paging import Pages


def page_of_moto(call: Call, pages: Pages) -> Answer | Mapping[str, Any]:
    """Return one page of moto's list. If the request has neither a page size nor a token, return moto's response.

    Raises the service's errors for an invalid size or token.
    """
    apart = {pages.token, pages.size}
    if not apart & call.parameters.keys():
        return call.moto()
    pages.length(call)
    pages.open(call)
    answer = _without(call, apart)
    if answer.status >= 300:
        return answer
    shown = protocols.read(_called(call), answer)
    name = next((name for name, value in shown.items() if isinstance(value, list)), None)
    if name is None:
        return shown
    most = None if pages.size in call.parameters else sys.maxsize
    return shown | pages.page(call, name, shown[name], most=most)


def _without(call: Call, names: set[str]) -> Answer:
    """Return moto's response to a request without some of its parameters."""
    given = {name: value for name, value in call.parameters.items() if name not in names}
    request = protocols.request_for(call.service, _called(call), given, call.region)
    key = call.credentials.access_key_id if call.credentials is not None else ""
    return perform.perform(
        call.service, call.account, request, _called(call), None, region=call.region, access_key=key
    )


def _called(call: Call) -> Any:
    of_service = protocols.model(call.service)
    assert of_service is not None, call.service
    return of_service.operation_model(call.operation)
