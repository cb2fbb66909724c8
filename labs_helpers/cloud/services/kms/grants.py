"""The operations that create, retire, revoke, and list grants, and the grants that apply to a call.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call, Judgement
from labs_helpers.cloud.core.errors import AccessDenied, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.resource_policies import names_principals
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.kms import grant_tokens, specs, timeline
from labs_helpers.cloud.services.kms.access import end_dry_run, find, key_of
from labs_helpers.cloud.services.kms.keyring import Keyring
from labs_helpers.cloud.services.kms.keys import Grant, Key
from labs_helpers.cloud.services.kms.pages import PAGES
from labs_helpers.cloud.services.kms.parameter_validation import invalid
from labs_helpers.engine.policy import PrincipalKind, decide
from labs_helpers.engine.policy.arn import Arn

_MAX_GRANTS = 50_000
"""Grants per key: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html#grants-per-key"""
_PARAMETERS = (
    "Name", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "GranteeServicePrincipal",
    "RetiringServicePrincipal",
)  # fmt: skip
EQUALS, SUBSET, SOURCE = "EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"
_MAX_PAIRS, _MAX_VALUE = 8, 384
_WITHOUT_CONTEXT = frozenset(("kms:DescribeKey", "kms:RetireGrant"))
"""Operations to which a constraint on the encryption context doesn't apply."""
_USER_OR_ROLE = re.compile(r"arn:aws:iam::\d{12}:(user|role)/(?:[^*\s]+/)?[^*/\s]+")
_GRANT_ID = re.compile("[0-9a-f]{64}")
_SESSION = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^*/\s]+)/[^*/\s]+")
_ROOT_OR_FEDERATED = re.compile(r"arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:federated-user/[^*\s]+")
_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com")


# --- CreateGrant ----------------------------------------------------------------------------------------------


@operation("kms", "CreateGrant")
def create_grant(call: Call) -> Mapping[str, Any]:
    """Create a grant and its token.

    If another grant authorizes the caller, the new grant must not allow more than that grant.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
    """
    grant_tokens.refuse_unknown(call)
    key = key_of(call)
    given = _checked_parameters(call, key)
    _refuse_beyond_parents(call, key, given)
    end_dry_run(call)
    grant = create(call, key, given)
    token = _new_token(call, grant)
    return {"GrantToken": token, "GrantId": grant.id}


def create(call: Call, key: Key, given: Mapping[str, Any]) -> Grant:
    """Return a new grant on the key, or the existing grant if a request with the same Name already created it."""
    if given.get("Name"):
        existing = next((each for each in key.grants.values() if each.given == given), None)
        if existing is not None:
            return existing
    if len(key.grants) >= _MAX_GRANTS:
        raise ServiceError("LimitExceededException", f"The key already has {_MAX_GRANTS} grants.", 400)
    grant = Grant(call.state.ids.random_bytes(32).hex(), key.arn, call.caller_account, call.time, given)
    key.grants[grant.id] = grant
    return grant


def _new_token(call: Call, grant: Grant) -> str:
    """Return a new token of the grant. Each CreateGrant response has its own token, and all tokens are valid."""
    token = base64.urlsafe_b64encode(call.state.ids.random_bytes(240)).decode()
    timeline.ring(call.state).tokens[token] = (grant.key_arn, grant.id)
    return token


def _checked_parameters(call: Call, key: Key) -> dict[str, Any]:
    """Return the parameters that describe the grant. Raises `ServiceError` if one of them isn't valid for the key."""
    given = {name: call.parameters[name] for name in _PARAMETERS if call.parameters.get(name) is not None}
    _refuse_principals(call, given)
    if not given["Operations"]:
        raise invalid("Operations must list at least one grant operation.")
    unsupported = [name for name in given["Operations"] if name not in specs.grantable(key.spec, key.usage)]
    if unsupported:
        raise invalid(
            f"Operations [{', '.join(unsupported)}] are not supported for a grant on {key.arn}: its key spec is "
            f"{key.spec} and its key usage {key.usage}."
        )
    given["Operations"] = list(dict.fromkeys(given["Operations"]))
    _refuse_constraints(key, given)
    return given


def _refuse_principals(call: Call, given: Mapping[str, Any]) -> None:
    grantee, service = given.get("GranteePrincipal"), given.get("GranteeServicePrincipal")
    if (grantee is None) == (service is None):
        raise invalid("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
    if given.get("RetiringPrincipal") and given.get("RetiringServicePrincipal"):
        raise invalid("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    if service is not None:
        if not (given.get("Constraints") or {}).get(SOURCE):
            raise invalid("GranteeServicePrincipal requires a SourceArn grant constraint.")
        if not (given.get("RetiringPrincipal") or given.get("RetiringServicePrincipal")):
            raise invalid("GranteeServicePrincipal requires a RetiringPrincipal or RetiringServicePrincipal.")
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        if given.get(name) is not None:
            _refuse_principal(call, name, given[name])


def _refuse_principal(call: Call, name: str, principal: str) -> None:
    """Raise `ServiceError` for a principal that doesn't exist.

    A service can name itself in a call for its caller.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html#KMS-CreateGrant-request-GranteePrincipal
    """
    session = _SESSION.fullmatch(principal)
    if session is not None:
        service = call.via_service is not None and session[2].startswith("aws:")  # aws:ec2-infrastructure
        exists = service or moto_iam.role(session[1], session[2]) is not None
    elif _USER_OR_ROLE.fullmatch(principal):
        exists = moto_iam.principal_exists(principal)
    elif _SERVICE.fullmatch(principal) and call.via_service is not None:
        exists = True
    else:
        exists = bool(_ROOT_OR_FEDERATED.fullmatch(principal) or _ACCOUNT.fullmatch(principal))
    if not exists:
        kind = "grantee" if name == "GranteePrincipal" else "retiring"
        raise ServiceError(
            "InvalidArnException", f"ARN does not refer to a valid {kind} principal: {principal}", 400
        )


def account_of(principal: str) -> str | None:
    """Return the account of a principal, or None if the principal isn't allowed in a grant."""
    if _ACCOUNT.fullmatch(principal):
        return principal
    known = any(form.fullmatch(principal) for form in (_USER_OR_ROLE, _SESSION, _ROOT_OR_FEDERATED))
    return Arn.parse(principal).account if known else None


@names_principals
def rename_principal(state: State, arn: str, name: str) -> None:
    """Replace a grantee or retiring principal with its new ARN or, after its deletion, with its unique ID.

    OBSERVED in 2018 and 2023: ListGrants shows the unique ID of a deleted principal.
    https://github.com/hashicorp/terraform-provider-aws/issues/29340
    """
    for key in state.part(Keyring).every_key():
        for grant in key.grants.values():
            renamed = {
                each: name
                for each in ("GranteePrincipal", "RetiringPrincipal")
                if grant.given.get(each) == arn
            }
            if renamed:
                grant.given = {**grant.given, **renamed}


def _refuse_constraints(key: Key, given: Mapping[str, Any]) -> None:
    constraints = given.get("Constraints") or {}
    for kind in (EQUALS, SUBSET):
        pairs = constraints.get(kind)
        if pairs is None:
            continue
        if key.spec != specs.SYMMETRIC:
            raise invalid(f"{kind} is supported in grants on symmetric encryption KMS keys only.")
        if len(pairs) > _MAX_PAIRS:
            raise invalid(f"{kind} can include at most {_MAX_PAIRS} encryption context pairs.")
        if any(len(name) + len(value) > _MAX_VALUE for name, value in pairs.items()):
            raise invalid(f"An encryption context value of {kind} cannot exceed {_MAX_VALUE} characters.")
    if constraints.get(EQUALS) is not None and constraints.get(SUBSET) is not None:
        raise invalid(f"A grant can have {EQUALS} or {SUBSET}, but not both.")


# --- parents and children -------------------------------------------------------------------------------------


def _refuse_beyond_parents(call: Call, key: Key, given: Mapping[str, Any]) -> None:
    """Raise `AccessDenied` if the caller's only CreateGrant permission is from a grant, and the new grant exceeds it.

    https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-creategrant
    """
    judgement = next((each for each in call.judgements if each.request.action == "kms:CreateGrant"), None)
    if judgement is None or _allowed_by_policy(judgement):
        return
    parents = (each for each in key.grants.values() if _lets_create_grants(each, judgement))
    if not any(_within(given, parent) for parent in parents):
        message = (
            f"User: {call.principal.arn} is not authorized to perform: kms:CreateGrant on resource: {key.arn} because "
            "a grant can only be delegated within its own operations and constraints"
        )
        raise AccessDenied("AccessDeniedException", message, 400)


def _allowed_by_policy(judgement: Judgement) -> bool:
    return decide(judgement.request, replace(judgement.policies, grants=None)).allowed


def _lets_create_grants(grant: Grant, judgement: Judgement) -> bool:
    """Return True if this grant is enough to let the caller create grants."""
    own = tuple(each for each in judgement.policies.grants or () if each.grant_id == grant.id)
    return bool(own) and decide(judgement.request, replace(judgement.policies, grants=own)).allowed


def _within(child: Mapping[str, Any], parent: Grant) -> bool:
    """Return True if a child grant allows only its parent's operations, and has no weaker constraints."""
    if not set(child["Operations"]) <= set(parent.operations):
        return False
    wanted, needed = child.get("Constraints") or {}, parent.constraints
    if needed.get(SOURCE) and wanted.get(SOURCE) != needed[SOURCE]:
        return False
    if needed.get(EQUALS) is not None:
        return bool(wanted.get(EQUALS) == needed[EQUALS])
    if needed.get(SUBSET):
        fixed = wanted.get(EQUALS) or wanted.get(SUBSET) or {}
        return bool(needed[SUBSET].items() <= fixed.items())
    return True


# --- grants that apply ----------------------------------------------------------------------------------------


def grants_in_force(call: Call, action: str, key: Key) -> list[dict[str, Any]]:
    """Return the grants that apply to a permission check on a key, in the form that the engine reads.

    Constraints on the encryption context are checked in this function, because it preserves the context's case, whereas
    condition key names are case-insensitive. The developer guide requires the case of names and values to match, but
    the API reference for GrantConstraints doesn't require it for names. This function follows the stricter rule.
    https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-constraints
    """
    if action == "kms:RetireGrant":
        return _retirable_by(call, key)
    return [each.listed() for each in key.grants.values() if _meets_constraints(call, action, each)]


def _meets_constraints(call: Call, action: str, grant: Grant) -> bool:
    constraints = grant.constraints
    if action in _WITHOUT_CONTEXT or not call.parameters:
        return True
    given = _context(call, action)
    if constraints.get(EQUALS) is not None and dict(constraints[EQUALS]) != given:
        return False
    return (constraints.get(SUBSET) or {}).items() <= given.items()


def _context(call: Call, action: str) -> dict[str, str]:
    """Return an operation's encryption context; for CreateGrant, the context to which the new grant is constrained."""
    if action == "kms:CreateGrant":
        constraints = call.parameters.get("Constraints") or {}
        return dict(constraints.get(EQUALS) or constraints.get(SUBSET) or {})
    parameter = {
        "kms:ReEncryptFrom": "SourceEncryptionContext", "kms:ReEncryptTo": "DestinationEncryptionContext",
    }.get(action, "EncryptionContext")  # fmt: skip
    return dict(call.parameters.get(parameter) or {})


def grant_to_retire(call: Call) -> tuple[Key, Grant] | None:
    """Return the key and grant that RetireGrant specifies (by token, or by key and grant ID), or None."""
    given = call.parameters
    ring = timeline.ring(call.state)
    if given.get("GrantToken"):
        return ring.grant_of_token(given["GrantToken"])
    identifier = given.get("KeyId")
    key = ring.find(call.caller_account, call.region, identifier) if identifier else None
    grant = key.grants.get(given.get("GrantId") or "") if key is not None else None
    return (key, grant) if key is not None and grant is not None else None


def _retirable_by(call: Call, key: Key) -> list[dict[str, Any]]:
    """Return the grant to retire. Its issuing account, which can always retire it, is added as a retiring principal.

    https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
    """
    named = grant_to_retire(call)
    if named is None:
        return []
    listed = named[1].listed()
    return [listed, {**listed, "RetiringPrincipal": listed["IssuingAccount"]}]


# --- RetireGrant, RevokeGrant ---------------------------------------------------------------------------------


@operation("kms", "RetireGrant")
def retire_grant(call: Call) -> Mapping[str, Any]:
    """Retire a grant that is specified by its token, or by key and grant ID.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
    """
    named = grant_to_retire(call)
    if named is None:
        raise grant_tokens.invalid_token() if call.parameters.get("GrantToken") else _unknown_grant(call)
    key, grant = named
    call.shown["additionalEventData"] = {"grantId": grant.id}
    end_dry_run(call)
    del key.grants[grant.id]
    return {}


def refuse_retirement(call: Call) -> None:
    """Raise `ServiceError` for a RetireGrant request that specifies no grant, or specifies it in two ways."""
    given = call.parameters
    token, by_id = given.get("GrantToken"), (given.get("KeyId"), given.get("GrantId"))
    if token is not None and by_id != (None, None):
        raise invalid("You must specify either a grant token, or a key ID and a grant ID, but not both.")
    if token is None and None in by_id:
        raise invalid("You must specify a grant token, or a combination of a key ID and a grant ID.")
    if token is not None and token not in timeline.ring(call.state).tokens:
        raise grant_tokens.invalid_token()
    if token is None:
        _refuse_malformed_id(given["GrantId"])
    key = _own_key(call)
    if token is None and key is not None and given["GrantId"] not in key.grants:
        raise _unknown_grant(call)


def _own_key(call: Call) -> Key | None:
    """Return the key that the request names, or None if it isn't a key of the caller's account."""
    ring, identifier = timeline.ring(call.state), call.parameters.get("KeyId")
    key = ring.find(call.caller_account, call.region, identifier) if identifier else None
    return key if key is not None and key.account == call.caller_account else None


def _refuse_malformed_id(grant_id: str) -> None:
    if not _GRANT_ID.fullmatch(grant_id):
        raise ServiceError("InvalidGrantIdException", f"Grant ID {grant_id} is not valid.", 400)


def _unknown_grant(call: Call) -> ServiceError:
    return ServiceError("NotFoundException", f"Grant ID {call.parameters.get('GrantId')} not found", 400)


@operation("kms", "RevokeGrant")
def revoke_grant(call: Call) -> Mapping[str, Any]:
    """Revoke a grant on a key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html
    """
    key = find(call, call.parameters["KeyId"])
    _refuse_malformed_id(call.parameters["GrantId"])
    grant = key.grants.get(call.parameters["GrantId"])
    if grant is None:
        raise _unknown_grant(call)
    end_dry_run(call)
    del key.grants[grant.id]
    return {}


# --- lists ----------------------------------------------------------------------------------------------------


def _refuse_other_callers(call: Call, parameter: str) -> None:
    if call.parameters.get(parameter) is not None and call.principal.kind is not PrincipalKind.SERVICE:
        raise invalid(f"{parameter} is only usable by callers in a service principal.")


@operation("kms", "ListGrants")
def list_grants(call: Call) -> Mapping[str, Any]:
    """List a key's grants, optionally only those with a given grantee principal or grant ID.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
    """
    given = call.parameters
    if given.get("GranteePrincipal") and given.get("GranteeServicePrincipal"):
        raise invalid("You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
    _refuse_other_callers(call, "GranteeServicePrincipal")
    key = find(call, given["KeyId"])
    wanted = {
        name: given[name] for name in ("GranteePrincipal", "GranteeServicePrincipal") if given.get(name)
    }
    grants = [each for each in key.grants.values() if wanted.items() <= each.given.items()]
    if given.get("GrantId") is not None:
        _refuse_malformed_id(given["GrantId"])
        grants = [each for each in grants if each.id == given["GrantId"]]
    return _page(call, grants)


@operation("kms", "ListRetirableGrants")
def list_retirable_grants(call: Call) -> Mapping[str, Any]:
    """List the grants in the Region that a principal can retire.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
    """
    given = call.parameters
    names = ("RetiringPrincipal", "RetiringServicePrincipal")
    wanted = {name: given[name] for name in names if given.get(name)}
    if len(wanted) != 1:
        raise invalid("You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    _refuse_other_callers(call, "RetiringServicePrincipal")
    keys = (key for key in timeline.ring(call.state).every_key() if key.region == call.region)
    grants = [each for key in keys for each in key.grants.values() if wanted.items() <= each.given.items()]
    return _page(call, grants)


def _page(call: Call, grants: Iterable[Grant]) -> dict[str, Any]:
    return PAGES.page(call, "Grants", [each.listed() for each in grants], default=50, most=100)
