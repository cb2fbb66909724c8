"""Validation of policy documents before IAM stores them, with IAM's error messages.

The checks are the same as AWS's: grammar, ARN formats, principals in trust policies, and size. As on AWS, unknown
services, actions, and condition keys are accepted; only AWS's policy summaries show them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.shared_providers import missing_control
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.elements import as_list, statements_of, strings
from labs_helpers.engine.reference.service_principals import is_service_principal

malformed = refusal("MalformedPolicyDocument")
"""Return MalformedPolicyDocument, the error for an invalid document."""


MANAGED_POLICY_SIZE = 6144
TRUST_POLICY_SIZE = 2048
"""Size quotas in characters, excluding white space.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
"""

_VERSION = "2012-10-17"
_LEGACY = "The policy failed legacy parsing"
_SYNTAX = "Syntax errors in policy."
_NO_JSON = "This policy contains invalid Json"
_PARTITIONS = frozenset(("aws", "aws-cn", "aws-us-gov", "aws-eusc"))
_IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip
_NEWER_IAM_PATHS = ("delegation-request/", "role-template/")
"""Valid prefixes that IAM's error message doesn't list.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html#awsidentityandaccessmanagementiam-resources-for-iam-policies
"""
_S3_REGIONAL = (
    "accesspoint/", "job/", "storage-lens/", "storage-lens-group/", "access-grants/", "async-request/",
)  # fmt: skip
"""The prefixes of S3 resources whose ARNs contain a Region.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies
"""
_SECONDS = re.compile("[0-9]{1,19}")
_LATEST = 2**63 - 1
_DATE = re.compile(
    r"-?[0-9]{1,9}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01]))?)?"
    r"(T(([01]?[0-9]|2[0-3])(:[0-5]?[0-9](:[0-5]?[0-9](\.[0-9]{1,9})?)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?",
    re.IGNORECASE,
)
_FEDERATION = frozenset(
    ("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com")
)
_PROVIDER = re.compile(r"arn:aws:iam::\d{12}:(saml-provider|oidc-provider)/(?!https?:)[^\s*]+")
_ACCOUNT = re.compile(r"\d{12}|arn:aws:iam::\d{12}:root")
_ENTITY = re.compile(r"arn:aws:iam::\d{12}:(user|role)/[^\s*?]+")
_SESSION = re.compile(r"arn:aws:sts::(\d{12}):(assumed-role/([^/\s*?]+)/[^/\s*?]+|federated-user/[^/\s*?]+)")


def size(text: str) -> int:
    """Return the number of characters in a document without white space, as IAM's quotas count them."""
    return len("".join(text.split()))


def check_managed(text: str) -> None:
    """Validate a document for CreatePolicy and CreatePolicyVersion. Raises `ServiceError` if AWS would reject it."""
    document = _check_identity(text)
    if document.get("Version") != _VERSION:
        raise malformed("Policy document must be version 2012-10-17 or greater.")
    if size(text) > MANAGED_POLICY_SIZE:
        raise ServiceError("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED_POLICY_SIZE}", 409)


def check_inline(text: str, kept: list[str], quota: int, owner: str) -> None:
    """Validate a document for PutUserPolicy, PutGroupPolicy, and PutRolePolicy.

    Raises `ServiceError` if AWS would reject it. The quota applies to the total size of the document and the identity's
    other inline policies (`kept`). `owner` appears in the error message, such as `user alice`.
    """
    _check_identity(text)
    if sum(map(size, kept)) + size(text) > quota:
        raise ServiceError("LimitExceeded", f"Maximum policy size of {quota} bytes exceeded for {owner}", 409)


def check_trust(text: str) -> None:
    """Validate a document for CreateRole and UpdateAssumeRolePolicy.

    Raises `ServiceError` if AWS would reject it.
    """
    if text[:1].isspace():
        # OBSERVED in 2025: the same message as for text that isn't JSON.
        raise malformed(_NO_JSON)
    document = _read(text, _NO_JSON)
    for statement in _statements(document):
        _check_dates(statement)
        _check_trust_statement(statement)
    _check_sids(document)
    _parse(text, PolicyKind.TRUST)
    if size(text) > TRUST_POLICY_SIZE:
        raise ServiceError(
            "LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_SIZE}", 409
        )


def _check_trust_statement(statement: Mapping[str, Any]) -> None:
    for name in ("Resource", "NotResource"):
        if name in statement:
            raise malformed(f"Has prohibited field {name}")
    if "Principal" not in statement and "NotPrincipal" not in statement:
        raise malformed("Missing required field Principal")
    _check_actions(statement)
    for action in _strings(statement, "Action"):
        if not action.lower().startswith("sts:"):
            raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    for name in ("Principal", "NotPrincipal"):
        _check_principals(statement.get(name))
    control = missing_control(statement)
    if control is not None:
        raise malformed(
            f"The trust policy must evaluate {control}, and its value must not be only a wildcard."
        )


def _check_identity(text: str) -> Mapping[str, Any]:
    if text[:1].isspace():
        raise malformed(_LEGACY)
    document = _read(text, _SYNTAX)
    for statement in _statements(document):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed("Policy document should not specify a principal.")
        if isinstance(statement.get("Effect"), str) and statement["Effect"] not in ("Allow", "Deny"):
            raise malformed(_LEGACY if statement["Effect"].lower() in ("allow", "deny") else _SYNTAX)
        _check_dates(statement)
        _check_actions(statement)
        for name in ("Resource", "NotResource"):
            for resource in _strings(statement, name):
                _check_resource(resource)
        if statement.get("Resource", statement.get("NotResource", [])) == []:
            raise malformed("Policy statement must contain resources.")
    _check_sids(document)
    _parse(text, PolicyKind.IDENTITY)
    return document


def _parse(text: str, kind: PolicyKind) -> None:
    """Parse a document with the engine's grammar. A policy that the engine can't read must not be stored."""
    try:
        parse_policy(text, kind)
    except PolicyError as error:
        raise malformed(_SYNTAX) from error


def _read(text: str, complaint: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise malformed(complaint) from error
    if not isinstance(document, dict):
        raise malformed(_SYNTAX)
    return document


def _statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements that are objects. The parser rejects all others."""
    for statement in statements_of(document):
        if isinstance(statement, dict):
            yield statement


def _strings(statement: Mapping[str, Any], name: str) -> list[str]:
    return strings(statement.get(name))


def _check_sids(document: Mapping[str, Any]) -> None:
    seen = set()
    for statement in _statements(document):
        sid = statement.get("Sid")
        if not isinstance(sid, str) or not sid:
            continue
        if not re.fullmatch("[0-9A-Za-z]*", sid):
            raise malformed(
                "Statement IDs (SID) must be alpha-numeric. "
                "Check that your input satisfies the regular expression [0-9A-Za-z]*"
            )
        if sid in seen:
            raise malformed("Statement IDs (SID) in a single policy must be unique.")
        seen.add(sid)


def _check_actions(statement: Mapping[str, Any]) -> None:
    if statement.get("Action", statement.get("NotAction", [])) == []:
        raise malformed("Policy statement must contain actions.")
    for action in (*_strings(statement, "Action"), *_strings(statement, "NotAction")):
        if action == "*":
            continue
        vendor, colon, rest = action.partition(":")
        if not colon:
            raise malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if ":" in rest:
            raise malformed("Actions/Condition can contain only one colon.")
        if "*" in vendor or "?" in vendor:
            raise malformed("Action vendors (e.g., aws, ec2, etc.) must not contain wildcards")
        if not re.fullmatch(r"[a-zA-Z0-9.-]+", vendor):
            raise malformed(f"Vendor {vendor} is not valid")


def _check_dates(statement: Mapping[str, Any]) -> None:
    """Reject values of Date operators that are neither a date nor seconds since 1970.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
    """
    conditions = statement.get("Condition")
    for operator, keys in conditions.items() if isinstance(conditions, dict) else ():
        if not operator.rpartition(":")[2].startswith("Date") or not isinstance(keys, dict):
            continue
        values = (value for given in keys.values() for value in as_list(given))
        if not all(_is_date(str(value)) for value in values):
            raise malformed(_LEGACY)


def _is_date(value: str) -> bool:
    """Return whether IAM accepts a value as a date.

    IAM also accepts a date that doesn't exist, such as February 30, and a date without a time.
    """
    if _SECONDS.fullmatch(value):
        return int(value) <= _LATEST
    return _DATE.fullmatch(value) is not None


def _check_resource(resource: str) -> None:
    if resource == "*":
        return
    if ":" not in resource:
        raise malformed(f'Resource {resource} must be in ARN format or "*".')
    parts = resource.split(":", 5)
    if len(parts) > 1 and parts[1] not in _PARTITIONS and not re.search(r"[*?$]", parts[1]):
        padded = ":".join([*parts, *["*"] * (6 - len(parts))])
        raise malformed(f'Partition "{parts[1]}" is not valid for resource "{padded}".')
    if len(parts) < 3 or not parts[2] or re.search(r"[*?]", parts[2]):
        raise malformed("Resource vendor must be fully qualified and cannot contain regexes.")
    if len(parts) < 6:
        return  # The parser rejects an ARN that is too short.
    service, region, rest = parts[2], parts[3], parts[5]
    if service == "iam":
        _check_iam_resource(resource, region, rest)
    if (
        service == "s3"
        and region
        and not rest.startswith(_S3_REGIONAL)
        and not re.match(r"[a-z-]*[*?$]", rest)
    ):
        # OBSERVED in 2022: https://github.com/aws/aws-cdk/issues/22445
        raise malformed(f"Resource {resource} can not contain region information.")
    if "--" in region:
        # OBSERVED in 2020:
        # https://github.com/aws-solutions/cognito-user-profiles-export-reference-architecture/issues/2
        raise malformed(_LEGACY)


def _check_iam_resource(resource: str, region: str, rest: str) -> None:
    if region:
        raise malformed(f"IAM resource {resource} cannot contain region information.")
    # The ARN of the root user is valid: it is the resource of sts:AssumeRoot.
    if rest in ("*", "root") or "$" in rest or rest.startswith((*_IAM_PATHS, *_NEWER_IAM_PATHS)):
        return
    # OBSERVED in 2021 for `*/*`: https://github.com/duo-labs/parliament/pull/177
    raise malformed(f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.')


def _check_principals(principals: Any) -> None:
    """Reject nonexistent principals, which trust policies must not contain.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if principals == "*":
        raise malformed('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
    if not isinstance(principals, dict):
        return
    for kind, valid in (
        ("AWS", _is_aws_principal),
        ("Service", is_service_principal),
        ("Federated", _is_provider),
    ):
        for principal in _strings(principals, kind):
            if not valid(principal):
                raise malformed(f'Invalid principal in policy: "{kind.upper()}":"{principal}"')


def _is_aws_principal(principal: str) -> bool:
    if principal == "*" or _ACCOUNT.fullmatch(principal):
        return True
    session = _SESSION.fullmatch(principal)
    if session:
        return session[3] is None or moto_iam.find_role(session[1], session[3]) is not None
    if _ENTITY.fullmatch(principal) or re.fullmatch("(AIDA|AROA)[A-Z0-9]{12,}", principal):
        return moto_iam.principal_exists(principal)
    return False


def _is_provider(principal: str) -> bool:
    return principal in _FEDERATION or _PROVIDER.fullmatch(principal) is not None


def with_principal(text: str, arn: str, name: str) -> str:
    """Return a policy's text with the principal `arn` replaced by `name`.

    `name` is the principal's new ARN, or the unique ID of a deleted principal, so that a principal created later with
    the same ARN isn't trusted. Conditions aren't changed.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    """
    if arn not in text and "\\" not in text:
        return text  # The text contains neither the ARN nor a backslash escape that could hide it.
    try:
        document = json.loads(text)
    except ValueError:
        return text  # Some services store text that isn't JSON.
    if not isinstance(document, dict):
        return text
    changed = False
    for statement in _statements(document):
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element)
            if not isinstance(principals, dict) or arn not in _strings(principals, "AWS"):
                continue
            named = principals["AWS"]
            principals["AWS"] = name if named == arn else [name if x == arn else x for x in named]
            changed = True
    return json.dumps(document) if changed else text
