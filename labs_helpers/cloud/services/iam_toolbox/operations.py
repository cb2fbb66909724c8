"""The Access Troubleshooter: explanations of denied requests, with the policies that applied at the time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html

Details come from the record of calls, so they are available while the record contains the call, for at most 24
hours of lab time. Only the denied principal's account can read them. If that account was in an organization,
all accounts in the organization can read them.
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
"""The number of evaluations per page. AWS doesn't document this number."""
_ID = re.compile(r"[0-9a-z]{1,256}")
_PAGES = Pages(lambda _: _invalid("nextToken is not valid."), token="nextToken")
_WITHOUT_ACCOUNT = (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE)


@operation("iam-toolbox", "GetRequestAuthorizationDetails")
def get_request_authorization_details(call: Call) -> Answer:
    """Return a denied request's context, evaluations (paginated), and policies.

    Raises ResourceNotFoundException if the request isn't found.
    """
    evaluated = _find_evaluated(call)
    return _answer(
        {
            "requestContext": evaluated.request_context,
            **_PAGES.page(call, "evaluations", evaluated.evaluations, most=PAGE),
            "policies": evaluated.policy_infos,
        }
    )


@operation("iam-toolbox", "GetRequestAuthorizationPolicy")
def get_request_authorization_policy(call: Call) -> Answer:
    """Return an evaluated policy as it was at the time of the request.

    Raises ResourceNotFoundException if the policy isn't found.
    """
    uri = call.parameters.get("policyUri") or ""
    if not 1 <= len(uri) <= 2048:
        raise _invalid("policyUri must have between 1 and 2048 characters.")
    policy = _find_evaluated(call).policies.get(uri)
    if policy is None:
        raise _not_found()
    return _answer({"policyDocument": document_of(policy)})


def _answer(members: Mapping[str, Any]) -> Answer:
    # A policy document is arbitrary JSON. A serializer that follows the API's shapes would lose parts of it.
    return Answer(200, {"content-type": "application/json"}, json.dumps(members))


def _find_evaluated(call: Call) -> Evaluated:
    wanted = call.parameters.get("authorizationId") or ""
    if not _ID.fullmatch(wanted):
        raise _invalid("authorizationId must consist of 1 to 256 digits and lower-case letters.")
    for entry in call.state.record:
        if any(refusal.authorization_id == wanted for refusal in entry.refusals):
            if not _is_visible(call, entry):
                break
            return Evaluated(entry, call.state)
    raise _not_found()


def _is_visible(call: Call, entry: Entry) -> bool:
    """Return True if the denial is recent, from this Region, and concerns a principal of the caller's account.

    If the principal was in an organization, it can be from any account in the caller's organization.
    """
    request = entry.refusals[0].request
    if entry.region != call.region or call.time - entry.time > KEPT:
        return False
    if entry.via_service or request.principal.kind in _WITHOUT_ACCOUNT:
        return False
    organization = request.context.get("aws:principalorgid")
    if organization is None:
        return request.principal.account == call.caller_account
    place = membership(call.state, call.caller_account)
    return place is not None and place.organization_id == organization


def _not_found() -> ServiceError:
    # One message for all reasons: it must not reveal that another account's ID exists.
    return ServiceError(
        "ResourceNotFoundException", "The requested authorization details were not found.", 404
    )
