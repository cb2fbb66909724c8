"""Platform applications, whose credentials are never returned.

https://docs.aws.amazon.com/sns/latest/api/API_GetPlatformApplicationAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.sns.errors import invalid, not_found
from labs_helpers.cloud.services.sns.pages import PAGES

_PLATFORMS = frozenset(
    ("ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "FCM", "GCM", "MACOS",
     "MACOS_SANDBOX", "MPNS", "WNS")
)  # fmt: skip
_SECRET = frozenset(("PlatformCredential", "PlatformPrincipal"))


@operation("sns", "CreatePlatformApplication")
def create_platform_application(call: Call) -> Answer:
    """Create a platform application. Rejects an unknown platform, and a platform without a credential."""
    platform, given = call.parameters["Platform"], call.parameters.get("Attributes") or {}
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
