"""Suggestions for a policy that AWS rejected because it names a service that does not exist.

The error from AWS contains at most the name of the service. Errors from S3, KMS, and SNS don't contain the name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.reference.service_principals import is_service_principal

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from labs_helpers.cloud import Cloud

_WORDS_OF_ERROR = ("principal", "Policy", "policy")
"""Words that errors about a nonexistent principal contain: each service's error has at least one of them."""


def service_meant(error: ClientError, cloud: Cloud) -> str | None:
    """Return a sentence about the unknown service in a rejected policy, or None for any other error."""
    request_id = error.response.get("ResponseMetadata", {}).get("RequestId")
    message = str(error.response.get("Error", {}).get("Message", ""))
    if not request_id or not any(word in message for word in _WORDS_OF_ERROR):
        return None
    entry = next((each for each in reversed(cloud.record) if each.request_id == request_id), None)
    if entry is None or entry.refusals:
        return None
    name = next(_unknown(entry.parameters), None)
    return about(name) if name is not None else None


def _unknown(value: Any) -> Iterator[str]:
    """Yield the unknown services in a request's policies, and in its `Principal` (of Lambda's AddPermission)."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        yield from (name for _, name in unknown_services(_read(value)))
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(item)
    elif isinstance(value, dict):
        principal = value.get("Principal")
        if isinstance(principal, str) and "." in principal and not is_service_principal(principal):
            yield principal
        for item in value.values():
            yield from _unknown(item)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
