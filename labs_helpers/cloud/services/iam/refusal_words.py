"""The resources in IAM's denial messages, which often contain a type and a name (`user alice`), not an ARN.

Some forms are documented. Others were observed in CloudTrail events and reports by users from 2021 to 2026. The
rest are assumed by analogy with similar actions.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.engine.policy import AccessRequest

_LISTS = {
    "iam:ListUsers": "arn:aws:iam::{account}:user{prefix}",
    "iam:ListRoles": "arn:aws:iam::{account}:role{prefix}",
    "iam:ListGroups": "arn:aws:iam::{account}:group{prefix}",
    "iam:ListInstanceProfiles": "arn:aws:iam::{account}:instance-profile{prefix}",
    "iam:ListPolicies": "policy path {prefix}",
    "iam:ListServerCertificates": "arn:aws:iam::{account}:server-certificate{prefix}",
    "iam:ListVirtualMFADevices": "arn:aws:iam::{account}:mfa/",
    "iam:ListOpenIDConnectProviders": "arn:aws:iam::{account}:oidc-provider/*",
    "iam:ListSAMLProviders": "arn:aws:iam::{account}:saml-provider/*",
}
"""The resource in denial messages for list actions.

It contains the path prefix. In policies, the resource of these actions is "*".
"""

_NAMES = {
    "user": ("user", "UserName"),
    "group": ("group", "GroupName"),
    "role": ("role", "RoleName"),
    "instance-profile": ("instance profile", "InstanceProfileName"),
}
"""By the type in the ARN: the type in messages, and the request parameter with the name."""

_WITH_ARN = frozenset(
    {"CreateUser", "CreateGroup", "CreateRole", "CreateInstanceProfile", "CreateServiceLinkedRole"}
)


def named(call: Call, request: AccessRequest) -> str | None:
    """Return the name of a request's resource in IAM's denial message, or None if the message contains the ARN."""
    if request.action in _LISTS:
        prefix = call.parameters.get("PathPrefix") or "/"
        return _LISTS[request.action].format(account=request.account, prefix=prefix)
    if request.action != f"iam:{call.operation}" or call.operation in _WITH_ARN:
        return None
    kind = request.resource.rpartition("::")[2].partition(":")[2].partition("/")[0]
    if kind == "policy":
        return _policy(call, request)
    word, parameter = _NAMES.get(kind, ("", ""))
    if not word or "PolicySourceArn" in call.parameters:
        return None
    if call.operation == "ChangePassword":
        return f"user {call.principal.arn.rpartition('/')[2]}"
    # Without a user name, other operations apply to the caller, and IAM's message contains only `user `.
    return f"{word} {call.parameters.get(parameter) or ''}"


def _policy(call: Call, request: AccessRequest) -> str:
    """Return the words for a managed policy: its name for CreatePolicy, or else its ARN, and any version."""
    name = call.parameters.get("PolicyName") if call.operation == "CreatePolicy" else None
    version = call.parameters.get("VersionId")
    return f"policy {name or request.resource}" + (f" version {version}" if version else "")
