"""The Access Troubleshooter: why a request was refused, with the policies as they were when it was made.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html

Details are found in the record of calls, so they are kept as long as it keeps the call: 24 hours of lab time at
most. They are told to the account of the refused principal, or to its whole organisation if it was in one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam_toolbox.views import Evaluated, document_of
from labs_helpers.cloud.services.organizations.membership import membership
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.engine.policy import PrincipalKind

_invalid = refusal("ValidationException", 400)


KEPT = timedelta(hours=24)
PAGE = 25
"""Evaluations of one page; AWS states no number."""
_ID = re.compile(r"[0-9a-z]{1,256}")
_PAGES = Pages(lambda _: _invalid("nextToken is not valid."), token="nextToken")
_NOT_TOLD = (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE)


@operation("iam-toolbox", "GetRequestAuthorizationDetails")
def get_request_authorization_details(call: Call) -> Answer:
    """Context, evaluations (by pages) and policies of a refused request. Raises ResourceNotFoundException."""
    evaluated = _find(call)
    return _answer(
        {
            "requestContext": evaluated.request_context,
            **_PAGES.page(call, "evaluations", evaluated.evaluations, most=PAGE),
            "policies": evaluated.policy_infos,
        }
    )


@operation("iam-toolbox", "GetRequestAuthorizationPolicy")
def get_request_authorization_policy(call: Call) -> Answer:
    """One of the policies that were evaluated, as it was then. Raises ResourceNotFoundException."""
    uri = call.parameters.get("policyUri") or ""
    if not 1 <= len(uri) <= 2048:
        raise _invalid("policyUri must have between 1 and 2048 characters.")
    policy = _find(call).policies.get(uri)
    if policy is None:
        raise _not_found()
    return _answer({"policyDocument": document_of(policy)})


def _answer(members: Mapping[str, Any]) -> Answer:
    # Documents hold whatever JSON a policy holds, which a serialiser that goes by shapes would lose.
    return Answer(200, {"content-type": "application/json"}, json.dumps(members))


def _find(call: Call) -> Evaluated:
    wanted = call.parameters.get("authorizationId") or ""
    if not _ID.fullmatch(wanted):
        raise _invalid("authorizationId must consist of 1 to 256 digits and lower-case letters.")
    for entry in call.state.record:
        if any(refusal.authorization_id == wanted for refusal in entry.refusals):
            if not _may_know(call, entry):
                break
            return Evaluated(entry, call.state)
    raise _not_found()


def _may_know(call: Call, entry: Entry) -> bool:
    """Whether a refusal is still kept, was made in this region, and by somebody of the caller's own."""
    asked = entry.refusals[0].request
    if entry.region != call.region or call.time - entry.time > KEPT:
        return False
    if entry.via_service or asked.principal.kind in _NOT_TOLD:
        return False
    organization = asked.context.get("aws:principalorgid")
    if organization is None:
        return asked.principal.account == call.caller_account
    place = membership(call.state, call.caller_account)
    return place is not None and place.organization_id == organization


def _not_found() -> ServiceError:
    # The same words whatever the reason: they must not tell that a foreign id exists.
    return ServiceError(
        "ResourceNotFoundException", "The requested authorization details were not found.", 404
    )
