"""The operations on key policies: the documents that KMS accepts, and the statements that take effect.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms.access import find
from labs_helpers.cloud.services.kms.keyring import Keyring
from labs_helpers.cloud.services.kms.keys import Key
from labs_helpers.cloud.services.kms.pages import PAGES
from labs_helpers.cloud.services.kms.parameter_validation import invalid
from labs_helpers.cloud.services.shared.policy_lockout import locks_out
from labs_helpers.cloud.services.shared.policy_text import names_missing_principal
from labs_helpers.cloud.services.shared.refusals import refusal
from labs_helpers.engine.analysis.unknown_services import unknown_services
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.elements import statements_of

_malformed = refusal("MalformedPolicyDocumentException", 400)


MAX_BYTES = 32 * 1024
"""The maximum size of a key policy.

https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html#key-policy-limit
"""

DEFAULT, RAM = "default", "AWS_RAM"
_LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
_NO_PRINCIPAL = "Policy contains a statement with one or more invalid principals."
_OVERLY_PERMISSIVE = (
    "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches "
    "requests without the specified {what} or with an unspecified {what}. To fix, remove ForAllValues."
)
_SINGLE_VALUED = {"kms:encryptioncontext:": "encryption context", "aws:requesttag/": "tag"}


def default_policy(account: str) -> str:
    """Return the default policy for keys created without a key policy. It delegates to the account's IAM policies.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return _DEFAULT.replace("ACCOUNT", account)


_DEFAULT = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::ACCOUNT:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


@lru_cache(maxsize=1024)
def effective(text: str) -> str:
    """Return the key policy without the statements that have no effect because they lack Action or Resource."""
    document = json.loads(text)
    statements = statements_of(document)
    counting = [each for each in statements if _has(each, "Action") and _has(each, "Resource")]
    return (
        text if len(counting) == len(statements) else json.dumps({**document, "Statement": counting or _NONE})
    )


_NONE = {"Effect": "Deny", "Principal": "*", "Action": "kms:NoSuchOperation", "Resource": "*"}
"""A placeholder statement, because a policy needs at least one; no request has its action."""


def _has(statement: Mapping[str, Any], element: str) -> bool:
    return element in statement or f"Not{element}" in statement


def accepted(call: Call, key: Key, text: str | None) -> str:
    """Return the key policy in a request, or the default key policy.

    Raises `ServiceError`: MalformedPolicyDocumentException for a document that isn't a key policy, contains nonexistent
    principals, or locks the caller out, or LimitExceededException for a document that is too long.
    """
    if text is None:
        return default_policy(key.account)
    if len(text.encode()) > MAX_BYTES:
        message = f"The key policy is longer than {MAX_BYTES} bytes."
        raise ServiceError("LimitExceededException", message, 400)
    _refuse_malformed(text)
    _refuse_missing_principals(text)
    if not call.parameters.get("BypassPolicyLockoutSafetyCheck"):
        _refuse_lock_out(call, key, text)
    return text


def _refuse_malformed(text: str) -> None:
    try:
        document = parsed(text)
        if not isinstance(document, dict) or not all(
            isinstance(each, dict) for each in statements_of(document)
        ):
            raise _malformed("The policy document must be an object with a list of statements.")
        parse_policy(effective(text), PolicyKind.KEY)
    except (ValueError, RecursionError, PolicyError) as error:
        raise _malformed(f"The policy is malformed: {error}") from error
    for statement in statements_of(document):
        if not _has(statement, "Principal"):
            raise _malformed("Each statement of a key policy must contain one or more principals.")
        _refuse_overly_permissive(statement)


def _refuse_overly_permissive(statement: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for an Allow statement with ForAllValues on a condition key that has a single value.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
    """
    for operator, entries in (statement.get("Condition") or {}).items():
        if statement.get("Effect") != "Allow" or not operator.lower().startswith("forallvalues:"):
            continue
        for key in entries:
            for prefix, what in _SINGLE_VALUED.items():
                if key.lower().startswith(prefix):
                    raise _malformed(_OVERLY_PERMISSIVE.format(what=what))


def _refuse_missing_principals(text: str) -> None:
    document = json.loads(text)
    if any(unknown_services(document)) or names_missing_principal(document):
        raise _malformed(_NO_PRINCIPAL)


def _refuse_lock_out(call: Call, key: Key, text: str) -> None:
    """Raise `ServiceError` if the policy would not allow the caller to change it again.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#prevent-unmanageable-key
    """
    context = {"kms:policyname": DEFAULT, "kms:bypasspolicylockoutsafetycheck": "false"}
    policy = parse_policy(effective(text), PolicyKind.KEY)
    if locks_out(call, "kms:PutKeyPolicy", key.arn, key.account, policy, context):
        raise _malformed(_LOCKED_OUT)


def _named(call: Call) -> str:
    return call.parameters.get("PolicyName") or DEFAULT


@operation("kms", "PutKeyPolicy")
def put_key_policy(call: Call) -> Mapping[str, Any]:
    """Replace the key policy. Rejects a policy that is malformed or locks the caller out.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    name = _named(call)
    if name == RAM:
        raise invalid("The AWS_RAM policy can only be managed by the RAM service")
    if name != DEFAULT:
        raise invalid(f"Invalid policy name {name}: the only policy that can be set is default.")
    key = find(call, call.parameters["KeyId"])
    key.policy = accepted(call, key, call.parameters["Policy"])
    return {}


@operation("kms", "GetKeyPolicy")
def get_key_policy(call: Call) -> Mapping[str, Any]:
    """Return the key policy's text as it was sent.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
    """
    key = find(call, call.parameters["KeyId"])
    name = _named(call)
    if name != DEFAULT:
        raise ServiceError("NotFoundException", f"No such policy exists: {name}", 400)
    return {"Policy": key.policy, "PolicyName": DEFAULT}


@operation("kms", "ListKeyPolicies")
def list_key_policies(call: Call) -> Mapping[str, Any]:
    """List the names of a key's policies. The only name is `default`.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html
    """
    find(call, call.parameters["KeyId"])
    return PAGES.page(call, "PolicyNames", [DEFAULT])


@keeps_policies
def kept_policies(state: State) -> Iterator[Kept]:
    """Yield the policies of all keys, each with a function that replaces it."""
    for key in state.part(Keyring).every_key():
        yield Kept(key.arn, key.policy, partial(setattr, key, "policy"))
