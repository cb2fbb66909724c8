"""A bucket's effective policy: its bucket policy and ACLs, as restricted by Block Public Access.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.s3 import access_block
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy.elements import as_list, statements_of

_OBJECT_ACTIONS = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}
_BUCKET_ACTIONS = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
"""The actions that each permission of an ACL allows.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
"""

_RESTRICTED = {
    "Sid": "RestrictPublicBuckets",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
}
_ROOT_KEEPS = frozenset(("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"))


def public_grants(grants: Iterable[s3.Grant]) -> bool:
    """Return whether an ACL is public, that is, grants a permission to all users or to all authenticated AWS users."""
    return any(grant.public for grant in grants)


def effective_policy(call: Call, action: str, resource: str) -> tuple[str, str] | None:
    """Return the ARN of `resource`'s bucket and, as JSON text, the resource-based policy for `action` on `resource`.

    Return None if no policy applies.

    The result is the bucket policy with these changes:
    - RestrictPublicBuckets denies access to other accounts and anonymous callers while the policy is public. AWS
      reports this as an explicit deny in a resource-based policy, so it is a Deny statement in the result;
    - if the bucket uses ACLs, their grants are Allow statements; IgnorePublicAcls omits public grants;
    - the root user of the bucket's account can always read, replace, and delete the policy.
    """
    bucket, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    owner = s3.bucket_owner(bucket)
    if owner is None:
        return None
    policy = _with_arns(s3.bucket_policy(bucket))
    principal = call.principal
    if key and action in OWNED_ACTIONS and s3.object_owner(bucket, key, _version(call, key)):
        return _policy_for_anothers_object(call, policy, bucket, key)
    if policy and action in _ROOT_KEEPS and principal.kind.name == "ROOT" and principal.account == owner:
        return None
    added = list(_acl_statements(call, bucket, key)) if s3.ownership(bucket) != "BucketOwnerEnforced" else []
    if (
        policy
        and principal.account != owner
        and principal.kind.name != "SERVICE"
        and access_block.of_bucket(call.state.part(Organizations), bucket).restrict_public_buckets
        and is_public(policy)
    ):
        added.append(_RESTRICTED)
    name = f"arn:aws:s3:::{bucket}"
    if not added:
        return (name, policy) if policy else None
    return name, _with_statements(policy, json.dumps(added))


def _with_arns(policy: str | None) -> str | None:
    """Return a bucket policy with account ARNs in place of the accounts' canonical user IDs.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html
    """
    if policy is None or "CanonicalUser" not in policy:
        return policy
    document = json.loads(policy)
    for statement in statements_of(document):
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element)
            ids = as_list(named.get("CanonicalUser")) if isinstance(named, dict) else []
            accounts = {each: account for each in ids if (account := s3.account_of(each)) is not None}
            if not accounts:
                continue
            arns = [f"arn:aws:iam::{account}:root" for account in accounts.values()]
            named["AWS"] = [*as_list(named.get("AWS")), *arns]
            named["CanonicalUser"] = [each for each in ids if each not in accounts]
            if not named["CanonicalUser"]:
                del named["CanonicalUser"]
    return json.dumps(document)


OWNED_ACTIONS = frozenset(
    f"s3:{verb}Object{what}"
    for verb, whats in {
        "Get": (
            "",
            "Version",
            "Acl",
            "VersionAcl",
            "Tagging",
            "VersionTagging",
            "Attributes",
            "VersionAttributes",
        ),
        "Put": ("Acl", "VersionAcl", "Tagging", "VersionTagging"),
        "Delete": ("Tagging", "VersionTagging"),
    }.items()
    for what in whats
)
"""The actions that an object's owner controls. The bucket's owner controls deleting and overwriting objects."""


def _policy_for_anothers_object(
    call: Call, policy: str | None, bucket: str, key: str
) -> tuple[str, str] | None:
    """Return the policy for another account's object: its ACL, and only the Deny statements of the bucket policy.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html
    """
    statements = statements_of(json.loads(policy)) if policy else []
    denied = [each for each in statements if each.get("Effect") == "Deny"]
    allowed = list(_acl_statements(call, bucket, key))
    if not denied and not allowed:
        return None
    document = json.dumps({"Version": "2012-10-17", "Statement": denied}) if denied else None
    return f"arn:aws:s3:::{bucket}", _with_statements(document, json.dumps(allowed))


def _version(call: Call, key: str) -> str | None:
    return call.parameters.get("VersionId") if call.parameters.get("Key") == key else None


@lru_cache(maxsize=512)
def _with_statements(policy: str | None, added: str) -> str:
    document = json.loads(policy) if policy else {"Version": "2012-10-17", "Statement": []}
    statements = statements_of(document)
    taken = {each.get("Sid") for each in statements}
    for each in json.loads(added):
        # The policy might have the same Sid, and the ACLs of bucket and object might grant the same permission.
        name, number = each["Sid"], 2
        while each["Sid"] in taken:
            each["Sid"], number = f"{name}{number}", number + 1
        taken.add(each["Sid"])
        statements.append(each)
    return json.dumps({**document, "Statement": statements})


def _acl_statements(call: Call, bucket: str, key: str) -> Iterable[dict[str, Any]]:
    version = _version(call, key)
    arn = f"arn:aws:s3:::{bucket}"
    acls: list[tuple[Any, Any, str]] = [(_BUCKET_ACTIONS, s3.bucket_grants(bucket), arn)]
    if key:
        acls.append((_OBJECT_ACTIONS, s3.object_grants(bucket, key, version), f"{arn}/{key}"))
    ignore = access_block.of_bucket(call.state.part(Organizations), bucket).ignore_public_acls
    for actions, grants, resource in acls:
        unsigned = actions is _OBJECT_ACTIONS and s3.object_owner(bucket, key, version) == s3.ANONYMOUS
        for grant in grants:
            allowed = _actions_of(grant.permission, actions)
            if grant.public and allowed and not ignore:
                yield _allow_statement(grant.grantee, grant.permission, allowed, resource)
            if allowed and grant.grantee == s3.OWNER_ID and unsigned and not ignore:
                statement = _allow_statement(grant.grantee, grant.permission, allowed, resource)
                yield {**statement, "Condition": {"Null": {"aws:PrincipalArn": "true"}}}
            account = None if grant.public or grant.grantee == s3.OWNER_ID else s3.account_of(grant.grantee)
            if account is not None and allowed:
                statement = _allow_statement(grant.grantee, grant.permission, allowed, resource)
                yield {**statement, "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}


def _actions_of(permission: str, actions: Mapping[str, tuple[str, ...]]) -> list[str]:
    if permission == "FULL_CONTROL":
        return [action for group in actions.values() for action in group]
    return list(actions.get(permission, ()))


def _allow_statement(grantee: str, permission: str, actions: list[str], resource: str) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": "Acl" + permission.title().replace("_", ""),
        "Effect": "Allow",
        "Principal": "*",
        "Action": actions,
        "Resource": _literal_pattern(resource) if "/" in resource else [resource, f"{resource}/*"],
    }
    if grantee == s3.AUTHENTICATED_USERS:
        statement["Condition"] = {"Null": {"aws:PrincipalArn": "false"}}
    return statement


def _literal_pattern(arn: str) -> str:
    """Return an ARN as a pattern that matches only it: keys can contain characters that are special in policies."""
    return re.sub(r"[*?$]", lambda sign: "${" + sign[0] + "}", arn)
