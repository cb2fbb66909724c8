"""Lookup of the trail that a call specifies, and validation of trail names.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
"""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cloudtrail import moto_view as trails
from labs_helpers.cloud.services.cloudtrail.delivered_files import SERVICE
from labs_helpers.cloud.services.cloudtrail.moto_view import Trail
from labs_helpers.cloud.services.organizations.membership import is_delegated, management_account

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail/[\w.-]+")


def trail_of(call: Call, parameter: str, *, at_home: bool = False) -> Trail:
    """Return the trail that a call specifies. Raises `ServiceError` if it doesn't exist.

    `at_home` also rejects calls from outside the trail's home Region and account, for operations that change the trail.
    """
    name = call.parameters.get(parameter) or ""
    if name.startswith("arn:"):
        if not _ARN.fullmatch(name):
            raise ServiceError("CloudTrailARNInvalidException", f"{name} is not a valid trail ARN.")
    else:
        check_name(name)
    trail = next(
        (each for each in visible(call.state, call.account) if _is_named(each, name, call.region)), None
    )
    if trail is None:
        raise unknown(call, name)
    if at_home and trail.account_id != call.account and not is_delegated(call.state, call.account, SERVICE):
        raise ServiceError(
            "NotOrganizationMasterAccountException",
            "The organization trail can be changed only by the account that owns it.",
        )
    if at_home and trail.region_name != call.region:
        raise ServiceError(
            "InvalidHomeRegionException",
            f"Trail {name} has the home Region {trail.region_name}; it cannot be changed in {call.region}.",
        )
    return trail


def unknown(call: Call, name: str) -> ServiceError:
    """Return TrailNotFoundException for the name or ARN of a trail."""
    home = f"arn:aws:cloudtrail:{call.region}:{call.account}:trail/"
    arn = name if name.startswith("arn:") else f"{home}{name}"
    return ServiceError("TrailNotFoundException", f"Unknown trail: {arn} for the user: {call.account}")


def _is_named(trail: Trail, name: str, region: str) -> bool:
    return name == trail.arn or (
        name == trail.trail_name and (trail.region_name == region or trail.is_multi_region)
    )


def visible(state: State, account: str) -> list[Trail]:
    """Return the account's own trails and its organization's trails."""
    own = list(trails.of_account(account))
    management = management_account(state, account)
    if management is None:
        return own
    return own + [
        trail for trail in trails.every()
        if trail.is_org_trail and trail.account_id != account
        and management_account(state, trail.account_id) == management
    ]  # fmt: skip


def check_name(name: str) -> None:
    """Raise `ServiceError` for an invalid trail name."""
    if not 3 <= len(name) <= 128:
        limit = "short. Minimum allowed length: 3" if len(name) < 3 else "long. Maximum allowed length: 128"
        raise ServiceError(
            "InvalidTrailNameException",
            f"Trail name too {limit} characters. Specified name length: {len(name)} characters.",
        )
    if not _NAME.fullmatch(name) or re.search(r"[._-]{2}", name) or _IP_ADDRESS.fullmatch(name):
        raise ServiceError(
            "InvalidTrailNameException",
            "A trail's name contains only letters, digits, periods, hyphens, and underscores. It begins and ends with "
            "a letter or digit, has no adjacent periods, hyphens, or underscores, and isn't an IP address.",
        )
