"""Data keys that a service reuses for a limited time before it calls KMS again.

Data keys are stored by requester, so that no requester uses another requester's data key. They are discarded
after any change that could affect the use of the KMS key. On AWS, such a change takes effect only when the
reuse period ends.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.kms.for_services import Sealed, data_key, fingerprint, key_for, unwrap

_Use = tuple[str, str, str]
"""The requester, the service's purpose for the data key, and the ARN of the KMS key."""


@dataclass(slots=True)
class DataKeys:
    """The data keys in use, each with its end time, the policies' version, and its KMS key's fingerprint."""

    in_use: dict[_Use, tuple[bytes, datetime, int, str]] = field(default_factory=dict)


def known(call: Call, purpose: str, key_arn: str) -> bytes | None:
    """Return the data key that the caller can reuse, or None if a call to KMS is required."""
    kept = call.state.part(DataKeys).in_use.get((_requester(call), purpose, key_arn))
    if kept is None:
        return None
    blob, until, version, key_fingerprint = kept
    unchanged = version == call.state.policies_version and key_fingerprint == fingerprint(call.state, key_arn)
    return blob if call.time < until and unchanged else None


def keep(call: Call, purpose: str, key_arn: str, blob: bytes, lasting: timedelta) -> None:
    """Allow a requester to reuse a data key for the duration `lasting`."""
    until = call.time + lasting
    kept = (blob, until, call.state.policies_version, fingerprint(call.state, key_arn))
    call.state.part(DataKeys).in_use[_requester(call), purpose, key_arn] = kept


def for_sender(
    call: Call, resource: str, named: str, context: Mapping[str, str], lasting: timedelta
) -> Sealed:
    """Return the data key for a message that the caller sends to a topic or queue, either reused or new.

    A sender needs kms:GenerateDataKey and, to verify a new data key, kms:Decrypt. Raises `ServiceError` if KMS denies
    the call.
    """
    key = key_for(call.state, resource, named)
    key_arn = key.arn if key is not None else named
    blob = known(call, resource, key_arn)
    if blob is None:
        blob, key_arn = data_key(call, key_arn, context)
        unwrap(call, blob, context)
        keep(call, resource, key_arn, blob, lasting)
    return Sealed(blob, key_arn)


def _requester(call: Call) -> str:
    return call.principal.issuer or call.principal.arn
