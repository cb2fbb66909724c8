"""Platform applications, whose credentials are never returned.

https://docs.aws.amazon.com/sns/latest/api/API_GetPlatformApplicationAttributes.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.sns.errors import arn_error, invalid, not_found
from labs_helpers.cloud.services.sns.pages import PAGES

_PLATFORMS = frozenset(
    ("ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "FCM", "GCM", "MACOS",
     "MACOS_SANDBOX", "MPNS", "WNS")
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}", re.ASCII)
"""https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html"""
_SECRET = frozenset(("PlatformCredential", "PlatformPrincipal"))


_LARGEST_USER_DATA = 2048
"""https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html"""


@around(
    "sns", "CreatePlatformEndpoint", "DeleteEndpoint", "DeletePlatformApplication", "GetEndpointAttributes",
    "GetPlatformApplicationAttributes", "ListEndpointsByPlatformApplication", "ListTagsForResource",
    "SetEndpointAttributes", "SetPlatformApplicationAttributes", "TagResource", "UntagResource",
    stage=Stage.VALIDATED,
)  # fmt: skip
def check_resource(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a string that isn't the ARN of an application, endpoint, or topic of this Region."""
    if len((call.parameters.get("CustomUserData") or "").encode()) > _LARGEST_USER_DATA:
        raise invalid("CustomUserData Reason: must be at most 2048 bytes long in UTF-8 encoding")
    if call.operation == "CreatePlatformEndpoint" and not call.parameters["Token"]:
        raise invalid("Token Reason: cannot be empty")
    for name in ("PlatformApplicationArn", "EndpointArn", "ResourceArn"):
        error = arn_error(call.parameters[name], name, call.region) if name in call.parameters else None
        if error is not None:
            raise error
    return perform()


@operation("sns", "CreatePlatformApplication")
def create_platform_application(call: Call) -> Answer:
    """Create a platform application. Rejects a malformed name, an unknown platform, and a missing credential."""
    platform, given = call.parameters["Platform"], call.parameters.get("Attributes") or {}
    if not _NAME.fullmatch(call.parameters["Name"]):
        raise invalid("Name Reason: must contain only characters 'a-z', 'A-Z', '0-9', '_', '-', and '.'")
    if platform not in _PLATFORMS:
        raise invalid(f"Platform Reason: {platform} is not supported")
    if not given.get("PlatformCredential"):
        raise invalid("PlatformCredential Reason: required for this platform")
    return call.moto()


def _shown(application: Any) -> dict[str, str]:
    given = {name: value for name, value in application.attributes.items() if name not in _SECRET}
    return {"Enabled": "true", "SuccessFeedbackSampleRate": "100", **given}


@operation("sns", "GetPlatformApplicationAttributes")
def get_platform_application_attributes(call: Call) -> Mapping[str, Any]:
    """Return the attributes of a platform application, without its credentials."""
    found = backend("sns", call.account, call.region).applications.get(
        call.parameters["PlatformApplicationArn"]
    )
    if found is None:
        raise not_found("PlatformApplication does not exist")
    return {"Attributes": _shown(found)}


@operation("sns", "ListPlatformApplications")
def list_platform_applications(call: Call) -> Mapping[str, Any]:
    """Return the Region's platform applications, without their credentials."""
    listed = [
        {"PlatformApplicationArn": arn, "Attributes": _shown(each)}
        for arn, each in sorted(backend("sns", call.account, call.region).applications.items())
    ]
    return PAGES.page(call, "PlatformApplications", listed)


@operation("sns", "DeletePlatformApplication")
def delete_platform_application(call: Call) -> Answer | Mapping[str, Any]:
    """Delete a platform application and its endpoints. Deleting a nonexistent application succeeds."""
    known = backend("sns", call.account, call.region).applications
    return call.moto() if call.parameters["PlatformApplicationArn"] in known else {}
