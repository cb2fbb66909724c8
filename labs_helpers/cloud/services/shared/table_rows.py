"""Rows and functions that several tables share, for passed roles, removed tags, and ARNs from the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table, account_in


def given(parameter: str) -> Callable[[Call], list[str]]:
    """Return a function that returns the ARN in a call's parameter, or "*" if the call doesn't have the parameter."""
    return lambda call: [call.parameters.get(parameter) or "*"]


def has(*parameters: str) -> Callable[[Call], bool]:
    """Return a function that returns True for a call with any of these parameters."""
    return lambda call: any(call.parameters.get(name) for name in parameters)


def owner_in_arn(*parameters: str) -> Callable[[Call], str | None]:
    """Return a function that finds the first of these parameters with an ARN and returns the account in that ARN."""

    def owner(call: Call) -> str | None:
        """Return the account in the first ARN, or None if there isn't one."""
        for name in parameters:
            value = call.parameters.get(name)
            if isinstance(value, str) and value.startswith("arn:"):
                return account_in(value)
        return None

    return owner


def removed_tags(call: Call) -> Mapping[str, Any]:
    """Return aws:TagKeys for a call that removes tags.

    For tags that a call adds, requests already have the condition keys.
    """
    names = call.parameters.get("TagKeys") or call.parameters.get("tagKeys")
    return {"aws:TagKeys": list(names)} if names else {}


def request_tags(tags: Mapping[str, str] | None) -> Mapping[str, Any]:
    """Return aws:RequestTag and aws:TagKeys for tags in a nonstandard part of the request."""
    if not tags:
        return {}
    return {f"aws:RequestTag/{name}": value for name, value in tags.items()} | {"aws:TagKeys": list(tags)}


def passes_role(
    table: Table,
    operations: str,
    service: str,
    roles: Callable[[Call], Iterable[str | None]],
    *,
    used_by: Callable[[Call], str | None] | None = None,
) -> None:
    """Require iam:PassRole on each role that the operations pass to `service`.

    iam:AssociatedResourceArn is the ARN that `used_by` returns, which is by default the ARN of the call's first
    resource.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_AssociatedResourceArn
    """

    def each(call: Call) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Yield each role with its condition keys."""
        for arn in dict.fromkeys(role for role in roles(call) if role):
            account, name = account_in(arn), arn.rpartition("/")[2]
            tags = moto_iam.role_tags(account, name) if account else {}
            own: dict[str, Any] = {"iam:PassedToService": service}
            resource = used_by(call) if used_by is not None else table.resource(call)
            if resource is not None:
                own["iam:AssociatedResourceArn"] = resource
            for prefix in ("iam", "aws"):
                own |= {f"{prefix}:ResourceTag/{tag}": value for tag, value in tags.items()}
            yield arn, own

    table.ask(operations, action="iam:PassRole", on="role", each=each)


def asks_s3(
    table: Table,
    operations: str,
    action: str,
    objects: Callable[[Call], Iterable[tuple[str | None, str | None]]],
) -> None:
    """Require the S3 `action` on (bucket, key) pairs that the operations use. A key of "" means the bucket itself.

    Without this check, a service could read objects for a caller who isn't allowed to read them.
    """

    def each(call: Call) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Yield the ARN of each bucket or object."""
        for bucket, key in objects(call):
            if bucket:
                yield f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else ""), {}

    def owner(call: Call) -> str | None:
        """Return the owner of the first bucket."""
        from labs_helpers.cloud.services.s3 import moto_view as moto_s3  # slow to load, and few calls need it

        return next((moto_s3.bucket_owner(bucket) for bucket, _ in objects(call) if bucket), None)

    def given(call: Call) -> bool:
        """Return True if a bucket is named."""
        return any(bucket for bucket, _ in objects(call))

    table.ask(operations, action=f"s3:{action}", each=each, account=owner, when=given)


def s3_policy(ask: Ask) -> tuple[str, str] | None:
    """Return the ARN and policy of the bucket in an `asks_s3` permission check, or None if there is no policy."""
    if not ask.resource.startswith("arn:aws:s3:::"):
        return None
    bucket = ask.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    from labs_helpers.cloud.services.s3 import moto_view as moto_s3  # slow to load, and few calls need it

    document = moto_s3.bucket_policy(bucket)
    return (f"arn:aws:s3:::{bucket}", document) if document else None


def sent(prefix: str, **names: str) -> Keys:
    """Return a function that maps the values of parameters to condition keys.

    Pass parameter=key (the key without its prefix). Parameters that the request doesn't contain are omitted.
    """

    def keys(call: Call) -> dict[str, Any]:
        """Return the condition keys for the parameters that were sent."""
        values = ((key, call.parameters.get(parameter)) for parameter, key in names.items())
        return {f"{prefix}:{key}": word(value) for key, value in values if value is not None}

    return keys


def word(value: Any) -> Any:
    """Return a parameter's value in the form of a condition key's value: a string, or a list of strings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [str(item) for item in value] if isinstance(value, list | tuple) else str(value)


def tags_in(*parameters: str) -> Keys:
    """Return a function for aws:RequestTag and aws:TagKeys, based on parameters that contain tags.

    The tags can be a mapping, a list of pairs, or a list of names.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
    """

    def keys(call: Call) -> dict[str, Any]:
        """Return the tags' condition keys."""
        tags: dict[str, Any] = {}
        for parameter in parameters:
            tags |= _tags(call.parameters.get(parameter))
        found: dict[str, Any] = {
            f"aws:RequestTag/{name}": value for name, value in tags.items() if value is not None
        }
        return found | ({"aws:TagKeys": list(tags)} if tags else {})

    return keys


def _tags(given_tags: Any) -> dict[str, str | None]:
    if isinstance(given_tags, Mapping):
        return dict(given_tags)
    tags: dict[str, str | None] = {}
    for tag in given_tags or ():
        if isinstance(tag, str):
            tags[tag] = None
        else:
            # KMS's members are TagKey and TagValue.
            tags[tag.get("Key") or tag.get("TagKey") or ""] = tag.get("Value") or tag.get("TagValue") or ""
    return tags
