"""Code that all STS sessions share: names, durations, session policies, session tags, and responses.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import is_reserved_tag
from labs_helpers.cloud.services.sts.errors import invalid, invalid_value
from labs_helpers.engine.policy import Policy, PolicyError, PolicyKind, Principal, parse_policy

_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SESSION_POLICY_LIMIT = 2_048
_PACKED_LIMIT = 2_048
_TOKEN_LIMIT = 4_096


def role_session(
    call: Call, role: moto_iam.RoleView, *, via: str, most: int | None = None, name: str | None = None,
    until: datetime | None = None, **more: Any,
) -> Credentials:  # fmt: skip
    """Create a role session with the request's name and duration. `more` are members of `Credentials`.

    `most` is a limit in seconds in addition to the role's maximum. `name` overrides the request's session name. The
    session ends at `until` if this is earlier. Raises ValidationError for an invalid name or duration.
    """
    given = call.parameters
    name = name or given.get("RoleSessionName") or ""
    if not _NAME.fullmatch(name):
        raise constraint(
            "roleSessionName", name, r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
        )
    seconds = duration(given, default=3_600, most=43_200)
    if most is not None and seconds > most:
        raise invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > role.max_session_duration:
        raise invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    ids, expires = call.state.ids, call.time + timedelta(seconds=seconds)
    return call.state.sessions.add(
        Credentials(
            ids.unique_id("ASIA"), ids.secret_key(),
            Principal.from_arn(f"arn:aws:sts::{call.account}:assumed-role/{role.name}/{name}", issuer=role.arn),
            f"{role.id}:{name}",
            token=session_token(call), issued=call.time, expires=min(expires, until) if until else expires,
            session_policies=session_policies(given, call.account), via=via, **more,
        )
    )  # fmt: skip


def session_token(call: Call) -> str:
    """Return a session token of at least the size that the request specifies."""
    return call.state.ids.session_token(int(call.parameters.get("MinimumSessionTokenSize") or 0))


def shown(session: Credentials) -> dict[str, Any]:
    """Return the credentials for a response, with the token's size in bytes and as a percentage of the limit.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    size = len(session.token or "")
    return {
        "Credentials": {
            "AccessKeyId": session.access_key_id, "SecretAccessKey": session.secret,
            "SessionToken": session.token, "Expiration": session.expires,
        },
        "SessionTokenSize": size, "SessionTokenUtilization": -(-100 * size // _TOKEN_LIMIT),
    }  # fmt: skip


def duration(given: Mapping[str, Any], *, default: int, most: int) -> int:
    """Return the session's duration in seconds. Raises ValidationError if it is below 900 or above `most`."""
    seconds = int(given.get("DurationSeconds") or default)
    if not 900 <= seconds <= most:
        bound = "greater than or equal to 900" if seconds < 900 else f"less than or equal to {most}"
        raise constraint("durationSeconds", seconds, f"Member must have value {bound}")
    return seconds


def constraint(field: str, value: object, rule: str) -> ServiceError:
    """Return ValidationError for a value that violates an API constraint."""
    return invalid(
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {rule}"
    )


def session_policies(given: Mapping[str, Any], account: str) -> tuple[tuple[str, Policy], ...] | None:
    """Return the request's inline and managed session policies, parsed, or None if there aren't any.

    Raises ValidationError for policies that are too long or too numerous, or MalformedPolicyDocument for invalid or
    nonexistent policies.
    """
    policies: list[tuple[str, Policy]] = []
    text = given.get("Policy")
    if text is not None:
        if len(text) > _SESSION_POLICY_LIMIT:
            raise constraint(
                "policy",
                text[:40] + "…",
                f"Member must have length less than or equal to {_SESSION_POLICY_LIMIT}",
            )
        try:
            policies.append(("session policy", parse_policy(text, PolicyKind.SESSION)))
        except PolicyError as error:
            raise ServiceError("MalformedPolicyDocument", f"Syntax errors in policy. {error}", 400) from error
    arns = [item["arn"] for item in given.get("PolicyArns") or []]
    if len(arns) > 10:
        raise constraint("policyArns", arns, "Member must have length less than or equal to 10")
    for arn in arns:
        document = moto_iam.managed_policy(account, arn)
        if document is None:
            raise ServiceError(
                "MalformedPolicyDocument", f"Policy {arn} does not exist in account {account}.", 400
            )
        policies.append((arn, parse_policy(document, PolicyKind.SESSION)))
    return tuple(policies) if policies else None


def session_tags(
    given: Mapping[str, Any], caller: Credentials | None
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the session's tags and the keys of transitive tags, including those inherited from the calling session.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    passed = {tag["Key"]: tag["Value"] for tag in given.get("Tags") or []}
    if len({name.lower() for name in passed}) < len(given.get("Tags") or []):
        raise invalid_value("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(is_reserved_tag(tag) for tag in given.get("Tags") or []):
        raise invalid_value("Tag keys and values that begin with aws: are reserved for AWS.")
    inherited = {}
    if caller is not None:
        inherited = {name: value for name, value in caller.tags.items() if name in caller.transitive}
    known = {name.lower() for name in passed}
    if known & {name.lower() for name in inherited}:
        raise invalid_value(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session."
        )
    requested_transitive = {name.lower() for name in given.get("TransitiveTagKeys") or []}
    if not requested_transitive <= known:
        raise invalid_value("The specified transitive tag key must be included in the requested tags.")
    transitive = {name for name in passed if name.lower() in requested_transitive}
    return {**inherited, **passed}, frozenset(transitive | set(inherited))


def packed(given: Mapping[str, Any]) -> dict[str, int]:
    """Return PackedPolicySize, which only responses for session policies or tags contain.

    Raises PackedPolicyTooLarge if it exceeds the limit.

    AWS packs policies and tags in an undocumented format, and returns the percentage of the limit that they use. This
    cloud compresses them with DEFLATE, and the results are close to the examples in the AWS documentation.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    words = [given["Policy"]] if given.get("Policy") else []
    words += [item["arn"] for item in given.get("PolicyArns") or []]
    words += [word for tag in given.get("Tags") or [] for word in (tag["Key"], tag["Value"])]
    if not words:
        return {}
    size = len(zlib.compress("\n".join(words).encode(), 9))
    percent = -(-100 * size // _PACKED_LIMIT)
    if percent > 100:
        raise ServiceError(
            "PackedPolicyTooLarge",
            f"Packed policy consumes {percent}% of allotted space, please use smaller policy.",
            400,
        )
    return {"PackedPolicySize": percent}


def passed_context(
    tags: Mapping[str, str], transitive: Iterable[str], source_identity: str | None
) -> dict[str, Any]:
    """Return the condition keys for the tags and the source identity in a token or an assertion.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    context: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    if tags:
        context["aws:TagKeys"] = tuple(tags)
    if transitive:
        context["sts:TransitiveTagKeys"] = tuple(sorted(transitive))
    if source_identity:
        context["sts:SourceIdentity"] = source_identity
    return context
