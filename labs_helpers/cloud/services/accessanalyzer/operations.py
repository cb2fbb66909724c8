"""IAM Access Analyzer: policy validation, custom policy checks, and policy generation from recorded calls.

Analyzers and their findings aren't modeled: calling their operations raises an error that names the operation.
https://docs.aws.amazon.com/access-analyzer/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.used_requests import used
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.shared.paging import Pages
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.cloud.services.shared.resources import with_found
from labs_helpers.engine.analysis import generation as policy_generation
from labs_helpers.engine.analysis.containment import custom_checks as access_checks
from labs_helpers.engine.analysis.containment.custom_checks import Reason
from labs_helpers.engine.analysis.validation import validate
from labs_helpers.engine.policy import Policy, PolicyError
from labs_helpers.engine.policy.arn import Arn

invalid = refusal("ValidationException", 400, reason="fieldValidationFailed")
"""Return ValidationException, the error for an invalid parameter."""


_POLICY_TYPES = ("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_RESOURCE_TYPES = (
    "AWS::S3::Bucket", "AWS::S3::AccessPoint", "AWS::S3::MultiRegionAccessPoint", "AWS::S3ObjectLambda::AccessPoint",
    "AWS::IAM::AssumeRolePolicyDocument", "AWS::DynamoDB::Table",
)  # fmt: skip
_LISTED = timedelta(days=7)


@dataclass(slots=True)
class Generation:
    """One policy generation.

    It is complete as soon as it starts, because the recorded calls are immediately available.
    """

    job_id: str
    account: str
    principal: str
    started: datetime
    start: datetime
    end: datetime
    trails: tuple[Mapping[str, Any], ...]
    pairs: list[policy_generation.Pair]
    client_token: str | None = None


# Keyed by the cloud's `Ids` object. A reset replaces that object, so the generations are dropped.
_GENERATIONS: WeakKeyDictionary[Ids, dict[str, Generation]] = WeakKeyDictionary()


def _one_of(call: Call, name: str, allowed: Sequence[str]) -> str:
    value = call.parameters.get(name)
    if value not in allowed:
        raise invalid(f"{name} must be one of {', '.join(allowed)}.")
    return str(value)


def _required_text(call: Call, name: str) -> str:
    value = call.parameters.get(name)
    if not isinstance(value, str):
        raise invalid(f"{name} is required.")
    return value


_PAGES = Pages(
    lambda _: invalid("nextToken is not valid."), token="nextToken", size="maxResults", default=100, most=1000,
    wrong_size=lambda size, most: invalid(f"maxResults must be between 1 and {most}."),
)  # fmt: skip


@operation("accessanalyzer", "ValidatePolicy")
def validate_policy(call: Call) -> dict[str, Any]:
    """Return the findings of AWS's policy validation for a policy document of the given type.

    Rejects a resource type for a policy that isn't a resource-based policy.
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
    """
    policy_type = _one_of(call, "policyType", _POLICY_TYPES)
    resource_type = None
    if call.parameters.get("validatePolicyResourceType") is not None:
        resource_type = _one_of(call, "validatePolicyResourceType", _RESOURCE_TYPES)
        if policy_type != "RESOURCE_POLICY":
            raise invalid("validatePolicyResourceType can be used only with the policy type RESOURCE_POLICY.")
    findings = validate(_required_text(call, "policyDocument"), policy_type, resource_type)
    return _PAGES.page(call, "findings", [finding.to_dict() for finding in findings])


def _policy(call: Call, name: str, policy_type: str) -> Policy:
    try:
        return access_checks.read(_required_text(call, name), policy_type, path=name)
    except PolicyError as error:
        raise ServiceError("InvalidParameterException", f"The policy is not valid: {error}", 400) from error


def _result(reasons: list[Reason], passed: str, failed: str) -> dict[str, Any]:
    return {
        "result": "FAIL" if reasons else "PASS",
        "message": failed if reasons else passed,
        "reasons": [
            {
                "description": reason.description,
                "statementIndex": reason.index,
                **({"statementId": reason.sid} if reason.sid else {}),
            }
            for reason in reasons
        ],
    }


@operation("accessanalyzer", "CheckNoNewAccess")
def check_no_new_access(call: Call) -> dict[str, Any]:
    """Check whether a new policy allows access that an existing policy doesn't.

    Returns PASS or FAIL, with the statements that cause the failure.
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
    https://docs.aws.amazon.com/cli/latest/reference/accessanalyzer/check-no-new-access.html
    """
    policy_type = _one_of(call, "policyType", _POLICY_TYPES[:2])
    new = _policy(call, "newPolicyDocument", policy_type)
    existing = _policy(call, "existingPolicyDocument", policy_type)
    return _result(
        access_checks.new_access(new, existing),
        "The modified permissions do not grant new access compared to your existing policy.",
        "The modified permissions grant new access compared to your existing policy.",
    )


@operation("accessanalyzer", "CheckAccessNotGranted")
def check_access_not_granted(call: Call) -> dict[str, Any]:
    """Check whether a policy allows any of the listed actions or resources.

    Returns PASS or FAIL, with the statements that cause the failure.
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckAccessNotGranted.html
    """
    policy_type = _one_of(call, "policyType", _POLICY_TYPES[:2])
    wanted = [
        (each.get("actions") or (), each.get("resources") or ())
        for each in call.parameters.get("access") or ()
    ]
    if not wanted or not all(actions or resources for actions, resources in wanted):
        raise ServiceError("InvalidParameterException", "access must contain actions or resources.", 400)
    policy = _policy(call, "policyDocument", policy_type)
    try:
        reasons = access_checks.granted(policy, wanted)
    except PolicyError as error:
        raise ServiceError("InvalidParameterException", f"The access is not valid: {error}", 400) from error
    return _result(
        reasons,
        "The policy document does not grant access to perform one or more of the listed actions.",
        "The policy document grants access to perform one or more of the listed actions.",
    )


@operation("accessanalyzer", "CheckNoPublicAccess")
def check_no_public_access(call: Call) -> dict[str, Any]:
    """Check whether a resource-based policy allows public access.

    Returns PASS or FAIL, with the statements that cause the failure.
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html
    """
    resource_type = _required_text(call, "resourceType")
    if not resource_type.startswith("AWS::"):
        raise invalid("resourceType must be one of the types that the API reference lists.")
    return _result(
        access_checks.public_access(_policy(call, "policyDocument", "RESOURCE_POLICY")),
        "The resource policy does not grant public access for the given resource type.",
        "The resource policy grants public access for the given resource type.",
    )


def _time(value: Any, name: str) -> datetime | None:
    """Return a timestamp as a datetime. A timestamp without a time zone is in UTC.

    The value is a datetime, ISO text, or seconds since 1970. Raises ValidationException for anything else.
    """
    try:
        if value is None or isinstance(value, datetime):
            parsed = value
        elif isinstance(value, str):
            parsed = datetime.fromisoformat(value)
        else:
            parsed = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        raise invalid(f"{name} isn't a time.") from None
    return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed


def _generations(call: Call) -> dict[str, Generation]:
    return _GENERATIONS.setdefault(call.state.ids, {})


def _check_role(call: Call, arn: Any) -> None:
    """Raise ValidationException if the role with which Access Analyzer reads the trail doesn't exist.

    The gate has already checked that the caller is allowed to pass it.
    """
    role = Arn.read(str(arn))
    is_role = role is not None and (role.service, role.kind) == ("iam", "role")
    if role is None or not is_role or moto_iam.find_role(role.account, role.name) is None:
        raise invalid(f"The access role {arn} does not exist.")


@operation("accessanalyzer", "StartPolicyGeneration")
def start_policy_generation(call: Call) -> dict[str, Any]:
    """Generate a policy from the calls recorded so far, in the time range of cloudTrailDetails.

    Unlike on AWS, data events are included, and no trail is needed.
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_StartPolicyGeneration.html
    """
    before = _repeated(call)
    if before is not None:
        return {"jobId": before.job_id}
    principal = (call.parameters.get("policyGenerationDetails") or {}).get("principalArn") or ""
    if not principal.startswith(f"arn:aws:iam::{call.account}:") or not moto_iam.principal_exists(principal):
        raise invalid(f"{principal} isn't a user or role of this account.")
    details = call.parameters.get("cloudTrailDetails") or {}
    if details:
        _check_role(call, details.get("accessRole"))
    start = _time(details.get("startTime"), "startTime") or datetime(1970, 1, 1, tzinfo=UTC)
    end = _time(details.get("endTime"), "endTime") or call.time
    if start >= end:
        raise invalid("startTime must be before endTime.")
    generation = Generation(
        call.state.ids.uuid(), call.account, principal, call.time, start, end, tuple(details.get("trails") or ()),
        used(call.state.record, principal, start, end), call.parameters.get("clientToken"),
    )  # fmt: skip
    _generations(call)[generation.job_id] = generation
    return {"jobId": generation.job_id}


def _repeated(call: Call) -> Generation | None:
    """Return the account's generation with the same client token, or None if the request isn't repeated."""
    token = call.parameters.get("clientToken")
    started = _generations(call).values() if token else ()
    return next(
        (each for each in started if (each.account, each.client_token) == (call.account, token)), None
    )


def _named_generation(call: Call) -> tuple[Generation]:
    """Return the generation with the request's jobId.

    Raises ValidationException if the account has no such generation.
    """
    generation = _generations(call).get(_required_text(call, "jobId"))
    if generation is None or generation.account != call.account:
        raise invalid("There is no policy generation with this jobId.")
    return (generation,)


_with_generation = with_found(_named_generation)
"""A decorator that passes the generation identified by jobId to an operation."""


def _trail_properties(trail: Mapping[str, Any]) -> dict[str, Any]:
    members = {name: trail[name] for name in ("cloudTrailArn", "regions", "allRegions") if name in trail}
    return {"regions": [], "allRegions": False, **members}


@operation("accessanalyzer", "GetGeneratedPolicy")
@_with_generation
def get_generated_policy(call: Call, generation: Generation) -> dict[str, Any]:
    """Return the generated policy, with the resources that were used.

    With includeResourcePlaceholders, the policy contains ARN formats instead of the resources. Without
    placeholders, AWS writes "*" because it doesn't know the resources, but this cloud's record contains them.
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetGeneratedPolicy.html
    """
    document = policy_generation.least_privilege(
        generation.pairs, placeholders=bool(call.parameters.get("includeResourcePlaceholders"))
    )
    properties: dict[str, Any] = {"isComplete": True, "principalArn": generation.principal}
    if generation.trails:
        properties["cloudTrailProperties"] = {
            "trailProperties": [_trail_properties(trail) for trail in generation.trails],
            "startTime": generation.start,
            "endTime": generation.end,
        }
    policies = [{"policy": json.dumps(document)}] if document["Statement"] else []
    return {
        "jobDetails": {
            "jobId": generation.job_id,
            "status": "SUCCEEDED",
            "startedOn": generation.started,
            "completedOn": generation.started,
        },
        "generatedPolicyResult": {"properties": properties, "generatedPolicies": policies},
    }


@operation("accessanalyzer", "CancelPolicyGeneration")
@_with_generation
def cancel_policy_generation(call: Call, generation: Generation) -> dict[str, Any]:
    """Accept the request without changing anything, because every generation is already complete."""
    return {}


@operation("accessanalyzer", "ListPolicyGenerations")
def list_policy_generations(call: Call) -> dict[str, Any]:
    """List the account's policy generations from the last seven days, newest first.

    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListPolicyGenerations.html
    """
    principal = call.parameters.get("principalArn")
    listed = [
        {
            "jobId": each.job_id,
            "principalArn": each.principal,
            "status": "SUCCEEDED",
            "startedOn": each.started,
            "completedOn": each.started,
        }
        for each in reversed(_generations(call).values())
        if each.account == call.account
        and principal in (None, each.principal)
        and call.time - each.started <= _LISTED
    ]
    return _PAGES.page(call, "policyGenerations", listed)
